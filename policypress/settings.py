"""`policy.toml` as typed, frozen data; reads no other file and asks no clock."""

from __future__ import annotations

import re
import tomllib
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from policypress.bundle import ChangeClass, Tag
from policypress.errors import Problem, ProblemsError

#: Where the settings stand in a policy repository.
PATH = "policy_src/policy.toml"

#: Characters that would turn into mark-up where a fact is printed into a clause.
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]`|\\]+")
_ACTIVE = re.compile(r"[*\[\]<>`|\\\n]|(?<!\w)_|_(?!\w)")


def _inert(fact: str) -> str:
    """Refuse a fact that would turn into mark-up where it is printed."""
    if _ADDRESS.fullmatch(fact) or not _ACTIVE.search(fact):
        return fact
    message = f"holds a character that Markdown would act on: {fact!r}"
    raise ValueError(message)


#: A piece of text that placeholders print, the same in every clause.
Fact = Annotated[str, AfterValidator(_inert)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ModelT = TypeVar("ModelT", bound=BaseModel)


class Model(BaseModel):
    """Frozen, and strict about unknown keys: a misspelt setting is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LocaleSettings(Model):
    """How one language is published."""

    #: A release waits for its material clauses to be translated and approved.
    required: bool = False
    #: No release is made in it any more; what was published in it stays.
    retired: bool = False
    #: Locales a clause falls back to, in order; none means the source.
    fallback: tuple[Tag, ...] = ()
    #: CLDR date pattern; none means CLDR's long form.
    date: str | None = None
    #: Facts that differ in this locale.
    facts: dict[FactName, Fact] = {}


class LeadTimeSettings(Model):
    """Days between a notice and the effective date, by class, with the reason in words."""

    reason: str = Field(min_length=10)
    technical: int = Field(default=0, ge=0)
    editorial: int = Field(default=0, ge=0)
    minor: int = Field(default=0, ge=0)
    material: int = Field(ge=0)
    countries: dict[Country, dict[ChangeClass, int]] = {}

    def days(self) -> dict[ChangeClass, int]:
        """Return the general days by class."""
        return {kind: getattr(self, kind.value) for kind in ChangeClass}


class Settings(Model):
    """`policy_src/policy.toml`."""

    #: Id of the document, in records, bundles, feeds and notices.
    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    company: str = Field(min_length=1)
    source_locale: Tag
    #: The language whose text governs where texts differ.
    prevailing_locale: Tag
    #: In which dates begin at 00:00.
    timezone: str
    #: Absolute address of the published site, with a closing slash.
    site_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+/$")]
    #: Address of the notices' server, with a closing slash; where it is set, readers can subscribe to web push.
    notices_url: Annotated[str, Field(pattern=r"^https?://[^\s?#\"'<>]+/$")] | None = None
    #: The texts are an example and nobody's official policy; every page says so.
    demonstration: bool = False
    #: The locale of holders of a country who state none that is published.
    countries: dict[Country, Tag] = {}
    facts: dict[FactName, Fact] = {}
    locales: dict[Tag, LocaleSettings]
    lead_time: LeadTimeSettings

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
    def _known_locales(self) -> Settings:
        named = {self.source_locale, self.prevailing_locale, *self.countries.values()}
        for locale in self.locales.values():
            named.update(() if locale.retired else locale.fallback)
        if strange := sorted(named - set(self.locales)):
            message = f"locales named but not set up under [locales]: {', '.join(strange)}"
            raise ValueError(message)
        if needed := sorted(named & set(self.retired)):
            message = f"locales retired, but still named as source, as prevailing, by a country or as a fallback: {', '.join(needed)}"
            raise ValueError(message)
        return self

    @property
    def retired(self) -> tuple[str, ...]:
        """Return the locales in which no release is made any more."""
        return tuple(tag for tag, locale in self.locales.items() if locale.retired)

    @property
    def translations(self) -> tuple[str, ...]:
        """Return the locales other than the source that releases are made in, in the order of the file."""
        return tuple(tag for tag in self.locales if tag != self.source_locale and tag not in self.retired)

    @property
    def order(self) -> tuple[str, ...]:
        """Return all locales that releases are made in, the source first."""
        return (self.source_locale, *self.translations)

    @property
    def published(self) -> tuple[str, ...]:
        """Return all locales that the site has pages in, the source first, the retired ones last."""
        return (*self.order, *self.retired)

    def facts_in(self, locale: str) -> dict[str, str]:
        """Return the facts as a locale prints them."""
        return {**self.facts, **self.locales[locale].facts}

    def fallbacks(self, locale: str) -> tuple[str, ...]:
        """Return the locales a clause of `locale` may fall back to, the source last."""
        chain = self.locales[locale].fallback
        return (*chain, *(() if self.source_locale in chain else (self.source_locale,)))


_MEND = "Mend the line; strings stand in double quotes"
_CONFLICT = "A merge conflict is left there: choose one of the two sides and remove the marks"


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """Read TOML; raise one problem with file and line where it is broken."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        reason = re.sub(r" \(at .*\)$", "", str(error))
        problem = Problem(
            rule="toml",
            file=file,
            line=line,
            message=f"not valid TOML: {reason}",
            help=_CONFLICT if text.split("\n")[line - 1].startswith(("<<<<<<<", "=======", ">>>>>>>")) else _MEND,
        )
        raise ProblemsError([problem]) from error


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    """Return the line (1-based) where a TOML key stands, else that of the table it is missing in; 0 for neither."""
    names: list[str] = []
    start = place = 0
    found = False
    for part in path:
        if isinstance(part, str):
            names.append(re.escape(part))
        dotted = r"\s*\.\s*".join(rf"[\"']?{name}[\"']?" for name in names)
        headers = list(re.finditer(rf"^[ \t]*\[+\s*{dotted}\s*\]", text, re.MULTILINE))
        # a table may be named by the end of its name
        headers = headers or list(re.finditer(rf"^[ \t]*\[+[^\]\n]*\.\s*{dotted}\s*\]", text, re.MULTILINE))
        chosen = part if isinstance(part, int) else 0
        if header := next((one for one in headers[chosen:] if one.start() >= start), None):
            start = place = header.start()
        elif isinstance(part, str) and (key := _key(text, start, names[-1])):
            place = key.start()
        else:
            continue
        found = True
    return text.count("\n", 0, place) + 1 if found else 0


def _key(text: str, start: int, name: str) -> re.Match[str] | None:
    """Return where a key is set in the table whose header stands at `start`."""
    after = re.compile(r"\n[ \t]*\[").search(text, start + 1)
    end = after.start() if after else len(text)
    return re.compile(rf"(?:^|(?<=[{{,]))[ \t]*[\"']?{name}[\"']?(?=\s*[=.])", re.MULTILINE).search(text, start, end)


def validate(model: type[ModelT], data: dict[str, Any], text: str, file: str) -> ModelT:
    """Make a model of TOML data; raise every problem at once, each with its line."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ProblemsError(
            Problem(
                rule="schema",
                file=file,
                line=line_of(text, item["loc"]),
                message=f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}",
                help="The keys are described in docs/guides/editor.md",
            )
            for item in error.errors()
        ) from error


def parse_settings(text: str, file: str = PATH) -> Settings:
    """Read `policy.toml`; raise `ProblemsError` naming file and line."""
    return validate(Settings, parse_toml(text, file), text, file)
