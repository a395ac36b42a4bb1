"""The published Kazakh page of `../shared/seed` as a `Source`: what the importer will do, as far as the checks need it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.settings import parse_settings
from policypress.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = """
id = "seed"
company = "Example"
source_locale = "kk"
prevailing_locale = "kk"
timezone = "Asia/Almaty"
site_url = "https://policy.example.org/"
[locales.kk]
[lead_time]
reason = "Not used by the checks."
material = 30
"""
#: Headings of the page that bear no number.
UNNUMBERED = ("Біз туралы", "Осы Құпиялылық саясаты туралы", "Біз сіздерге қалай көмектесе аламыз")


def seed(path: Path) -> Source:
    """Return the page in Markdown: a title, headings with anchors by number, bullets as list items."""
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n\n".join(_block(number, line) for number, line in enumerate(lines) if line.strip())
    settings = parse_settings(SETTINGS)
    return Source(settings=settings, settings_text=SETTINGS, texts={"policy_src/text/seed.md": f"{text}\n"})


def _block(number: int, line: str) -> str:
    if number == 0:
        return f"# {line} {{#title}}"
    if line in UNNUMBERED:
        return f"## {line} {{#intro-{number} .unnumbered}}"
    if found := re.match(r"(\d+(?:\.\d+)*)\.? (?=\D)", line):
        level = found[1].count(".") + 2
        if level > 2 or len(line) < 120:
            return f"{'#' * level} {line[found.end() :]} {{#s-{found[1].replace('.', '-')}}}"
    return f"- {line[2:]}" if line.startswith("• ") else line


def headings(source: Source) -> Iterator[str]:
    """Yield the headings of the page as Markdown."""
    for text in source.texts.values():
        yield from (line for line in text.splitlines() if line.startswith("#"))
