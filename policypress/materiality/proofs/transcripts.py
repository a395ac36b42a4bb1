"""Other ways of writing a whole clause, in which both sides are compared: short forms, references, names, tags."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from policypress.document import fold
from policypress.materiality.proofs.evidence import TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policypress.materiality.decisions import Rename
    from policypress.materiality.proofs.evidence import Evidence

_REFERENCE = re.compile(r"\[(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?([^\[\]]*)\]\((#[^()\s]*)\)")
#: A number in words with its figures behind it, once the words are figures, too.
_TWICE = re.compile(r"\b(\d+) ?\(\1\)")


def references(text: str, evidence: Evidence, *, new: bool) -> str:
    """Only the printed numbers of cross-references to the same sections differ."""
    text = _REFERENCE.sub(r"[\1](\2)", text)
    if evidence.vocabulary is None:
        return text
    anchors = evidence.vocabulary.numbers[new]
    number = re.compile(rf"({evidence.lexicon.section.pattern}\s+)(\d{{1,2}}(?:\.\d{{1,2}})*)(?![\w%])", re.IGNORECASE)
    return number.sub(lambda found: f"{found[1]}§{anchors.get(found[2], found[2])}", text)


def written_out(text: str, evidence: Evidence, *, new: bool) -> str:  # noqa: ARG001 (all are called alike)
    """Short forms and numbers in words stand for what they stand for: `we're`, `e.g.`, `thirty (30) days`."""
    return _TWICE.sub(r"\1", _replaced(text.replace("’", "'"), evidence.lexicon.written))


@lru_cache(maxsize=1024)
def _replaced(text: str, rows: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    """Return a text in which each pattern is what it stands for; what a release says new is old in the next one."""
    for pattern, words in rows:
        text = pattern.sub(words, text)
    return text


def renamed(text: str, evidence: Evidence, *, new: bool) -> str:  # noqa: ARG001 (all are called alike)
    """Only a name or a heading differs that was declared to be renamed; no company's name."""
    for rename in evidence.renames:
        if not rename.section:
            text = _named(text, [(rename.old, rename.new)], evidence)
        elif fold(text) == fold(rename.old) and evidence.pair.clause.kind == "heading":
            text = rename.new if evidence.pair.section.anchor == rename.section else text
        else:
            text = _headed(text, rename)
    return text


def _headed(text: str, rename: Rename) -> str:
    """Return a text whose links to a renamed section bear its new name."""
    link = re.compile(rf"(\[(?:\d[\d.]*\s+)?){re.escape(rename.old)}(\]\(#{re.escape(rename.section or '')}\))")
    return link.sub(lambda found: f"{found[1]}{rename.new}{found[2]}", text)


def retitled(text: str, evidence: Evidence, *, new: bool) -> str:  # noqa: ARG001 (all are called alike)
    """The title calls the document or its subject otherwise, and so does the whole text; a person should see that."""
    return _named(text, evidence.retitled, evidence)


def _named(text: str, names: Iterable[tuple[str, str]], evidence: Evidence) -> str:
    for old, name in names:
        # before an ending such as `Ltd` it is a company, and another company is another controller
        entity = rf"(?!,?\s*(?i:{evidence.lexicon.entities.pattern}))"
        text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w){entity}", name.replace("\\", r"\\"), text)
        text = re.sub(rf"(?<!\w){re.escape(old.lower())}(?!\w){entity}", name.lower().replace("\\", r"\\"), text)
    return text


def connective(text: str, evidence: Evidence, *, new: bool) -> str:  # noqa: ARG001 (all are called alike)
    """Words come or go that join sentences and say nothing themselves; a person should see that nothing hangs on them."""
    return re.sub(rf"{evidence.lexicon.connectives.pattern},?\s*", "", text, flags=re.IGNORECASE)


def plain_words(text: str, evidence: Evidence, *, new: bool) -> str:  # noqa: ARG001 (all are called alike)
    """Plain words stand for stiff ones, or the reverse: `prior to`, `before`; a person should see that they fit."""
    return _replaced(text, evidence.lexicon.plain)


def template_tag(text: str, evidence: Evidence, *, new: bool) -> str:  # noqa: ARG001 (all are called alike)
    """Only a tag for the generator of the page differs; a person should see whom its condition shows the text to."""
    return TAG.sub("", text)


TRANSCRIPTS: tuple[Callable[..., str], ...] = (
    references,
    written_out,
    renamed,
    retitled,
    template_tag,
    connective,
    plain_words,
)
