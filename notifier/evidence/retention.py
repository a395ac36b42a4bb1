"""Takes personal data out of a ledger and leaves every proof whole; removes no segment: nothing here can.

What goes: addresses, and the accounts of refused rows; of one person also the account and the key, without which their
leaves are nobody's, and what a provider wrote about them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from notifier.channels.protocol import Kind
from notifier.errors import LedgerError, Refused
from notifier.evidence.leaves import ERASED
from notifier.evidence.verifier import canonical
from notifier.ledger import figures
from notifier.ledger.events import Source
from notifier.moving import release_of
from notifier.tokens import NoticeId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.records import Campaign, Rules

#: Holders whose addresses leave in one transaction: others write meanwhile, and the room is used again.
SLICE = 100_000


def purge(database: Database, campaign: Campaign, rules: Rules, now: int, retention_days: int) -> int:
    """Remove the addresses of a campaign that is closed; return how many there were.

    Refused, with the day from which it may be done, while the campaign is not finished, not sealed to its end, or the
    days of retention are not over.
    """
    if not figures.count(database, campaign, rules, now).finished:
        message = f"{campaign.name}: notices are still open; addresses leave when the campaign is over (or cancelled)"
        raise Refused(message)
    with database.transaction() as work:
        work.run("seal_lock", campaign=campaign.id)
        if work.all("seal_shards", campaign=campaign.id, after=0, limit=1):
            message = f"{campaign.name}: not sealed to its end; `notifier seal {campaign.name}` first, or nothing could be shown"
            raise Refused(message)
        last = work.value("purge_last", campaign=campaign.id) or campaign.deadline
        due = datetime.fromtimestamp(last / 1000, UTC) + timedelta(days=retention_days)
        if now < due.timestamp() * 1000:
            message = f"{campaign.name}: the addresses are kept for {retention_days} days (retention_days), until {due.date()}"
            raise Refused(message)
        work.run("purge_faults", campaign=campaign.id)
        upto = work.value("seal_upto", campaign=campaign.id, kind="events", epoch=0)
        work.run("purge_reports", campaign=campaign.id, upto=upto)
        last_holder = int(work.value("numbers_used", campaign=campaign.id))
    return sum(_contacts(database, campaign.id, low) for low in range(0, last_holder, SLICE))


def _contacts(database: Database, campaign: int, low: int) -> int:
    """Remove the addresses of some holders for good: what is cut short is gone on with by the next purge."""
    with database.transaction() as work:
        return work.run("purge_contacts", campaign=campaign, low=low, high=low + SLICE)


def erase(database: Database, campaign: Campaign, account: str) -> None:
    """Erase one person from a campaign: account, addresses, key. Refused while a notice to them is still open."""
    common = {"campaign": campaign.id}
    with database.transaction() as work:
        work.run("seal_lock", **common)
        holder = work.one("proof_holder", account=account, **common)
        if holder is None:
            message = f"{campaign.name}: no such account, or it was erased already"
            raise LedgerError(message)
        if work.all("erase_open", holder=holder["id"], **common):
            message = (
                f"{campaign.name}: a notice to this account is still open or not sealed; send, or cancel, and "
                f"`notifier seal {campaign.name}`, then purge again"
            )
            raise Refused(message)
        upto = work.value("seal_upto", kind="events", epoch=0, **common)
        if work.one("erase_unsealed", holder=holder["id"], upto=upto, **common):
            message = f"{campaign.name}: what was reported of this account is not sealed yet; purge again in a minute"
            raise Refused(message)
        redact(work, campaign.id, holder["id"])
        work.run("erase_fault", account=account, **common)
        for statement in ("erase_person", "erase_contact"):
            work.run(statement, holder=holder["id"], **common)
        erased = f"{ERASED}{campaign.id}:{holder['id']}"
        work.run("erase_answers", release=release_of(campaign.name), account=account, erased=erased)
        work.run("erase_account", holder=holder["id"], erased=erased, **common)


def redact(work: Transaction, campaign: int, holder: int) -> None:
    """Take what providers wrote about one holder out of the reports; what they wrote about others stays as it came.

    An event leaves `null` in its place, so that every other one keeps its number; a report by mail tells of one message.
    """
    for kind in Kind:
        notice, after = str(NoticeId(campaign=campaign, holder=holder, channel=kind.number)), 0
        while row := work.one("erase_reports", campaign=campaign, holder=holder, notice=f"%{notice}%", after=after):
            work.run("erase_report", id=row["id"], body=_without(row, notice))
            after = row["id"]


def _without(row: Mapping[str, Any], notice: str) -> str:
    if row["source"] != Source.SENDGRID or row["encoding"] != "utf-8":
        return ""
    kept = [None if _of(event, notice) else event for event in json.loads(row["body"])]
    return canonical(kept) if any(kept) else ""


def _of(event: Any, notice: str) -> bool:
    return isinstance(event, dict) and str(event.get("notice")).strip().lower() == notice
