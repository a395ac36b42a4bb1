"""The site as plain pages that any generator reads: front matter and HTML; knows no generator and no theme."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from policypress.errors import UsageError
from policypress.output import make_output
from policypress.source import worktree

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from policypress.pages import Page


def write_pages(root: Path, folder: Path, *, as_of: date | None = None) -> int:
    """Write every page and all that stands beside them into a new or empty folder; return the number of pages.

    Raises `UsageError` where the folder holds anything, `PolicypressError` with whatever is wrong; then nothing is
    written.
    """
    if folder.exists() and any(folder.iterdir()):
        message = f"{folder}: not empty. Name a new folder for the pages"
        raise UsageError(message)
    output = make_output(worktree(root), as_of)
    files: dict[str, str | bytes] = {f"{page.path}index.html": _page(page) for page in output.pages}
    files |= dict(output.files())
    aside = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    for path, text in files.items():
        place = aside / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode() if isinstance(text, str) else text)
    if folder.exists():
        folder.rmdir()
    aside.rename(folder)
    return len(output.pages)


def _page(page: Page) -> str:
    """Return a page with its front matter: JSON, which is YAML too."""
    front = {
        "title": page.title,
        "lang": page.locale,
        "dir": page.meta["dir"],
        "kind": page.meta["kind"],
        "permalink": f"/{page.path}",
        "alternates": list(page.meta["alternates"]),
        "headings": [{"anchor": row.anchor, "title": row.title, "level": row.level} for row in page.headings],
    }
    return f"---\n{json.dumps(front, ensure_ascii=False, indent=1)}\n---\n{page.html}\n"
