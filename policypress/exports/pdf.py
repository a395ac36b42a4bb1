"""A release as PDF/UA-1, one a language, kept by digest; says nothing that ages, and knows no page of the site."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from policypress.edition import written
from policypress.errors import PolicypressError, UsageError
from policypress.localise import direction, language_name
from policypress.render import assemble, clause_block, heading_block, inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from policypress.document import Document
    from policypress.edition import Edition, Editions
    from policypress.localise import Words
    from policypress.render import Block

#: Raised when this file makes another PDF of the same page: one that was kept is then made anew.
_MADE_BY = 2
_TEMPLATES = Environment(
    loader=PackageLoader("policypress", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def pdf_path(locale: str, release: str) -> str:
    """Return where the PDF of a release stands on the site."""
    return f"{locale}/archive/{release}/policy.pdf"


def pdf(editions: Editions, edition: Edition, words: Words, cache: Path) -> bytes:
    """Return a release in one language as PDF; one made before of the same content and by the same WeasyPrint is reused.

    Raises `UsageError` without WeasyPrint, `PolicypressError` where no installed font has a letter of the text.
    """
    html = page(editions, edition, words)
    key = hashlib.sha256(f"{_MADE_BY}\n{_version()}\n{html}".encode()).hexdigest()
    kept = cache / "pdf" / f"{key}.pdf"
    if kept.is_file():
        return kept.read_bytes()
    made = _print(html, key, f"{edition.record.id} {words.locale}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_bytes(made)
    part.replace(kept)
    return made


def page(editions: Editions, edition: Edition, words: Words) -> str:
    """Return the page that is printed: the text, its dates, whose it is and where it is kept."""
    locale, settings, record = words.locale, editions.settings, edition.record
    document = edition.document(locale)
    if document is None:
        raise KeyError(locale)
    say = words.say
    lines = [
        say("withdrawn-on", date=written(record.moved[-1].on, locale, settings))
        if record.withdrawn
        else say("takes-effect", date=written(record.takes_effect, locale, settings)),
        say("published-on", date=written(record.published, locale, settings)),
    ]
    if locale != settings.prevailing_locale == "en":
        lines.append(f"{say('this-is-translation')}. {say('english-prevails')}.")
    return _TEMPLATES.get_template("pdf.html").render(
        locale=locale,
        dir=direction(locale),
        title=document.title,
        company=settings.company,
        created=record.published.isoformat(),
        lines=lines,
        url=edition.brief.locales[locale].urls.release,
        demonstration=say("demonstration-company", company=settings.company) if settings.demonstration else "",
        body=Markup(assemble(tuple(_blocks(document, words)))),  # noqa: S704 (made by `render`: raw HTML is off)
        style=Markup(resources("policypress").joinpath("templates/pdf.css").read_text(encoding="utf-8")),  # noqa: S704
    )


def _blocks(document: Document, words: Words) -> Iterator[Block]:
    for section in document.sections:
        if section.level > 1:
            yield heading_block(
                section, inline(section.heading.text), words.say("permalink"), _lang(section.heading.lang)
            )
        for clause in section.clauses:
            yield clause_block(clause, attributes=_lang(clause.lang, words))


def _lang(lang: str, words: Words | None = None) -> str:
    """Return the attributes of what fell back to another language; screen readers say which it is."""
    if not lang:
        return ""
    title = f' title="{Markup.escape(language_name(lang, words.locale))}"' if words else ""
    return f' lang="{lang}" dir="{direction(lang)}"{title}'


def _version() -> str:
    try:
        from weasyprint import __version__  # noqa: PLC0415 (the extra `pdf`; loads Pango)
    except (ImportError, OSError) as error:
        message = f"a PDF needs the extra `pdf` (pip install 'policypress[pdf]') and Pango (apt install libpango-1.0-0): {error}"
        raise UsageError(message) from error
    return str(__version__)


def _print(html: str, key: str, name: str) -> bytes:
    from weasyprint import HTML  # noqa: PLC0415 (the extra `pdf`)

    with _complaints() as found:
        made = HTML(string=html, url_fetcher=_refuse).write_pdf(
            pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=key[:32].encode(), finisher=_finish
        )
    missing = sorted({line for line in found if "glyph" in line.lower()})
    if missing:
        raise PolicypressError(
            f"PDF of {name}: no installed font has every letter: {'; '.join(missing[:3])}."
            " Install fonts that cover the language (Debian: apt install fonts-noto-core fonts-dejavu-core)"
        )
    return bytes(made or b"")


def _finish(document: object, made: Any) -> None:
    """Mend what PDF/UA-1 forbids in what WeasyPrint makes: page numbers and headings of tables."""
    del document
    _mark_decoration(made)
    for thing in made.objects:
        # our tables have their headings above their columns (ISO 14289-1, 7.5)
        if isinstance(thing, dict) and thing.get("S") == "/TH":
            thing["A"]["Scope"] = "/Column"


def _mark_decoration(made: Any) -> None:
    """Mark page numbers as decoration: WeasyPrint tags them as text, and leaves them out of the structure of the text.

    PDF/UA-1 wants everything on a page to be the one or the other (ISO 14289-1, 7.1).
    """
    objects = {thing.reference: thing for thing in made.objects}
    root = objects[made.catalog["StructTreeRoot"]]
    held = set(_held(objects, root))
    parents = objects[root["ParentTree"]]["Nums"]
    places = dict(zip(parents[::2], parents[1::2], strict=True))
    for page in (thing for thing in made.objects if isinstance(thing, dict) and thing.get("Type") == "/Page"):
        elements, stream = places[page["StructParents"]], objects[page["Contents"]].stream
        for place, mark in enumerate(stream):
            if isinstance(mark, dict) and "MCID" in mark and elements[mark["MCID"]] not in held:
                elements[mark["MCID"]] = "null"
                mark.clear()
                mark["Type"] = "/Pagination"
                stream[place - 1] = "/Artifact"


def _held(objects: Mapping[bytes, Any], node: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield every element below a node of the structure."""
    for kid in node.get("K", ()):
        if kid in objects:
            yield kid
            yield from _held(objects, objects[kid])


def _refuse(url: str, *_: object, **__: object) -> dict[str, object]:
    """Fetch nothing: the page carries all it needs, and a policy's text must not make us ask other hosts."""
    message = f"a PDF loads nothing from elsewhere: {url}"
    raise ValueError(message)


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Gather what WeasyPrint warns of instead of printing it."""
    lines: list[str] = []
    logger, handler = logging.getLogger("weasyprint"), logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    before, propagate = list(logger.handlers), logger.propagate
    logger.handlers, logger.propagate = [handler], False
    try:
        yield lines
    finally:
        logger.handlers, logger.propagate = before, propagate
