"""The paired cases of `tests/cases/checks`: small policy repositories, each laid over `base`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policypress import checks
from policypress.source import read

if TYPE_CHECKING:
    from policypress.errors import Problem

ROOT = Path(__file__).parents[2] / "cases" / "checks"
BASE = ROOT / "base"
#: What an unfinished translation always brings; a case about something else does not list them.
WORKFLOW = {"missing-translation", "unapproved-translation"}


def folders(kind: str) -> list[Path]:
    """Return the folders `<rule>/<kind>*`, in order."""
    return sorted(folder for folder in ROOT.glob(f"*/{kind}*") if folder.is_dir() and folder.parent != BASE)


def name(folder: Path) -> str:
    """Return a case's name for messages."""
    return folder.relative_to(ROOT).as_posix()


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def problems(folder: Path) -> tuple[Problem, ...]:
    """Return what `run` reports for a case laid over the base."""
    laid = {**files(BASE), **files(folder)}
    laid.pop("expected.txt", None)
    return checks.run(read(laid))


def found(folder: Path) -> list[str]:
    """Return the same as `file:line: rule`, without the workflow's warnings where the case is not about them."""
    silent = WORKFLOW - {folder.parent.name}
    return [f"{one.file}:{one.line}: {one.rule}" for one in problems(folder) if one.rule not in silent]
