"""Tests of SendGrid's events as they are read: whatever stands in them, a report is read or refused with a reason."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.events import sendgrid
from notifier.ledger.events import Unreadable
from notifier.ledger.records import State

WORDS = st.sampled_from(["bounce", "blocked", "dropped", "delivered", "spamreport", "5.1.1", "1"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NAMES = ("event", "type", "status", "bounce_classification", "timestamp", "notice", "campaign", "attempt", "email",
         "reason", "sg_event_id")  # fmt: skip


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)), min_size=1, max_size=3))
def test_whatever_its_fields_hold_an_event_is_read(events: list[dict[str, Any]]) -> None:
    """A field of another kind than SendGrid writes costs neither its event nor its report."""
    found = sendgrid.understand(json.dumps(events).encode(), 7)
    assert list(range(len(events))) == [one.place for one in found]
    assert all(one.key and one.at >= 0 for one in found)


def test_a_type_that_is_no_word_leaves_a_bounce_a_bounce() -> None:
    """What is certain of it counts."""
    (found,) = sendgrid.understand(b'[{"event": "bounce", "type": ["bounce"], "reason": "550"}]', 7)
    assert (State.BOUNCED, "bounce: 550") == (found.state, found.reason)


def test_json_is_utf_8() -> None:
    """As RFC 8259 has it, a mark of the byte order aside: what is kept otherwise could not be erased in part."""
    assert 1 == len(sendgrid.understand('[{"event": "open"}]'.encode("utf-8-sig"), 7))
    with pytest.raises(Unreadable, match="UnicodeDecodeError"):
        sendgrid.understand('[{"event": "open"}]'.encode("utf-16"), 7)


def test_what_is_nested_too_deep_is_refused() -> None:
    """At whichever step the nesting becomes too deep, the report has a reason, and not a fault."""
    ends = set()
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit()):
        try:
            sendgrid.understand(f'[{{"a": {"[" * depth}{"]" * depth}}}]'.encode(), 7)
        except Unreadable as error:
            ends.add(str(error))
        else:
            ends.add("read")
    assert {"read", "no JSON: RecursionError"} == ends
