"""The files that every new policy repository has, by path; writes none of them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from policypress.document import Document, write
from policypress.importer.anchors import latin
from policypress.localise.words import shipped
from policypress.schemas import NAMES, dump
from policypress.source import WORDS, catalogue_path

if TYPE_CHECKING:
    from collections.abc import Mapping

_blank = Environment(
    loader=PackageLoader("policypress", "importer/blank"),
    autoescape=False,  # noqa: S701 (what is written is TOML, YAML and Markdown)
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
#: JSON's strings are basic strings of TOML, and quoted scalars of YAML.
_blank.filters["toml"] = lambda text: json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

#: Where the files of every new repository come from.
_COMMON = {
    "policy_src/policy.toml": "policy.toml.j2",
    "policy_src/glossary.toml": "glossary.toml.j2",
    "mkdocs.yml": "mkdocs.yml.j2",
    ".gitignore": "gitignore.j2",
    ".taplo.toml": "taplo.toml.j2",
    "README.md": "README.md.j2",
}
#: What an empty repository has beside them.
_EMPTY = {
    "policy_src/practices.toml": "practices.toml.j2",
}
#: Its text.
_TEXTS = ("00-introduction.md", "01-collection.md", "02-contact.md")


def common(locale: str, values: Mapping[str, object]) -> dict[str, str]:
    """Return what every repository has, its templates filled with `values`."""
    made = {path: _blank.get_template(name).render(values) for path, name in _COMMON.items()}
    return {**made, **_extras(locale)}


def empty(locale: str, values: Mapping[str, object]) -> dict[str, str]:
    """Return the files of a repository with a text to begin with."""
    made = {path: _blank.get_template(name).render(values) for path, name in _EMPTY.items()}
    folder = files("policypress.importer") / "blank"
    made |= {f"policy_src/text/{name}": (folder / name).read_text(encoding="utf-8") for name in _TEXTS}
    return {**common(locale, values), **made}


def _extras(locale: str) -> dict[str, str]:
    """Return the schemas, the site's folder, and the fixed words to translate where we have none in the language."""
    made = {f"schemas/{name}.schema.json": dump(name) for name in NAMES} | {"site/.gitkeep": ""}
    if words_missing(locale):
        made |= {WORDS: shipped(), catalogue_path(locale, "notice"): shipped()}
    return made


def words_missing(locale: str) -> int:
    """Return how many fixed words of the site somebody has to translate before a page in a locale can be built."""
    known = locale.partition("-")[0] == "en" or shipped(locale)
    return 0 if known else shipped().count("\nmsgctxt ")


def texts(document: Document) -> dict[str, str]:
    """Return a text as files: the title with what opens it, then a file for each section of level 2."""
    starts = [place for place, section in enumerate(document.sections) if section.level == 2]  # noqa: PLR2004
    first = next((place for place in starts if document.sections[place].numbered), None)
    # headings without a number that open a numbered text stand together with its title
    starts = [0, *(place for place in starts if first is None or place >= first)]
    width = max(2, len(str(len(starts))))
    made = {}
    for count, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
        sections = document.sections[start:end]
        name = latin(sections[0].anchor) if count else "introduction"
        made[f"policy_src/text/{count:0{width}}-{name or 'section'}.md"] = write(Document(sections=sections))
    return made
