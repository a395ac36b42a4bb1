"""Correction releases: the text was wrong, the processing did not change."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.errors import RefusedError
from policypress.pages import make_pages
from policypress.release import load
from policypress.source import NEXT
from tests.policypress.conftest import EFFECTIVE, FIRST, SECOND

WORDS = {
    "en": "Correction: the text was wrong; the way we process personal data has not changed",
    "kk": "Түзету: мәтінде қате болған; дербес деректерді өңдеу тәртібі өзгерген жоқ",
    "ru": "Исправление: ошибка была в тексте; порядок обработки персональных данных не изменился",
}


def refused(repository, release=SECOND, effective=EFFECTIVE) -> tuple[str, ...]:
    before = repository.files()
    with pytest.raises(RefusedError) as caught:
        repository.release(release, effective, historic=release == FIRST)
    assert before == repository.files()
    return caught.value.missing


@pytest.fixture
def corrected(ready):
    """Return a repository whose second release corrects the text: the fact sheet is as it was."""
    ready.git("checkout", "--quiet", "HEAD~1", "--", "policy_src/practices.toml")
    ready.write(NEXT, f"correction = true\n{ready.read(NEXT)}")
    ready.commit("a correction")
    ready.release(SECOND, EFFECTIVE)
    return ready


def test_a_changed_fact_refuses_it_by_name(ready) -> None:
    """The fact sheet says that the processing changed: path, old value, new value, and the way out."""
    ready.write(NEXT, f"correction = true\n{ready.read(NEXT)}")
    ready.commit()
    lines = refused(ready)
    assert lines
    assert all(line.startswith("not a correction: the fact sheet changed (retention") for line in lines)
    assert any("P24M" in line for line in lines)
    assert "Take `correction` out of policy_src/next.toml, or the change out of" in lines[0]


def test_a_first_release_corrects_nothing(bare) -> None:
    """There is no text that could have been wrong."""
    bare.write(NEXT, "correction = true\n")
    bare.commit()
    (line,) = refused(bare, FIRST, date(2024, 8, 8))
    assert line.startswith("not a correction: there is no release that could be corrected")


def test_prose_alone_is_accepted(corrected) -> None:
    """Where only the words changed it is released, and the record says what it is."""
    assert load(corrected.source())[SECOND].record.correction
    assert "correction = true" in corrected.read(f"policy_src/releases/{SECOND}/record.toml")


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_pages_and_bundle_say_so(corrected, locale) -> None:
    """Each page of the release says in its language that the text was wrong and nothing else changed."""
    editions = corrected.editions()
    found = {page.path: page.html for page in make_pages(editions, date(2026, 12, 2))}
    for path in (f"{locale}/upcoming/", f"{locale}/archive/{SECOND}/", f"{locale}/changes/{SECOND}/"):
        assert WORDS[locale] in found[path], path
    assert WORDS[locale] not in found[f"{locale}/archive/{FIRST}/"]
    bundle = editions.get(SECOND).bundle
    assert bundle.correction
    assert WORDS[locale] == bundle.locales[locale].words["correction"]


def test_an_ordinary_release_says_nothing_of_it(editions) -> None:
    """Nobody is told of a correction where there was none."""
    found = make_pages(editions, date(2026, 12, 2))
    assert not editions.get(SECOND).bundle.correction
    assert all(words not in page.html for page in found for words in WORDS.values())
