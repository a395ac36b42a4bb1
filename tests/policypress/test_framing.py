"""Frames made once: a page that is put into one is, byte for byte, the page that was rendered for itself."""

from __future__ import annotations

from datetime import date

import pytest

from policypress import framing
from policypress.builder import build
from policypress.output import Output
from tests.policypress.conftest import SECOND
from tests.policypress.test_builder import files


@pytest.mark.parametrize("day", [SECOND, "2027-02-01"])
def test_a_framed_page_is_the_page_rendered_for_itself(twice, tmp_path, monkeypatch, day) -> None:
    """With a release announced, and after it took effect; titles that are mark-up too."""
    twice.edit("policy_src/policy.toml", 'company = "Example"', 'company = "A & <b>B</b>"')
    framed = files(build(twice.root, as_of=date.fromisoformat(day), site=tmp_path / "framed"))
    monkeypatch.setattr(framing, "_KINDS", ())
    assert framed == files(build(twice.root, as_of=date.fromisoformat(day), site=tmp_path / "each"))


def test_a_theme_that_shows_headings_elsewhere(twice, tmp_path, monkeypatch) -> None:
    """Where a template of the editors' own lists the headings, no frame stands in for another page's."""
    twice.edit("mkdocs.yml", "  name: material", "  name: material\n  custom_dir: theirs")
    twice.write(
        "theirs/partials/icons.html", "{% for one in page.toc %}<b>{{ one.title }}</b>{% endfor %}{{ page.content }}"
    )
    framed = files(build(twice.root, as_of=date.fromisoformat(SECOND), site=tmp_path / "framed"))
    assert framed["kk/archive/2024-08-08/index.html"].count(b"<b>") >= 3
    monkeypatch.setattr(framing, "_KINDS", ())
    assert framed == files(build(twice.root, as_of=date.fromisoformat(SECOND), site=tmp_path / "each"))


def test_pages_that_share_a_frame(editions, monkeypatch) -> None:
    """Two releases beside each other take one frame; the page that the frame leads to takes none."""
    output = Output(editions=editions, day=date.fromisoformat(SECOND))
    made = []

    def frame(page):
        made.append(page.path)
        return f"<{page.path} {page.html} {page.meta.get('json_ld', '')}>"

    press = framing.Press(frame=frame, contents=lambda page: ())
    frames = framing.Frames()
    pages = {page.path: output.headed(page) for page in output.pages}
    first, second = (frames.page(pages[f"kk/archive/{one}/"], press) for one in ("2024-08-08", SECOND))
    assert [f"kk/archive/{framing._RELEASE}/"] == made
    for release, text in (("2024-08-08", first), (SECOND, second)):
        page = pages[f"kk/archive/{release}/"]
        assert f"<{page.path} {page.html} {page.meta['json_ld']}>" == text
    assert frames.page(pages[f"kk/changes/{SECOND}/"], press) is None
