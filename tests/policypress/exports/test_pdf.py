"""PDF of a release: tagged, in its language, with title and bookmarks; the same bytes twice; kept by digest."""

from __future__ import annotations

import io
import sys
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from policypress.builder import build
from policypress.cli import main
from policypress.errors import PolicypressError
from policypress.exports import pdf as room
from policypress.exports.pdf import page, pdf
from tests.policypress.conftest import FIRST, SECOND
from tests.policypress.exports.matterhorn import complaints, structure


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder for what is kept by digest."""
    return tmp_path_factory.mktemp("cache")


def made(editions, kept, locale="kk", release=SECOND) -> bytes:
    """Return the PDF of a release."""
    return pdf(editions, editions.get(release), editions.words[locale], kept)


def replaced(editions, locale: str, text: str):
    """Return the second release with another text in a language."""
    edition = editions.get(SECOND)
    printed = replace(edition.printed, files={**edition.printed.files, f"{locale}.md": text})
    return replace(edition, printed=printed)


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


@pytest.mark.parametrize("locale", ["en", "kk", "ru"])
def test_what_a_machine_can_tell_of_pdf_ua(editions, kept, locale) -> None:
    """Tags, order of headings, lists, links with words, marked content, fonts: no condition of the protocol fails."""
    assert [] == complaints(PdfReader(io.BytesIO(made(editions, kept, locale))))


def test_tables_lists_and_levels_are_tagged(editions, kept) -> None:
    """A table has heading cells with a scope; an inner list stands in its list; headings nest; links are in the text."""
    text = (
        "# Policy {#policy}\n\n## Data {#data}\n\n- one\n    - inner, see [the site](https://shop.example.org/)\n- two\n\n"
        "### Table {#table}\n\n| What | How long |\n|---|---|\n| Orders | 24 months |\n"
    )
    reader = PdfReader(io.BytesIO(pdf(editions, replaced(editions, "en", text), editions.words["en"], kept)))
    kinds = [one.kind for one in structure(reader).walk() if one.kind not in ("Span", "NonStruct", "Root", "Div")]
    assert [] == complaints(reader)
    assert ["H1", "H2", "H3"] == [kind for kind in kinds if kind[:1] == "H"]
    assert (2, 3, 2, 2) == tuple(kinds.count(kind) for kind in ("L", "LI", "TH", "TD"))
    assert "Link" in kinds[kinds.index("L") :]


def test_the_protocol_can_fail(editions, kept, monkeypatch, tmp_path) -> None:
    """What is neither text nor decoration, a title not shown, a level left out, a column without heading: each is found."""
    monkeypatch.setattr(room, "_finish", None)
    text = "# Policy {#policy}\n\n### Deep {#deep}\n\n| What |\n|---|\n| Orders |\n"
    reader = PdfReader(io.BytesIO(pdf(editions, replaced(editions, "en", text), editions.words["en"], tmp_path)))
    del reader.trailer["/Root"]["/ViewerPreferences"]
    assert ["01-005", "07-001", "14-003", "15-003"] == [line[:6] for line in complaints(reader)]


LETTERS = "Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі 5 000 ₸"


@pytest.mark.parametrize(
    ("locale", "text"), [("kk", LETTERS), ("ru", "№ 5 — «ёж» 5 000 ₸"), ("ar", "سياسة الخصوصية، لا ١٢٣")]
)
def test_letters_and_signs_of_each_language(editions, kept, locale, text) -> None:
    """Each has a glyph of its own in a font of the file, and can be read out again: the tenge, Kazakh, joined Arabic."""
    words = editions.words.get(locale) or editions.words["kk"]
    edition = replaced(editions, words.locale, f"# Title {{#title}}\n\n{text}\n")
    reader = PdfReader(io.BytesIO(pdf(editions, edition, words, kept)))
    read = "\n".join(sheet.extract_text() for sheet in reader.pages)
    spoken = unicodedata.normalize("NFKC", read)
    assert set(unicodedata.normalize("NFKC", text)) <= set(spoken)


def test_without_weasyprint_the_way_out_is_told(twice, tmp_path, monkeypatch, capsys) -> None:
    """One line names the extra and the system's part, nothing is published, and the last good site stays."""
    site = build(twice.root, as_of=date.fromisoformat(SECOND), site=tmp_path / "site")
    before = (site / "kk/index.html").read_bytes()
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    arguments = ["-C", str(twice.root), "build", "--pdf", "--as-of", SECOND, "--output", str(site)]
    assert 2 == main(arguments)
    told = capsys.readouterr().err
    assert "pip install 'policypress[pdf]'" in told
    assert "libpango" in told
    assert "Traceback" not in told
    assert before == (site / "kk/index.html").read_bytes()
    assert [] == [path.name for path in tmp_path.iterdir() if path.name not in ("site", twice.root.name)]


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
