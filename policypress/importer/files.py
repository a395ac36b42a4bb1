"""A file given on the command line -> Original: the reader by the ending of its name, its bytes bounded and decoded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.errors import UsageError
from policypress.importer import docx, html, markdown, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from policypress.importer.original import Original

#: The longest text, in bytes: ten times the longest policies there are.
TEXT_BOUND = 2_000_000
#: The largest docx; most of one is pictures.
DOCX_BOUND = 20_000_000
_MARKDOWN = (".md", ".markdown", ".mkd")
#: Readers of text by the ending of a file's name.
_READERS: dict[str, Callable[[str, str], Original]] = {
    ".txt": text.read,
    ".text": text.read,
    ".html": html.read,
    ".htm": html.read,
    ".xhtml": html.read,
    **dict.fromkeys(_MARKDOWN, markdown.read),
}
#: The longest paragraph, in characters: some eight thousand words.
CLAUSE_BOUND = 50_000
#: What a control character tells: no text has these.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
#: Openings of files that people give by mistake.
_KNOWN = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip file", b"\xd0\xcf\x11\xe0": "an old Word document (.doc)"}


def found(path: Path) -> Original:
    """Read a policy; raise `UsageError` for what is no text in a known format, empty, or far too large."""
    ending = path.suffix.casefold()
    if ending not in (*_READERS, ".docx"):
        message = f"{path}: a format that is not known. Give .txt, .html, .md or .docx"
        raise UsageError(message)
    bound = DOCX_BOUND if ending == ".docx" else TEXT_BOUND
    if (size := path.stat().st_size) > bound:
        message = f"{path}: {size:,} bytes; a policy has fewer than {bound:,}. Is it the right file?"
        raise UsageError(message)
    data = path.read_bytes()
    original = docx.read(data, path.name) if ending == ".docx" else _READERS[ending](_decoded(data, path), path.name)
    if not original.lines or not original.blocks:
        message = f"{path}: no text in it. Give a file that holds a policy"
        raise UsageError(message)
    if long := next((clause for _, clause in original.blocks if len(clause.text) > CLAUSE_BOUND), None):
        message = f"{path}:{long.line}: a paragraph of {len(long.text):,} characters; no policy has one. Part it"
        raise UsageError(message)
    return original


def _decoded(data: bytes, path: Path) -> str:
    if kind := next((name for opening, name in _KNOWN.items() if data.startswith(opening)), ""):
        message = f"{path}: {kind}, not text. Save it as .txt, .html, .md or .docx"
        raise UsageError(message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: not UTF-8. Save the file as UTF-8"
        raise UsageError(message) from error
    if strange := _BINARY.search(data):
        line = data.count(b"\n", 0, strange.start()) + 1
        message = f"{path}:{line}: a binary file, or a control character in a text. Save it as text in UTF-8"
        raise UsageError(message)
    return text.replace("\r\n", "\n").replace("\r", "\n")
