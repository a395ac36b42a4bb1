"""What a person says of changes: a class for one, bound to its fingerprint, or that a name is another one now."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from policypress.bundle import ChangeClass, Tag


class Decision(BaseModel):
    """A signed judgement; it dies when the clause changes, because its fingerprint does."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")
    change_class: ChangeClass = Field(alias="class")
    reason: str = Field(min_length=3)
    by: str = Field(min_length=1)
    date: date
    #: The only locale it speaks of, for a translator's correction.
    only: Tag | None = None


class Rename(BaseModel):
    """A name that is changed everywhere; it explains a difference, and is refused where it would explain more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: str = Field(min_length=1)
    new: str = Field(min_length=1)
    #: The only language that writes the name so; without it, all of them.
    locale: Tag | None = None
    #: The anchor of the section whose heading alone is renamed, and the links that name it.
    section: str | None = None
