"""From the source's clauses to a locale's printed text: translated, numbered, its placeholders filled."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policypress.document import PLACEHOLDER, Clause, Document, Section, fold, merge, parse, placeholders
from policypress.errors import Problem, ProblemsError
from policypress.localise.cldr import embedded, format_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policypress.localise.catalogue import Catalogue
    from policypress.localise.glossary import Glossary
    from policypress.settings import Settings
    from policypress.source import Source

#: The longest text a placeholder may print.
_BOUND = 2_000
#: A cross-reference or a term.
_SIMPLE = re.compile(r"""(ref|term)\(["']([\w.-]*)["']\)""")
#: All that an expression may be made of: names, their attributes, calls, literals. No arithmetic, no filters.
_ALLOWED = (nodes.Template, nodes.Output, nodes.Name, nodes.Getattr, nodes.Call, nodes.Const)


def read_document(source: Source) -> Document:
    """Return the whole policy as its editors wrote it, placeholders raw."""
    return merge(_parsed(text, path) for path, text in source.texts.items())


@lru_cache(maxsize=256)
def _parsed(text: str, path: str) -> Document:
    return parse(text, file=path)


def numbered(document: Document) -> Document:
    """Return the document with the numbers that are printed: `1.`, `1.1`, `1.1.1`."""
    return Document(sections=tuple(_numbered(document)))


def _numbered(document: Document) -> Iterator[Section]:
    counts: list[int] = []
    for section in document.sections:
        depth = section.level - 1
        if depth < 1 or not section.numbered:
            yield section
            continue
        del counts[depth:]
        counts += [0] * (depth - len(counts))
        counts[depth - 1] += 1
        number = ".".join(map(str, counts))
        yield replace(section, number=f"{number}." if depth == 1 else number)


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What the placeholders of a locale print."""

    settings: Settings
    glossary: Glossary
    #: Dates of the release that is printed.
    release: Mapping[str, date]

    def scope(self, locale: str, titles: Mapping[str, str]) -> dict[str, Any]:
        """Return the names that an expression may use, and no others."""
        facts = {name: embedded(text, locale) for name, text in self.settings.facts_in(locale).items()}
        return {
            "facts": MappingProxyType(facts),
            "release": MappingProxyType(dict(self.release)),
            "date": lambda day: self._date(day, locale),
            "ref": lambda anchor: self._reference(anchor, titles),
            "term": lambda term: self._term(term, locale),
        }

    @staticmethod
    def evaluate(expression: str, scope: Mapping[str, Any]) -> str:
        """Return what an expression prints; raise `ValueError` with a reason in words."""
        try:
            # most placeholders of a long text, and each of them another one: not worth a compilation
            simple = _SIMPLE.fullmatch(expression)
            value = scope[simple[1]](simple[2]) if simple else _compiled(expression)(**scope)
            text = str(value)
        except (TemplateError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(str(error) or type(error).__name__) from error
        if not isinstance(value, str) or len(text) > _BOUND or "\n" in text:
            message = "prints no single line of text"
            raise ValueError(message)
        return text

    def _date(self, day: object, locale: str) -> str:
        when = day if isinstance(day, date) else date.fromisoformat(str(day))
        return format_date(when, locale, self.settings.locales[locale].date)

    @staticmethod
    def _reference(anchor: str, titles: Mapping[str, str]) -> str:
        if anchor not in titles:
            message = f"no heading has the anchor {anchor!r}"
            raise ValueError(message)
        return f"[{titles[anchor]}](#{anchor})"

    def _term(self, term: str, locale: str) -> str:
        word = self.glossary.word(term, locale)
        if word is None:
            message = f"the glossary has no {term!r} in {locale}"
            raise ValueError(message)
        return word


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    """Return a sandbox without Jinja's own names: `lipsum(1000000)` is as good as a loop."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    return environment


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Callable[..., Any]:
    """Return an expression ready to be evaluated; every locale and every draft asks for the same ones."""
    tree = _environment().parse(f"{{{{ {expression} }}}}")
    if strange := next((node for node in tree.find_all(nodes.Node) if not _harmless(node)), None):
        message = f"{type(strange).__name__.lower()} has no place in a placeholder"
        raise ValueError(message)
    return _environment().compile_expression(expression, undefined_to_none=False)


def _harmless(node: nodes.Node) -> bool:
    """Return whether an expression may hold a node: only a name has attributes or is called, never a value."""
    if isinstance(node, nodes.Getattr | nodes.Call) and not isinstance(node.node, nodes.Name):
        return False
    return isinstance(node, _ALLOWED)


def compile_locale(
    document: Document,
    locale: str,
    *,
    catalogues: Mapping[str, Catalogue],
    filling: Filling,
    usable: Callable[[str, Section, Clause], str | None] | None = None,
) -> Document:
    """Return the document as a locale prints it.

    Each clause is taken from the locale's catalogue, else from the first fallback that has it, else from the source;
    a clause that fell back carries its own `lang`. Never a fuzzy translation, never an older text. Raises
    `ProblemsError` with every placeholder that cannot be filled.
    """
    settings = filling.settings
    chain = (locale, *settings.fallbacks(locale)) if locale != settings.source_locale else (locale,)
    pick = usable or (lambda tag, section, clause: current(catalogues.get(tag), section, clause))
    translated = Document(
        sections=tuple(
            replace(
                section,
                heading=_translated(section, section.heading, locale, chain, settings.source_locale, pick),
                clauses=tuple(
                    _translated(section, clause, locale, chain, settings.source_locale, pick)
                    for clause in section.clauses
                ),
            )
            for section in document.sections
        )
    )
    return _filled(numbered(translated), locale, filling)


def current(catalogue: Catalogue | None, section: Section, clause: Clause) -> str | None:
    """Return a clause's current translation, None where there is none or it would change what is filled in."""
    entry = catalogue.find(section.anchor, clause.text) if catalogue else None
    if entry is None or not entry.current:
        return None
    return entry.translation if sorted(placeholders(entry.translation)) == sorted(placeholders(clause.text)) else None


def _translated(
    section: Section,
    clause: Clause,
    locale: str,
    chain: tuple[str, ...],
    source_locale: str,
    pick: Callable[[str, Section, Clause], str | None],
) -> Clause:
    if not clause.text:
        return clause
    for tag in chain:
        text = clause.text if tag == source_locale else pick(tag, section, clause)
        if text is not None:
            return replace(clause, text=fold_lines(text), lang="" if tag == locale else tag)
    return replace(clause, lang=source_locale)


def fold_lines(text: str) -> str:
    """Fold white space as in the source, hard breaks kept."""
    return "\\\n".join(fold(part) for part in re.split(r"\\\n", text))


def _filled(document: Document, locale: str, filling: Filling) -> Document:
    titles = {section.anchor: section.title for section in document.sections}
    scopes: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []

    def fill(clause: Clause) -> Clause:
        if "{{" not in clause.text:
            return clause
        tag = clause.lang or locale
        if tag not in scopes:
            scopes[tag] = filling.scope(tag, titles)

        def value(found: re.Match[str]) -> str:
            try:
                return filling.evaluate(found[1], scopes[tag])
            except ValueError as error:
                problems.append(_unfilled(clause, locale, found[1], str(error)))
                return ""

        return replace(clause, text=PLACEHOLDER.sub(value, clause.text))

    sections = tuple(
        replace(section, heading=fill(section.heading), clauses=tuple(map(fill, section.clauses)))
        for section in document.sections
    )
    if problems:
        raise ProblemsError(problems)
    return Document(sections=sections)


def _unfilled(clause: Clause, locale: str, expression: str, reason: str) -> Problem:
    return Problem(
        rule="placeholder",
        file=clause.file,
        line=clause.line,
        locale=locale,
        message=f"{{{{ {expression} }}}} cannot be filled: {reason}",
        help="Names: facts.*, date(...), ref('anchor'), term('id'), date(release.published), date(release.effective)",
    )
