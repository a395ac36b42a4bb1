"""The processor's time of a benchmark and of the processes it started, as the kernel counts it."""

from __future__ import annotations

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid: int | None = None, *, but: int = 0) -> float:
    """Return the seconds that a process and those below it have had, but for one of them; those that ended are lost."""
    above: dict[int, int] = {}
    had: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in the parentheses may hold anything.
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(path.parent.name)
        above[number], had[number] = int(fields[1]), (int(fields[11]) + int(fields[12])) / TICK
    root = pid or os.getpid()
    return sum(seconds for number, seconds in had.items() if number != but and _below(number, root, above))


def _below(number: int, root: int, above: dict[int, int]) -> bool:
    while number and number != root:
        number = above.get(number, 0)
    return number == root
