"""Headings, anchors and references of the source; knows no translation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.checks.desk import ATOM, passage, prose
from policypress.checks.languages import language
from policypress.checks.markup import addresses
from policypress.document import Clause, fold, placeholders, unprinted
from policypress.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk, Passage
    from policypress.errors import Problem

#: `ref('anchor')`, the expression of a cross-reference.
REFERENCE = re.compile(r"""ref\(\s*["']([^"']*)["']\s*\)""")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_QUOTED = r"(?:«([^«»]{2,200})»|“([^“”]{2,200})”|\"([^\"]{2,200})\")"
_TYPED_NUMBER = re.compile(r"^\d{1,2}(?:\.\d{1,2})*[.)]?\s+")


def missing_anchor(desk: Desk) -> Iterator[Problem]:
    """Report a heading without an anchor written by hand, and text that stands before any heading.

    An anchor is the permanent address of a section in every language: links, decisions, translations and notices
    refer to it. One made from the words of the heading would change with the first correction of those words. Write
    one behind the heading, such as `## Your rights {#rights}`, and never change it again.
    """
    for section in desk.document.sections:
        if section.level and not section.explicit:
            way_out = f"Write one and keep it for ever: {{#{section.anchor}}}"
            yield passage(section.heading, desk.source).problem("missing-anchor", "heading without an anchor", way_out)
        elif not section.level and section.clauses:
            place = passage(section.clauses[0], desk.source)
            yield place.problem("missing-anchor", "text before any heading", "Put it under a heading with an anchor")


def duplicate_anchor(desk: Desk) -> Iterator[Problem]:
    """Report an anchor that is given twice.

    A link with that anchor leads to the first place only, and a translation of one section would be taken for the
    other's. Give the later one an anchor of its own.
    """
    first: dict[str, Passage] = {}
    for section in desk.document.sections:
        named = [(section.anchor, section.heading)] if section.explicit else []
        for anchor, clause in (*named, *((one.id, one) for one in section.clauses if one.id)):
            place = passage(clause, desk.source)
            if anchor in first:
                where = f"{first[anchor].file}:{first[anchor].line}"
                message = f"the anchor {anchor!r} stands at {where} already"
                yield place.problem("duplicate-anchor", message, "Give this one an anchor of its own")
            first.setdefault(anchor, place)


def broken_reference(desk: Desk) -> Iterator[Problem]:
    """Report a reference to an anchor that no heading has.

    `{{ ref('rights') }}` prints the numbered heading with that anchor, and `[words](#rights)` links to it; where
    there is none, a reader is sent nowhere. Correct the anchor, or restore the section it named.
    """
    known = {section.anchor for section in desk.document.sections if section.level}
    known |= {clause.id for _, clause in desk.document.clauses() if clause.id}
    titled = {section.anchor for section in desk.document.sections if section.level}
    for place in desk.clauses:
        named = [found[1] for one in placeholders(place.text) if (found := REFERENCE.fullmatch(one))]
        linked = [address[1:] for address in addresses(place.text) if address.startswith("#")]
        wrong = [anchor for anchor in named if anchor not in titled] + [one for one in linked if one not in known]
        for anchor in dict.fromkeys(wrong):
            message = f"no heading has the anchor {anchor!r}"
            yield place.problem("broken-reference", message, "Correct the anchor, or restore the section")


def quoted_heading(desk: Desk) -> Iterator[Problem]:
    """Report a section that is named in quotation marks and does not exist under that title.

    Titles get reworded, and a title that was typed into a sentence stays as it was: the reader looks for a section
    that is not there. Write the reference as `{{ ref('anchor') }}`, which always prints the present title.
    """
    for locale, places in desk.texts().items():
        titles = _titles(desk, locale)
        patterns = _section_patterns(locale)
        for place in places:
            text = prose(place.text)
            quoted = [next(filter(None, found.groups())) for one in patterns for found in one.finditer(text)]
            for title in dict.fromkeys(quoted):
                if ATOM not in title and not any(_same(title, known) for known in titles):
                    message = f"no section is called {title!r}"
                    yield place.problem("quoted-heading", message, "Write {{ ref('anchor') }} in place of the title")


def _titles(desk: Desk, locale: str) -> set[str]:
    """Return the titles of sections as a locale prints them; what it lacks falls back to the source's."""
    headings = {(section.anchor, section.heading.text) for section in desk.document.sections if section.level}
    translated = {(pair.anchor, pair.source): pair.target.text for pair in desk.pairs if pair.target.locale == locale}
    return {_bare(desk.filled(translated.get(key, key[1]))) for key in headings} - {""}


def _section_patterns(locale: str) -> list[re.Pattern[str]]:
    rules = language(locale)
    before = [rf"(?<!\w)(?:{'|'.join(rules.section_before)})\s+{_QUOTED}"] if rules.section_before else []
    after = [rf"{_QUOTED}\s+(?:{'|'.join(rules.section_after)})(?!\w)"] if rules.section_after else []
    return [re.compile(pattern) for pattern in (*before, *after)]


def _bare(title: str) -> str:
    return _TYPED_NUMBER.sub("", fold(title)).casefold().rstrip(" .,:;?!")


def _same(quoted: str, known: str) -> bool:
    """Return whether a quoted title is a known one, its last word perhaps inflected."""
    one, two = _bare(quoted).split(), known.split()
    if not one or len(one) != len(two) or one[:-1] != two[:-1]:
        return False
    shared = next((n for n, (a, b) in enumerate(zip(one[-1], two[-1], strict=False)) if a != b), None)
    shortest = min(len(one[-1]), len(two[-1]))
    return shared is None or shared >= max(3, shortest - 2)


def typed_number(desk: Desk) -> Iterator[Problem]:
    """Report a number typed in front of a heading.

    Numbers are printed by the machine, the same in every language; a typed one is wrong as soon as a section is
    added before it. Remove the number; mark a heading that shall have none with `.unnumbered`.
    """
    for section in desk.document.sections:
        if section.number:
            message = f"the number {section.number!r} is typed"
            place = passage(section.heading, desk.source)
            yield place.problem("typed-number", message, "Remove it: headings are numbered when they are printed")


def unprinted_line(desk: Desk) -> Iterator[Problem]:
    """Report a line that would not be printed, because it is nested too deep.

    Lists and quotations are read nine levels deep; what lies deeper would be left out of every page without a word.
    Use fewer levels, or a section of its own.
    """
    for file, text in desk.source.texts.items():
        lines = unprinted(text)
        # the first line of each run of them
        for number in sorted(set(lines) - {line + 1 for line in lines}):
            place = passage(Clause(kind="paragraph", text="", file=file, line=number), desk.source)
            yield place.problem(
                "unprinted-line", "this line would not be printed", "Use fewer levels, or [words](address)"
            )


#: Shorter clauses, such as "if the law so requires;", may well stand in two sections.
_LONG = 8
_SHORT = 3


def duplicate_clause(desk: Desk) -> Iterator[Problem]:
    """Report a clause whose text stands a second time, in its section or, where it is long, anywhere.

    What is said twice gets changed once, and then the policy contradicts itself. Keep one and refer to it, or word
    the second differently if it means something else.
    """
    seen: dict[tuple[str, str], str] = {}
    for section in desk.document.sections:
        for clause in section.clauses:
            words = len(prose(clause.text).split())
            if clause.kind not in ("paragraph", "item") or words < _SHORT:
                continue
            place = passage(clause, desk.source)
            keys = [(section.anchor, clause.key), *([("", clause.key)] if words >= _LONG else [])]
            if first := next((seen[key] for key in keys if key in seen), ""):
                message, way_out = f"the same text stands at {first}", "Keep one and refer to it"
                yield place.problem("duplicate-clause", message, way_out, Severity.WARNING)
            for key in keys:
                seen.setdefault(key, f"{place.file}:{place.line}")


def dead_relative_link(desk: Desk) -> Iterator[Problem]:
    """Report a link with a relative address.

    The same clause is printed on the site, in the archive, in a mail and in a file: an address relative to one of
    them leads nowhere from the others. Refer to a section with `{{ ref('anchor') }}` and to anything else with its
    full address, best kept as a fact in policy.toml.
    """
    for place in desk.clauses:
        for address in dict.fromkeys(addresses(place.text)):
            if not (_SCHEME.match(address) or address.startswith("#")):
                message = f"the address {address!r} is relative"
                way_out = "Use {{ ref('anchor') }} for a section, a full https:// address otherwise"
                yield place.problem("dead-relative-link", message, way_out)
