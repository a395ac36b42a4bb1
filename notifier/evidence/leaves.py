"""What one fact looks like as a leaf of the evidence: values in, values out; signs nothing and reads no ledger.

A leaf holds no account and no address: in their place stands an HMAC under a key that is this person's alone, so that
erasing that key makes the leaf nobody's, while every other proof stays whole.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from notifier.evidence.verifier import canonical, digest, keyed
from notifier.ledger.book import KINDS
from notifier.ledger.records import State
from notifier.tokens import NoticeId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notifier.ledger.records import Campaign

#: Begins what stands in the place of an erased account; no reader of an audience lets such a letter in.
ERASED = "\x7f"
#: The last instant that ISO 8601 has a year for; a provider may report anything.
LATEST = 253_402_300_799_000
#: Bytes of a person's key.
SECRET = 32


def moment(milliseconds: int | None) -> str:
    """Return an instant as ISO 8601 in UTC with milliseconds; empty where there is none."""
    if milliseconds is None:
        return ""
    milliseconds = min(max(milliseconds, 0), LATEST)
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def new_secret() -> str:
    """Return a new key for one person, hexadecimal."""
    return secrets.token_hex(SECRET)


def campaign(of: Campaign, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fact that a campaign was planned so: from which bundle, for which days."""
    return {
        "fact": "campaign",
        "campaign": of.name,
        "bundle": row["digest"],
        # Its place may hold a name of a machine or a user; that it was this one can be shown by whoever has it.
        "audience": "sha256:" + digest(row["audience"]),
        "planned": moment(row["planned_at"]),
        "as_of": row["as_of"] or "",
        "first_day": row["first_day"],
        "last_day": row["last_day"],
        "lead_days": row["lead_days"],
        "not_before": moment(row["not_before"]),
        "not_after": moment(row["not_after"]) if row["not_after"] else "",
    }


def approval(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fact that somebody approved a plan: all that was to be sent, and who had planned it."""
    return {
        "fact": "approval",
        "plan": row["digest"],
        "planned_by": row["planner"],
        "approved_by": row["approver"],
        "at": moment(row["at"]),
        "manifest": json.loads(row["body"]),
    }


def notice(
    row: Mapping[str, Any], shard: Mapping[str, Any], where: int, trail: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the fact of what became of a notice; `where` is the number of the campaign in this ledger."""

    def named(holder: int) -> str:
        return str(NoticeId(campaign=where, holder=holder, channel=row["channel"]))

    return {
        "fact": "notice",
        "notice": named(row["holder"]),
        "shares": named(row["leader"]) if row["leader"] else "",
        "account": _keyed(row, "account", row["account"]),
        "address": _keyed(row, "address", row["address"]),
        "channel": KINDS[row["channel"]].value,
        "locale": shard["locale"],
        "rule": row["rule"],
        "country": row["country"],
        "guardian": bool(shard["guardian"]),
        "state": State(row["state"]).name.lower(),
        "at": moment(row["at"]),
        "unknown_requests": row["tries"],
        "attempt": row["attempt"],
        "started": moment(row["started_at"]),
        "ended": moment(row["ended_at"]),
        "provider": row["provider"] or "",
        "provider_id": row["provider_id"] or "",
        "content": row["content"] or "",
        "trail": [
            {
                "attempt": one["attempt"],
                "at": moment(one["at"]),
                "state": State(one["state"]).name.lower(),
                "reason": one["reason"],
            }
            for one in trail
        ],
    }


def skipped(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fact that nothing was to go to a holder, and why."""
    return {
        "fact": "not told",
        "account": _keyed(row, "account", row["account"]),
        "locale": row["locale"],
        "rule": row["rule"],
        "country": row["country"],
        "reason": row["skipped"],
    }


def refused(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fact that a row of the audience was refused or flawed, and why; whose it was stays in the ledger."""
    # Behind a colon a reason may quote the row, and what is sealed stays for ever.
    return {"fact": "row", "line": row["line"], "kept": bool(row["kept"]), "reason": row["reason"].partition(":")[0]}


def event(row: Mapping[str, Any], report: Mapping[str, Any], where: int) -> dict[str, Any]:
    """Return the fact that a provider reported something about a notice; bound to the report as it came."""
    return {
        "fact": "event",
        "notice": str(NoticeId(campaign=where, holder=row["holder"], channel=row["channel"])),
        "account": _keyed(row, "account", row["account"]),
        "channel": KINDS[row["channel"]].value,
        "event": row["kind"],
        "state": State(row["state"]).name.lower() if row["state"] is not None else "",
        "at": moment(row["at"]),
        "reason": row["reason"],
        "attempt": row["attempt"],
        "source": row["source"],
        "key": row["key"],
        "report": f"sha256:{report['digest']}",
        "raw": digest(raw(report, row["place"])),
    }


def raw(report: Mapping[str, Any], place: int) -> str:
    """Return one event of a report as it came; of a report by mail, which tells of one message, the whole."""
    if report["source"] != "sendgrid" or not report["body"]:
        return str(report["body"])
    return canonical(json.loads(report["body"])[place])


def answer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fact that a holder answered, to which question (empty: to all of the release), and with which text."""
    return {
        "fact": "answer",
        "account": _keyed(row, "account", row["account"]),
        "answer": row["answer"],
        "question": row["question"],
        "guardian": bool(row["guardian"]),
        "via": row["via"],
        "locale": row["locale"],
        "text": row["digest"],
        "at": moment(row["at"]),
    }


def _keyed(row: Mapping[str, Any], purpose: str, text: str | None) -> str:
    if not text or not row["secret"] or row["account"].startswith(ERASED):
        return ""
    return keyed(row["secret"], purpose, text)
