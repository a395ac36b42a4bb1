"""The checks on whole policies: our own, the published page given as the seed, and broken input."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypress import checks
from policypress.errors import ProblemsError, Severity
from policypress.source import read, worktree
from tests import needs

from . import cases
from .seeds import seed

ROOT = Path(__file__).parents[3]
#: Legitimate while translators are at work.
UNFINISHED = {"missing-translation", "unapproved-translation", "fuzzy-translation"}


def test_our_own_policy():
    """The policy that ships has no finding but translations that are not finished."""
    assert [] == [str(one) for one in checks.run(worktree(ROOT)) if one.rule not in UNFINISHED]


def test_unfinished_translations_block_nothing():
    """What is not translated yet is a warning: the release gate decides by materiality."""
    found = cases.problems(cases.BASE)
    assert {Severity.WARNING} == {one.severity for one in found}


@needs.seed
def test_mixed_words_of_the_seed():
    """The published Kazakh page has exactly four words with a letter of the other script."""
    found = [one for one in checks.run(seed(needs.SEEDS[0])) if one.rule == "mixed-script"]
    assert ["Еcosystem", "Мi", "Тransport", "сookie"] == sorted({one.message.split("'")[1] for one in found})


@needs.seed
def test_lost_heading_of_the_seed():
    """It refers to a section by a title that no heading has, and to others that exist."""
    found = [one.message for one in checks.run(seed(needs.SEEDS[0])) if one.rule == "quoted-heading"]
    assert ["no section is called 'Бізге хабарласыңыз'"] == found


@needs.seed
def test_competing_terms_of_the_seed():
    """It uses several terms for personal data side by side."""
    (found,) = [one.message for one in checks.run(seed(needs.SEEDS[0])) if one.rule == "competing-terms"]
    assert "дербес ақпарат (83), жеке ақпарат (17)" in found


@needs.seed
def test_nothing_else_in_the_seed():
    """Its other sentences are left alone."""
    rules = {one.rule for one in checks.run(seed(needs.SEEDS[0]))}
    assert {"mixed-script", "quoted-heading", "competing-terms"} == rules


def test_one_broken_file_hides_no_other():
    """What cannot be read is reported, and everything else is checked all the same."""
    files = cases.files(cases.BASE)
    files["policy_src/glossary.toml"] = b"[terms"
    files["policy_src/practices.toml"] += b"\n[controller"
    files["locales/kk/LC_MESSAGES/policy.po"] = b"nonsense"
    files["policy_src/text/02-case.md"] = "## Case\n\nсookie\n".encode()
    rules = [one.rule for one in checks.run(read(files))]
    assert {"toml", "po-syntax", "missing-anchor", "mixed-script"} <= set(rules)
    assert 2 == rules.count("toml")


def test_crlf_and_a_byte_order_mark():
    """Line ends and the mark that Windows editors write change nothing."""
    files = {name: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n") for name, data in cases.files(cases.BASE).items()}
    assert cases.problems(cases.BASE) == checks.run(read(files))


MARKDOWN = st.text(st.sampled_from("#*-_`[](){}<>|\\!& \n\t1.ab«»“”жі\u200b\u0301%\"'"), max_size=200)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(MARKDOWN, MARKDOWN, MARKDOWN)
def test_any_text_is_reported_on_and_never_raised(source, translation, sheet):
    """Whatever stands in a text, a translation or the sheet: there are problems or none, and never a traceback."""
    files = cases.files(cases.BASE)
    files["policy_src/text/02-case.md"] = f"## Case {{#case}}\n\nSome words.\n\n{source}\n".encode()
    escaped = translation.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    entry = f'\n\nmsgctxt "case"\nmsgid "Some words."\nmsgstr "{escaped}"\n'
    files["locales/kk/LC_MESSAGES/policy.po"] += entry.encode()
    files["policy_src/practices.toml"] += sheet.encode()
    for problem in checks.run(read(files)):
        assert problem.file


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.sampled_from(["policy_src/glossary.toml", "locales/kk/LC_MESSAGES/policy.po"]))
def test_any_bytes_are_refused_or_reported(data, name):
    """Bytes that are no text are refused with the file's name; everything else is reported on."""
    assert all(one.message and one.file == name for one in _reported({**cases.files(cases.BASE), name: data}))


def _reported(files):
    """Return the problems of files, those that already keep them from being read included; finished work apart."""
    try:
        found = checks.run(read(files))
    except ProblemsError as error:
        return error.problems
    return [one for one in found if one.rule not in UNFINISHED | {"bad-placeholder"}]


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "a@" * 50_000, "“" * 100_000, "1 " * 100_000, "<a " * 50_000, "{%" * 50_000]
)
def test_a_long_clause_takes_seconds_and_no_more(text):
    """A clause as long as a book is checked in time that grows with its length."""
    files = cases.files(cases.BASE)
    files["policy_src/text/02-case.md"] = f"## Case {{#case}}\n\n{text}\n".encode()
    checks.run(read(files))
