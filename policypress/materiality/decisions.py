"""What a person decided about a change: a class, a reason, a name and a day, bound to a fingerprint."""

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
