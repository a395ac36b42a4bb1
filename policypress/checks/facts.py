"""Placeholders, facts, dates and locales: whether everything named exists and can be printed; knows no prose."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from policypress.checks.desk import Passage, printable
from policypress.checks.figures import dates
from policypress.checks.places import key_line
from policypress.checks.structure import REFERENCE
from policypress.document import PLACEHOLDER, placeholders
from policypress.errors import Severity, UsageError
from policypress.localise import direction
from policypress.settings import PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk
    from policypress.errors import Problem

_FACT = re.compile(r"\bfacts\.([A-Za-z_]\w*)")
_DATE = re.compile(r"""date\(\s*["']([^"']*)["']\s*\)""")
_UNFILLED = re.compile(r"\{\{ (.*?) \}\} cannot be filled")


def undefined_fact(desk: Desk) -> Iterator[Problem]:
    """Report a fact that is used and not defined for every locale.

    `{{ facts.name }}` prints what policy.toml says under [facts], or under [locales.xx.facts] in one language. A
    name that is not there prints nothing, so the policy cannot be printed. Add it to policy.toml or correct the name.
    """
    facts = {locale: desk.settings.facts_in(locale) for locale in desk.settings.order}
    for place in desk.clauses:
        for name in dict.fromkeys(_names(place.text)):
            if lacking := [locale for locale, known in facts.items() if name not in known]:
                where = "" if len(lacking) == len(facts) else f" in {', '.join(lacking)}"
                message = f"the fact {name!r} is not defined{where}"
                yield place.problem("undefined-fact", message, f"Add it under [facts] in {PATH}")


def _names(text: str) -> list[str]:
    return [name for one in placeholders(text) for name in _FACT.findall(one)]


def unused_fact(desk: Desk) -> Iterator[Problem]:
    """Report a fact that no clause uses.

    Whoever corrects it there believes that the policy now says so. Use it in the text in place of the typed words,
    or remove it from policy.toml.
    """
    used = {name for place in desk.clauses for name in _names(place.text)} | set(_FACT.findall(desk.source.next))
    rooms = {"facts": desk.settings.facts}
    rooms |= {f"locales.{tag}.facts": found.facts for tag, found in desk.settings.locales.items()}
    for table, facts in rooms.items():
        for name in facts:
            if name not in used:
                line = key_line(desk.source.settings_text, table, name)
                place = Passage(locale="", text="", file=PATH, line=line)
                message = f"no clause uses the fact {name!r}"
                yield place.problem("unused-fact", message, "Use it in the text or remove it", Severity.WARNING)


def bad_placeholder(desk: Desk) -> Iterator[Problem]:
    """Report a placeholder that cannot be filled.

    It may name `facts.*`, `date(…)`, `ref('anchor')`, `term('id')`, `release.published` and `release.effective`, and
    nothing else: no arithmetic, no filters, no conditions. Correct the name, and close what was opened with `{{` by
    `}}` on the same line.
    """
    for place in desk.clauses:
        if "{{" in PLACEHOLDER.sub("", place.text):
            yield place.problem("bad-placeholder", "a '{{' is never closed", "Close it with '}}'")
    for problem in desk.unfilled:
        found = _UNFILLED.match(problem.message)
        if found is None or not _told_elsewhere(found[1], desk):
            yield replace(problem, rule="bad-placeholder")


def _told_elsewhere(expression: str, desk: Desk) -> bool:
    """Return whether undefined-fact, broken-reference or bad-date reports an expression."""
    if (day := _DATE.fullmatch(expression)) and not _is_day(day[1]):
        return True
    if expression.startswith("date(") and any(printable(tag, desk.settings) for tag in desk.settings.order):
        return True
    if reference := REFERENCE.fullmatch(expression):
        return desk.document.section(reference[1]) is None
    names = _FACT.findall(expression)
    return any(name not in desk.settings.facts_in(tag) for name in names for tag in desk.settings.order)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def bad_date(desk: Desk) -> Iterator[Problem]:
    """Report a date that no calendar has, or a pattern in which a locale cannot write dates.

    `{{ date('2024-08-08') }}` wants year, month and day in figures; so do dates that were typed in words. A locale's
    `date` in policy.toml is a pattern of CLDR, such as `d MMMM y`. Correct the date or the pattern.
    """
    for place in desk.clauses:
        typed = [found[1] for one in placeholders(place.text) if (found := _DATE.fullmatch(one))]
        wrong = [text for text in typed if not _is_day(text)]
        wrong += [text for text, day in dates(place.text, place.locale) if day is None]
        for text in wrong:
            yield place.problem("bad-date", f"{text!r} is no date", "Write a day that exists, such as 2024-08-08")
    for tag in desk.settings.locales:
        if _known(tag) and (reason := printable(tag, desk.settings)):
            line = key_line(desk.source.settings_text, f"locales.{tag}", "date")
            place = Passage(locale=tag, text="", file=PATH, line=line)
            yield place.problem("bad-date", f"cannot write dates: {reason}", "Write a CLDR pattern such as d MMMM y")


def unknown_locale(desk: Desk) -> Iterator[Problem]:
    """Report a locale that CLDR does not know.

    Dates, plurals and the direction of a text come from CLDR; for a language that it does not know none of them can
    be printed. Correct the tag under [locales] in policy.toml: `kk`, `ru`, `ar`, `pt-BR`.
    """
    for tag in desk.settings.locales:
        if not _known(tag):
            line = key_line(desk.source.settings_text, f"locales.{tag}")
            place = Passage(locale=tag, text="", file=PATH, line=line)
            yield place.problem("unknown-locale", f"CLDR has no locale {tag!r}", "Correct the tag under [locales]")


def _known(tag: str) -> bool:
    try:
        direction(tag)
    except UsageError:
        return False
    return True
