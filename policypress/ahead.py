"""What pages will ask the cache for, made release by release, on all cores; knows no page's frame."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING

from policypress.errors import PolicypressError
from policypress.pages.changes import is_kept, kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policypress.cache import Basket
    from policypress.edition import Stock
    from policypress.release import Print

#: Fewer releases than this are made sooner than processes are started.
_FEW = 8
#: Releases that a process takes at a time: neighbours share a text.
_PORTION = 4


def make_ahead(stock: Stock) -> None:
    """Put into the cache what releases changed and how it is marked, where much of that is not there.

    All of one release is made together, while its texts are at hand, and nothing of it is held afterwards.
    """
    if not stock.cache.keeps:
        return
    missing = [release for release in stock.prints.values() if _lacks(stock, release)]
    if len(missing) < _FEW:
        return
    if _cores() > 1 and _may_fork():
        _share_out(stock, missing)
    else:
        for release in missing:
            _make(stock, release)


def _lacks(stock: Stock, release: Print) -> bool:
    change = stock.step(release)
    shown = [words for words in stock.words.values() if change and change.in_both(words.locale)]
    return change is not None and not all(is_kept(words, change) for words in shown)


def _make(stock: Stock, release: Print) -> None:
    """Make what pages will ask of a release; what is wrong with it is told when one asks."""
    try:
        edition = stock.edition(release)
    except PolicypressError:
        return
    step = edition.step if edition else None
    for words in stock.words.values():
        if step and step.in_both(words.locale):
            kept(words, step)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    """Return whether this process may be copied: a copy would wait for ever for what another thread holds."""
    return sys.platform == "linux" and threading.active_count() == 1


def _share_out(stock: Stock, releases: Sequence[Print]) -> None:
    """Make releases in processes; what one that was killed leaves is made when a page asks for it."""
    names = [release.id for release in releases]
    copies = ProcessPoolExecutor(min(_cores(), len(names)), get_context("fork"), initializer=_begin, initargs=(stock,))
    with copies as pool, suppress(BrokenProcessPool):
        for made in pool.map(_made, names, chunksize=_PORTION):
            stock.cache.take(made)


class _Desk:
    """What a process works with; it came with the copy."""

    stock: Stock
    basket: Basket


def _begin(stock: Stock) -> None:
    # Ctrl-C reaches every process: the first one ends them all and says so
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    basket = stock.cache.basket()
    prints = {name: replace(one, cache=basket) for name, one in stock.prints.items()}
    _Desk.basket, _Desk.stock = basket, replace(stock, prints=prints, cache=basket)


def _made(release: str) -> Mapping[bytes, bytes]:
    _make(_Desk.stock, _Desk.stock.prints[release])
    return _Desk.basket.emptied()
