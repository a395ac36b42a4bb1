"""The adapter: finished pages in MkDocs' frame; links, languages and anchors of the built site hold together."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from mkdocs.config import load_config
from mkdocs.livereload import LiveReloadServer

from policypress.builder import build
from policypress.errors import PolicypressError, UsageError
from policypress.mkdocs_plugin import PolicypressPlugin, _tree, parse_day
from policypress.pages import Heading
from tests.policypress.conftest import CHECKOUT, FIRST, SECOND, TRANSLATIONS

HOST = "https://policy.example.org"


class Reader(HTMLParser):
    """Collects what a page links to and what can be linked on it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.alternates: dict[str, str] = {}
        self.lang = ""

    def handle_starttag(self, tag, attrs) -> None:
        found = dict(attrs)
        if tag == "html":
            self.lang = found.get("lang", "")
        if found.get("id"):
            self.ids.add(found["id"])
        if tag == "link" and "hreflang" in found:
            self.alternates[found["hreflang"]] = found["href"]
        for name in ("href", "src", "action"):
            if found.get(name) and found.get("rel") != "canonical":
                self.links.append(found[name])


def read(site: Path) -> dict[str, Reader]:
    """Return every page of a site by its address below the root."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        reader = Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        found[path.relative_to(site).as_posix().removesuffix("index.html")] = reader
    return found


def broken(site: Path) -> list[str]:
    """Return every link within a site that leads nowhere, or to an anchor that is not there."""
    pages, lost = read(site), []
    for path, page in pages.items():
        for link in page.links:
            address, anchor = urldefrag(urljoin(f"{HOST}/{path}", link))
            if not address.startswith(f"{HOST}/"):
                continue
            target = unquote(urlsplit(address).path.lstrip("/"))
            file = site / target / "index.html" if target.endswith("/") or not target else site / target
            if file.is_dir():
                file, target = file / "index.html", f"{target}/"
            known = pages.get(target.removesuffix("index.html"))
            if not file.is_file() or (anchor and known and unquote(anchor) not in known.ids | {"__top"}):
                lost.append(f"{path}: {link}")
    return lost


@pytest.fixture(scope="module")
def pages(site):
    """Return the pages of the site of two releases."""
    return read(site)


def test_every_link_and_anchor_of_the_site_leads_somewhere(site) -> None:
    """Links between pages, to files and to anchors all resolve."""
    assert [] == broken(site)


def test_links_of_the_site_before_anything_is_published(moulds, tmp_path) -> None:
    """A site on the day before the first release has no dead link either."""
    assert [] == broken(build(moulds["twice"], as_of=date(2024, 8, 1), site=tmp_path / "site"))


def test_links_of_the_policy_that_ships(tmp_path) -> None:
    """The published policy of this repository has no dead link and no dead anchor, in any language."""
    assert [] == broken(build(CHECKOUT, as_of=date.fromisoformat(SECOND), site=tmp_path / "site"))


def test_languages_are_reciprocal_with_a_default(pages) -> None:
    """Each page of a locale links itself in every language and a default; each of those links back."""
    for path, page in pages.items():
        if path in ("", "404.html"):
            continue
        addresses = {tag: urljoin(f"{HOST}/{path}", link) for tag, link in page.alternates.items()}
        assert {"en", "kk", "ru", "x-default"} == set(addresses), path
        assert f"{HOST}/{path}" == addresses[page.lang]
        for tag in ("en", "kk", "ru"):
            other = addresses[tag].removeprefix(f"{HOST}/")
            back = {key: urljoin(addresses[tag], link) for key, link in pages[other].alternates.items()}
            assert addresses == back


def test_every_page_is_marked_with_its_language(pages) -> None:
    """`<html lang>` is the locale of the address."""
    for path, page in pages.items():
        if path not in ("", "404.html"):
            assert path.partition("/")[0] == page.lang


def test_every_page_carries_the_demonstration_line(site, editions) -> None:
    """No page of the site goes without the line that says it is a demonstration."""
    for path in site.rglob("index.html"):
        locale = path.relative_to(site).parts[0]
        words = editions.words.get(locale, editions.words["en"])
        assert words.say("demonstration-company", company="Example") in path.read_text(encoding="utf-8"), path


def test_the_navigation_is_of_the_pages_language(site, editions) -> None:
    """A Kazakh page leads to Kazakh pages by their Kazakh names."""
    html = (site / "kk/archive/index.html").read_text(encoding="utf-8")
    side = html[html.index('class="md-nav md-nav--primary') :]
    side = side[: side.index("</nav>")]
    assert editions.words["kk"].say("upcoming-version") in side
    assert editions.words["en"].say("upcoming-version") not in side


def test_the_button_of_the_languages_says_our_words(site, editions) -> None:
    """The theme's own words for it differ, and in Arabic are misspelt."""
    said = {
        tag: re.search(r'pp-languages" aria-label="(.*?):', (site / tag / "index.html").read_text("utf-8"))[1]
        for tag in ("kk", "ru")
    }
    assert {tag: editions.words[tag].say("choose-language") for tag in said} == said


@pytest.mark.parametrize("path", ["index.html", "404.html"])
def test_a_page_in_no_language_offers_them_in_each(site, editions, path) -> None:
    """At the root and for unknown addresses the button says what it is for in every language, each as its own."""
    html = (site / path).read_text(encoding="utf-8")
    button = re.search(r'<button[^>]*pp-languages"([^>]*)>(.*?)</button>', html, re.DOTALL)
    said = dict(re.findall(r'<span class="pp-sr" lang="(\w+)" dir="ltr">([^<]+)</span>', button[2]))
    assert "" == button[1]
    assert {tag: words.say("choose-language") for tag, words in editions.words.items()} == said


def test_the_contents_of_a_page_are_its_sections(site) -> None:
    """The table of contents names the sections with their numbers and leads to their anchors."""
    html = (site / "kk/index.html").read_text(encoding="utf-8")
    entries = re.findall(r'<a href="#([a-z-]+)" class="md-nav__link"', html)
    assert ["collection", "data-provided", "retention", "updates"] == list(dict.fromkeys(entries))


def test_headings_nest_by_their_level() -> None:
    """Sections stand under the section they belong to, whatever level comes first."""
    levels = [("a", 2), ("b", 3), ("c", 4), ("d", 3), ("e", 2), ("f", 4)]
    tree = _tree([Heading(anchor=name, title=name, level=level) for name, level in levels])
    assert [("a", ["b", "d"]), ("e", ["f"])] == [(link.id, [child.id for child in link.children]) for link in tree]
    assert ["c"] == [link.id for link in tree[0].children[0].children]


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "01.12.2026", "2026-12-01T00:00"])
def test_a_bad_day(text) -> None:
    """What is no day is refused with how one is written."""
    with pytest.raises(UsageError, match=r"is not a day\. Write it as YYYY-MM-DD"):
        parse_day(text)


def test_a_bad_day_in_the_environment_stops_the_build(twice, monkeypatch) -> None:
    """A slip in POLICYPRESS_AS_OF is told and never taken for today."""
    monkeypatch.setenv("POLICYPRESS_AS_OF", "2026-12-1x")
    with pytest.raises(PolicypressError, match="is not a day"):
        build(twice.root)


def test_a_day_in_mkdocs_yml(twice, tmp_path) -> None:
    """`as_of` in mkdocs.yml sets the day where nothing else does."""
    twice.edit("mkdocs.yml", "  - policypress", f"  - policypress:\n      as_of: '{FIRST}'")
    site = build(twice.root, site=tmp_path / "site")
    assert not (site / f"en/archive/{SECOND}").exists()
    assert (site / f"en/archive/{FIRST}").exists()


def test_a_locale_speaks_its_own_theme_language(site) -> None:
    """The theme's own words on a Kazakh page are Kazakh, on a Russian page Russian."""
    found = {}
    for locale in ("en", "kk", "ru"):
        html = (site / locale / "index.html").read_text(encoding="utf-8")
        found[locale] = re.search(r'<a href="#[a-z-]+" class="md-skip">\s*([^<]+?)\s*</a>', html)[1]
    assert 3 == len(set(found.values()))
    assert "Skip to content" == found["en"]


def test_an_unknown_theme_language_is_english() -> None:
    """Where the theme has no file for a language or its parent, its own words are English."""

    class Theme:
        dirs = (str(CHECKOUT / "policypress/theme"),)

    class Fake:
        theme = Theme()

    spoken = PolicypressPlugin._spoken
    assert ("kk", "kk", "en") == tuple(spoken(tag, Fake()) for tag in ("kk", "kk-Cyrl", "xx"))


def test_titles_and_names_are_text_in_the_frame_too(once, tmp_path) -> None:
    """Neither a heading nor the company's name adds an element to any page: contents, navigation, title, footer."""
    heading = "R & D <script>alert(1)</script>"
    once.edit("policy_src/policy.toml", 'company = "Example"', 'company = "</title><script>alert(2)</script>"')
    once.write("policy_src/text/04-annex.md", f"## {heading} {{#annex}}\n\nNothing.\n")
    once.translate(words={**TRANSLATIONS, heading: (heading, heading), "Nothing.": ("Ештеңе.", "Ничего.")})
    once.commit()
    once.release("2025-01-01", date(2025, 1, 1), historic=True)
    found = build(once.root, as_of=date(2025, 1, 2), site=tmp_path / "site")
    for path in found.rglob("*.html"):
        assert [] == re.findall(r"<script>alert", path.read_text(encoding="utf-8")), path
    html = (found / "kk/index.html").read_text(encoding="utf-8")
    assert 2 < html.count("R &amp; D &lt;script&gt;alert(1)&lt;/script&gt;")


def test_our_scripts_and_styles_are_asked_for_by_version(site, twice, tmp_path) -> None:
    """A host and a browser may keep them: a page never gets those of another build; the service worker's name stays."""
    asked = set()
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'(?:src|href)="[^"]*assets/(policypress[^"]*)"', html))
    versions = {one.partition("?v=")[2] for one in asked}
    assert 1 == len(versions)
    assert re.fullmatch("[0-9a-f]{12}", versions.pop())
    assert {"policypress.css", "policypress/page.js", "policypress/compare.js", "policypress/lost.js"} <= {
        one.partition("?")[0] for one in asked
    }
    twice.edit("mkdocs.yml", "  name: material", "  name: material\n  custom_dir: theirs")
    twice.write("theirs/assets/policypress/more.js", "// theirs")
    other = build(twice.root, as_of=date.fromisoformat(SECOND), site=tmp_path / "other")
    html = (other / "kk/index.html").read_text(encoding="utf-8")
    assert {one.partition("?v=")[2] for one in asked}.isdisjoint(re.findall(r"\?v=([0-9a-f]{12})", html))


def test_plain_mkdocs_serve_looks_at_the_translations(twice, tmp_path) -> None:
    """A translation that is saved rebuilds the site as a saved source does."""
    server = LiveReloadServer(builder=lambda: None, host="127.0.0.1", port=0, root=str(tmp_path), polling_interval=0.05)
    config = load_config(str(twice.root / "mkdocs.yml"))
    config.plugins["policypress"].on_serve(server, config=config, builder=None)
    server.observer.start()
    try:
        twice.edit("locales/kk/LC_MESSAGES/notice.po", "Тұрақты сілтеме", "Сілтеме")
        with server._rebuild_cond:
            assert server._rebuild_cond.wait_for(lambda: server._want_rebuild, timeout=10)
    finally:
        server.observer.stop()
        server.observer.join()
        server.server_close()
