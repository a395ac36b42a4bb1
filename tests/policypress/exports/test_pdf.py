"""PDF of a release: tagged, in its language, with title and bookmarks; the same bytes twice; kept by digest."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from policypress.builder import build
from policypress.errors import PolicypressError
from policypress.exports import pdf as room
from policypress.exports.pdf import page, pdf
from tests.policypress.conftest import FIRST, SECOND


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder for what is kept by digest."""
    return tmp_path_factory.mktemp("cache")


def made(editions, kept, locale="kk", release=SECOND) -> bytes:
    """Return the PDF of a release."""
    return pdf(editions, editions.get(release), editions.words[locale], kept)


def test_what_a_screen_reader_needs(editions, kept) -> None:
    """PDF/UA-1: marked as such, tagged, with language, title shown, bookmarks, and every font embedded."""
    reader = PdfReader(io.BytesIO(made(editions, kept)))
    root = reader.trailer["/Root"]
    assert "kk" == root["/Lang"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert "/StructTreeRoot" in root
    assert "Құпиялылық саясаты" == reader.metadata.title
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    assert [] != reader.outline
    for sheet in reader.pages:
        for font in sheet["/Resources"]["/Font"].values():
            for inner in font.get_object()["/DescendantFonts"]:
                descriptor = inner.get_object()["/FontDescriptor"]
                assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_text_can_be_read_out(editions, kept) -> None:
    """The Kazakh text, its dates and its address can be extracted, so searched and read aloud."""
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(made(editions, kept))).pages)
    assert "Құпиялылық саясаты" in text
    assert "24 ай" in text
    assert f"https://policy.example.org/kk/archive/{SECOND}/" in text


def test_the_same_bytes_twice(editions, kept, tmp_path) -> None:
    """A PDF is the same, byte for byte, wherever and whenever it is made."""
    assert made(editions, kept) == made(editions, tmp_path)


def test_what_was_made_once_is_not_made_again(editions, kept, monkeypatch) -> None:
    """An unchanged release comes out of the folder of kept files."""
    first = made(editions, kept)
    monkeypatch.setattr(room, "_print", lambda *_: pytest.fail("made again"))
    assert first == made(editions, kept)


def test_another_text_is_another_file(editions, kept) -> None:
    """Nothing old is served for a text that differs."""
    assert made(editions, kept, release=FIRST) != made(editions, kept, release=SECOND)


def test_a_letter_that_no_font_has(editions, kept) -> None:
    """A PDF with boxes for letters is not made; the message names release, locale, letter and the way out."""
    edition = editions.get(SECOND)
    strange = "# Title {#title}\n\nA private letter: \U0010abcd\n"
    printed = replace(edition.printed, files={**edition.printed.files, "en.md": strange})
    with pytest.raises(PolicypressError, match=rf"{SECOND} en.*U\+10ABCD.*fonts-noto"):
        pdf(editions, replace(edition, printed=printed), editions.words["en"], kept)


def test_nothing_in_it_ages(editions) -> None:
    """The sheet carries dates and no state: it is the same before and after it takes effect."""
    html = page(editions, editions.get(SECOND), editions.words["en"])
    assert "15 January 2027" in html
    assert "Upcoming" not in html


def test_the_site_has_them_where_it_was_asked(twice, tmp_path) -> None:
    """`--pdf` makes one a release and language, and the page of each text leads to it."""
    found = build(twice.root, as_of=date.fromisoformat(SECOND), site=tmp_path / "out", pdf=True)
    assert (found / f"kk/archive/{FIRST}/policy.pdf").read_bytes() == (found / "kk/policy.pdf").read_bytes()
    assert (found / f"kk/archive/{SECOND}/policy.pdf").is_file()
    assert 'href="policy.pdf" type="application/pdf"' in (found / "kk/index.html").read_text(encoding="utf-8")
