"""Text, HTML, Markdown and Word: what becomes a heading, a list, a table, a link; nothing lost in any of them."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from hypothesis import example, given
from hypothesis import strategies as st

from policypress.document import parse, visible, write
from policypress.errors import UsageError
from policypress.importer import docx as word
from policypress.importer import html, markdown, text
from policypress.importer.facts import Facts
from policypress.importer.holding import hold, printed_lines
from policypress.importer.outline import Outline
from policypress.localise.printing import numbered

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _document(original, locale="en"):
    return Facts(locale=locale).gather(Outline().document(original.blocks))


def _held(original):
    return hold(original.lines, printed_lines(numbered(Outline().document(original.blocks))))


def _shape(document):
    return [
        (section.level, section.heading.text, [clause.marker or clause.kind for clause in section.clauses])
        for section in document.sections
    ]


TEXT = """\
Privacy Policy
Last updated: 8 August 2024.
About us
We are Example Ltd. and we take care of what you tell us, in whatever way you tell it to us, today and tomorrow.
1 What do we collect?
1.1 Names
We collect:
• your name;
• 3. party data;
(1) first;
(2) second.
2024 was a good year, see https://example.org/a_b, and write to dpo@example.org.
3. Not the next number
2. How long
- forever
"""


class TestText:
    def test_headings_lists_and_numbers(self) -> None:
        """A heading follows the number before it; a bare one stands before a paragraph; `3.` out of turn is text."""
        assert [
            (1, "Privacy Policy", ["paragraph"]),
            (2, "About us", ["paragraph"]),
            (2, "What do we collect?", []),
            (3, "Names", ["paragraph", "-", "-", "1.", "2.", "paragraph", "paragraph"]),
            (2, "How long", ["-"]),
        ] == _shape(_document(text.read(TEXT, "p.txt")))

    def test_nothing_is_lost(self) -> None:
        """Every line of it is printed."""
        assert _held(text.read(TEXT, "p.txt")).lossless

    def test_facts_are_placeholders(self) -> None:
        """Addresses and the document's own date; the sentence around them stays."""
        written = write(_document(text.read(TEXT, "p.txt")))
        assert "Last updated: {{ date(release.published) }}." in written
        assert "see <{{ facts.example_org_a_b }}>, and write to <{{ facts.email_dpo_example_org }}>." in written

    def test_wrapped_paragraphs_are_joined(self) -> None:
        """Between blank lines the lines are one paragraph; a bullet begins a new one."""
        wrapped = "Title\n\nOne sentence that\nwas wrapped.\n- item one\n  goes on\n- item two\n\nEnd.\n"
        assert [(1, "Title", ["paragraph", "-", "-", "paragraph"])] == _shape(_document(text.read(wrapped, "p.txt")))

    @pytest.mark.parametrize(
        "line",
        ["# no heading", "> no quote", "1. one", "---", "===", "{{ facts.x }}", "{% if %}", "{# note #}", "a *b* _c_ `d`",
         "[x](y)", "<b>bold</b>", "&amp; &copy;", "| a | b |", "+ plus", "~~~", "C:\\dir\\", "word {#id}", "IV. Four"],
    )  # fmt: skip
    def test_what_markdown_would_act_on_is_text(self, line) -> None:
        """The page shows such a line just as it was typed."""
        original = text.read(f"Title\nA paragraph.\n{line}\nAnother.", "p.txt")
        document = Outline().document(original.blocks)
        assert _held(original).lossless
        assert document == parse(write(document))

    @given(
        st.lists(
            st.lists(
                st.sampled_from(["1.", "1", "2.1", "(1)", "•", "-", "#", "*", "**", "_", "{{", "}}", "{#a}", "<x>", "&lt;",
                                 "https://a.example/b_c", "a@b.example", "\\", "`", "|", "[a](b)", ">", "Word", "слово", "8 May 2020"])
                | st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=5),
                min_size=1, max_size=6,
            ).map(" ".join),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    @example(["1.", "• •", "(1) •"])  # bullets of two printed lines look like one line
    def test_any_text_comes_in_whole(self, lines) -> None:
        """Whatever the lines hold: the document reads back as itself, and no line is lost."""
        original = text.read("\n".join(lines), "p.txt")
        if original.blocks:
            document = _document(original)
            assert document == parse(write(document))
            assert () == _held(original).lost


HTML = """<html><head><title>T</title><script>x</script></head><body><h1>Policy</h1>
<p>We <b>care</b> about <a href="https://example.org/x">you</a> &amp; yours.<br>Line two</p>
<h3 id="Rights">1. Rights</h3><ul><li>one<ul><li>deep</li></ul></li><li>two</li></ul>
<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table><h3>90 days</h3><p>Keep.</p></body></html>"""


class TestHtml:
    def test_headings_lists_tables_links_and_emphasis(self) -> None:
        """Levels close up, an id is kept as the anchor, the first row of a table is its header."""
        document = _document(html.read(HTML, "p.html"))
        assert [
            (1, "Policy", ["paragraph"]),
            (2, "Rights", ["-", "-", "-", "header", "row"]),
            (2, "90 days", ["paragraph"]),
        ] == _shape(document)
        assert ["policy", "rights", "90-days"] == [section.anchor for section in document.sections]
        assert "We **care** about [you](https://example.org/x)" in document.sections[0].clauses[0].text
        assert [1, 2, 1] == [clause.depth for clause in document.sections[1].clauses[:3]]

    def test_nothing_is_lost(self) -> None:
        """Ragged tables, entities and breaks included; scripts and the head are no text."""
        assert _held(html.read(HTML, "p.html")).lossless

    @given(
        st.lists(
            st.sampled_from(["<p>", "</p>", "<h2>", "</h2>", "<ul>", "<li>", "</li>", "</ul>", "<ol>", "</ol>", "<table>", "<tr>",
                             "<td>", "</td>", "</tr>", "</table>", "<b>", "</b>", "<em>", "</em>", "<a href='https://x.example'>", "</a>",
                             "word", " ", "1. one", "- two", "a|b", "{{ x }}", "*", "_", "&amp;lt;", "<br>", "<div>", "</div>"]),
            max_size=30,
        )
    )  # fmt: skip
    def test_any_tags_come_in_whole(self, tags) -> None:
        """Unclosed, crossed, nested: the document reads back as itself, and no line is lost."""
        original = html.read("".join(tags), "p.html")
        if original.blocks:
            document = _document(original)
            assert document == parse(write(document))
            assert () == _held(original).lost


class TestMarkdown:
    MARKDOWN = (
        "---\ntitle: T\n---\n# Policy\n\n> Quoted [words][1] and ![sign](x.png).\n\n"
        "## 1. First {#first}\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| `c` | d |\n\n<p>raw &nbsp;html</p>\n\n"
        "[1]: https://example.org/\n"
    )

    def test_references_quotes_and_html_are_resolved(self) -> None:
        """What our Markdown lacks is written in what it has."""
        document = _document(markdown.read(self.MARKDOWN, "p.md"))
        assert [
            (1, "Policy", ["paragraph"]),
            (2, "First", ["1.", "2.", "header", "row", "paragraph"]),
        ] == _shape(document)
        assert "Quoted [words](https://example.org/) and sign." == document.sections[0].clauses[0].text
        assert "first" == document.sections[1].anchor

    def test_nothing_is_lost_and_front_matter_is_listed(self) -> None:
        """Front matter is no text of the policy."""
        original = markdown.read(self.MARKDOWN, "p.md")
        assert _held(original).lossless
        assert ("front matter: title: T",) == original.unplaced


def _noted():
    """Return a Word file with a footnote, an endnote and a footnote that refers to itself."""
    made = docx.Document()
    made.add_heading("Use", 1)
    paragraph = made.add_paragraph("We keep it.")
    _refer(paragraph, "footnote", "1")
    paragraph.add_run(" And that.")
    _refer(paragraph, "endnote", "1")
    made.add_heading("Rights", 1)
    made.add_paragraph("You may object.")
    for kind, words in (("footnote", "For 30 days."), ("endnote", "As law asks.")):
        body = f'<w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t> {words}</w:t></w:r><w:r><w:{kind}Reference w:id="1"/></w:r></w:p>'
        xml = f'<w:{kind}s xmlns:w="{NAMESPACE}"><w:{kind} w:id="1">{body}</w:{kind}></w:{kind}s>'
        part = Part(PackURI(f"/word/{kind}s.xml"), f"application/vnd.{kind}s+xml", xml.encode(), made.part.package)
        made.part.relate_to(part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}s")
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def _refer(paragraph, kind, number):
    reference = OxmlElement(f"w:{kind}Reference")
    reference.set(f"{{{NAMESPACE}}}id", number)
    paragraph.add_run()._r.append(reference)


def _word() -> bytes:
    made = docx.Document()
    made.add_heading("Privacy Policy", 0)
    made.add_paragraph("Last updated: 8 August 2024.")
    made.add_heading("Rights", 1)
    made.add_paragraph("one", style="List Bullet")
    made.add_paragraph("first", style="List Number")
    bold = made.add_paragraph("We ")
    bold.add_run("care").bold = True
    table = made.add_table(rows=2, cols=2)
    for cell, words in zip((cell for row in table.rows for cell in row.cells), "abcd", strict=True):
        cell.text = words
    deleted = OxmlElement("w:del")
    made.add_paragraph("End.")._p.append(deleted)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


#: Headings numbered by their styles, as law firms do it: 1., 1.1, and clauses (a) and 2.1.1 below them.
LISTS = f"""<w:numbering xmlns:w="{NAMESPACE}">
<w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading1"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading2"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2.%3"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="8">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%1)"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="9"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="9"/></w:num>
</w:numbering>"""


def _counted() -> bytes:
    """Return a Word file whose numbers stand in no text."""
    made = docx.Document()
    numbering = next(one for one in made.part.rels.values() if one.reltype.endswith("/numbering")).target_part
    numbering._element = parse_xml(LISTS)
    for place, name in enumerate(("Heading 1", "Heading 2")):
        style = made.styles[name].element.get_or_add_pPr().get_or_add_numPr()
        style.get_or_add_numId().val = 1
        if place:
            style.get_or_add_ilvl().val = place
    made.add_heading("Privacy Policy", 0)
    made.add_heading("What we collect", 1)
    made.add_heading("From you", 2)
    made.add_heading("From others", 2)
    made.add_heading("Rights", 1)
    made.add_heading("Access", 2)
    for words, instance, depth in (
        ("You may ask.", 1, 2),
        ("We answer.", 1, 2),
        ("a copy;", 2, 0),
        ("a list.", 2, 0),
        ("dot", 3, 0),
    ):
        rules = made.add_paragraph(words)._p.get_or_add_pPr().get_or_add_numPr()
        rules.get_or_add_ilvl().val, rules.get_or_add_numId().val = depth, instance
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


class TestWordNumbers:
    def test_numbered_headings_keep_their_numbers(self) -> None:
        """What Word counts in front of headings is what the machine prints; legal clauses keep theirs in their words."""
        document = _document(word.read(_counted(), "p.docx"))
        assert ["", "1", "1.1", "1.2", "2", "2.1"] == [
            section.number.rstrip(".") for section in numbered(document).sections
        ]
        assert ["Privacy Policy", "What we collect", "From you", "From others", "Rights", "Access"] == [
            section.heading.text for section in document.sections
        ]
        clauses = [(clause.marker, visible(clause.text)) for clause in document.sections[-1].clauses]
        assert [
            ("", "2.1.1 You may ask."),
            ("", "2.1.2 We answer."),
            ("1.", "a copy;"),
            ("1.", "a list."),
            ("-", "dot"),
        ] == clauses

    def test_nothing_is_lost(self) -> None:
        """Numbers and words are on the page."""
        assert _held(word.read(_counted(), "p.docx")).lossless


class TestWord:
    def test_styles_tell_headings_and_lists(self) -> None:
        """Title, headings, bullets, numbers, tables and bold runs."""
        document = _document(word.read(_word(), "p.docx"))
        assert [
            (1, "Privacy Policy", ["paragraph"]),
            (2, "Rights", ["-", "1.", "paragraph", "header", "row", "paragraph"]),
        ] == _shape(document)
        assert "We **care**" == document.sections[1].clauses[2].text

    def test_nothing_is_lost(self) -> None:
        """Every paragraph and cell is printed."""
        assert _held(word.read(_word(), "p.docx")).lossless

    def test_a_note_stands_at_the_end_of_its_section(self) -> None:
        """Footnotes and endnotes are numbered as they are met; their text is kept, and one cannot tell itself for ever."""
        original = word.read(_noted(), "p.docx")
        assert [
            (1, "Use", ["paragraph", "paragraph", "paragraph"]),
            (2, "Rights", ["paragraph"]),
        ] == _shape(_document(original))
        assert ("We keep it.[1] And that.[2]", "[1] For 30 days.", "[2] As law asks.") == original.lines[1:4]
        assert () == original.unplaced
        assert _held(original).lossless

    def test_a_bomb_is_refused_unopened(self) -> None:
        """A part that would unpack to a thousand times its size is not unpacked."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("word/document.xml", b" " * 60_000_000)
        with pytest.raises(UsageError, match="would unpack to 60,000,000 bytes"):
            word.read(stream.getvalue(), "p.docx")

    @pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04 broken"])
    def test_what_is_no_document_is_refused(self, data) -> None:
        """One sentence with the way out."""
        with pytest.raises(UsageError, match=r"not a Word document \(\.docx\)"):
            word.read(data, "p.docx")

    def test_a_zip_that_is_no_document_is_refused(self) -> None:
        """A zip of something else."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("a.txt", "a")
        with pytest.raises(UsageError, match="not a Word document that can be read"):
            word.read(stream.getvalue(), "p.docx")
