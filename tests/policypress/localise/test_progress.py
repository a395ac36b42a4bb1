"""Every clause in one state; an approval of other words is told apart from none."""

from __future__ import annotations

from policypress.localise.progress import Counts, status
from policypress.localise.workflow import Unit, approve
from tests.policypress.localise.world import entry, po

UNITS = (Unit("a", "one"), Unit("a", "two"), Unit("b", "three"), Unit("summary:b", "four"))


def test_edited_since_is_a_state_of_its_own() -> None:
    """A translation that was approved with other words waits as such, and not as one that nobody ever read."""
    text, _ = approve(po(entry("a", "one", "бір"), entry("a", "two", "екі")), "kk.po", lambda _, one: one == "one")
    found = status(text.replace("бір", "біреу"), "kk", UNITS, "kk.po")
    assert Counts(total=4, stale=1, unapproved=1, missing=2) == found.counts


def test_sections_and_weights_add_up() -> None:
    """Counted by section, a summary with its own, and by the class of the change."""
    text = po(entry("a", "one", "бір"), entry("b", "three", "үш", fuzzy=True))
    found = status(text, "kk", UNITS, "kk.po", weights={UNITS[0]: "material", UNITS[3]: "material"})
    assert {"a": Counts(total=2, unapproved=1, missing=1), "b": Counts(total=2, fuzzy=1, missing=1)} == found.sections
    assert Counts(total=2, unapproved=1, missing=1) == found.changes["material"]
    assert found.counts.total == sum(one.total for one in found.changes.values())
