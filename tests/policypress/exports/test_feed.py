"""The Atom feed: well-formed, stable ids, entries that land on the readable redline."""

from __future__ import annotations

from datetime import date, datetime
from xml.etree import ElementTree as ET

import pytest

from policypress.exports.feed import atom
from policypress.release import amend, withdraw
from tests.policypress.conftest import FIRST, SECOND

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITE = "https://policy.example.org"


def feed(editions, locale="kk", day="2026-12-01") -> ET.Element:
    """Return a feed parsed."""
    return ET.fromstring(atom(editions, editions.words[locale], date.fromisoformat(day)))


def texts(root, path) -> list[str]:
    """Return the texts of some elements."""
    return [element.text or "" for element in root.findall(path, ATOM)]


def test_the_newest_release_comes_first_in_the_feeds_language(editions) -> None:
    """Titles are written for the readers of the locale, which the feed names."""
    root = feed(editions)
    assert "kk" == root.get("{http://www.w3.org/XML/1998/namespace}lang")
    first, second = texts(root, "a:entry/a:title")
    assert "2026 жылғы 1 желтоқсан" in first
    assert "2024 жылғы 8 тамыз" in second


def test_ids_are_stable_and_unique(editions) -> None:
    """An id is a tag URI of the release's own day: it never depends on the day of the build."""
    expected = [f"tag:policy.example.org,{day}:privacy/{day}/kk" for day in (SECOND, FIRST)]
    assert expected == texts(feed(editions), "a:entry/a:id") == texts(feed(editions, day="2031-01-01"), "a:entry/a:id")
    assert ["tag:policy.example.org,2024-08-08:privacy/kk"] == texts(feed(editions), "a:id")


def test_entries_land_on_the_changes(editions) -> None:
    """A release opens at its readable redline; the first one, which has none, at its text."""
    links = [link.get("href") for link in feed(editions).findall("a:entry/a:link", ATOM)]
    assert [f"{SITE}/kk/changes/{SECOND}/", f"{SITE}/kk/archive/{FIRST}/"] == links


def test_an_entry_says_class_and_effective_date(editions) -> None:
    """A reader learns from the entry what kind of change it is and from when."""
    entry = feed(editions, "en").find("a:entry", ATOM)
    assert "material" == entry.find("a:category", ATOM).get("term")
    assert "Takes effect on 15 January 2027" in entry.find("a:summary", ATOM).text
    assert "We keep your data for 24 months." in entry.find("a:summary", ATOM).text


def test_instants_carry_the_zone_of_the_policy(editions) -> None:
    """RFC 3339 instants at 00:00 of the day, in the policy's time zone."""
    (updated,) = texts(feed(editions), "a:updated")
    moment = datetime.fromisoformat(updated)
    assert (date(2026, 12, 1), 0, 18000.0) == (moment.date(), moment.hour, moment.utcoffset().total_seconds())


def test_what_atom_requires_is_there(editions) -> None:
    """id, title, updated, author and a self link (RFC 4287, 4.1.1); each entry its own id, title and updated."""
    root = feed(editions)
    assert [1, 1, 1, 1] == [len(root.findall(f"a:{name}", ATOM)) for name in ("id", "title", "updated", "author")]
    assert f"{SITE}/kk/feed.xml" == root.find("a:link[@rel='self']", ATOM).get("href")
    for entry in root.findall("a:entry", ATOM):
        assert all(entry.find(f"a:{name}", ATOM) is not None for name in ("id", "title", "updated"))


@pytest.mark.parametrize(("day", "count"), [("2024-08-07", 0), ("2024-08-08", 1), ("2026-11-30", 1), ("2026-12-01", 2)])
def test_nothing_is_told_before_its_day(editions, day, count) -> None:
    """A release appears on the day of its publication and not before."""
    assert count == len(feed(editions, day=day).findall("a:entry", ATOM))


def test_an_amendment_is_told(twice, editions) -> None:
    """From the day of the entry on: the new date, under the same id, updated on that day."""
    amend(twice.root, SECOND, effective=date(2027, 3, 1), on=date(2026, 12, 20), reason="late")
    amended = twice.editions()
    entry = feed(amended, "en", "2026-12-20").find("a:entry", ATOM)
    assert "Takes effect on 1 March 2027" in entry.find("a:summary", ATOM).text
    assert texts(feed(editions, "en"), "a:entry/a:id")[0] == entry.find("a:id", ATOM).text
    assert "2026-12-20T00:00:00+05:00" == entry.find("a:updated", ATOM).text
    assert "2026-12-20T00:00:00+05:00" == feed(amended, "en", "2026-12-20").find("a:updated", ATOM).text
    assert atom(editions, editions.words["en"], date(2026, 12, 19)) == atom(
        amended, amended.words["en"], date(2026, 12, 19)
    )


def test_a_withdrawal_is_told(twice) -> None:
    """A reader who saw the announcement sees that it does not take effect, and no date from which it would."""
    withdraw(twice.root, SECOND, on=date(2026, 12, 20), reason="the partner left")
    entry = feed(twice.editions(), "en", "2027-02-01").find("a:entry", ATOM)
    assert "Withdrawn on 20 December 2026; it does not take effect" in entry.find("a:summary", ATOM).text
    assert "15 January" not in entry.find("a:summary", ATOM).text
    assert "2026-12-20T00:00:00+05:00" == entry.find("a:updated", ATOM).text
