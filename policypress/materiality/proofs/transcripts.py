"""Other ways of writing a whole clause, in which both sides are compared: short forms, references, names, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from policypress.materiality.proofs.evidence import Evidence

_REFERENCE = re.compile(r"\[(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?([^\[\]]*)\]\((#[^()\s]*)\)")
#: A tag of a template language that the text's own generator acts on; no reader sees it.
_TAG = re.compile(r"\{%.*?%\}|\{:.*?\}")
#: A number in words with its figures behind it, once the words are figures, too.
_TWICE = re.compile(r"\b(\d+) ?\(\1\)")


def references(text: str, evidence: Evidence) -> str:  # noqa: ARG001 (all are called alike)
    """Only the printed numbers of cross-references to the same sections differ."""
    return _REFERENCE.sub(r"[\1](\2)", text)


def written_out(text: str, evidence: Evidence) -> str:
    """Short forms and numbers in words stand for what they stand for: `we're`, `e.g.`, `thirty (30) days`."""
    text = text.replace("’", "'")
    for pattern, words in evidence.lexicon.written:
        text = pattern.sub(words, text)
    return _TWICE.sub(r"\1", text)


def renamed(text: str, evidence: Evidence) -> str:
    """Only a name differs that was declared to be renamed everywhere; no company's name."""
    for old, new in evidence.renames:
        # before an ending such as `Ltd` it is a company, and another company is another controller
        entity = rf"(?!,?\s*(?i:{evidence.lexicon.entities.pattern}))"
        text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w){entity}", new.replace("\\", r"\\"), text)
    return text


def template_tag(text: str, evidence: Evidence) -> str:  # noqa: ARG001 (all are called alike)
    """Only a tag for the generator of the page differs; a person should see whom its condition shows the text to."""
    return _TAG.sub("", text)


TRANSCRIPTS: tuple[Callable[[str, Evidence], str], ...] = (references, written_out, renamed, template_tag)
