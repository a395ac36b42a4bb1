"""What is made ahead, in other processes or here: what pages would have made, and never a condition for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import date

import pytest

from policypress import ahead
from policypress.cache import NOTHING, Cache
from policypress.edition import Told, take_stock
from policypress.errors import PolicypressError
from policypress.output import make_output
from policypress.pages import changes
from policypress.release import Step
from policypress.source import worktree
from tests.policypress.conftest import SECOND
from tests.policypress.test_cache import everything, third

DAY = date.fromisoformat(SECOND)


@pytest.fixture
def thrice(twice, monkeypatch):
    """Return a repository of three releases, few as they are all made ahead."""
    monkeypatch.setattr(ahead, "_FEW", 1)
    third(twice)
    return twice


def alone(monkeypatch) -> None:
    """Leave one core."""
    monkeypatch.setattr(ahead, "_cores", lambda: 1)


def shared(monkeypatch) -> None:
    """Give two cores; this process makes nothing itself."""
    monkeypatch.setattr(ahead, "_cores", lambda: 2)


@pytest.mark.parametrize("cores", [alone, shared])
def test_pages_are_as_without(thrice, tmp_path, monkeypatch, cores) -> None:
    """One core or more: every page and file is what it is without a cache, and nothing is made again for a page."""
    plain = everything(thrice.root, DAY, NOTHING)
    cores(monkeypatch)
    cache, made = Cache(tmp_path), []
    stock = take_stock(worktree(thrice.root), cache)
    ahead.make_ahead(stock)
    monkeypatch.setattr(Step, "verdict", property(lambda step: made.append(step.new.id)))
    monkeypatch.setattr(changes, "comparison", lambda words, step: made.append((words.locale, step.new.id)))
    assert everything(thrice.root, DAY, cache) == plain
    assert [] == made
    cache.close()


def test_a_process_that_is_killed(thrice, tmp_path, monkeypatch) -> None:
    """What it leaves is made when a page asks."""
    plain = everything(thrice.root, DAY, NOTHING)
    shared(monkeypatch)
    monkeypatch.setattr(ahead, "_make", lambda *_: os._exit(9))
    cache = Cache(tmp_path)
    assert everything(thrice.root, DAY, cache) == plain
    cache.close()


def test_what_is_wrong_is_told_as_ever(thrice, tmp_path, monkeypatch) -> None:
    """An error in another process is no other error."""
    shared(monkeypatch)

    def refused(*_: object) -> Told:
        raise PolicypressError("policy_src/releases: no")

    monkeypatch.setattr("policypress.edition._told", refused)
    cache = Cache(tmp_path)
    with pytest.raises(PolicypressError, match=r"^policy_src/releases: no$"):
        make_output(worktree(thrice.root), DAY, cache=cache)
    cache.close()


def test_an_interrupt_ends_all_without_a_traceback(thrice) -> None:
    """Ctrl-C reaches every process of a build; one of them says that it was interrupted."""
    script = (
        "import sys, time; from policypress import ahead, cli\n"
        "ahead._FEW, ahead._cores = 1, lambda: 2\n"
        "ahead._make = lambda *_: (print('at it', flush=True), time.sleep(1))\n"
        "sys.exit(cli.main(['build']))"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=thrice.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert "at it\n" == run.stdout.readline()
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert (130, "policypress: interrupted") == (run.returncode, said.strip())


def test_a_process_with_threads_is_not_copied(thrice, tmp_path, monkeypatch) -> None:
    """A copy could wait for ever for a lock that another thread holds: then all is made here."""
    shared(monkeypatch)
    monkeypatch.setattr(ahead, "_share_out", lambda *_: pytest.fail("copied"))
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        cache = Cache(tmp_path)
        stock = take_stock(worktree(thrice.root), cache)
        ahead.make_ahead(stock)
        change = stock.step(stock.prints[SECOND])
        assert changes.is_kept(stock.words["kk"], change)
        cache.close()
    finally:
        done.set()
        other.join()


def test_nothing_of_a_release_is_held(thrice, tmp_path) -> None:
    """A site of many releases holds neither their clauses side by side nor what was thought of them."""
    for cache in (NOTHING, Cache(tmp_path)):
        output = make_output(worktree(thrice.root), DAY, cache=cache)
        assert [page.html for page in output.pages]
        held = [set(vars(edition.step)) for edition in output.editions.editions if edition.step]
        assert 2 == len(held)
        assert [set(), set()] == [names & {"pairs", "verdict", "facts"} for names in held]
        cache.close()
