"""`policypress compare` on what people have: HTML, plain text, renames, files that are no versions of one text."""

from __future__ import annotations

import json

import pytest

from policypress.cli import FAILED, OK, USAGE, main

MD = "# Privacy\n\n## What we read\n\nYour *name* and [town](/t).\n\n- one\n- two\n"
HTML = "<h1>Privacy</h1><h2>What we read</h2><p>Your <i>name</i> and <a href='/t'>town</a>.</p><ul><li>one<li>two</ul>"
TXT = "PRIVACY\n\n1. What we read\n\nYour name and town.\n\n• one\n• two\n"


@pytest.fixture
def compare(tmp_path, capsys):
    """Return a runner of `compare` on two texts given by name: exit code, the report's data or the error."""

    def call(old, new, *arguments):
        for name, text in (old, new):
            (tmp_path / name).write_text(text, encoding="utf-8")
        code = main(["compare", *(str(tmp_path / name) for name, _ in (old, new)), "--format", "json", *arguments])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if code == OK else captured.err

    return call


def test_html_against_markdown(compare):
    """The same words in two formats: nothing of substance changed."""
    code, report = compare(("a.html", HTML), ("b.md", MD))
    assert OK == code
    assert report["class"] in ("technical", "editorial")
    assert not report["review"]


def test_html_against_html(compare):
    """A changed word in a page is found in its section."""
    code, report = compare(("a.html", HTML), ("b.html", HTML.replace("<i>name</i>", "<i>e-mail address</i>")))
    assert (OK, "material", ["new_data"]) == (code, report["class"], report["categories"])


def test_text_against_markdown(compare):
    """A plain text loses its links, so a person should look; its words are the same."""
    code, report = compare(("a.txt", TXT), ("b.md", MD))
    assert (OK, "editorial", True) == (code, report["class"], report["review"])


def test_a_declared_rename(compare):
    """`--rename` may be given more than once; a clause that differs in names alone is editorial."""
    old, new = ("a.md", "# A\n\nAcme runs it on Rock.\n"), ("b.md", "# A\n\nBeta runs it on Roll.\n")
    assert "material" == compare(old, new)[1]["class"]
    assert "material" == compare(old, new, "--rename", "Acme=Beta")[1]["class"]
    report = compare(old, new, "--rename", "Acme=Beta", "--rename", "Rock = Roll")[1]
    assert ("editorial", ["renamed"]) == (report["class"], report["changes"][0]["proofs"])


@pytest.mark.parametrize("text", ["Acme", "=Beta", "Acme="])
def test_a_rename_without_two_names(compare, text):
    """What is no rename is a wrong call that says how one is written."""
    code, error = compare(("a.md", "a"), ("b.md", "b"), "--rename", text)
    assert USAGE == code
    assert "--rename 'Old name=New name'" in error


def test_unrelated_files(compare):
    """Two texts that share no clause are all change, and the report asks whether they belong together."""
    old = "# Privacy\n\nWe read your letters.\n\nWe keep them here.\n"
    new = "# Recipes\n\nTake three eggs.\n\nStir until golden.\n"
    code, report = compare(("a.md", old), ("b.md", new))
    assert (OK, "material", True) == (code, report["class"], report["review"])
    assert report["changes"]


EMPTY = [(name, text) for name in ("b.md", "b.txt", "b.html") for text in ("", "\n\n", "\ufeff")]


@pytest.mark.parametrize(("name", "text"), [*EMPTY, ("b.md", "---\na: b\n---\n"), ("b.html", "<script>go()</script>")])
def test_an_empty_file(compare, name, text):
    """A file that holds no clause is one clear error, not a text from which everything was removed."""
    code, error = compare(("a.md", "# A\n"), (name, text))
    assert USAGE == code
    assert f"{name}: no text in it" in error


def test_a_merge_conflict(compare):
    """A conflict left in a file is one clear error with its line."""
    code, error = compare(("a.md", "# A\n"), ("b.md", "# A\n\n<<<<<<< x\na\n=======\nb\n>>>>>>> y\n"))
    assert code in (USAGE, FAILED)
    assert "b.md:3: a merge conflict was left in the text" in error
