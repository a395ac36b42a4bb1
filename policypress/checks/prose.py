"""The fact sheet held against what the clauses say, both ways; knows the source's language only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.checks.desk import passage, prose
from policypress.checks.figures import ascii_digits, periods
from policypress.checks.languages import countries, language, matcher
from policypress.checks.sheet import at
from policypress.document import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk, Passage
    from policypress.errors import Problem
    from policypress.practices import Practices

_RULE = "prose-facts"
_ISO_PERIOD = re.compile(r"(\d+)([YMWD])")
#: Units of ISO 8601 durations in months or days, so that P12M is a year.
_ISO_UNITS = {"Y": (12, "months"), "M": (1, "months"), "W": (7, "days"), "D": (1, "days")}
_UNITS = {"year": _ISO_UNITS["Y"], "month": _ISO_UNITS["M"], "week": _ISO_UNITS["W"], "day": _ISO_UNITS["D"]}
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_AGES = range(10, 22)


def prose_facts(desk: Desk) -> Iterator[Problem]:
    """Report what the fact sheet says and the text does not, and the other way about.

    Readers go by the text, materiality and other tools by practices.toml; where the two differ, one of them misleads.
    Held together are the names of controllers and recipients, countries, periods, ages, e-mail addresses and web
    addresses, each in the section that its entry names and in the sections below it. Correct whichever is wrong.
    """
    if desk.practices is None:
        return
    for found in (_names, _countries, _periods, _ages, _contacts):
        yield from found(desk, desk.practices)


def _section(desk: Desk, anchor: str) -> list[Passage]:
    """Return the clauses of a section and of those below it."""
    found: list[Passage] = []
    level = 0
    for section in desk.document.sections:
        if level and section.level <= level:
            break
        if section.anchor == anchor:
            level = section.level
        if level:
            found += [passage(clause, desk.source) for clause in (section.heading, *section.clauses)]
    return found


def _words(desk: Desk, anchor: str) -> str:
    return fold(" ".join(desk.filled(place.text) for place in _section(desk, anchor)))


def _absent(place: Passage, what: str, anchor: str) -> Problem:
    return place.problem(_RULE, f"{what} is not in the text of {anchor!r}", "Correct the sheet or the text")


def _undeclared(place: Passage, what: str, table: str) -> Problem:
    return place.problem(_RULE, f"{what} is not in the fact sheet", f"Add it under [[{table}]] or correct the text")


def _names(desk: Desk, sheet: Practices) -> Iterator[Problem]:
    named = [(at(desk, "controller", "name"), sheet.controller.name, sheet.controller.section)]
    for index, regional in enumerate(sheet.controller.regional):
        named.append((at(desk, "controller.regional", "name", index), regional.name, regional.section))
    for index, recipient in enumerate(sheet.recipients):
        named.append((at(desk, "recipients", "label", index), recipient.label, recipient.section))
    for place, name, anchor in named:
        if _section(desk, anchor) and fold(name).casefold() not in _words(desk, anchor).casefold():
            yield _absent(place, repr(name), anchor)


def _countries(desk: Desk, sheet: Practices) -> Iterator[Problem]:
    locale = desk.settings.source_locale
    known = countries(locale)
    for index, transfer in enumerate(sheet.transfers):
        names = known.get(transfer.country, ())
        if names and _section(desk, transfer.section) and not _said(names, _words(desk, transfer.section), locale):
            yield _absent(at(desk, "transfers", "country", index), names[0], transfer.section)
    declared = {transfer.country for transfer in sheet.transfers}
    for anchor in dict.fromkeys(transfer.section for transfer in sheet.transfers):
        for place in _section(desk, anchor):
            text = prose(place.text)
            for code, names in known.items():
                if code not in declared and _said(names, text, locale):
                    yield _undeclared(place, names[0], "transfers")


def _said(names: tuple[str, ...], text: str, locale: str) -> bool:
    return any(matcher(name, locale).search(text) for name in names)


def _periods(desk: Desk, sheet: Practices) -> Iterator[Problem]:
    locale = desk.settings.source_locale
    if not language(locale).units:
        return
    for index, rule in enumerate(sheet.retention):
        said = {_length(*one) for one in periods(_words(desk, rule.section), locale)}
        if rule.period and _section(desk, rule.section) and not _iso(rule.period) <= said:
            yield _absent(at(desk, "retention", "period", index), f"the period {rule.period}", rule.section)
    declared = {one for rule in sheet.retention if rule.period for one in _iso(rule.period)}
    for anchor in dict.fromkeys(rule.section for rule in sheet.retention):
        for place in _section(desk, anchor):
            for number, unit in periods(place.text, locale):
                if _length(number, unit) not in declared:
                    yield _undeclared(place, f"the period of {number} {unit}s", "retention")


def _iso(period: str) -> set[tuple[int, str]]:
    return {(int(number) * _ISO_UNITS[unit][0], _ISO_UNITS[unit][1]) for number, unit in _ISO_PERIOD.findall(period)}


def _length(number: int, unit: str) -> tuple[int, str]:
    factor, base = _UNITS.get(unit, (1, unit))
    return number * factor, base


def _ages(desk: Desk, sheet: Practices) -> Iterator[Problem]:
    if sheet.minors is None:
        return
    anchor, age = sheet.minors.section, sheet.minors.age
    said = [(place, int(n)) for place in _section(desk, anchor) for n in re.findall(r"\d+", _figures(place))]
    if age is not None and _section(desk, anchor) and age not in {number for _, number in said}:
        yield _absent(at(desk, "minors", "age"), f"the age of {age}", anchor)
    for place, number in said:
        if number in _AGES and number != age:
            yield place.problem(_RULE, f"the age of {number} is not in the fact sheet", "Add it as `age` to [minors]")


def _figures(place: Passage) -> str:
    return ascii_digits(prose(place.text))


def _contacts(desk: Desk, sheet: Practices) -> Iterator[Problem]:
    named: list[tuple[Passage, str, str]] = []
    for index, right in enumerate(sheet.rights):
        if right.how.startswith(("https://", "http://")):
            named.append((at(desk, "rights", "how", index), right.how, right.section))
    if contact := sheet.contact:
        named.append((at(desk, "contact", "url"), contact.url, contact.section))
        named += [(at(desk, "contact", "emails"), email, contact.section) for email in contact.emails]
        yield from _other_emails(desk, contact.section, contact.emails)
    for place, address, anchor in named:
        if _section(desk, anchor) and address not in _addresses(desk, anchor):
            yield _absent(place, address, anchor)


def _addresses(desk: Desk, anchor: str) -> set[str]:
    """Return what stands between blanks or brackets in a section, so that one address is not found in a longer one."""
    text = " ".join(desk.filled_markup(place.text) for place in _section(desk, anchor))
    return {word.removeprefix("mailto:").rstrip(".,;:") for word in re.split(r"[\s<>()\[\]«»“”]+", text)}


def _other_emails(desk: Desk, anchor: str, known: tuple[str, ...]) -> Iterator[Problem]:
    for place in _section(desk, anchor):
        for email in dict.fromkeys(_EMAIL.findall(desk.filled_markup(place.text))):
            if email not in known:
                message = f"the address {email} is not in the fact sheet"
                yield place.problem(_RULE, message, "Add it to `emails` of [contact] or correct the text")
