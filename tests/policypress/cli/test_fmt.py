"""`policypress fmt`: one clause a line, and not a clause changed."""

from __future__ import annotations

from policypress.cli import FAILED, OK, USAGE, main
from policypress.localise import read_document

UNTIDY = """\
#   Privacy Policy   {#privacy-policy}
{{ facts.controller_name }} is responsible
for your data. Write to us at <{{ facts.platform_url }}>.


* one
* two
    * deep

This policy was published on {{ date(release.published) }}.
"""
PATH = "policy_src/text/00-introduction.md"


def test_it_changes_the_layout_and_no_clause(bare, run) -> None:
    """Wrapped lines are joined, bullets and blank lines are the same everywhere; clauses and placeholders stay."""
    bare.write(PATH, UNTIDY)
    before = read_document(bare.source())
    assert OK == run(bare, "fmt")[0]
    assert before == read_document(bare.source())
    assert (
        "# Privacy Policy {#privacy-policy}\n\n"
        "{{ facts.controller_name }} is responsible for your data. Write to us at <{{ facts.platform_url }}>.\n\n"
        "- one\n- two\n  - deep\n\n"
        "This policy was published on {{ date(release.published) }}.\n"
    ) == bare.read(PATH)


def test_it_is_idempotent(bare, run) -> None:
    """A second run has nothing to do."""
    bare.write(PATH, UNTIDY)
    run(bare, "fmt")
    files = bare.files()
    assert (OK, "nothing to change\n", "") == run(bare, "fmt")
    assert files == bare.files()


def test_check_changes_nothing(bare, run) -> None:
    """`--check` names the files and exits with 1; a tidy repository exits with 0."""
    assert OK == run(bare, "fmt", "--check")[0]
    bare.write(PATH, UNTIDY)
    files = bare.files()
    assert (FAILED, f"would write {PATH}\n1 files would change\n", "") == run(bare, "fmt", "--check")
    assert files == bare.files()


def test_windows_lines_and_a_byte_order_mark_go(bare, run) -> None:
    """They are layout too."""
    bare.write(PATH, b"\xef\xbb\xbf" + bare.read(PATH).replace("\n", "\r\n").encode())
    assert OK == run(bare, "fmt")[0]
    assert b"\r" not in bare.files()[PATH]
    assert bare.files()[PATH].startswith(b"# Privacy")


def test_what_would_be_lost_is_left_alone(bare, fails) -> None:
    """A block quote has no place in a document: the file is named and not touched."""
    bare.write(PATH, UNTIDY + "\n> quoted\n")
    assert "the block quote in line 12" in fails(bare, "fmt")


def test_a_link_by_name_gets_its_address(bare, run) -> None:
    """An address that stands apart comes to the link that names it, where every reader and reviewer sees it."""
    bare.write(PATH, UNTIDY + "\n[a][1]\n\n[1]: https://example.org/\n")
    assert OK == run(bare, "fmt")[0]
    assert bare.read(PATH).endswith("\n[a](https://example.org/)\n")


def test_not_utf_8(bare, fails) -> None:
    """One message with the line."""
    bare.write(PATH, b"# A {#a}\n\xff\n")
    assert "not UTF-8" in fails(bare, "fmt", code=FAILED)


def test_outside_a_repository(tmp_path) -> None:
    """A wrong call."""
    assert USAGE == main(["-C", str(tmp_path), "fmt"])
