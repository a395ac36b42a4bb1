"""`record.toml`: what is kept beside the printed texts of a release; reading and writing it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field

from policypress.bundle import ChangeClass, Digest, LeadTime, Moved, ReleaseId, Scheduled, Tag
from policypress.materiality import Decision, Rename
from policypress.settings import parse_toml, validate

#: The name and version of the format.
FORMAT = "policypress.record/1"
_HEAD = "A release as it was printed. Never edited by hand: `policypress verify` holds it against the source."


class Model(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class SummaryText(Model):
    """What a changed section means for the holder, in every locale."""

    section: str
    #: Something starts happening; otherwise only its description changed.
    starts: bool
    text: dict[Tag, str]


class Record(Model):
    """A printed release."""

    format: Literal["policypress.record/1"] = FORMAT  # type: ignore[assignment]
    document: str
    #: The day of publication, unless another id was asked for.
    id: ReleaseId
    published: date
    #: Takes effect at 00:00 of this day in `timezone`.
    effective: date
    timezone: str
    release_class: ChangeClass = Field(alias="class")
    previous: ReleaseId | None = None
    #: Published before the tool was used.
    historic: bool = False
    #: An example, and said to be one wherever it is shown.
    demonstration: bool = False
    #: The text was wrong, the processing did not change.
    correction: bool = False
    note: str = ""
    #: SHA-256 of each file beside the record (bytes; UTF-8, LF, NFC).
    digests: dict[str, Digest]
    #: What it was printed with.
    versions: dict[str, str] = {}
    lead_time: LeadTime
    decisions: tuple[Decision, ...] = ()
    #: Names that are others now, in the whole text or in a heading.
    renames: tuple[Rename, ...] = ()
    summaries: tuple[SummaryText, ...] = ()
    #: Sections that apply to some accounts from a day of their own.
    schedule: tuple[Scheduled, ...] = ()
    #: Amendments and a withdrawal, in their order; all that is ever added to a record.
    moved: tuple[Moved, ...] = ()

    @property
    def withdrawn(self) -> bool:
        """Return whether it was withdrawn before it took effect."""
        return any(moved.kind == "withdrawn" for moved in self.moved)

    def withdrawn_by(self, day: date) -> bool:
        """Return whether it had been withdrawn by a day."""
        return any(moved.kind == "withdrawn" and moved.on <= day for moved in self.moved)

    @property
    def takes_effect(self) -> date:
        """Return the effective date, the last amendment counted."""
        amended = [moved.effective for moved in self.moved if moved.effective]
        return amended[-1] if amended else self.effective

    @property
    def applies(self) -> tuple[Scheduled, ...]:
        """Return the days of single sections, the last amendment counted: existing accounts never come before it."""
        return tuple(
            row.model_copy(update={"effective": max(row.effective, self.takes_effect)})
            if row.accounts == "existing"
            else row
            for row in self.schedule
        )


class NextSummary(Model):
    """A summary in the source's language, as the editor writes it."""

    section: str
    starts: bool
    text: str = Field(min_length=1)


class Next(Model):
    """`policy_src/next.toml`: the record of the release that is being prepared."""

    note: str = ""
    demonstration: bool = False
    #: The text was wrong, the processing did not change; refused where facts did.
    correction: bool = False
    decisions: tuple[Decision, ...] = ()
    #: Names that are others now, in the whole text or in a heading.
    renames: tuple[Rename, ...] = ()
    summaries: tuple[NextSummary, ...] = ()
    schedule: tuple[Scheduled, ...] = ()


def parse_record(text: str, file: str) -> Record:
    """Read a record; raise `ProblemsError` naming file and line."""
    return validate(Record, parse_toml(text, file), text, file)


def parse_next(text: str, file: str) -> Next:
    """Read the record that is being prepared; an empty text is an empty one."""
    return validate(Next, parse_toml(text, file), text, file)


def write_record(record: Record) -> str:
    """Return a record as TOML, in the order of its fields."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    data = record.model_dump(by_alias=True, exclude_none=True, exclude_defaults=False)
    data["class"] = data["class"].value
    for name, value in data.items():
        if value not in ((), {}, ""):
            document.add(name, _toml(value))
    return tomlkit.dumps(document)


def _toml(value: Any) -> Any:
    """Return a value as tomlkit writes it: lists of tables as `[[…]]`, enums as their words."""
    if isinstance(value, tuple):
        tables = tomlkit.aot()
        for row in value:
            tables.append(_table(row))
        return tables
    if isinstance(value, dict):
        return _table(value)
    return value


def _table(row: dict[Any, Any]) -> Any:
    table = tomlkit.table()
    for name, value in row.items():
        plain = getattr(value, "value", value)
        if plain not in ((), {}, ""):
            table.add(str(getattr(name, "value", name)), _toml(plain))
    return table
