"""`policypress decide`: walk the open changes of the draft and write down what a person says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from policypress.bundle import ChangeClass
from policypress.cli.options import as_of, coloured, columns, root
from policypress.document import plain
from policypress.git import Repository
from policypress.materiality import Decision
from policypress.redline import redline
from policypress.release import add_decision, dead_decisions, drop_decisions, open_step, today
from policypress.reports.text import WIDTH, redlined
from policypress.source import worktree

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from policypress.materiality import Finding

_ANSWERS = {"m": ChangeClass.MATERIAL, "n": ChangeClass.MINOR, "e": ChangeClass.EDITORIAL}
_QUESTION = "[m]aterial, mi[n]or, [e]ditorial, [s]kip or [q]uit"


@click.command()
@click.option("--by", help="Who decides; the name that git commits under by default.")
@click.option(
    "--all", "everything", is_flag=True, help="Ask about every material change, not only those to be looked at."
)
@as_of
@click.pass_context
def decide(context: click.Context, by: str | None, as_of: date | None, *, everything: bool) -> None:
    """Ask about each change that is neither proved nor confirmed by a fact; write the answers to next.toml.

    A decision names the fingerprint of its change, so it dies when the clause changes again.
    """
    folder = root(context)
    change = open_step(folder)
    if dead := dead_decisions(folder, change):
        drop_decisions(folder, [decision.fingerprint for decision in dead])
        for decision in dead:
            click.echo(f"dropped the decision {decision.fingerprint} ({decision.reason}): its clause changed again")
    waiting = [finding for finding in change.verdict.findings if _is_open(finding, everything=everything)]
    if not waiting:
        click.echo("nothing to decide")
        return
    who, day = by or Repository(folder).author(), as_of or today(worktree(folder))
    made = _walk(folder, waiting, who, day)
    click.echo(f"{made} decided, {len(waiting) - made} left open")


def _is_open(finding: Finding, *, everything: bool) -> bool:
    """Return whether a person is asked: a proof that wants a look counts, though it says editorial."""
    material = finding.change_class is ChangeClass.MATERIAL
    return finding.decision is None and (finding.review or (material and (everything or bool(finding.only))))


def _walk(folder: Path, waiting: list[Finding], who: str, day: date) -> int:
    """Ask about each finding; each answer is written at once, so that leaving loses nothing. Return how many."""
    made, locale = 0, worktree(folder).settings.source_locale
    for number, finding in enumerate(waiting, 1):
        _show(finding, f"{number}/{len(waiting)}", locale)
        answer = click.prompt(_QUESTION, type=click.Choice([*_ANSWERS, "s", "q"]), default="s", show_choices=False)
        if answer == "q":
            break
        if answer == "s":
            continue
        decision = Decision(
            fingerprint=finding.fingerprint,
            change_class=_ANSWERS[answer],
            reason=click.prompt("reason", value_proc=_reason),
            by=who,
            date=day,
            only=finding.only,
        )
        add_decision(folder, decision)
        made += 1
    return made


def _show(finding: Finding, place: str, locale: str) -> None:
    where = finding.pair.section.title if finding.pair else finding.section
    click.echo(f"\n{place}  {where}" + (f" ({finding.only})" if finding.only else ""))
    for reason in finding.reasons:
        click.echo(f"    {reason}")
    if finding.pair:
        runs = redline(plain(finding.pair.old_text), plain(finding.pair.new_text), locale=finding.only or locale)
        click.echo(redlined(runs, colour=coloured(), indent="    | ", width=columns(WIDTH)))


def _reason(text: str) -> str:
    """Return a reason that says something; click asks again on any other."""
    text = " ".join(text.split())
    if len(text) < 3:  # noqa: PLR2004 (as in `Decision`)
        message = "say why, in a few words"
        raise click.BadParameter(message)
    return text
