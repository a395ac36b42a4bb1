"""The narrow waist: a printed release as typed JSON; a pure schema that builds nothing.

The press writes `releases/<id>.json`; the post reads it and needs nothing else of the press: no checkout, no
catalogue, no template of the site. Dates are carried, never a state that would age: whoever reads derives it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: The name and version of the format; a reader refuses any other.
FORMAT = "policypress.release/1"

Tag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
ReleaseId = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Url = Annotated[str, Field(pattern=r"^https?://")]


class ChangeClass(StrEnum):
    """What a change asks of whoever publishes it; later members weigh more."""

    #: No clause changed: renderer, metadata, moved files. Proved by the tool.
    TECHNICAL = "technical"
    #: The same substance in other words. Proved by the tool or said by a signed decision.
    EDITORIAL = "editorial"
    #: New information that needs no notice. Said by a signed decision only.
    MINOR = "minor"
    #: Holders are told before it takes effect.
    MATERIAL = "material"

    @property
    def weight(self) -> int:
        """Return the place in the order technical < editorial < minor < material."""
        return list(ChangeClass).index(self)


class Model(BaseModel):
    """Frozen, and strict about unknown keys: a typing slip in a bundle is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class LeadTime(Model):
    """Days between the last notice and the effective date, with the written reason for them."""

    reason: str
    #: Days by class of release.
    days: dict[ChangeClass, int]
    #: Days by class for single countries (ISO 3166-1 alpha-2), where they differ.
    countries: dict[str, dict[ChangeClass, int]] = {}

    def for_country(self, country: str | None, release_class: ChangeClass) -> int:
        """Return the days that hold for a country, else the general ones."""
        own = self.countries.get(country or "", {})
        return own.get(release_class, self.days[release_class])


class Change(Model):
    """One changed clause, in the source's terms; its words stand in each locale."""

    #: Fingerprint of the old and the new clause; a decision names it and dies with it.
    id: str
    #: Anchor of the section the clause stands in.
    section: str
    kind: Literal["added", "removed", "reworded", "moved", "duplicate", "fact"]
    change_class: ChangeClass = Field(alias="class")
    #: Categories of the taxonomy, empty where nothing material was found.
    categories: tuple[str, ...] = ()
    #: A holder's explicit consent is asked before it starts.
    consent: bool = False
    #: Why the class is what it is: a proof, a rule or a decision, in one line each.
    reasons: tuple[str, ...] = ()
    #: The only locale that changed, where the source stayed as it was.
    only: Tag | None = None


class LocalChange(Model):
    """A change as the reader of one locale sees it."""

    #: The fingerprint of its `Change`.
    id: str
    #: Heading of the section, numbered, in this locale.
    heading: str
    #: Plain text before and after; empty where there was or is none.
    old: str = ""
    new: str = ""
    #: Marked text: `<ins>` and `<del>` with words for screen readers; safe to embed.
    html: str
    #: Marked text as `[-old-]{+new+}`.
    text: str


class Summary(Model):
    """What a change means for the holder, in one or two plain sentences of this locale."""

    section: str
    heading: str
    text: str
    #: Something starts happening; otherwise only its description changed.
    starts: bool
    #: From when it applies to whom, a line each, where that differs from the release's effective date.
    dates: tuple[str, ...] = ()


class Urls(Model):
    """Where this locale's pages stand; all absolute."""

    #: The policy in force.
    policy: Url
    #: The new text: the announced release while it waits, the archive's page of it for ever.
    release: Url
    #: What changed, in short and in full.
    changes: Url
    #: The whole document with its marks.
    comparison: Url
    archive: Url
    feed: Url


class LocaleText(Model):
    """Everything a notice says in one language."""

    tag: Tag
    #: The language's own name.
    name: str
    dir: Literal["ltr", "rtl"]
    #: Locales to fall back to, in order.
    fallback: tuple[Tag, ...] = ()
    #: Title of the document.
    title: str
    #: Dates of the release written for this locale's readers.
    published: str
    effective: str
    #: SHA-256 of the printed text.
    digest: Digest
    urls: Urls
    summaries: tuple[Summary, ...] = ()
    changes: tuple[LocalChange, ...] = ()
    #: The fixed words by id, with their `{placeholders}`; plural forms are parted by `|`.
    words: dict[str, str]


class Moved(Model):
    """An amendment (a later effective date) or a withdrawal, entered before the release took effect."""

    kind: Literal["amended", "withdrawn"]
    on: date
    #: The new effective date of an amendment.
    effective: date | None = None
    reason: str = ""


class Scheduled(Model):
    """A section whose change applies to some accounts from a day of their own."""

    section: str
    accounts: Literal["existing", "new"]
    effective: date


class Bundle(Model):
    """A printed release, complete: what the post needs to tell every holder."""

    format: Literal["policypress.release/1"] = FORMAT  # type: ignore[assignment]
    #: Id of the document; a company may have several.
    document: str
    release: ReleaseId
    company: str
    site_url: Url
    published: date
    #: The day it takes effect, at 00:00 in `timezone`.
    effective: date
    timezone: str
    release_class: ChangeClass = Field(alias="class")
    #: Shown as an example; never a company's official policy.
    demonstration: bool = False
    #: Recorded after the fact: published before the tool was used.
    historic: bool = False
    #: The text was wrong, the processing did not change.
    correction: bool = False
    #: The release it is compared with.
    previous: ReleaseId | None = None
    source_locale: Tag
    prevailing_locale: Tag
    #: The locale of holders of a country whose own is not published.
    countries: dict[str, Tag] = {}
    lead_time: LeadTime
    changes: tuple[Change, ...] = ()
    moved: tuple[Moved, ...] = ()
    schedule: tuple[Scheduled, ...] = ()
    locales: dict[Tag, LocaleText]

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            message = f"unknown time zone {value!r}"
            raise ValueError(message) from error
        return value

    @model_validator(mode="after")
    def _whole(self) -> Bundle:
        ids = {change.id for change in self.changes}
        for tag, text in self.locales.items():
            if text.tag != tag:
                message = f"locales.{tag}: its text is tagged {text.tag!r}"
                raise ValueError(message)
            strange = {change.id for change in text.changes} - ids
            if strange:
                message = f"locales.{tag}: changes that the release does not list: {', '.join(sorted(strange))}"
                raise ValueError(message)
        if self.source_locale not in self.locales:
            message = f"the source locale {self.source_locale!r} has no text"
            raise ValueError(message)
        return self

    @property
    def consent(self) -> bool:
        """Return whether any change asks for the holder's consent."""
        return any(change.consent for change in self.changes)

    @property
    def questions(self) -> tuple[str, ...]:
        """Return what consent is asked for, each to be answered by itself: sections, in the order of their changes."""
        return tuple(dict.fromkeys(change.section for change in self.changes if change.consent))

    @property
    def withdrawn(self) -> bool:
        """Return whether the release was withdrawn before it took effect."""
        return any(moved.kind == "withdrawn" for moved in self.moved)

    def takes_effect_at(self) -> datetime:
        """Return the instant it takes effect: 00:00 of the effective date in its time zone."""
        return datetime.combine(self.effective, datetime.min.time(), ZoneInfo(self.timezone))

    def latest_notice(self, country: str | None) -> date:
        """Return the last day a notice still keeps the lead time of a country."""
        return self.effective - timedelta(days=self.lead_time.for_country(country, self.release_class))

    def dump(self) -> str:
        """Return the bundle as JSON text: UTF-8 letters, stable order, a final newline."""
        return self.model_dump_json(by_alias=True, indent=1, exclude_defaults=False) + "\n"
