"""Marks that a merge left in the editors' files; knows nothing of what the files mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policypress.errors import Problem
from policypress.settings import PATH as SETTINGS
from policypress.source import GLOSSARY, NEXT, PRACTICES, WORDS, catalogue_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policypress.checks.desk import Desk
    from policypress.source import Source

#: As git writes them; seven `=` alone are a heading's underline in Markdown and are no proof.
_MARK = re.compile(r"(?:<{7}|\|{7}|>{7})(?: .*)?")


def merge_conflict(desk: Desk) -> Iterator[Problem]:
    """Report a merge conflict that is left in a file: `<<<<<<<`, `|||||||` or `>>>>>>>` at the start of a line.

    Both sides stand there, one under the other, and both would be printed. Open the file, choose one side or write
    a third, and take the marks out with the `=======` between them.
    """
    for file, text in _files(desk.source).items():
        for number, line in enumerate(text.split("\n"), start=1):
            if _MARK.fullmatch(line):
                yield Problem(
                    rule="merge-conflict",
                    file=file,
                    line=number,
                    message=f"a merge conflict is left here: {line[:40]}",
                    help="Choose one of the two sides and remove the marks",
                )


def _files(source: Source) -> dict[str, str]:
    """Return every text that an editor or a translator writes, by path."""
    found = {**source.texts, SETTINGS: source.settings_text, PRACTICES: source.practices}
    found |= {GLOSSARY: source.glossary, NEXT: source.next, WORDS: source.words}
    for domain, catalogues in (("policy", source.policy_catalogues), ("notice", source.notice_catalogues)):
        found |= {catalogue_path(locale, domain): text for locale, text in catalogues.items()}
    return found
