"""A thin adapter: hands finished pages to MkDocs Material; makes no page itself."""

from __future__ import annotations

import copy
import hashlib
import os
import re
from datetime import date
from importlib.resources import files as resources
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from markupsafe import escape
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Link, Navigation
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.structure.toc import AnchorLink, TableOfContents

from policypress.cache import NOTHING, Cache
from policypress.errors import PolicypressError, UsageError
from policypress.exports.hosting import headers, inline_scripts, missing
from policypress.framing import Frames, Press
from policypress.output import make_output
from policypress.source import worktree
from policypress.unchanged import carry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.utils.templates import TemplateContext

    from policypress.output import Output
    from policypress.pages import Heading, Page

#: The day a build is made for, where the command line or mkdocs.yml name none.
AS_OF = "POLICYPRESS_AS_OF"


class PluginConfig(Config):  # type: ignore[no-untyped-call]  # MkDocs leaves this hook untyped
    """The plugin's keys in mkdocs.yml."""

    #: The day the site is built for (YYYY-MM-DD); today in the policy's time zone by default.
    as_of = config_options.Optional(config_options.Type(str))
    #: Each release is also made as PDF, in each language; needs the extra `pdf`.
    pdf = config_options.Type(bool, default=False)
    #: What was made before is kept in `.cache/policypress/` and used again.
    cache = config_options.Type(bool, default=True)


#: Shows a page that is finished already, and a page's table of contents alone.
_FINISHED = "policypress-page.html"
_CONTENTS = "policypress-contents.html"
_MARK = "\f"


class _Finished(MkDocsPage):
    """A page whose HTML is made when it is written: Python-Markdown has no work here."""

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Read nothing."""
        del config, files
        self.content, self.toc = "", TableOfContents([])


def parse_day(text: str) -> date:
    """Read a day; raise `UsageError` that shows how one is written."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a day. Write it as YYYY-MM-DD"
        raise UsageError(message) from error


class PolicypressPlugin(BasePlugin[PluginConfig]):  # type: ignore[no-untyped-call]  # as above
    """Puts the policy's pages into a MkDocs build."""

    #: Pages to put into the frame in place of the site's; a preview of the draft sets them (`framed`).
    given: Sequence[Page] | None = None
    #: The site that this one takes the place of; None where nothing of it is wanted.
    last: Path | None = None
    #: Everything of the site; None for a preview.
    _output: Output | None = None
    _cache: Cache = NOTHING
    _env: Environment | None = None

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Put our overrides before the theme's templates; take the site's address from the policy."""
        overrides = str(resources("policypress").joinpath("theme"))
        if overrides not in config.theme.dirs:
            config.theme.dirs.insert(0, overrides)
        config.extra.setdefault("generator", False)
        # ours names the days of releases, and needs no .gz twin that tells the time of the build
        config.theme.static_templates.discard("sitemap.xml")
        if self.given is not None:
            config.theme.static_templates.clear()
        return config

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """Keep the theme's templates at hand, compiled from one preview to the next."""
        del files
        env.globals["version"] = _version(config.theme.dirs)
        self._env = env if self.given is None or self._env is None else self._env
        return self._env

    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Replace the editors' files by finished pages and data; PluginError carries whatever is wrong with them."""
        if self.given is not None:
            return self._files(files, config, self.given)
        try:
            root = Path(config.docs_dir).parent
            asked = os.environ.get(AS_OF) or self.config.as_of
            prints = root / ".cache" / "policypress" if self.config.pdf else None
            day = parse_day(asked) if asked else None
            self._cache = Cache(root / ".cache" / "policypress") if self.config.cache else NOTHING
            output = self._output = make_output(worktree(root), day, prints, self._cache)
            config.site_url = config.site_url or output.editions.settings.site_url
            self._missing = missing(output.editions, output.day)
            return self._files(files, config, output.pages)
        except PolicypressError as error:
            raise PluginError(str(error)) from error

    def _files(self, files: Files, config: MkDocsConfig, pages: Sequence[Page]) -> Files:
        """Return the theme's own files and our pages."""
        self._frames = Frames()
        self._scripts: set[str] = set()
        self._pages = {f"{page.path}index.md": page for page in pages}
        # without the theme's sitemap, which is no template now and would be copied as it stands
        kept = [file for file in files if file.src_dir != config.docs_dir and file.src_uri != "sitemap.xml"]
        return Files([*kept, *(_page(page, config).file for page in pages)])

    def on_page_markdown(self, markdown: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Say that the page comes finished."""
        del markdown, config, files
        page.meta = {"template": _FINISHED}
        return ""

    @staticmethod
    def _spoken(locale: str, config: MkDocsConfig) -> str:
        """Return the language file of the theme for a locale: its own, else its language's, else English."""
        for tag in (locale, locale.split("-", maxsplit=1)[0]):
            if any(Path(folder, "partials/languages", f"{tag}.html").is_file() for folder in config.theme.dirs):
                return tag
        return "en"

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Give the page for unknown addresses its words and its languages."""
        if template_name == "404.html" and self._output:
            found = cast("dict[str, Any]", context)
            languages = [
                {"name": row["name"], "link": f"{row['locale']}/", "lang": row["locale"]} for row in self._missing
            ]
            found |= {
                "missing": [{**row, "theme": self._spoken(row["locale"], config)} for row in self._missing],
                "config": _framed(config, self._output.editions.settings.company, languages, ""),
            }
        return context

    def on_page_context(
        self, context: TemplateContext, *, page: MkDocsPage, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Put the page into its frame, which speaks its language and knows its neighbours."""
        del nav
        try:
            ours = self._pages[page.file.src_uri]
            ours = self._output.headed(ours) if self._output else ours
            press = self._press(context, page, config)
            cast("dict[str, Any]", context)["finished"] = self._frames.page(ours, press) or press.frame(ours)
        except PolicypressError as error:
            raise PluginError(str(error)) from error
        return context

    def _press(self, context: TemplateContext, page: MkDocsPage, config: MkDocsConfig) -> Press:
        """Return how a page, or one that stands in for its neighbours, is put into the theme's frame."""
        template = cast("Environment", self._env).get_template

        def filled(ours: Page) -> dict[str, Any]:
            shown = page if page.file.src_uri == f"{ours.path}index.md" else _page(ours, config)
            shown.meta = {**ours.meta, "lang": ours.locale, "title": escape(ours.title)}
            shown.meta["theme_language"] = self._spoken(ours.locale, config)
            shown.toc = TableOfContents(_tree(ours.headings))
            return {**context, "page": shown, "nav": self._nav(ours), "config": self._frame(ours, config)}

        def frame(ours: Page) -> str:
            told = filled(ours)
            told["page"].content = ours.html
            made = template("main.html").render(told)
            told["page"].content = ""
            made = _mended(made, str(ours.meta["dir"]), str(ours.meta.get("skip", "")))
            self._scripts |= inline_scripts(made)
            return made

        def contents(ours: Page) -> list[str]:
            made = template(_CONTENTS).render({**filled(ours), "mark": _MARK})
            return [_mended(form.strip(), str(ours.meta["dir"])) for form in made.split(_MARK)]

        return Press(frame=frame, contents=contents)

    @event_priority(-100)  # what other plugins make of a page is part of it
    def on_post_page(self, output: str, *, page: MkDocsPage, config: MkDocsConfig) -> str:
        """Take a page that is as it was from the last site; what is empty is not written."""
        del config
        place, content = Path(page.file.abs_dest_path), output.encode(errors="xmlcharrefreplace")
        return "" if self.last and carry(content, place, self.last / page.file.dest_uri) else output

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write what stands beside the pages: data, feeds, search, sitemap, and headers now that every page was seen."""
        if self._output is None:
            return
        try:
            sent = headers(self._scripts, self._output.editions.settings.notices_url)
            for path, content in chain(self._output.files(), [("_headers", sent)]):
                self._write(Path(config.site_dir), path, content.encode() if isinstance(content, str) else content)
            self._cache.close()
        except PolicypressError as error:
            raise PluginError(str(error)) from error

    def _write(self, site: Path, path: str, content: bytes) -> None:
        place = site / path
        if self.last is None or not carry(content, place, self.last / path):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

    def on_build_error(self, error: Exception) -> None:
        """Keep what was made before the build failed."""
        del error
        self._cache.close()

    def _nav(self, page: Page) -> Navigation:
        items: list[MkDocsPage | Link] = []
        for link in page.meta["nav"]:
            title, found = escape(link.title), self._nav_pages.get(f"{link.path}index.md")
            if found is None:  # a draft's page leads to pages of the site, which is built by itself
                items.append(Link(title, link.path))
                continue
            found.title = title
            items.append(found)
        return Navigation(list(items), [item for item in items if isinstance(item, MkDocsPage)])

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Remember MkDocs' page objects; the shared navigation stays empty, every locale has its own."""
        del config
        self._nav_pages = {file.src_uri: file.page for file in files.documentation_pages() if file.page}
        return nav

    def _frame(self, page: Page, config: MkDocsConfig) -> MkDocsConfig:
        """Return the configuration as the theme shall see it in the page's locale."""
        alternates = [
            {"name": row["name"], "link": row["path"], "lang": row["locale"]} for row in page.meta["alternates"]
        ]
        return _framed(config, page.meta["site_title"], alternates, page.path.partition("/")[0] + "/")

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Mend what HTML and WCAG forbid in the theme's frame, in the page for unknown addresses too."""
        del config
        if not template_name.endswith(".html"):
            return output_content
        made = _mended(output_content, "ltr")
        self._scripts |= inline_scripts(made)
        return made

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Rebuild when a translation changes, not only when the source does."""
        del builder
        root = Path(config.docs_dir).parent
        if (root / "locales").is_dir():
            server.watch(str(root / "locales"))
        return server


def _framed(config: MkDocsConfig, name: str, languages: list[dict[str, str]], home: str) -> MkDocsConfig:
    """Return the configuration with the name, the languages and the first page that the theme shall show."""
    framed = copy.copy(config)
    # the theme prints names and titles as they stand
    framed.site_name = escape(name)
    framed["extra"] = {**config.extra, "alternate": languages, "homepage": home}
    return framed


def _version(folders: Sequence[str]) -> str:
    """Return what our scripts and styles are asked for with: what a browser or a host keeps of others is never used."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted(Path(folder, "assets").glob("policypress*")):
            for file in [path] if path.is_file() else sorted(path.glob("*.*")):
                found.update(file.read_bytes())
    return f"?v={found.hexdigest()[:12]}"


def _mended(html: str, direction: str, skip: str = "") -> str:
    """Return a page of the theme as HTML and WCAG 2.2 AA allow it; `skip` is what its first link says."""
    html = re.sub(r'<html lang="([^"]*)"', rf'<html lang="\1" dir="{direction}"', html, count=1)
    if skip:
        # the theme's own skips what stands above the first heading, and is missing where a page has no contents
        link = f'<a href="#pp-content" class="md-skip">{escape(skip)}</a>'
        place = re.compile(r'(<div data-md-component="skip">).*?(</div>)', re.DOTALL)
        html = place.sub(lambda found: f"{found[1]}{link}{found[2]}", html, count=1)
        html = html.replace('<article class="md-content__inner', '<article id="pp-content" class="md-content__inner', 1)
    # `autocomplete` has no meaning on a check box
    html = re.sub(r'(<input [^>]*type="checkbox"[^>]*?) autocomplete="off"', r"\1", html)
    # a radio button that is hidden from screen readers alone can still be reached by keyboard
    html = re.sub(r'(<input class="md-option"[^>]*?)aria-hidden="true"', r'\1aria-hidden="true" tabindex="-1"', html)
    if 'id="__toc"' not in html:
        html = html.replace(' for="__toc"', "")
    return html


def _page(page: Page, config: MkDocsConfig) -> MkDocsPage:
    """Return a page as MkDocs knows it, without its text."""
    file = File.generated(config, f"{page.path}index.md", content="", inclusion=InclusionLevel.NOT_IN_NAV)
    return _Finished(page.title, file, config)


def _tree(headings: Sequence[Heading]) -> list[AnchorLink]:
    """Nest headings by their level."""
    roots: list[AnchorLink] = []
    stack: list[AnchorLink] = []
    for heading in headings:
        link = AnchorLink(escape(heading.title), heading.anchor, heading.level)
        while stack and stack[-1].level >= link.level:
            stack.pop()
        (stack[-1].children if stack else roots).append(link)
        stack.append(link)
    return roots
