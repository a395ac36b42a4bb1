"""The fixed words that come with Policypress: used where a repository has none, replaced by its own, clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypress import checks
from policypress.errors import ProblemsError
from policypress.localise import load_words
from policypress.localise.words import shipped
from policypress.source import WORDS, catalogue_path, worktree
from tests.policypress.conftest import CHECKOUT

KK = catalogue_path("kk", "notice")


def _without_own(repository):
    for path in (WORDS, KK, catalogue_path("ru", "notice")):
        (repository.root / path).unlink()
    return repository


def test_a_repository_needs_no_words_of_its_own(bare) -> None:
    """Ours are the same as the copies that were there."""
    own = load_words(bare.source())
    assert own == load_words(_without_own(bare).source())


def test_a_repository_s_own_catalogue_stands_in_the_place_of_ours(bare) -> None:
    """Whole: a word that it lacks is missing, and does not come from ours."""
    text = bare.read(KK)
    _without_own(bare).write(KK, text.replace('msgid "In force"\nmsgstr "', 'msgid "In force"\nmsgstr "X '))
    assert load_words(bare.source())["kk"].say("status-in-force").startswith("X ")
    bare.write(KK, 'msgid ""\nmsgstr ""\n')
    with pytest.raises(ProblemsError, match="status-in-force: not translated"):
        load_words(bare.source())


def test_a_source_in_another_language_has_words_of_its_own(bare) -> None:
    """English is the language of the template, whatever the language of the policy is."""
    bare.edit("policy_src/policy.toml", 'source_locale = "en"', 'source_locale = "kk"')
    words = load_words(_without_own(bare).source())
    assert "In force" == words["en"].say("status-in-force")
    assert "In force" != words["kk"].say("status-in-force")


@pytest.mark.parametrize(
    ("tag", "known"), [("kk", True), ("ru", True), ("ru-KZ", True), ("de", False), ("../kk", False)]
)
def test_languages(tag, known) -> None:
    """A regional tag has the words of its language; nothing else is taken."""
    assert known is bool(shipped(tag))


def test_our_words_pass_our_own_checks() -> None:
    """Held as a repository's own: scripts, invisible characters, the terms of the policy that ships."""
    source = worktree(CHECKOUT)
    catalogues = {tag: shipped(tag) for tag in source.settings.translations if shipped(tag)}
    held = type(source)(
        **{name: getattr(source, name) for name in source.__slots__}
        | {"words": shipped(), "notice_catalogues": {**source.notice_catalogues, **catalogues}}
    )
    files = {catalogue_path(tag, "notice") for tag in catalogues}
    assert [] == [str(problem) for problem in checks.run(held) if problem.file in files]


def test_one_source_of_truth() -> None:
    """No file of words stands in the checkout twice."""
    ours = {path.stem for path in Path(CHECKOUT / "policypress/words").glob("*.po")}
    assert [] == [tag for tag in ours if (CHECKOUT / catalogue_path(tag, "notice")).exists()]
