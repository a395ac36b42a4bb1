"""SendGrid's event webhook: a JSON array of events, any order, any number of times; knows no ledger's tables."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from notifier.events import policy
from notifier.ledger.events import Happening, Unreadable
from notifier.ledger.records import State

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = re.compile(r"[!-~]{1,200}")
_KIND = re.compile(r"[a-z_]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,18}")
#: Seconds since the epoch that a clock can show: until the year 5138.
_LATEST = 10**11


def understand(body: bytes, received_at: int) -> list[Happening]:
    """Return the events of a report; Unreadable if it is no array of objects in UTF-8 (RFC 8259, 8.1)."""
    try:
        events = json.loads(body.decode("utf-8-sig"))
        if not isinstance(events, list):
            message = "JSON, but no array of events"
            raise Unreadable(message)
        found = [_happening(one, place, received_at) for place, one in enumerate(events) if isinstance(one, dict)]
    except (ValueError, RecursionError) as error:
        # What is nested too deep may show so late: when an event is written down again for its digest.
        raise error if isinstance(error, Unreadable) else Unreadable(f"no JSON: {type(error).__name__}") from None
    if not found and events:
        message = "an array in which nothing is an event"
        raise Unreadable(message)
    return found


def _happening(event: Mapping[str, Any], place: int, received_at: int) -> Happening:
    kind = str(event.get("event"))
    kind = kind if _KIND.fullmatch(kind) else "unknown"
    state = policy.SENDGRID.get(kind)
    refused = state is State.BOUNCED
    return Happening(
        key=_key(event),
        kind=kind,
        at=_at(event.get("timestamp"), received_at),
        state=state,
        hard=state is State.COMPLAINED or (refused and _dead(event)),
        reason=_reason(kind, event) if refused or state is State.COMPLAINED else "",
        notice=policy.notice_of(event.get("notice")),
        campaign=str(event.get("campaign") or ""),
        attempt=_number(event.get("attempt")),
        address=str(event.get("email") or ""),
        place=place,
    )


def _dead(event: Mapping[str, Any]) -> bool:
    # `blocked` is SendGrid's word for a refusal that says nothing of the address; `dropped` repeats an earlier one.
    if event.get("event") != "bounce" or event.get("type") == "blocked":
        return False
    return policy.hard(str(event.get("status") or ""), str(event.get("bounce_classification") or ""))


def _reason(kind: str, event: Mapping[str, Any]) -> str:
    said = policy.words(event.get("reason"))
    named = f"{kind} ({event['type']})" if event.get("type") in ("bounce", "blocked") else kind
    return f"{named}: {said}" if said else named


def _key(event: Mapping[str, Any]) -> str:
    key = event.get("sg_event_id")
    if isinstance(key, str) and _KEY.fullmatch(key):
        return key
    # Numbers and nesting as they came; lone surrogates are escaped.
    return "sha256:" + sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


def _at(moment: object, received_at: int) -> int:
    if isinstance(moment, (int, float)) and 0 < moment < _LATEST:
        return int(moment * 1000)
    return received_at


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and _NUMBER.fullmatch(text) else 0
