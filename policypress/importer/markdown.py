"""Markdown -> Original, by way of HTML: references, block quotes and HTML inside are resolved by a CommonMark parser."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from policypress.importer import html

if TYPE_CHECKING:
    from policypress.importer.original import Original

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
#: `## Rights {#rights}` in the source, where Markdown's dialects write ids.
_HEADING_ID = re.compile(r"<(h[1-6])>([^\n]*?)\s*\{#([\w-]+)\}</h[1-6]>")


def read(text: str, name: str) -> Original:
    """Read Markdown; front matter is no text of the policy and is listed as left behind."""
    front = _FRONT_MATTER.match(text)
    text = text[front.end() :] if front else text
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    found = html.read(_HEADING_ID.sub(r'<\1 id="\3">\2</\1>', rendered), name)
    left = tuple(f"front matter: {line}" for line in front[1].splitlines()) if front else ()
    return replace(found, unplaced=left)
