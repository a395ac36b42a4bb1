"""HTML -> Original, by the reader that `compare` uses; emphasis and links are kept."""

from __future__ import annotations

from policypress.importer.original import Original, html_lines
from policypress.reading import EMPHASIS, html_blocks


def read(text: str, name: str) -> Original:
    """Read a page; menus and footers are text like any other, for nobody can tell them apart safely."""
    return Original(blocks=tuple(html_blocks(text, name, marks=EMPHASIS)), lines=html_lines(text))
