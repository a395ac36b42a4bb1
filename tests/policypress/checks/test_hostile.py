"""Input that is broken or meant to break: the right result or a clear error, in bounded time, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypress import checks
from policypress.document import parse, unprinted, write
from policypress.errors import Problem, ProblemsError
from policypress.localise import parse_catalogue
from policypress.release import workshop
from policypress.render import inline
from policypress.source import read
from policypress.tidy import tidied

from . import cases

DAY = date(2030, 1, 1)
TEXT = "policy_src/text/02-case.md"
SENTENCE = "We keep your data for 30 days and tell you about it in time. "


def with_text(text: str | bytes) -> dict[str, bytes]:
    """Return the small policy with a section of its own."""
    data = text.encode() if isinstance(text, str) else text
    return {**cases.files(cases.BASE), TEXT: b"## Case {#case}\n\n" + data}


def printed(files):
    """Return the draft's source text, every check behind it."""
    source = read(files)
    checks.run(source)
    return workshop(source).compile(DAY, DAY, "2030-01-01").documents["en"]


@pytest.mark.slow
def test_a_clause_of_five_megabytes() -> None:
    """It is checked and printed whole."""
    text = (SENTENCE * 82_000).strip()
    assert text == printed(with_text(text)).section("case").clauses[0].text


@pytest.mark.slow
def test_ten_thousand_clauses() -> None:
    """Each is printed, in its order."""
    texts = [f"Clause {number}: {SENTENCE.strip()}" for number in range(10_000)]
    assert texts == [clause.text for clause in printed(with_text("\n\n".join(texts))).section("case").clauses]


@pytest.mark.slow
def test_ten_thousand_translations() -> None:
    """A catalogue of that size is read and held against its source, and its length costs no more than that."""
    texts = [f"Clause {number}: {SENTENCE.strip()}" for number in range(10_000)]
    files = with_text("\n\n".join(texts))
    entries = "".join(f'\nmsgctxt "case"\nmsgid "{one}"\nmsgstr "{one[7:15]} 30 күн сақтаймыз."\n' for one in texts)
    files["locales/kk/LC_MESSAGES/policy.po"] += entries.encode()
    found = checks.run(read(files))
    assert 10_000 == sum(one.rule == "unapproved-translation" for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("  " * depth + f"- level {depth}" for depth in range(1_000)),
        ">" * 1_000 + " words",
        "- " * 1_000 + "words",
    ],
    ids=["lists", "quotations", "lists in a line"],
)
def test_a_thousand_levels(text) -> None:
    """What lies too deep to be printed is an error with its line, never left out without a word."""
    found = [one for one in checks.run(read(with_text(text))) if one.rule == "unprinted-line"]
    assert [TEXT] == [one.file for one in found]


@pytest.mark.parametrize(
    "text",
    ["[" * 5_000 + "x" + "]" * 5_000, "*a _b " * 5_000, "`" * 20_000 + " a " + "`" * 19_999, "[a](" * 5_000,
     "{{ date(release.published) }} " * 3_000, "&amp;" * 20_000, "|" + " a |" * 2_000 + "\n|" + " - |" * 2_000],
    ids=["brackets", "stars", "backticks", "links", "placeholders", "entities", "table"],
)  # fmt: skip
def test_mark_up_without_an_end(text) -> None:
    """The readers of Markdown take time that grows with its length, whatever is opened and never closed."""
    printed(with_text(text))


INVISIBLE = ["\u202e", "\u2066", "\u200f", "\u200b", "\ufeff", "\0", "\x1b", "\u00ad", "\u2028", "\U000e0041"]


@pytest.mark.parametrize("character", INVISIBLE, ids=lambda one: f"U+{ord(one):04X}")
def test_what_cannot_be_seen_is_an_error(character) -> None:
    """Direction overrides, NUL, escapes and tags are told with their line, in a text and in a translation."""
    files = with_text(f"Some {character}words.\n")
    entry = f'\n\nmsgctxt "case"\nmsgid "Case"\nmsgstr "Жағ{character}дай"\n'
    files["locales/kk/LC_MESSAGES/policy.po"] += entry.encode()
    found = {one.file for one in checks.run(read(files)) if one.rule == "invisible-character"}
    # NUL and the line separator are told in the text; what a catalogue does with them is for its reader to say
    assert TEXT in found
    assert "locales/kk/LC_MESSAGES/policy.po" in found or character in "\0\x1b\u2028"


def test_not_utf_8() -> None:
    """The file, the line and the way out."""
    with pytest.raises(ProblemsError) as caught:
        read(with_text(b"ok\n\xff\xfe\n"))
    assert [("utf-8", TEXT, 4)] == [(one.rule, one.file, one.line) for one in caught.value.problems]


PIECES = st.sampled_from(
    ["# ", "- ", "1. ", "> ", "    ", "\t", "\n", "\n\n", "|", "---", "```", "*", "_", "[", "](", ")", "<b>", "<!--", "\\",
     "{{ facts.x }}", "{{", "{%", "{#a}", "&#0;", "\u202e", "\0", "\r", "e\u0301", "қ", "ع", "\U0001f600", "a b"]
)  # fmt: skip


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_markdown_is_read_checked_and_written(text) -> None:
    """No text makes a traceback; what `fmt` writes reads back as the same document."""
    write(parse(text))
    unprinted(text)
    try:
        found = tidied(text, TEXT)
    except ProblemsError:
        return  # says that it leaves the file alone
    assert parse(found) == parse(text)


PO = st.sampled_from(
    ['msgid ""\nmsgstr ""\n', 'msgctxt "a"\n', 'msgid "b"\n', 'msgstr "c"\n', "#, fuzzy\n", '#| msgid "d"\n', "#~ ", '"e\\n"\n',
     "\n", '"', "\\", "msgid_plural", "msgstr[0]", "msgstr[9999999999]", "<<<<<<< HEAD\n", "\0", "\ufeff", "#", "nplurals=99"]
)  # fmt: skip


@settings(deadline=None, max_examples=250)
@given(st.lists(PO, max_size=25).map("".join))
def test_any_catalogue_is_read_or_refused(text) -> None:
    """Whatever a merge, an editor or an attacker leaves: a catalogue, or a problem with file and reason."""
    assert {"po-syntax"} >= {one.rule for one in _refused(text)}


def _refused(text: str) -> tuple[Problem, ...]:
    """Return what a reader of catalogues has against a text; nothing where it reads it."""
    try:
        parse_catalogue(text, "kk", "kk.po")
    except ProblemsError as error:
        return error.problems
    return ()


def test_a_placeholder_never_runs_away() -> None:
    """Loops, powers, huge repeats and ranges are refused or left as text, in a moment and in little memory."""
    bombs = [
        "{{ 'a' * 10**9 }}", "{{ 9**9**9 }}", "{{ range(10**9) }}", "{% for x in range(10**9) %}a{% endfor %}",
        "{{ facts.controller.__class__.__mro__ }}", "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}", "{{ lipsum(1000000) }}", "{{ facts|attr('__class__') }}",
        "{{ 'x'.format(facts) }}", "{{ [1]*10**9 }}", "{{ namespace(a=1) }}", "{{ joiner }}",
    ]  # fmt: skip
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9,) * 2)\n"
        "from tests.policypress.checks.test_hostile import with_text, read, checks\n"
        "found = checks.run(read(with_text(sys.stdin.read())))\n"
        "print(len({one.line for one in found if one.file.endswith('02-case.md')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="\n\n".join(bombs),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert (0, f"{len(bombs)}\n") == (done.returncode, done.stdout), done.stderr


@pytest.mark.parametrize(
    "translation",
    ["<b>Жағдай</b>", "Жағдай<script>alert(1)</script>", "<!-- x -->Жағдай", "Жағдай<img src=x onerror=alert(1)>", "<a href='javascript:x'>Жағдай</a>"],
)  # fmt: skip
def test_html_in_a_translation_is_refused_and_never_mark_up(translation) -> None:
    """An error blocks the release, and the draft shows it as text."""
    files = with_text("Some words.\n")
    files["locales/kk/LC_MESSAGES/policy.po"] += f'\n\nmsgctxt "case"\nmsgid "Case"\nmsgstr "{translation}"\n'.encode()
    assert any(one.rule == "markup-html" for one in checks.run(read(files)))
    document = workshop(read(files)).compile(DAY, DAY, "2030-01-01").documents["kk"]
    html = inline(document.section("case").heading.text)
    assert "<" not in html.replace("<em>", "").replace("</em>", "")
