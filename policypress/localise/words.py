"""The fixed words of the site and the notices, by id and locale; filled from an allow-list, never formatted.

The words come with Policypress; a repository's own `notice.po` stands in the place of ours, whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel import Locale

from policypress.errors import Problem, ProblemsError
from policypress.localise.catalogue import read_po
from policypress.source import WORDS, catalogue_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polib
    from babel.plural import PluralRule

    from policypress.source import Source

#: The language of the template.
WRITTEN_IN = "en"
#: `{name}` in a fixed word.
SLOT = re.compile(r"\{([a-z_-]+)\}")
#: A slot with the full stop behind it: a value that ends in one (`15 января 2027 г.`) brings its own.
_SENTENCE = re.compile(r"\{([a-z_-]+)\}(\.?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The fixed words of one locale."""

    locale: str
    #: Word by id; plural forms are parted by `|`, in CLDR's order of categories.
    words: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Return what changes whenever a word does."""
        return _digest(tuple(self.words.items()))

    def say(self, name: str, /, **slots: str) -> str:
        """Return a word with its slots filled; raise `KeyError` for an unknown id or an unfilled slot."""
        return _SENTENCE.sub(lambda found: _filled(found, slots), self.words[name])

    def count(self, name: str, number: int) -> str:
        """Return the plural form for a number."""
        forms = self.forms(name)
        form = forms.get(_rule(self.locale)(number), forms["other"])
        return SLOT.sub(lambda found: {"count": str(number)}[found[1]], form)

    def forms(self, name: str) -> dict[str, str]:
        """Return the plural forms of a word by CLDR category, `other` always among them; `{count}` is left open."""
        forms = self.words[name].split("|")
        tags = _rule(self.locale).tags | {"other"}
        order = [tag for tag in ("zero", "one", "two", "few", "many", "other") if tag in tags]
        return {tag: forms[min(place, len(forms) - 1)] for place, tag in enumerate(order)}


@lru_cache(maxsize=128)
def _digest(words: tuple[tuple[str, str], ...]) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


def _rule(locale: str) -> PluralRule:
    return Locale.parse(locale, sep="-").plural_form


def _filled(found: re.Match[str], slots: Mapping[str, str]) -> str:
    value = slots[found[1]]
    return value if value.endswith(".") else f"{value}{found[2]}"


@cache
def shipped(locale: str | None = None) -> str:
    """Return the catalogue that comes with Policypress for a locale or its language, else nothing; or the template."""
    folder = files("policypress") / "words"
    if locale is None:
        return (folder / "notice.pot").read_text(encoding="utf-8")
    for tag in (locale, locale.partition("-")[0]):
        if (found := folder / f"{tag}.po").is_file():
            return found.read_text(encoding="utf-8")
    return ""


def load_words(source: Source) -> dict[str, Words]:
    """Return the words of every locale; raise `ProblemsError` listing every word that is missing anywhere."""
    template = read_po(source.words or shipped(), WORDS)
    problems: list[Problem] = []
    loaded = {}
    for locale in source.settings.published:
        if locale.partition("-")[0] == WRITTEN_IN and locale not in source.notice_catalogues:
            words = {entry.msgctxt: _forms(entry, source=True) for entry in template}
        else:
            words = _translated(source, locale, template, problems)
        loaded[locale] = Words(locale=locale, words=words)
    if problems:
        raise ProblemsError(problems)
    return loaded


def _translated(source: Source, locale: str, template: polib.POFile, problems: list[Problem]) -> dict[str, str]:
    file = catalogue_path(locale, "notice")
    found = {entry.msgctxt: entry for entry in read_po(source.notice_catalogues.get(locale, shipped(locale)), file)}
    words = {}
    for wanted in template:
        entry = found.get(wanted.msgctxt)
        text = _forms(entry, source=False) if entry and not entry.fuzzy and entry.msgid == wanted.msgid else ""
        line = (entry.linenum or 0) if entry else 0
        if not text:
            problems.append(_problem("missing-word", file, line, locale, f"{wanted.msgctxt}: not translated"))
        elif set(SLOT.findall(text)) - {"count"} != set(SLOT.findall(_forms(wanted, source=True))) - {"count"}:
            problems.append(_problem("word-slots", file, line, locale, f"{wanted.msgctxt}: other {{slots}}"))
        words[wanted.msgctxt] = text
    return words


def _problem(rule: str, file: str, line: int, locale: str, message: str) -> Problem:
    help_ = "Translate it with the same {slots} as the English"
    return Problem(rule=rule, file=file, line=line, locale=locale, message=message, help=help_)


def _forms(entry: polib.POEntry, *, source: bool) -> str:
    """Return an entry's text; plural forms joined by `|`."""
    if not entry.msgid_plural:
        return str(entry.msgid if source else entry.msgstr)
    if source:
        return f"{entry.msgid}|{entry.msgid_plural}"
    forms = [text for _, text in sorted(entry.msgstr_plural.items())]
    return "|".join(forms) if all(forms) else ""
