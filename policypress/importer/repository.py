"""A policy repository made whole: written aside, committed, its first release printed, then put in place."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomlkit

from policypress.errors import UsageError
from policypress.git import Repository, begin
from policypress.importer.blanks import common, empty, texts, words_missing
from policypress.importer.facts import Facts
from policypress.importer.files import found
from policypress.importer.holding import Held, hold, printed_lines
from policypress.importer.outline import Outline
from policypress.release import load, make
from policypress.source import NEXT, worktree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from policypress.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a new repository is to be."""

    target: Path
    locale: str
    #: The title of the text where none is given.
    company: str = ""
    timezone: str = "UTC"
    #: The day the text was published; its own date where it names one.
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import."""

    document: Document
    #: Id of the release that was printed.
    release: str
    #: Its day as the text writes it; empty where somebody said it.
    dated: str
    facts: Mapping[str, str]
    held: Held
    #: What could not be placed, a line each.
    unplaced: tuple[str, ...]
    #: How many of the site's fixed words somebody has to translate first.
    words_missing: int


def found_empty(plan: Plan) -> int:
    """Make an empty repository with a skeleton that builds; return how many fixed words somebody has to translate first.

    Raises `UsageError` where the folder exists.
    """
    company = plan.company or "Example Ltd."
    values = _values(plan, company, company, {"controller_name": company}, "")
    _placed(plan, empty(plan.locale, values), "An empty policy", None)
    return words_missing(plan.locale)


def bring(file: Path, plan: Plan) -> Imported:
    """Make a repository of an existing policy, printed as of its own date.

    Raises `UsageError` for a file that cannot be read, a folder that exists, and a text without a date of its own
    where none is given; then nothing is left behind.
    """
    _free(plan.target)
    original, outline, facts = found(file), Outline(), Facts(locale=plan.locale, published=plan.published)
    document = facts.gather(outline.document(original.blocks))
    day = plan.published or (facts.own_date.day if facts.own_date else None)
    if day is None:
        message = f"{file}: names no date of its own. Say when it was published: --published YYYY-MM-DD"
        raise UsageError(message)
    title = document.title
    values = _values(plan, plan.company or title, title, facts.found, facts.own_date.pattern if facts.own_date else "")
    files = {
        **common(plan.locale, values),
        **texts(document),
        NEXT: tomlkit.dumps({"note": f"policypress import: {file.name}"}),
    }
    _placed(plan, files, f"Import {file.name}", day)
    (printed,) = load(worktree(plan.target)).values()
    return Imported(
        document=document,
        release=printed.id,
        dated=facts.own_date.text if facts.own_date and not plan.published else "",
        facts=facts.found,
        held=hold(original.lines, printed_lines(printed.documents[plan.locale])),
        unplaced=(*original.unplaced, *outline.kept),
        words_missing=words_missing(plan.locale),
    )


def _values(plan: Plan, company: str, title: str, facts: Mapping[str, str], pattern: str) -> dict[str, object]:
    return {
        "company": company,
        "title": title,
        "locale": plan.locale,
        "timezone": plan.timezone,
        "facts": facts,
        "date_pattern": pattern,
    }


def _free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        message = f"{target}: exists already, and is never written over. Name a folder that does not exist"
        raise UsageError(message)


def _placed(plan: Plan, files: Mapping[str, str], message: str, day: date | None) -> None:
    """Write the repository aside, commit it, print its release, rename it into place; nothing stays where it fails."""
    _free(plan.target)
    aside = plan.target.with_name(f"{plan.target.name}.part")
    _free(aside)
    try:
        for path, text in files.items():
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            (aside / path).write_bytes(text.encode())
        with begin(aside):
            Repository(aside).commit(sorted(files), message)
            if day:
                make(aside, day.isoformat(), effective=day, published=day, historic=True)
        aside.rename(plan.target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
