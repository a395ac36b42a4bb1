"""`policypress import`: what it reports, and for every bad input one message and nothing left behind."""

from __future__ import annotations

import io
import subprocess
import zipfile

import pytest

from policypress import checks
from policypress.builder import build
from policypress.cli import FAILED, OK, USAGE, main
from policypress.source import worktree

TEXT = "Privacy Policy\nLast updated: 8 August 2024.\n1. Data\nWe keep your name; write to dpo@example.org.\n"


@pytest.fixture
def bring(tmp_path, capsys):
    """Return an importer of some bytes: exit code, standard output, standard error."""

    def call(data, *arguments, name="policy.txt", locale="en"):
        file = tmp_path / name
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        code = main(["import", str(file), "--locale", locale, "--output", str(tmp_path / "made"), *arguments])
        return code, *capsys.readouterr()

    return call


def test_it_builds_and_shows_the_text_in_force(bring, tmp_path) -> None:
    """One command, and the site shows what was brought in, as of its own date."""
    code, out, _ = bring(TEXT, "--company", "Example Ltd.")
    assert OK == code
    assert "imported 2 headings, 2 clauses, 1 facts; released 2024-08-08" in out
    assert "every line of the file stands on the page, and nothing else does" in out
    page = (build(tmp_path / "made") / "en/index.html").read_text(encoding="utf-8")
    assert "Last updated: August 8, 2024" not in page
    assert "Last updated: 8 August 2024." in page
    assert () == checks.run(worktree(tmp_path / "made"))


def test_it_is_a_git_repository_with_two_commits(bring, tmp_path) -> None:
    """The source, then its release; nothing uncommitted, and no stand-in stays in git's settings."""
    bring(TEXT)
    log = subprocess.run(
        ["git", "log", "--format=%s"], cwd=tmp_path / "made", check=True, capture_output=True, text=True
    )
    assert ["Release 2024-08-08, effective 2024-08-08", "Import policy.txt"] == log.stdout.splitlines()
    status = subprocess.run(["git", "status", "--short"], cwd=tmp_path / "made", check=True, capture_output=True)
    assert b"" == status.stdout
    assert "localhost" not in (tmp_path / "made/.git/config").read_text(encoding="utf-8")


def test_another_day_of_publication(bring, tmp_path) -> None:
    """`--published` names the release; the date in the text stays as it is typed."""
    code, out, _ = bring(TEXT, "--published", "2025-01-02")
    assert OK == code
    assert "released 2025-01-02" in out
    assert "Last updated: 8 August 2024." in worktree(tmp_path / "made").texts["policy_src/text/00-introduction.md"]


def test_a_language_whose_fixed_words_we_lack(bring, tmp_path) -> None:
    """The words to translate stand ready, and the report says how many."""
    code, out, _ = bring(TEXT.replace("8 August", "8. August"), locale="de")
    assert OK == code
    assert "fixed words of the site first" in out
    assert "missing-word" in {problem.rule for problem in checks.run(worktree(tmp_path / "made"))}


def _bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 80_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", "policy.txt", "no text in it"),
        (b" \n\t\n", "policy.txt", "no text in it"),
        (b"<html><script>x</script></html>", "policy.html", "no text in it"),
        (b"Title\n\x00\x01", "policy.txt", ":2: a binary file"),
        (b"%PDF-1.7\n", "policy.txt", "a PDF, not text"),
        (b"Title\n\xff\xfe", "policy.txt", ":2: not UTF-8"),
        (b"PK\x03\x04", "policy.md", "a zip file, not text"),
        (b"x" * 5_000_000, "policy.txt", "5,000,000 bytes"),
        (b"Title\n" + b"word " * 20_000, "policy.txt", ":2: a paragraph of "),
        (b"not a zip", "policy.docx", "not a Word document"),
        (_bomb(), "policy.docx", "would unpack to 80,000,000 bytes"),
        (b"Title", "policy.rtf", "a format that is not known"),
        (b"Title\nText without a day.", "policy.txt", "--published YYYY-MM-DD"),
    ],
)
def test_a_bad_file_is_one_message_and_leaves_nothing(bring, tmp_path, data, name, message) -> None:
    """Binary, empty, huge, not UTF-8, a bomb, undated: refused before anything is written."""
    code, out, error = bring(data, name=name)
    assert (USAGE, "") == (code, out)
    assert message in error
    assert 1 == error.count("\n")
    assert [name] == [path.name for path in tmp_path.iterdir()]


def test_a_folder_that_exists_is_never_written_over(bring, tmp_path) -> None:
    """Not even an empty one."""
    (tmp_path / "made").mkdir()
    code, _, error = bring(TEXT)
    assert USAGE == code
    assert "exists already" in error
    assert [] == list((tmp_path / "made").iterdir())


def test_an_unknown_language(bring) -> None:
    """A wrong tag is a wrong call."""
    assert USAGE == bring(TEXT, locale="xx-nowhere")[0]


def test_nothing_is_left_where_git_fails(bring, tmp_path, monkeypatch) -> None:
    """A commit that git refuses takes the folder with it."""
    monkeypatch.setenv("GIT_AUTHOR_DATE", "no date")
    code, _, error = bring(TEXT)
    assert FAILED == code
    assert "git could not commit" in error
    assert ["policy.txt"] == [path.name for path in tmp_path.iterdir()]


def test_ten_thousand_clauses(bring) -> None:
    """A long text comes in; its time grows with its length."""
    code, out, _ = bring(TEXT + "\n".join(f"Sentence {number} of a long policy." for number in range(10_000)))
    assert OK == code
    assert "10002 clauses" in out
