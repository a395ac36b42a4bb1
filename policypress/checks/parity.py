"""A translation held against its clause: placeholders, links, figures and addresses; judges no wording."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from policypress.checks.figures import in_words, numbers, periods
from policypress.checks.markup import addresses, revealed
from policypress.document import PLACEHOLDER, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policypress.checks.desk import Desk, Pair
    from policypress.errors import Problem

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_BARE = re.compile(r"(?<![(<\w])https?://[^\s<>()«»“”\"]+")


def _difference(rule: str, what: str, pair: Pair, source: Iterable[str], target: Iterable[str]) -> Iterator[Problem]:
    """Yield one problem that names what is missing and what is too much."""
    was, now = Counter(source), Counter(target)
    lost, gained = sorted((was - now).elements()), sorted((now - was).elements())
    parts = [f"{word} {', '.join(found)}" for word, found in (("lacks", lost), ("has besides", gained)) if found]
    if parts:
        way_out = f"The {what} are those of the source, each as often: {', '.join(sorted(was.elements())) or 'none'}"
        yield pair.target.problem(rule, f"{what}: {' and '.join(parts)}", way_out)


def placeholder_parity(desk: Desk) -> Iterator[Problem]:
    """Report a translation whose placeholders are not those of its clause.

    Placeholders print the facts, dates and references of the policy; without one the reader misses a fact, and what
    was added would print what nobody approved. Such a translation is never printed: the clause falls back. Copy the
    placeholders of the source unchanged, in any order.
    """
    for pair in desk.pairs:
        was, now = placeholders(pair.source), placeholders(pair.target.text)
        yield from _difference("placeholder-parity", "placeholders", pair, _braced(was), _braced(now))
        if "{{" in PLACEHOLDER.sub("", pair.target.text):
            yield pair.target.problem("placeholder-parity", "a '{{' is never closed", "Close it with '}}'")


def _braced(expressions: Iterable[str]) -> list[str]:
    return [f"{{{{ {expression} }}}}" for expression in expressions]


def link_parity(desk: Desk) -> Iterator[Problem]:
    """Report a translation that links elsewhere than its clause.

    A reader of any language is sent to the same place. An address that differs by language is a fact:
    [locales.xx.facts] in policy.toml. Copy the addresses of the source.
    """
    for pair in desk.pairs:
        yield from _difference("link-parity", "links", pair, _links(pair.source), _links(pair.target.text))


def _links(text: str) -> list[str]:
    linked = [revealed(address) for address in addresses(text) if not address.startswith("mailto:")]
    return linked + [found.rstrip(".,;:!?") for found in _BARE.findall(text)]


def email_parity(desk: Desk) -> Iterator[Problem]:
    """Report a translation whose e-mail addresses are not those of its clause.

    A mistyped address loses the requests of one language's readers. Copy it from the source, or make it a fact in
    policy.toml and use `{{ facts.… }}` in the source.
    """
    for pair in desk.pairs:
        was, now = (_EMAIL.findall(PLACEHOLDER.sub(" ", text)) for text in (pair.source, pair.target.text))
        yield from _difference("email-parity", "e-mail addresses", pair, was, now)


def number_parity(desk: Desk) -> Iterator[Problem]:
    """Report a translation whose figures are not those of its clause.

    Periods, ages and sums bind in every language. Dates are compared as days however they are written, times as
    hours and minutes, digits of any script as digits; a number that the other text says in words counts as said.
    Correct the figure.
    """
    source = desk.settings.source_locale
    for pair in desk.pairs:
        locale = pair.target.locale
        was, now = numbers(pair.source, source), numbers(pair.target.text, locale)
        was -= Counter(n for n in (was - now).elements() if in_words(n, pair.target.text, locale))
        now -= Counter(n for n in (now - was).elements() if in_words(n, pair.source, source))
        yield from _difference("number-parity", "figures", pair, was.elements(), now.elements())


def period_parity(desk: Desk) -> Iterator[Problem]:
    """Report a translation that counts in another unit of time than its clause: 30 months for 30 days.

    Only numbers that both texts give with a unit are compared. Correct the unit.
    """
    source = desk.settings.source_locale
    for pair in desk.pairs:
        was, now = _units(pair.source, source), _units(pair.target.text, pair.target.locale)
        for number in sorted(was.keys() & now.keys()):
            if was[number] != now[number]:
                ours, theirs = (" or ".join(sorted(units)) for units in (now[number], was[number]))
                message = f"counts {number} by the {ours}, the source by the {theirs}"
                yield pair.target.problem("period-parity", message, "Correct the unit")


def _units(text: str, locale: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for number, unit in periods(text, locale):
        found.setdefault(number, set()).add(unit)
    return found
