"""Plain pages for another generator."""

from __future__ import annotations

import json
from datetime import date

import pytest

from policypress.errors import UsageError
from policypress.output import make_output
from policypress.pages import make_pages
from policypress.plain import write_pages
from tests.policypress.conftest import SECOND

DAY = date.fromisoformat(SECOND)


def test_every_page_with_its_front_matter(twice, tmp_path) -> None:
    """Each page of the site is there, whole, behind JSON that any reader of front matter takes."""
    count = write_pages(twice.root, tmp_path / "out", as_of=DAY)
    expected = make_pages(twice.editions(), DAY)
    assert len(expected) == count == len(list((tmp_path / "out").rglob("*.html")))
    for page in expected:
        text = (tmp_path / "out" / page.path / "index.html").read_text(encoding="utf-8")
        _, front, html = text.split("---\n", 2)
        found = json.loads(front)
        assert (page.title, page.locale, f"/{page.path}") == (found["title"], found["lang"], found["permalink"])
        assert page.html == html.removesuffix("\n")


def test_all_that_stands_beside_the_pages_comes_along(twice, tmp_path) -> None:
    """Bundles, texts, feeds, the index of the search: what the built site has, so that the post and scripts find them."""
    write_pages(twice.root, tmp_path / "out", as_of=DAY)
    for path, text in make_output(twice.source(), DAY).files():
        assert (text.encode() if isinstance(text, str) else text) == (tmp_path / "out" / path).read_bytes()
    for name in (f"releases/{SECOND}.json", f"releases/{SECOND}/kk.json", "kk/search.json", "kk/feed.xml"):
        assert (tmp_path / "out" / name).is_file()


def test_a_folder_that_holds_something_is_left_alone(twice, tmp_path) -> None:
    """Nothing of another's is written over."""
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(UsageError, match="not empty"):
        write_pages(twice.root, tmp_path, as_of=DAY)
    assert "kept" == (tmp_path / "mine").read_text()
