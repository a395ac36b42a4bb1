"""Two texts held against each other, judged and marked: what every report shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policypress.changes import Placed, align, changed
from policypress.document import plain
from policypress.edition import local_pair
from policypress.errors import UsageError
from policypress.git import Repository
from policypress.materiality import judge
from policypress.reading import read
from policypress.redline import Metrics, Run, measure, redline
from policypress.release import DRAFT, Print, load, step, workshop
from policypress.source import catalogue_path, revision, worktree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policypress.changes import Pair
    from policypress.document import Document
    from policypress.materiality import Finding, Rename, Verdict
    from policypress.release import Step
    from policypress.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One change as a report shows it."""

    finding: Finding
    #: Heading of its section, numbered.
    heading: str
    #: Empty for a difference of the fact sheets alone.
    runs: tuple[Run, ...] = ()
    old: str = ""
    new: str = ""
    #: The clause in this locale's two texts; None for a difference of the fact sheets alone.
    pair: Pair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that changed between two texts, in one language."""

    #: What was compared: file names, release ids, revisions.
    old: str
    new: str
    locale: str
    verdict: Verdict
    rows: tuple[Row, ...]
    #: This locale's clauses, aligned, the unchanged ones too.
    pairs: tuple[Pair, ...] = ()

    @property
    def metrics(self) -> Metrics:
        """Return how well the whole redline reads."""
        each = [measure(row.runs) for row in self.rows]
        return Metrics(
            runs=sum(one.runs for one in each),
            marked_characters=sum(one.marked_characters for one in each),
            islands=sum(one.islands for one in each),
            mid_word_cuts=sum(one.mid_word_cuts for one in each),
        )


def compare_texts(
    old: str, new: str, *, names: tuple[str, str], locale: str, renames: Sequence[Rename] = ()
) -> Comparison:
    """Compare two texts, Markdown, HTML or plain by the endings of their names; no repository, no facts, no decisions."""
    pairs = align(read(old, file=names[0]), read(new, file=names[1]))
    verdict = judge(changed(pairs), locale=locale, whole=pairs, renames=renames)
    rows = tuple(_row(finding, finding.pair, locale) for finding in verdict.findings)
    return Comparison(old=names[0], new=names[1], locale=locale, verdict=verdict, rows=rows, pairs=pairs)


def compare_prints(source: Source, old: Print, new: Print, locale: str) -> Comparison:
    """Compare two prints as the readers of a locale see them."""
    for release in (old, new):
        if locale not in release.documents:
            known = ", ".join(sorted(release.documents))
            message = f"{release.id} has no text in {locale!r}; it has {known}"
            raise UsageError(message)
    shop = None if new.record else workshop(source)
    said = shop.next if shop else new.record
    change = step(
        old,
        new,
        source_locale=source.settings.source_locale,
        decisions=said.decisions if said else (),
        renames=said.renames if said else (),
    )
    written = shop.document if shop and new.id == DRAFT else None
    pairs = _local_pairs(change, _placed(old.documents[locale]), _placed(new.documents[locale], written))
    placed = {place(pair): pair for pair in pairs}
    rows = []
    for finding in change.verdict.findings:
        if finding.pair is None:
            rows.append(Row(finding=finding, heading=_heading(new, locale, finding.section)))
        elif pair := local_pair(change, finding, locale):
            rows.append(_row(finding, replace(placed[place(pair)], kind=pair.kind), locale))
        elif finding.only and locale == source.settings.source_locale:
            # it weighs in the class above, so the source's report shows it, in the words of its own locale
            row = _row(finding, _in_catalogue(finding.pair, finding.only, drafted=written is not None), finding.only)
            rows.append(replace(row, heading=_heading(new, locale, finding.section)))
    return Comparison(old=old.id, new=new.id, locale=locale, verdict=change.verdict, rows=tuple(rows), pairs=pairs)


def _in_catalogue(pair: Pair, locale: str, *, drafted: bool) -> Pair:
    """Return a translator's correction; that of a draft stands in the locale's catalogue."""
    if pair.new is None or not drafted:
        return pair
    clause = replace(pair.new.clause, file=catalogue_path(locale, "policy"), line=0)
    return replace(pair, new=Placed(pair.new.index, pair.new.section, clause))


def place(pair: Pair) -> tuple[int | None, int | None]:
    """Return where a pair stands in both texts, the same in every locale; None for a side that is not there."""
    return (pair.old.index if pair.old else None, pair.new.index if pair.new else None)


def _placed(document: Document, written: Document | None = None) -> list[Placed]:
    """Return a text's clauses; a draft's clauses say where an editor finds them in `written`, the source."""
    clauses = list(document.clauses())
    origins = [clause for _, clause in written.clauses()] if written else []
    if len(origins) != len(clauses):
        return [Placed(index, section, clause) for index, (section, clause) in enumerate(clauses)]
    return [
        Placed(index, section, replace(clause, file=origin.file, line=origin.line))
        for index, ((section, clause), origin) in enumerate(zip(clauses, origins, strict=True))
    ]


def _local_pairs(change: Step, olds: list[Placed], news: list[Placed]) -> tuple[Pair, ...]:
    """Clause n of one locale is clause n of the other: all locales of a print have one structure."""
    return tuple(
        replace(pair, old=olds[pair.old.index] if pair.old else None, new=news[pair.new.index] if pair.new else None)
        for pair in change.pairs
    )


def _heading(release: Print, locale: str, anchor: str) -> str:
    section = release.documents[locale].section(anchor)
    return section.title if section else anchor


def _row(finding: Finding, pair: Pair | None, locale: str) -> Row:
    if pair is None:
        return Row(finding=finding, heading=finding.section)
    old, new = plain(pair.old_text), plain(pair.new_text)
    return Row(
        finding=finding,
        heading=pair.section.title or pair.section.anchor,
        runs=redline(old, new, locale=locale),
        old=old,
        new=new,
        pair=pair,
    )


def find_print(root: Path, name: str) -> Print:
    """Return a print by release id, `draft`, or the source compiled at a git revision.

    Git is asked only where neither a release nor the draft is meant. Raises `UsageError` for a name that is none.
    """
    source = worktree(root)
    prints = load(source)
    if name in prints:
        return prints[name]
    if name == DRAFT:
        return _compiled(source, prints, DRAFT)
    then = revision(Repository(root), name)
    return _compiled(then, load(then), name)


def _compiled(source: Source, prints: dict[str, Print], name: str) -> Print:
    """Compile a source; a draft bears the dates of the newest release until it gets its own."""
    records = [release.record for release in prints.values() if release.record]
    newest = max(records, key=lambda record: record.id, default=None)
    if newest is None:
        message = f"{name}: nothing is released yet, so there is nothing to hold it against"
        raise UsageError(message)
    return workshop(source).compile(newest.published, newest.takes_effect, name)
