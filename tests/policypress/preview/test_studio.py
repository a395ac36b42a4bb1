"""The preview's pages: made anew from whatever an editor saved, never published, and never a traceback."""

from __future__ import annotations

import time

import pytest

from policypress.builder import build
from policypress.preview.studio import Studio
from policypress.preview.watching import look, settled
from tests.policypress.conftest import EFFECTIVE

TEXT = "policy_src/text/02-retention.md"


@pytest.fixture
def studio(twice, tmp_path):
    """Return a studio of the repository with two releases, the second in force."""
    made = Studio(twice.root, tmp_path / "out", as_of=EFFECTIVE)
    yield made
    made.close()


def page(studio, path: str) -> str:
    """Return a page of the draft."""
    return (studio.draft / path / "index.html").read_text(encoding="utf-8")


def test_an_edit_is_shown_in_the_frame_and_never_to_be_indexed(twice, studio) -> None:
    """The page is the site's own frame with the draft in it, without a canonical address."""
    studio.refresh()
    twice.edit(TEXT, "24 months", "36 months")
    outcome = studio.refresh()
    assert outcome.shown
    html = page(studio, "en/draft")
    assert "36 months" in html
    assert '<meta name="robots" content="noindex, nofollow">' in html
    assert "canonical" not in html
    assert "hreflang" not in html.partition("<body")[0].replace('type="application/pdf" hreflang', "")


def test_the_draft_never_goes_into_a_build(twice, studio) -> None:
    """`policypress build` knows no draft, and the repository is as it was."""
    studio.refresh()
    site = build(twice.root, as_of=EFFECTIVE)
    assert [] == [path for path in site.rglob("*") if path.name == "draft"]
    assert "" == twice.git("status", "--porcelain")


def built(studio) -> None:
    """Wait until the site that is wanted stands there."""
    limit = time.monotonic() + 60
    studio.site_ready()
    while not studio.site_ready():
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_the_site_is_built_again_when_its_frame_changes(twice, studio) -> None:
    """Another mkdocs.yml makes another site, though no release changed."""
    studio.refresh()
    built(studio)
    assert "" == studio.refused
    twice.edit("mkdocs.yml", "font: false", "font: false\n  palette: {primary: red}")
    assert not studio.site_ready()
    studio.refresh()
    built(studio)
    assert not studio.site_ready()
    assert 'data-md-color-primary="red"' in (studio.site / "en/index.html").read_text(encoding="utf-8")


def test_a_build_that_died_is_told_and_the_next_one_works(twice, studio) -> None:
    """The process is killed while it builds: the reason is kept, and another edit builds the site."""
    studio.refresh()
    studio.site_ready()
    for process in studio._pool._processes.values():
        process.kill()
    built(studio)
    assert "" != studio.refused
    twice.edit("mkdocs.yml", "font: false", "font: false\n  palette: {primary: red}")
    studio.refresh()
    built(studio)
    assert "" == studio.refused


WOUNDS = {
    "fact": (lambda r: r.edit(TEXT, "We keep", "{{ facts.nonesuch }} We"), f"{TEXT}:3"),
    "settings": (lambda r: r.write("policy_src/policy.toml", 'id = "privacy\n'), "policy_src/policy.toml:1"),
    "no settings": (lambda r: (r.root / "policy_src/policy.toml").unlink(), "policy_src/policy.toml"),
    "not UTF-8": (lambda r: (r.root / TEXT).write_bytes(b"# A\n\n\xff\n"), f"{TEXT}:3"),
    "catalogue": (
        lambda r: r.write("locales/kk/LC_MESSAGES/policy.po", 'msgid "a\n'),
        "locales/kk/LC_MESSAGES/policy.po",
    ),
    "practices": (lambda r: r.write("policy_src/practices.toml", "x = [\n"), "policy_src/practices.toml"),
    "merge": (lambda r: r.edit(TEXT, "We keep", "<<<<<<< HEAD\nWe keep"), f"{TEXT}:3"),
    "print": (
        lambda r: r.edit("policy_src/releases/2024-08-08/kk.md", "а", "б"),
        "policy_src/releases/2024-08-08/kk.md",
    ),
    "frame": (lambda r: r.write("mkdocs.yml", "site_name: [\n"), "mkdocs.yml"),
    "markup in a fact": (
        lambda r: r.edit("policy_src/policy.toml", "Example Ltd.", "<script>alert(1)</script>"),
        "policy_src/policy.toml",
    ),
}


@pytest.mark.parametrize("wound", WOUNDS)
def test_whatever_is_saved_is_shown_or_explained(twice, studio, wound) -> None:
    """A broken file turns every page of the draft into its problem with file and line; once mended, the text is back."""
    studio.refresh()
    good = {path: path.read_bytes() for path in (twice.root / "policy_src").rglob("*") if path.is_file()}
    good |= {path: path.read_bytes() for path in (twice.root / "locales").rglob("*.po")}
    good[twice.root / "mkdocs.yml"] = (twice.root / "mkdocs.yml").read_bytes()
    hurt, place = WOUNDS[wound]
    hurt(twice)
    outcome = studio.refresh()
    for locale in ("en", "kk", "ru"):
        html = page(studio, f"{locale}/draft")
        assert place in html
        assert "<script>alert" not in html
        assert "Traceback" not in html
    assert outcome.shown == (wound == "merge")
    for path, data in good.items():
        path.write_bytes(data)
    assert studio.refresh().shown
    assert "pp-badge--draft" in page(studio, "kk/draft")


class TestWatching:
    def test_a_change_is_seen_once(self, twice) -> None:
        """Nothing is told while nothing changes; a saved file is, whatever its new length."""
        seen = look(twice.root)
        assert settled(twice.root, seen) is None
        twice.edit(TEXT, "24", "36")
        assert settled(twice.root, seen) is not None

    def test_what_no_draft_is_made_of_is_not_looked_at(self, twice) -> None:
        """An editor's swap file and what a command writes aside make no new draft."""
        seen = look(twice.root)
        twice.write("policy_src/text/.02-retention.md.swp", "x")
        twice.write("policy_src/releases/2030-01-01.part/en.md", "x")
        twice.write("README.md", "x")
        assert settled(twice.root, seen) is None
