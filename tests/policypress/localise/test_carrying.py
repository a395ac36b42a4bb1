"""Approvals carried over: only where the change of the source is proved editorial, and only what was approved."""

from __future__ import annotations

import polib
import pytest

from policypress.localise.carrying import carry
from policypress.localise.progress import status
from policypress.localise.workflow import Unit, approve, update

EVERY = lambda *_: True  # noqa: E731 (a predicate that refuses nothing)


def changed(before: str, after: str, *, approved: bool = True, translation: str = "аударма"):
    """Return a catalogue whose clause was approved and then changed in the source, and its unit now."""
    old, new = Unit("use", before), Unit("use", after)
    catalogue = polib.pofile(update("", "kk", (old,), "kk.po"), wrapwidth=0)
    catalogue[0].msgstr = translation
    text = f"{catalogue}\n"
    if approved:
        text, _ = approve(text, "kk.po", EVERY)
    return update(text, "kk", (new,), "kk.po"), new


def test_a_proved_edit_keeps_its_approval_and_says_why() -> None:
    """A comma costs no translator a minute: approved again, with the proof and the approval it stems from."""
    text, unit = changed("We keep your data for 30 days, and erase it.", "We keep your data for 30 days and erase it.")
    assert 1 == status(text, "kk", (unit,), "kk.po").counts.fuzzy
    text, found = carry(text, "kk.po", "en", EVERY)
    assert [("use", unit.text)] == [(one.context, one.source) for one in found]
    assert 1 == status(text, "kk", (unit,), "kk.po").counts.approved
    assert "#. carried over " in text
    assert "#|" not in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We share your data.", "We do not share your data."),
        ("We keep it for 30 days.", "We keep it for 60 days."),
        ("We may share it.", "We share it."),
        ("We are {{ facts.a }}.", "We are {{ facts.b }}."),
        ("You must agree.", "You may agree."),
        ("We ask partners.", "We ask our partners and affiliates."),
    ],
)
def test_nothing_else_is_carried(before, after) -> None:
    """However alike two clauses look, without a proof the translator reads them."""
    text, unit = changed(before, after)
    carried, found = carry(text, "kk.po", "en", EVERY)
    assert ((), 1) == (found, status(carried, "kk", (unit,), "kk.po").counts.fuzzy)


def test_what_was_not_approved_is_not_carried() -> None:
    """A proof about the source says nothing of a translation that nobody read."""
    text, _ = changed("We keep it, safely.", "We keep it safely.", approved=False)
    assert () == carry(text, "kk.po", "en", EVERY)[1]


def test_a_translation_edited_since_is_not_carried() -> None:
    """The approval was of other words."""
    text, _ = changed("We keep it, safely.", "We keep it safely.")
    assert () == carry(text.replace("аударма", "басқа"), "kk.po", "en", EVERY)[1]


def test_two_changes_are_held_against_what_was_approved() -> None:
    """A second edit hides no first one: the clause that was approved is what the present one is compared with."""
    text, _ = changed("We keep it for 30 days, safely.", "We keep it for 60 days, safely.")
    text = update(text, "kk", (last := Unit("use", "We keep it for 60 days safely."),), "kk.po")
    assert "30 days" in polib.pofile(text, wrapwidth=0)[0].previous_msgid
    assert () == carry(text, "kk.po", "en", EVERY)[1]
    assert 1 == status(text, "kk", (last,), "kk.po").counts.fuzzy


def test_only_what_is_wanted() -> None:
    """A section at a time, where that is asked for."""
    text, _ = changed("We keep it, safely.", "We keep it safely.")
    assert () == carry(text, "kk.po", "en", lambda anchor, _: anchor == "rights")[1]


def test_an_approval_by_hand_forgets_the_carrying() -> None:
    """Once a person has approved the pair, it does not say any longer that it was carried over."""
    text, _ = changed("We keep it, safely.", "We keep it safely.")
    text, _ = carry(text, "kk.po", "en", EVERY)
    text, count = approve(text.replace("аударма", "басқа"), "kk.po", EVERY)
    assert (1, False) == (count, "carried over" in text)
