"""Whether the editors' files changed; reads none of them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from policypress.source import FOLDERS, unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds between two looks.
EVERY = 0.1
#: An editor that saves piecemeal, or a `git checkout`, is waited for so many seconds at most.
_PATIENCE = 1.0


class Mark(NamedTuple):
    """What tells a file from its earlier self."""

    changed: int
    size: int
    inode: int


def look(root: Path) -> Mapping[str, Mark]:
    """Return a mark of each file that a draft is made of, by path."""
    found = {}
    waiting = [*(root / folder for folder in FOLDERS), root / "mkdocs.yml"]
    while waiting:
        path = waiting.pop()
        try:
            if path.is_dir():
                names = os.listdir(path)  # noqa: PTH208 (half the time)
                waiting += [path / name for name in names if not name.startswith(".") and not unfinished(name)]
            else:
                state = path.stat()
                found[str(path)] = Mark(state.st_mtime_ns, state.st_size, state.st_ino)
        except OSError:  # gone between the two looks
            continue
    return found


def settled(root: Path, before: Mapping[str, Mark]) -> Mapping[str, Mark] | None:
    """Return the files' marks once they differ from `before` and stand still; None where they do not differ now."""
    now = look(root)
    if now == before:
        return None
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        time.sleep(EVERY / 2)
        last, now = now, look(root)
        if last == now:
            break
    return now
