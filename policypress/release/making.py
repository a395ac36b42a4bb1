"""Making a release: gate, print, record, commit; all of it or nothing."""

from __future__ import annotations

import shutil
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from policypress.bundle import LeadTime
from policypress.errors import PolicypressError, ProblemsError, RefusedError, Severity, UsageError
from policypress.git import Repository
from policypress.localise import CLDR_VERSION
from policypress.localise.workflow import SUMMARY
from policypress.release.gate import Candidate, missing, unready
from policypress.release.printed import DRAFT, Print, digest, load, newest, workshop
from policypress.release.record import Record, SummaryText, write_record
from policypress.release.step import step
from policypress.source import NEXT, worktree

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from policypress.errors import Problem
    from policypress.source import Source


def candidate(
    source: Source,
    release: str,
    *,
    published: date,
    effective: date,
    historic: bool,
    prints: dict[str, Print] | None = None,
) -> Candidate:
    """Compile the source as a release would print it, and hold it against the newest one of `prints`."""
    shop, prints = workshop(source), load(source) if prints is None else prints
    draft = shop.compile(published, effective, release)
    before, change = newest(prints), None
    if before:
        change = step(
            before,
            draft,
            source_locale=source.settings.source_locale,
            decisions=shop.next.decisions,
            renames=shop.next.renames,
        )
    return Candidate(
        id=release,
        published=published,
        effective=effective,
        historic=historic,
        shop=shop,
        draft=draft,
        prints=prints,
        step=change,
    )


def lacks(source: Source) -> tuple[str, ...]:
    """Return what the draft lacks to be released, a line each; the days are chosen when it is."""
    standing = newest(load(source))
    if standing is None or standing.record is None:
        return ()
    record = standing.record
    draft = candidate(source, DRAFT, published=record.published, effective=record.takes_effect, historic=False)
    return unready(draft)


def record_of(made: Candidate) -> Record:
    """Return the record of a candidate."""
    shop = made.shop
    settings = shop.source.settings
    return Record(
        document=settings.id,
        id=made.id,
        published=made.published,
        effective=made.effective,
        timezone=settings.timezone,
        release_class=made.change_class,
        previous=made.step.old.id if made.step else None,
        historic=made.historic,
        demonstration=shop.next.demonstration,
        correction=shop.next.correction,
        note=shop.next.note,
        digests={name: digest(text) for name, text in sorted(made.draft.files.items())},
        versions={"policypress": version("policypress"), "cldr": CLDR_VERSION},
        lead_time=LeadTime(
            reason=settings.lead_time.reason, days=settings.lead_time.days(), countries=settings.lead_time.countries
        ),
        decisions=shop.next.decisions,
        renames=shop.next.renames,
        summaries=tuple(_summaries(made)),
        schedule=shop.next.schedule,
    )


def _summaries(made: Candidate) -> list[SummaryText]:
    settings = made.shop.source.settings
    found = []
    for summary in made.shop.next.summaries:
        text = {settings.source_locale: summary.text}
        for locale in settings.translations:
            catalogue = made.shop.catalogues.get(locale)
            entry = catalogue.find(f"{SUMMARY}{summary.section}", summary.text) if catalogue else None
            if entry and entry.current:
                text[locale] = entry.translation
        found.append(SummaryText(section=summary.section, starts=summary.starts, text=text))
    return found


def make(
    root: Path,
    release: str,
    *,
    effective: date,
    published: date,
    historic: bool = False,
    tag: bool = False,
    problems: tuple[Problem, ...] = (),
) -> tuple[Record, str]:
    """Make a release and commit it; return its record and the commit.

    `problems` are the findings of `check`; one that is an error refuses the release. Raises `RefusedError` with all
    that is missing. Whatever fails, the work tree is left as it was.
    """
    repository = Repository(root)
    source = worktree(root)
    made = candidate(source, release, published=published, effective=effective, historic=historic)
    if tag and not repository.signing():
        message = "--tag signs a git tag, and no key is set up. Set one: git config user.signingkey KEY"
        raise UsageError(message)
    if tag and repository.tagged(f"{source.settings.id}/{release}"):
        message = f"the tag {source.settings.id}/{release} exists. Look at it: git show {source.settings.id}/{release}"
        raise UsageError(message)
    errors = [str(problem) for problem in problems if problem.severity is Severity.ERROR]
    if lacking := (*missing(made, repository), *errors):
        subject = f"The release {release} cannot be made yet:"
        raise RefusedError(subject, lacking)
    record = record_of(made)
    commit = _printed(root, repository, made.draft, record)
    if tag:
        repository.tag(tag_name(record), commit, f"Release {record.id}, effective {record.effective}")
    return record, commit


def tag_name(record: Record) -> str:
    """Return the name of a release's tag."""
    return f"{record.document}/{record.id}"


def _printed(root: Path, repository: Repository, draft: Print, record: Record) -> str:
    """Write the folder aside, move it into place, commit it with the prepared record gone.

    Undo all of it on failure, an interrupt from the keyboard included.
    """
    folder, aside = root / draft.folder, root / f"{draft.folder}.part"
    prepared = root / NEXT
    kept = prepared.read_bytes() if prepared.is_file() else None
    shutil.rmtree(aside, ignore_errors=True)
    there = folder.exists()
    try:
        aside.mkdir(parents=True)
        for name, text in draft.files.items():
            (aside / name).write_bytes(text.encode())
        (aside / "record.toml").write_bytes(write_record(record).encode())
        aside.rename(folder)
        prepared.unlink(missing_ok=True)
        paths = [draft.folder, *([NEXT] if kept is not None else [])]
        return repository.commit(paths, f"Release {record.id}, effective {record.effective}")
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if not there:
            shutil.rmtree(folder, ignore_errors=True)
        if kept is not None:
            prepared.write_bytes(kept)
        if isinstance(error, ProblemsError) or not isinstance(error, (OSError, PolicypressError)):
            raise
        message = f"{draft.folder}: not printed, nothing was left behind: {error}"
        raise PolicypressError(message) from error


def today(source: Source) -> date:
    """Return the day it is in the policy's time zone."""
    return datetime.now(ZoneInfo(source.settings.timezone)).date()
