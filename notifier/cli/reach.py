"""`notifier reach`: who was told when, and who was not and why; changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier import reach as reaches
from notifier.cli import options, report
from notifier.errors import InputError
from notifier.ledger import figures
from notifier.reach import page
from policypress.bundle import Bundle

if TYPE_CHECKING:
    from notifier.reach import Reach, Share

#: Rows of a list on the screen; JSON and the page have all of them.
SHOWN = 20


@click.command()
@click.argument("campaign")
@options.options(options.ledger, options.as_json)
@click.option("--html", "path", type=click.Path(path_type=Path), help="Write a page with charts to this file.")
@options.config
def reach(campaign: str, ledger: str | None, path: Path | None, config: Path | None, *, as_json: bool) -> None:
    """Show who was told when in CAMPAIGN: by day, language, country and channel; who was not told, and why."""
    database = options.opened(options.load(config, ledger).ledger)
    found = figures.campaign(database, campaign)
    result = reaches.reach(database, found, Bundle.model_validate_json(found.bundle), options.now())
    if path is not None:
        try:
            path.write_text(page.html(result), encoding="utf-8")
        except OSError as error:
            message = f"{path}: cannot be written: {error.strerror}; name another file with --html"
            raise InputError(message) from error
    if as_json:
        report.one_object(reaches.as_json(result))
    else:
        _show(result)
        click.echo(f"Open {path}" if path else "", nl=bool(path))


def _show(found: Reach) -> None:
    columns = ("", "holders", "accepted in time", "late", "after effect", "delivered", "not told")
    report.table(found.campaign, columns, [_row("all", found.total)])
    for title, groups in (("By language", found.locales), ("By country", found.countries)):
        ordered = sorted(groups.items(), key=lambda one: (-one[1].holders, one[0]))
        report.table(title, columns, [_row(name or "not known", share) for name, share in ordered[:SHOWN]])
    rows = [
        [name, state.name.lower(), number]
        for name, states in sorted(found.channels.items())
        for state, number in sorted(states.items())
    ]
    report.table("By channel", ("channel", "state", "notices"), rows)
    days = [
        [day.isoformat(), name, number]
        for day, counts in sorted(found.days.items())
        for name, number in sorted(counts.items())
    ]
    report.table("Accepted by day", ("day", "channel", "notices"), days)
    if found.not_told:
        reasons = [[state, reason, number] for (state, reason), number in found.not_told.most_common(SHOWN)]
        report.table("Not told", ("state", "reason", "holders"), reasons)
    if found.answers:
        answers = [[one.heading, one.asked, one.given, one.refused, one.pending] for one in found.answers.values()]
        report.table("Consent, by question", ("", "asked of", "given", "refused", "not answered"), answers)
    click.echo(f"Lead-time line: the end of {found.last_day}. Effective {found.effective}.")


def _row(name: str, share: Share) -> list[object]:
    return [name, share.holders, share.in_time, share.late, share.after, share.delivered, share.not_told]
