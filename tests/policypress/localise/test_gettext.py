"""Every catalogue we ship is standard gettext: msgfmt accepts it, polib reads and writes it without a loss."""

from __future__ import annotations

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policypress.errors import ProblemsError
from policypress.localise.catalogue import read_po
from policypress.localise.workflow import Unit, update
from tests.policypress.conftest import CHECKOUT
from tests.policypress.localise.gettext import msgfmt, needs_msgfmt

FILES = sorted(
    [*CHECKOUT.glob("policypress/words/*.po*"), *CHECKOUT.glob("locales/**/*.po"), *CHECKOUT.glob("locales/*.pot")]
)


def test_there_are_files() -> None:
    """The fixed words in three languages and their template, and the clauses in three languages."""
    assert len(FILES) >= 7


@needs_msgfmt
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_msgfmt_accepts(path) -> None:
    """GNU gettext reads the file without a word."""
    assert (0, []) == msgfmt(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_polib_loses_nothing(path) -> None:
    """Read and written again, the file has the same entries, comments, flags, previous and obsolete ones."""
    text = path.read_text(encoding="utf-8")
    once = str(read_po(text, path.name))
    assert once == str(polib.pofile(once, wrapwidth=0))
    assert [str(entry) for entry in polib.pofile(text, wrapwidth=0)] == [
        str(entry) for entry in polib.pofile(once, wrapwidth=0)
    ]


LINES = st.text(st.sampled_from('ab "\\\n\t#~|é\u202eжق{}%[]0'), max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), LINES, LINES), max_size=4))
def test_whatever_a_translator_writes_comes_back(rows) -> None:
    """Quotes, backslashes, tabs, line ends and every script survive writing, reading and an update."""
    units = tuple(dict.fromkeys(Unit(context, text) for context, text, _ in rows if text))
    catalogue = polib.pofile(update("", "kk", units, "kk.po"), wrapwidth=0)
    given_ = {}
    for entry, (_, _, translation) in zip(catalogue, rows, strict=False):
        entry.msgstr = translation
        given_[entry.msgctxt, entry.msgid] = translation
    text = update(f"{catalogue}\n", "kk", units, "kk.po")
    assert given_ == {(entry.msgctxt, entry.msgid): entry.msgstr for entry in read_po(text, "kk.po")}


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (['msgid "a"', 'msgstr "not closed'], 2),
        (['msgid "a"', 'msgstr "b"', '"nor this'], 3),
        (['msgid "a"', "msgstr b"], 2),
        (['msgid "a"', 'msgstr "b" c'], 2),
        (['msgid "a"', r'msgstr "C:\new\q"'], 2),
        (["some words"], 1),
    ],
)
def test_a_line_that_would_be_cut_is_refused(lines, number) -> None:
    """What a lenient reader would shorten without a word is told by its line."""
    with pytest.raises(ProblemsError) as caught:
        read_po("\n".join(lines) + "\n", "kk.po")
    assert [("po-syntax", "kk.po", number)] == [(one.rule, one.file, one.line) for one in caught.value.problems]
