"""extract, update, status, approve, export, import: nothing a translator wrote is lost."""

from __future__ import annotations

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.document import parse
from policypress.errors import ProblemsError
from policypress.localise.catalogue import approval
from policypress.localise.progress import Counts, status
from policypress.localise.workflow import (
    Unit,
    approve,
    bring_in,
    export,
    extract,
    template,
    update,
)
from tests.policypress.localise.gettext import msgfmt, needs_msgfmt
from tests.policypress.localise.world import entry, po, source

OLD = Unit("use", "We keep your data for 30 days here.")
NEW = Unit("use", "We keep your data for 60 days here.")


def counts(text, units):
    """Return how far the catalogue is."""
    return status(text, "kk", units, "kk.po").counts


def _find(text, unit, *, obsolete=False):
    return next(
        (
            found
            for found in polib.pofile(text, wrapwidth=0)
            if (found.msgctxt, found.msgid) == unit and bool(found.obsolete) == obsolete
        ),
        None,
    )


def _fill(text, **translations):
    """Translate units whose text is given by a word in it."""
    catalogue = polib.pofile(text, wrapwidth=0)
    for found in catalogue:
        for word, translation in translations.items():
            if word in found.msgid:
                found.msgstr = translation
    return str(catalogue)


# extract


def test_extract_lists_headings_and_clauses_in_reading_order():
    """A unit for each heading and clause, with its section, placeholders raw."""
    assert [
        ("title", "Privacy"),
        ("about", "About us"),
        ("about", "We are {{ facts.name }}, at <{{ facts.url }}>."),
        ("use", "Use"),
    ] == [tuple(unit) for unit in extract(source(), {})[:4]]


def test_extract_lists_each_unit_once_and_no_code():
    """A clause that stands twice in a section is translated once; code and rules are no words."""
    document = parse("## A {#a}\n\nx y\n\nx y\n\n```\ncode\n```\n\n---\n\n## B {#b}\n\nx y")
    assert [("a", "A"), ("a", "x y"), ("b", "B"), ("b", "x y")] == [tuple(unit) for unit in extract(document, {})]


def test_summaries_are_extracted_behind_the_clauses():
    """What a release says of itself is translated too, under a context of its own."""
    assert Unit("summary:use", "We keep it longer.") == extract(source(), {"use": "We keep it longer."})[-1]


def test_the_template_is_stable():
    """No dates, no line numbers: only a real change shows in git."""
    units = extract(source(), {})
    assert template(units) == template(units)
    assert "#:" not in template(units)
    assert "POT-Creation-Date" not in template(units)


# update


def test_update_keeps_what_stayed():
    """Translation, approval, notes and flags of a clause that did not change are kept."""
    before = po("# a note\n" + entry(*OLD, "Сақтаймыз.", comment="approved: 0123456789abcdef"))
    found = _find(update(before, "kk", (OLD,), "kk.po"), OLD)
    assert ("Сақтаймыз.", "approved: 0123456789abcdef", "a note", []) == (
        found.msgstr,
        found.comment,
        found.tcomment,
        found.flags,
    )


def test_update_makes_a_changed_clause_fuzzy():
    """The old translation stays with the source it was made from, marked as a guess; its approval is of the old pair."""
    before = po(entry(*OLD, "30 күн сақтаймыз.", comment="approved: 0123456789abcdef"))
    after = update(before, "kk", (NEW,), "kk.po")
    found = _find(after, NEW)
    assert ("30 күн сақтаймыз.", ["fuzzy"], OLD.text, None, "approved: 0123456789abcdef") == (
        found.msgstr,
        found.flags,
        found.previous_msgid,
        found.previous_msgctxt,
        found.comment,
    )
    assert _find(after, OLD, obsolete=True) is None


def test_update_follows_a_clause_to_another_section():
    """A clause that moved keeps its old section as the previous context, and waits for a translator."""
    moved = Unit("rights", OLD.text)
    found = _find(update(po(entry(*OLD, "Сақтаймыз.")), "kk", (moved,), "kk.po"), moved)
    assert ("Сақтаймыз.", ["fuzzy"], "use", OLD.text) == (
        found.msgstr,
        found.flags,
        found.previous_msgctxt,
        found.previous_msgid,
    )


def test_update_keeps_what_is_gone_as_obsolete():
    """A clause that left the source stays in the file, and comes back with its translation when it does."""
    before = po(entry(*OLD, "Сақтаймыз."))
    without = update(before, "kk", (Unit("about", "Quite other words stand there."),), "kk.po")
    assert "Сақтаймыз." == _find(without, OLD, obsolete=True).msgstr


def test_update_drops_only_what_nobody_translated():
    """An entry without a translation that is gone leaves no trace."""
    assert _find(update(po(entry(*OLD, "")), "kk", (), "kk.po"), OLD, obsolete=True) is None


def test_update_of_nothing_begins_a_catalogue():
    """A new locale: every unit, empty, and the header gettext asks for."""
    text = update("", "kk", (OLD,), "kk.po")
    assert "" == _find(text, OLD).msgstr
    assert {"Language": "kk", "Content-Type": "text/plain; charset=UTF-8"}.items() <= polib.pofile(
        text
    ).metadata.items()


def test_update_is_idempotent():
    """A second run changes no byte, a fuzzy entry's history included."""
    once = update(po(entry(*OLD, "30 күн сақтаймыз.")), "kk", (NEW,), "kk.po")
    assert once == update(once, "kk", (NEW,), "kk.po")


TEXTS = st.sampled_from(
    [
        "We keep it safe.",
        "We keep it very safe.",
        "We sell nothing.",
        "Roses are red.",
        "You may object to it.",
        "You may object.",
        "Біз сақтаймыз.",
    ]
)
UNITS = st.lists(st.tuples(st.sampled_from("abc"), TEXTS).map(lambda pair: Unit(*pair)), unique=True, max_size=8)


@settings(max_examples=80, deadline=None)
@given(st.lists(UNITS, min_size=2, max_size=5))
def test_nothing_a_translator_wrote_is_lost(versions):
    """However the source changes, every translation stays in the file: current, fuzzy or obsolete."""
    text = update("", "kk", tuple(versions[0]), "kk.po")
    catalogue = polib.pofile(text, wrapwidth=0)
    written = set()
    for number, found in enumerate(catalogue):
        found.msgstr = f"аударма {number}"
        written.add(found.msgstr)
    text = str(catalogue)
    for units in versions[1:]:
        text = update(text, "kk", tuple(units), "kk.po")
        found = polib.pofile(text, wrapwidth=0)
        assert written <= {one.msgstr for one in found}
        assert [tuple(unit) for unit in units] == [(one.msgctxt, one.msgid) for one in found if not one.obsolete]


@settings(max_examples=60, deadline=None)
@given(UNITS, UNITS)
def test_what_changed_is_never_current(before, after):
    """A translation is shown only for the very clause in the very section that it was made for."""
    text = polib.pofile(update("", "kk", tuple(before), "kk.po"), wrapwidth=0)
    for found in text:
        found.msgstr = f"{found.msgctxt}: {found.msgid}"
    for found in polib.pofile(update(str(text), "kk", tuple(after), "kk.po"), wrapwidth=0):
        if found.msgstr and not found.fuzzy and not found.obsolete:
            assert f"{found.msgctxt}: {found.msgid}" == found.msgstr


@needs_msgfmt
def test_msgfmt_accepts_what_is_written(tmp_path):
    """GNU gettext reads our files without a word: fuzzy entries, long previous msgids, obsolete ones, every script."""
    long = Unit("use", "word " * 80 + '“қосу” \\* "quoted" {{ facts.url }} 10 % of')
    before = update("", "kk", (OLD, long, Unit("gone", "Never to be seen again.")), "kk.po")
    before = _fill(before, keep="Сақтаймыз.", word="ұзын " * 60, Never="Кетті.")
    after, _ = approve(update(before, "kk", (NEW, Unit("use", f"{long.text} more")), "kk.po"), "kk.po", lambda *_: True)
    for name, text in (("old.po", before), ("new.po", after), ("policy.pot", template((OLD, long)))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert (0, []) == msgfmt(tmp_path / name)


# status and approve


def test_status_counts_every_unit_once():
    """Approved, unapproved, fuzzy, missing add up to the whole."""
    units = tuple(Unit("a", text) for text in ("one", "two", "three", "four"))
    text = po(entry("a", "one", "бір"), entry("a", "two", "екі", fuzzy=True), entry("a", "three", "үш"))
    text, _ = approve(text, "kk.po", lambda _, clause: clause == "one")
    assert Counts(total=4, approved=1, unapproved=1, fuzzy=1, missing=1) == counts(text, units)


def test_approve_stamps_what_is_wanted_and_ready():
    """A fuzzy or an empty entry is never approved; one that is approved is not stamped again."""
    text = po(entry("a", "one", "бір"), entry("a", "two", "екі", fuzzy=True), entry("a", "three", ""))
    text, count = approve(text, "kk.po", lambda *_: True)
    assert 1 == count
    assert 0 == approve(text, "kk.po", lambda *_: True)[1]


def test_an_approval_dies_with_an_edit_of_either_text():
    """A translation mended behind the approval, or a merge that pairs it with another clause, waits again."""
    units = (Unit("a", "one"),)
    text, _ = approve(po(entry("a", "one", "бір")), "kk.po", lambda *_: True)
    assert 1 == counts(text, units).approved
    assert 0 == counts(text.replace("бір", "екі"), units).approved
    assert 0 == counts(text.replace('"one"', '"not one"'), (Unit("a", "not one"),)).approved


def test_approve_binds_exceptions_to_the_pair():
    """A declared exception gets the digest of the pair; one that was bound to another pair is not bound anew."""
    before = po("# except number-parity: another law\n" + entry("a", "one", "бір"))
    text, _ = approve(before, "kk.po", lambda *_: True)
    stamp = approval("one", "бір")
    assert f"# except number-parity {stamp}: another law" in text
    again, count = approve(text.replace('"бір"', '"біреу"'), "kk.po", lambda *_: True)
    assert (1, True) == (count, f"# except number-parity {stamp}: another law" in again)


# export and import


def _translated(text, document):
    catalogue = polib.pofile(update(text, "kk", extract(document, {}), "kk.po"), wrapwidth=0)
    for number, found in enumerate(catalogue):
        found.msgstr = f"аударма {number}"
    return str(catalogue)


def test_export_and_import_are_inverse():
    """What is exported and brought in again changes nothing; into an empty catalogue it brings all."""
    document = source()
    full = _translated("", document)
    reading = export(document, full, "kk.po")
    assert 0 == bring_in(document, reading, full, "kk.po", "kk.md")[1]
    units = extract(document, {})
    text, count = bring_in(document, reading, update("", "kk", units, "kk.po"), "kk.po", "kk.md")
    assert len(units) == count
    assert 0 == counts(text, units).missing


def test_export_has_the_shape_of_the_source():
    """The same anchors and blocks; what is missing or fuzzy is an ellipsis."""
    document = source()
    catalogue = po(entry("rights", "Rights", "Құқықтар"), entry("rights", "You may object.", "Ескірген.", fuzzy=True))
    reading = parse(export(document, catalogue, "kk.po"))
    assert [s.anchor for s in document.sections] == [s.anchor for s in reading.sections]
    assert ("Құқықтар", "…") == (reading.section("rights").heading.text, reading.section("rights").clauses[0].text)


def test_an_ellipsis_is_no_translation():
    """What an export left open is brought in as nothing."""
    document = source()
    empty = update("", "kk", extract(document, {}), "kk.po")
    text, count = bring_in(document, export(document, empty, "kk.po"), empty, "kk.po", "kk.md")
    assert (0, empty) == (count, text)


def test_import_takes_away_guess_history_and_approval():
    """A clause brought in is translated anew: no longer fuzzy, and nobody approved it yet."""
    document = parse("## Use {#use}\n\nWe keep it.")
    before = po(
        '#. approved: 0123456789abcdef\n#, fuzzy\n#| msgid "Old."\nmsgctxt "use"\nmsgid "We keep it."\nmsgstr "Ескі."'
    )
    text, count = bring_in(document, "## … {#use}\n\nСақтаймыз.", before, "kk.po", "kk.md")
    found = _find(text, ("use", "We keep it."))
    assert (1, "Сақтаймыз.", [], None, "") == (
        count,
        found.msgstr,
        found.flags,
        found.previous_msgid,
        found.comment,
    )


@pytest.mark.parametrize(
    ("translation", "words"),
    [
        ("## X {#nowhere}\n\na", "no section 'nowhere'"),
        ("## X {#rights}\n\na\n\nb", "2 clauses, the source 1"),
        ("## X {#rights}\n\n- a", "of other kinds"),
        ("## X {#rights}", "0 clauses"),
    ],
)
def test_another_shape_is_refused_whole(translation, words):
    """A section that is unknown or has other blocks: file, line, and nothing is taken."""
    with pytest.raises(ProblemsError) as caught:
        bring_in(source(), f"## Y {{#use}}\n\nok\n\n{translation}", po(), "kk.po", "kk.md")
    problem = caught.value.problems[0]
    assert ("translation-shape", "kk.md", 5) == (problem.rule, problem.file, problem.line)
    assert words in problem.message


def test_every_misshapen_section_is_listed():
    """All at once."""
    with pytest.raises(ProblemsError) as caught:
        bring_in(source(), "## X {#one}\n\n## Y {#two}", po(), "kk.po", "kk.md")
    assert [1, 3] == [problem.line for problem in caught.value.problems]
