"""What a run of the checks found, kept by digest of all that it read; safe to delete, and a broken file is no loss."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

from policypress.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from policypress.source import Source

#: So many results are kept; branches are switched, and editors come back to what they had.
_KEPT = 16


def kept(source: Source, folder: Path, run: Callable[[Source], tuple[Problem, ...]]) -> tuple[Problem, ...]:
    """Return what `run` finds, from `folder` where the same files were checked by the same rules before."""
    path = folder / f"check-{_digest(source)}.json"
    with suppress(OSError, ValueError, TypeError, KeyError):
        rows = json.loads(path.read_text(encoding="utf-8"))["problems"]
        return tuple(_problem(row) for row in rows)
    found = run(source)
    with suppress(OSError):  # a folder that cannot be written costs the time of a run, nothing else
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"problems": [asdict(one) for one in found]}, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
        for old in sorted(folder.glob("check-*.json"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    return found


def _problem(row: dict[str, str | int]) -> Problem:
    problem = Problem(**row)  # type: ignore[arg-type]
    return replace(problem, severity=Severity(problem.severity))


def _digest(source: Source) -> str:
    """Return a digest of every file that a check reads; the prints of releases are not among them."""
    read = replace(source, releases={})
    parts = {name: getattr(read, name) for name in read.__dataclass_fields__ if name != "settings"}
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{_rules()}\x1f{text}".encode()).hexdigest()[:32]


@cache
def _rules() -> str:
    """Return a digest of the rules themselves: versions, code, data and fixed words."""
    seen = hashlib.sha256("\x1f".join(version(name) for name in ("policypress", "babel", "markdown-it-py")).encode())
    for name in _below(files("policypress")):
        seen.update(name.read_bytes())
    return seen.hexdigest()


def _below(folder: Traversable) -> list[Traversable]:
    """Return the code, data and words of the press, in order; what pages look like has no part in the checks."""
    found: list[Traversable] = []
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        if item.is_dir() and item.name not in (
            "__pycache__",
            "theme",
            "templates",
            "pages",
            "cli",
            "exports",
            "reports",
        ):
            found += _below(item)
        elif item.name.endswith((".py", ".toml", ".po", ".pot")):
            found.append(item)
    return found
