"""Decisions written into `policy_src/next.toml`, its comments kept; knows no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import AoT

from policypress.errors import UsageError
from policypress.release.printed import load, newest, workshop
from policypress.release.step import Step, step
from policypress.source import NEXT, worktree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from policypress.materiality import Decision


def open_step(root: Path) -> Step:
    """Hold the draft against the newest release, with the decisions made so far; `UsageError` where there is none."""
    source = worktree(root)
    before, shop = newest(load(source)), workshop(source)
    if before is None or before.record is None:
        message = "nothing is released yet, so there is nothing to decide on"
        raise UsageError(message)
    draft = shop.compile(before.record.published, before.record.takes_effect)
    return step(
        before,
        draft,
        source_locale=source.settings.source_locale,
        decisions=shop.next.decisions,
        renames=shop.next.renames,
    )


def dead_decisions(root: Path, change: Step) -> tuple[Decision, ...]:
    """Return the decisions whose change is not there any more."""
    alive = {finding.fingerprint for finding in change.verdict.findings}
    decisions = workshop(worktree(root)).next.decisions
    return tuple(decision for decision in decisions if decision.fingerprint not in alive)


def add_decision(root: Path, decision: Decision) -> None:
    """Write a decision; one of the same fingerprint is replaced."""
    document, rows = _read(root)
    kept = [row for row in rows if row["fingerprint"] != decision.fingerprint]
    _write(root, document, [*kept, _row(decision)])


def drop_decisions(root: Path, fingerprints: Iterable[str]) -> None:
    """Take decisions out."""
    gone = set(fingerprints)
    document, rows = _read(root)
    _write(root, document, [row for row in rows if row["fingerprint"] not in gone])


def _read(root: Path) -> tuple[tomlkit.TOMLDocument, list[Any]]:
    path = root / NEXT
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.is_file() else tomlkit.document()
    return document, list(document.get("decisions", []))


def _row(decision: Decision) -> Any:
    table = tomlkit.table()
    for name, value in decision.model_dump(by_alias=True, exclude_none=True).items():
        table.add(name, getattr(value, "value", value))
    return table


def _write(root: Path, document: tomlkit.TOMLDocument, rows: list[Any]) -> None:
    """Write next.toml whole: aside first, then in place."""
    document.pop("decisions", None)
    if rows:
        tables = AoT([])
        for row in rows:
            tables.append(row)
        document.add("decisions", tables)
    path = root / NEXT
    part = path.with_name(f"{path.name}.part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    part.replace(path)
