"""Terms and languages of every text: the glossary's bans, families of terms, sentences left untranslated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.checks.desk import prose
from policypress.checks.languages import families, language, matcher
from policypress.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk, Passage
    from policypress.errors import Problem

_LATIN_WORD = re.compile(r"(?<!\w)[A-Za-z][A-Za-z'’-]+(?!\w)")
#: So many Latin words in a row, in small letters, are a sentence and no name.
_LATIN_RUN = re.compile(r"(?<!\w)[a-z'’-]+(?:,?\s+[a-z'’-]+){4,}")
_NAMES = 2


def avoided_term(desk: Desk) -> Iterator[Problem]:
    """Report a word that the glossary bans.

    One notion keeps one word in a legal text; a second word sounds like a second notion. glossary.toml lists under
    `avoid` what is wrong anywhere in the policy. Write the glossary's own word, best as `{{ term('id') }}` where it
    is defined.
    """
    for locale, places in desk.texts().items():
        banned = [
            (term.words.get(locale, name), word)
            for name, term in desk.glossary.terms.items()
            for word in term.avoid.get(locale, ())
        ]
        if not banned:
            continue
        any_of_them = re.compile("|".join(matcher(wrong, locale).pattern for _, wrong in banned), re.IGNORECASE)
        for place in (*places, *(one for one in desk.words if one.locale == locale)):
            text = prose(place.text)
            for right, wrong in banned if any_of_them.search(text) else ():
                if found := matcher(wrong, locale).search(text):
                    message = f"{found[0]!r} is a term to avoid"
                    yield place.problem("avoided-term", message, f"The glossary's term is {right!r}")


def competing_terms(desk: Desk) -> Iterator[Problem]:
    """Report two terms for one notion in the same language.

    In Kazakh, дербес ақпарат and жеке ақпарат side by side read like two kinds of data. Which one is right the
    glossary decides; that both stand in one text is wrong in any case. Choose one, write it everywhere, and list the
    others under `avoid` in glossary.toml. The families of terms are shipped with Policypress.
    """
    for locale, places in desk.texts().items():
        texts = [(place, prose(place.text)) for place in places]
        for notion, terms in families(locale):
            counts = {term: _occurrences(term, locale, texts) for term in terms}
            used = {term: found for term, found in counts.items() if found}
            if len(used) > 1:
                yield _competition(notion, used)


def _occurrences(term: str, locale: str, texts: list[tuple[Passage, str]]) -> list[Passage]:
    pattern = matcher(term, locale)
    return [place for place, text in texts for _ in pattern.finditer(text)]


def _competition(notion: str, used: dict[str, list[Passage]]) -> Problem:
    """Report at the first place of the term that is used least."""
    rarest = min(used, key=lambda term: len(used[term]))
    counts = ", ".join(f"{term} ({len(found)})" for term, found in used.items())
    message = f"several terms for one notion ({notion}): {counts}"
    return used[rarest][0].problem("competing-terms", message, "Choose one of them", Severity.WARNING)


def left_in_source_language(desk: Desk) -> Iterator[Problem]:
    """Report a translation that still is, or still contains, a sentence of the source.

    A clause that was copied and not translated counts as done in every table. Translate it. Names of companies and
    products stay as they are and are not counted.
    """
    for pair in desk.pairs:
        text = prose(pair.target.text)
        copied = pair.source == pair.target.text and len(_LATIN_WORD.findall(text)) > _NAMES
        foreign = language(pair.target.locale).script not in ("", "LATIN")
        run = _LATIN_RUN.search(text) if foreign else None
        if copied or run:
            words = run[0] if run else text
            message = f"not translated: {words[:60]}"
            way_out = "Translate it, or leave it empty so that it counts as missing"
            yield pair.target.problem("left-in-source-language", message, way_out, Severity.WARNING)
