"""The typed fact sheet `practices.toml` and its difference; pure, reads no prose and judges no release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from policypress.settings import parse_toml, validate

#: Where the fact sheet stands in a policy repository.
PATH = "policy_src/practices.toml"

Direction = Literal["expands", "restricts", "neutral"]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Anchor = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Model(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RegionalController(Model):
    """A controller for one region."""

    region: str
    name: str
    section: Anchor
    role: str = "controller"


class Controller(Model):
    """Who decides why and how data are processed."""

    name: str
    section: Anchor
    regional: tuple[RegionalController, ...] = ()


class Practice(Model):
    """Something that is done with data."""

    id: Id
    #: Anchor of the section that describes it.
    section: Anchor
    #: DPV concepts or own terms.
    data: tuple[str, ...]
    purposes: tuple[str, ...]
    legal_basis: tuple[str, ...]
    recipients: tuple[Id, ...] = ()
    #: Id of a retention rule.
    retention: Id | None = None


class Recipient(Model):
    """Who receives data."""

    id: Id
    section: Anchor
    kind: Literal["processor", "group", "third-party", "authority"]
    label: str


class Transfer(Model):
    """A country to which data go."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    section: Anchor
    safeguard: str


class Retention(Model):
    """How long data are kept: a period in figures or a criterion in words."""

    id: Id
    section: Anchor
    #: ISO 8601 duration.
    period: Annotated[str, Field(pattern=r"^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$")] | None = None
    criterion: str | None = None


class Right(Model):
    """What a data subject may ask for, and how."""

    id: Id
    section: Anchor
    how: str


class Minors(Model):
    """What holds for minors."""

    section: Anchor
    marketing: bool = False
    targeted: bool = False
    age: int | None = None


class Contact(Model):
    """Where questions and requests go."""

    section: Anchor
    url: str
    emails: tuple[str, ...] = ()


class OwnTerm(Model):
    """A term that the vocabulary lacks, hung under one that it has."""

    id: str
    kind: Literal["data", "purpose", "recipient", "right", "legal_basis"]
    label: str
    broader: str


class Practices(Model):
    """`policy_src/practices.toml`: what is done with data, in W3C DPV terms."""

    controller: Controller
    practices: tuple[Practice, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    retention: tuple[Retention, ...] = ()
    rights: tuple[Right, ...] = ()
    minors: Minors | None = None
    contact: Contact | None = None
    own_terms: tuple[OwnTerm, ...] = ()

    def sections(self) -> dict[str, str]:
        """Return every section anchor named, with what names it."""
        named: dict[str, str] = {self.controller.section: "controller"}
        for room in ("practices", "recipients", "transfers", "retention", "rights"):
            for item in getattr(self, room):
                named.setdefault(item.section, f"{room} {_id(item)}")
        for single in ("minors", "contact"):
            if item := getattr(self, single):
                named.setdefault(item.section, single)
        return named


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A typed difference between two fact sheets: certain, with its category and direction."""

    #: What changed, such as `practices.store-locator.data`.
    path: str
    section: str
    #: A category of the taxonomy.
    category: str
    direction: Direction
    #: Asks for consent: disclosure to someone who is no processor, or what the taxonomy says of the category.
    consent: bool
    old: str = ""
    new: str = ""


def parse_practices(text: str, file: str = PATH) -> Practices:
    """Read a fact sheet; raise `ProblemsError` naming file and line."""
    return validate(Practices, parse_toml(text, file), text, file)


def diff(old: Practices, new: Practices) -> tuple[FactChange, ...]:
    """Return every typed difference, in the order of the sheet."""
    found = [*_controllers(old, new), *_practices(old, new), *_recipients(old, new), *_transfers(old, new)]
    found += [*_retention(old, new), *_rights(old, new), *_minors(old, new), *_contact(old, new)]
    return tuple(found)


def _id(item: Any) -> str:
    return str(getattr(item, "id", None) or getattr(item, "country", None) or item.region)


def _by_id(items: tuple[Any, ...]) -> dict[str, Any]:
    return {_id(item): item for item in items}


def _both(old: tuple[Any, ...], new: tuple[Any, ...]) -> list[tuple[str, Any, Any]]:
    """Return (id, before or None, after or None) for everything on either side."""
    before, after = _by_id(old), _by_id(new)
    return [(name, before.get(name), after.get(name)) for name in dict.fromkeys((*after, *before))]


def _change(
    path: str,
    category: str,
    old: Any,
    new: Any,
    *,
    consent: bool = False,
    item: Any = None,
    direction: Direction | None = None,
) -> FactChange:
    if direction is None:
        direction = "neutral" if old and new else "expands" if new else "restricts"
    return FactChange(
        path=path,
        section=(item or new or old).section,
        category=category,
        direction=direction,
        consent=consent and direction == "expands",
        old=_words(old),
        new=_words(new),
    )


def _words(value: Any) -> str:
    if isinstance(value, BaseModel):
        for name in ("label", "period", "criterion"):
            if said := getattr(value, name, None):
                return str(said)
        return ", ".join(f"{name}={part}" for name, part in value.model_dump(exclude={"section"}).items() if part)
    return str(value or "")


def _controllers(old: Practices, new: Practices) -> list[FactChange]:
    found = []
    if old.controller.name != new.controller.name:
        found.append(_change("controller", "controller", old.controller.name, new.controller.name, item=new.controller))
    for name, before, after in _both(old.controller.regional, new.controller.regional):
        if before != after:
            found.append(_change(f"controller.regional.{name}", "controller", before, after))
    return found


#: A practice's lists, with the category of a difference and whether more of it asks for consent (policy section 9).
_LISTS = (
    ("data", "new_data", True),
    ("purposes", "new_purpose", True),
    ("legal_basis", "legal_basis", False),
)


def _practices(old: Practices, new: Practices) -> list[FactChange]:
    known = {one for practice in old.practices for one in practice.data}
    found = []
    for name, before, after in _both(old.practices, new.practices):
        if before is None:
            found += _begun(after, known)
            continue
        for listed, category, consent in _LISTS:
            found += _listed(name, listed, category, before, after, consent=consent)
        if after:
            found += _passed_on(name, before, after, new)
            if before.retention != after.retention:
                rules = _by_id(new.retention)
                item = rules.get(after.retention, after)
                path = f"practices.{name}.retention"
                found.append(_change(path, "retention", before.retention, after.retention, item=item))
    return found


def _begun(practice: Practice, known: set[str]) -> list[FactChange]:
    """Return what a new practice brings: its purposes, and the data that nothing else used before."""
    path = f"practices.{practice.id}"
    data = [one for one in practice.data if one not in known]
    return [
        *(_change(f"{path}.data", "new_data", "", one, consent=True, item=practice) for one in data),
        *(
            _change(f"{path}.purposes", "new_purpose", "", one, consent=True, item=practice)
            for one in practice.purposes
        ),
    ]


def _listed(
    name: str, listed: str, category: str, before: Practice, after: Practice | None, *, consent: bool
) -> list[FactChange]:
    was, now = set(getattr(before, listed)), set(getattr(after, listed, ()))
    path, item = f"practices.{name}.{listed}", after or before
    return [
        *(_change(path, category, "", one, consent=consent, item=item) for one in sorted(now - was)),
        *(_change(path, category, one, "", item=item) for one in sorted(was - now)),
    ]


def _passed_on(name: str, before: Practice, after: Practice, new: Practices) -> list[FactChange]:
    """Return the recipients a practice gained or lost; who is no processor asks for consent."""
    kinds = {recipient.id: recipient.kind for recipient in new.recipients}
    path = f"practices.{name}.recipients"
    gained = sorted(set(after.recipients) - set(before.recipients))
    lost = sorted(set(before.recipients) - set(after.recipients))
    return [
        *(_change(path, "recipients", "", one, consent=kinds.get(one) != "processor", item=after) for one in gained),
        *(_change(path, "recipients", one, "", item=after) for one in lost),
    ]


def _recipients(old: Practices, new: Practices) -> list[FactChange]:
    found = []
    for name, before, after in _both(old.recipients, new.recipients):
        if before is None:
            found.append(_change(f"recipients.{name}", "recipients", None, after, consent=after.kind != "processor"))
        elif after is None:
            found.append(_change(f"recipients.{name}", "recipients", before, after))
        elif before.kind != after.kind:
            # who was on a leash and is no longer has been given more
            direction: Direction = "expands" if before.kind == "processor" else "neutral"
            path = f"recipients.{name}.kind"
            found.append(
                _change(path, "recipients", before.kind, after.kind, consent=True, item=after, direction=direction)
            )
        elif before.label != after.label:
            found.append(_change(f"recipients.{name}.label", "recipients", before, after))
    return found


def _transfers(old: Practices, new: Practices) -> list[FactChange]:
    return [
        _change(f"transfers.{name}", "transfer", before, after)
        for name, before, after in _both(old.transfers, new.transfers)
        if before is None or after is None or before.safeguard != after.safeguard
    ]


def _retention(old: Practices, new: Practices) -> list[FactChange]:
    return [
        _change(f"retention.{name}", "retention", before, after)
        for name, before, after in _both(old.retention, new.retention)
        if before is None or after is None or (before.period, before.criterion) != (after.period, after.criterion)
    ]


def _rights(old: Practices, new: Practices) -> list[FactChange]:
    return [
        _change(f"rights.{name}", "rights", before, after)
        for name, before, after in _both(old.rights, new.rights)
        if before is None or after is None or before.how != after.how
    ]


def _minors(old: Practices, new: Practices) -> list[FactChange]:
    before, after = old.minors, new.minors
    if before == after:
        return []
    direction: Direction | None = None
    if before and after:
        more = (after.marketing > before.marketing) or (after.targeted > before.targeted)
        direction = "expands" if more or (after.age or 0) < (before.age or 0) else "neutral"
    return [_change("minors", "minors", before, after, consent=True, direction=direction)]


def _contact(old: Practices, new: Practices) -> list[FactChange]:
    if old.contact == new.contact:
        return []
    return [_change("contact", "contact", old.contact, new.contact)]
