"""What the shipped policy publishes for machines, all of it: feeds, JSON, statements in heads, addresses in every language."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree

from policypress.builder import build
from tests.policypress.exports.test_linked import text_schema
from tests.policypress.test_mkdocs_plugin import HOST, broken, read

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "2026-12-01"
GRAMMAR = ROOT / "tests" / "vendor" / "atom.rng"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
MAPS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
LOCALES = ("ar", "en", "kk", "ru")
#: Pages of no language: where one is chosen, and what unknown addresses show.
CHOOSER, LOST = "", "404.html"
#: The files of search are read by the site's own script alone, so their schema stands here.
SEARCH = {
    "type": "object",
    "additionalProperties": False,
    "required": ["format", "letters", "prefixes", "endings", "pages", "rows"],
    "properties": {
        "format": {"const": "policypress.search/1"},
        "letters": {"type": "object", "additionalProperties": {"type": "string"}},
        "prefixes": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "endings": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "pages": {
            "type": "array",
            "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}},
        },
        "rows": {
            "type": "array",
            "items": {
                "type": "array",
                "minItems": 4,
                "maxItems": 4,
                "prefixItems": [{"type": "integer"}, *[{"type": "string"}] * 3],
            },
        },
    },
}


@pytest.fixture(scope="module", params=[RELEASE, "2027-02-01"], ids=["announced", "in force"])
def site(request, tmp_path_factory):
    """Return the site while the second release waits, and once it applies."""
    return build(ROOT, as_of=date.fromisoformat(request.param), site=tmp_path_factory.mktemp("published") / "site")


@pytest.fixture(scope="module")
def pages(site):
    """Return every page of the site by its address."""
    return read(site)


def test_every_kind_of_page_is_here(pages) -> None:
    """The tests below walk all of these, in every language."""
    kinds = {path.partition("/")[2] for path in pages if path not in (CHOOSER, LOST)}
    named = ("", "upcoming/", "archive/", "compare/", "on/", "search/", f"changes/{RELEASE}/")
    assert {*named, "archive/2024-08-08/", f"archive/{RELEASE}/"} == kinds
    assert len(LOCALES) * len(kinds) + 2 == len(pages)


class TestFeeds:
    @pytest.mark.parametrize("locale", LOCALES)
    def test_the_grammar_of_atom(self, site, locale) -> None:
        """Each feed is valid by the grammar of RFC 4287, and by the two rules that it states beside it."""
        grammar = etree.RelaxNG(etree.parse(GRAMMAR))
        feed = etree.parse(site / locale / "feed.xml")
        grammar.validate(feed)
        assert [] == [f"{error.line}: {error.message}" for error in grammar.error_log]
        entries = feed.findall("a:entry", ATOM)
        assert 2 == len(entries)
        assert feed.find("a:author", ATOM) is not None
        for entry in entries:
            assert 1 == len(entry.findall("a:link[@rel='alternate']", ATOM))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("T00:00:00+05:00</updated>", "</updated>"),
            ("<id>", "<id>x</id><id>"),
            ('type="text/html"', 'type="html"'),
            ('xml:lang="kk"', 'xml:lang="kk_KZ"'),
            (' href="', ' target="'),
        ],
    )
    def test_the_grammar_refuses_what_is_no_feed(self, site, old, new) -> None:
        """A day for an instant, two ids, no media type, a bad language, a link to nothing: the grammar can fail."""
        text = (site / "kk" / "feed.xml").read_text(encoding="utf-8")
        wounded = text.replace(old, new)
        assert text != wounded
        assert not etree.RelaxNG(etree.parse(GRAMMAR)).validate(etree.fromstring(wounded.encode()))

    @pytest.mark.parametrize("locale", LOCALES)
    def test_entries_land_on_pages_of_the_site(self, site, locale) -> None:
        """Every link of a feed leads to a file of the site."""
        for link in etree.parse(site / locale / "feed.xml").iterfind(".//a:link", ATOM):
            assert there(site, link.get("href")), link.get("href")


def there(site: Path, address: str) -> bool:
    """Return whether an absolute address is a file of the site."""
    path = site / address.removeprefix(f"{HOST}/")
    return address.startswith(f"{HOST}/") and (path / "index.html" if address.endswith("/") else path).is_file()


def test_every_json_follows_its_schema(site) -> None:
    """No JSON is published without a schema, and each follows its own."""
    schemas = {
        name: json.loads((site / f"releases/{name}.schema.json").read_bytes()) for name in ("release", "index", "text")
    }
    patterns = {
        r"releases/[^/]+\.schema\.json": Draft202012Validator.META_SCHEMA,
        r"releases/index\.json": schemas["index"],
        r"releases/\d{4}-\d\d-\d\d\.json": schemas["release"],
        r"releases/[^/]+/\w+\.json": schemas["text"],
        r"\w+/(archive/)?search\.json": SEARCH,
    }
    found = {}
    for path in sorted(site.rglob("*.json")):
        name = path.relative_to(site).as_posix()
        (schema,) = (one for pattern, one in patterns.items() if re.fullmatch(pattern, name))
        validator = Draft202012Validator(schema, format_checker=FormatChecker())
        found[name] = [error.message for error in validator.iter_errors(json.loads(path.read_bytes()))]
    assert 3 + 1 + 2 + 2 * len(LOCALES) + 2 * len(LOCALES) == len(found)
    assert {} == {name: errors for name, errors in found.items() if errors}


def test_addresses_of_a_bundle_are_on_the_site(site, pages) -> None:
    """What a notice leads to is there, to the anchor."""
    for path in site.glob("releases/????-??-??.json"):
        for locale, text in json.loads(path.read_bytes())["locales"].items():
            for address in text["urls"].values():
                page, _, anchor = address.partition("#")
                assert there(site, page), (path.name, locale, address)
                assert not anchor or anchor in pages[page.removeprefix(f"{HOST}/")].ids


def test_every_text_says_what_it_is(site, pages) -> None:
    """JSON-LD stands on each page with a whole text, follows its schema, and its addresses are on the site."""
    for path in pages:
        html = (site / path / "index.html" if path != LOST else site / LOST).read_text(encoding="utf-8")
        said = [json.loads(one) for one in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)]
        whole = re.fullmatch(r"\w+/(upcoming/|archive/[\d-]+/)?", path) and 'class="pp-status' in html
        assert bool(whole) == bool(said), path
        for data in said:
            assert [] == [error.message for error in Draft202012Validator(text_schema(LOCALES)).iter_errors(data)]
            assert f"{HOST}/{path}" == data["url"]
            assert all(there(site, one) for one in re.findall(rf'"({HOST}[^"]*)"', json.dumps(data)))


def test_every_page_states_its_own_address(site, pages) -> None:
    """The canonical address is absolute and the page's own; the page for unknown addresses has none."""
    for path in pages:
        html = (site / path / "index.html" if path != LOST else site / LOST).read_text(encoding="utf-8")
        expected = [] if path == LOST else [f"{HOST}/{path}"]
        assert expected == re.findall(r'<link rel="canonical" href="([^"]*)"', html), path


class TestLanguages:
    def test_every_page_and_its_twins_name_each_other(self, pages) -> None:
        """Each page names itself, its twin in every language and a default, and each of them says the same."""
        for path, page in pages.items():
            if path in (CHOOSER, LOST):
                continue
            assert {*LOCALES, "x-default"} == set(page.alternates), path
            assert (f"{HOST}/{path}", f"{HOST}/") == (page.alternates[page.lang], page.alternates["x-default"])
            for tag in LOCALES:
                assert page.alternates == pages[page.alternates[tag].removeprefix(f"{HOST}/")].alternates, (path, tag)

    def test_the_sitemap_says_the_same(self, site, pages) -> None:
        """It lists every page once, with the twins that the page itself names; the page for unknown addresses not."""
        rows = etree.parse(site / "sitemap.xml").findall("s:url", MAPS)
        found = {
            row.findtext("s:loc", None, MAPS): {
                link.get("hreflang"): link.get("href") for link in row.findall("x:link", MAPS)
            }
            for row in rows
        }
        assert len(rows) == len(found)
        assert {f"{HOST}/{path}": page.alternates for path, page in pages.items() if path != LOST} == found


def test_no_link_and_no_anchor_is_dead(site) -> None:
    """Every link of every page, in every language, leads to a file and to an anchor that is there."""
    assert [] == broken(site)


def test_dead_links_would_be_found(site, tmp_path) -> None:
    """The walk above reports a page and an anchor that are not there."""
    page = tmp_path / "kk" / "index.html"
    page.parent.mkdir()
    page.write_text('<p id="a"><a href="#a"></a><a href="#b"></a><a href="lost/"></a></p>', encoding="utf-8")
    assert ["kk/: #b", "kk/: lost/"] == broken(tmp_path)
