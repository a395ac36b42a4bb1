"""Editions -> Page(path, html, meta); pure, knows no site generator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from policypress.bundle import ChangeClass
from policypress.document import plain
from policypress.edition import as_known, local_pair, marks_of, written
from policypress.localise import direction, language_name
from policypress.redline import redline
from policypress.release import Record, State, announced, in_force, state, superseded_by
from policypress.render import Block, assemble, clause_block, heading_block, inline, redlined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from policypress.changes import Pair
    from policypress.document import Clause, Document, Section
    from policypress.edition import Edition, Editions
    from policypress.localise import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """An entry of a page's table of contents."""

    anchor: str
    title: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the site, complete but for the frame around it."""

    #: Address below the site's root, empty or with a closing slash: `kk/archive/`.
    path: str
    locale: str
    title: str
    html: str
    headings: tuple[Heading, ...] = ()
    #: Whatever a frame needs: `dir`, `kind`, `announcement`, `alternates`, `nav`, `feed`, `description`.
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to a page of the site, by its path."""

    title: str
    path: str


def make_pages(editions: Editions, day: date) -> tuple[Page, ...]:
    """Return every page of the site as it stands on a day."""
    editions = as_known(editions, day)
    pages = [page for words in editions.words.values() for page in _Room(editions, words, day).pages()]
    shape: dict[str, list[str]] = {}
    for page in pages:
        shape.setdefault(page.path.removeprefix(page.locale), []).append(page.locale)
    return (
        _chooser(editions, day),
        *(replace(page, meta={**page.meta, "alternates": _alternates(page, shape)}) for page in pages),
    )


def _alternates(page: Page, shape: Mapping[str, list[str]]) -> tuple[dict[str, str], ...]:
    """Return the same page in every language, this one included."""
    rest = page.path.removeprefix(page.locale)
    return tuple({"locale": locale, "name": language_name(locale), "path": f"{locale}{rest}"} for locale in shape[rest])


_environment = Environment(
    loader=PackageLoader("policypress", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _chooser(editions: Editions, day: date) -> Page:
    """Return `/`: every language by its own name, no words that would need one."""
    settings = editions.settings
    rows = [
        {
            "locale": locale,
            "dir": direction(locale),
            "name": language_name(locale),
            "title": _title(editions, locale, day),
            "demonstration": words.say("demonstration-company", company=settings.company),
        }
        for locale, words in editions.words.items()
    ]
    html = _environment.get_template("chooser.html").render(rows=rows, demonstration=settings.demonstration)
    return Page(
        path="",
        locale=settings.source_locale,
        title=settings.company,
        html=html,
        meta={
            "kind": "chooser",
            "dir": direction(settings.source_locale),
            "nav": (),
            "alternates": tuple(
                {"locale": row["locale"], "name": row["name"], "path": f"{row['locale']}/"} for row in rows
            ),
            "demonstration": "",
            "announcement": None,
            "site_title": settings.company,
        },
    )


def _title(editions: Editions, locale: str, day: date) -> str:
    """Return the document's title in a locale."""
    applying = in_force(editions.records, day)
    for edition in ([editions.get(applying.id)] if applying else []) + list(editions.editions):
        if document := edition.document(locale):
            return document.title
    return editions.settings.company


@dataclass(frozen=True)
class _Room:
    """The pages of one locale on one day."""

    editions: Editions
    words: Words
    day: date

    @property
    def locale(self) -> str:
        return self.words.locale

    @cached_property
    def applying(self) -> Record | None:
        return in_force(self.editions.records, self.day)

    @cached_property
    def upcoming(self) -> tuple[Record, ...]:
        return announced(self.editions.records, self.day)

    @cached_property
    def published(self) -> tuple[Edition, ...]:
        """Return what has been published by the day in this locale, the newest first."""
        shown = [e for e in self.editions.editions if e.record.published <= self.day and e.document(self.locale)]
        return tuple(reversed(shown))

    @cached_property
    def title(self) -> str:
        return _title(self.editions, self.locale, self.day)

    def pages(self) -> Iterator[Page]:
        yield self._policy()
        yield self._upcoming()
        yield self._archive()
        for edition in self.published:
            yield self._release(edition)
            if edition.compared(self.locale):
                yield self._changes(edition)

    def date(self, day: date) -> str:
        return written(day, self.locale, self.editions.settings)

    def path(self, *parts: str) -> str:
        return "".join(f"{part}/" for part in (self.locale, *parts))

    # one page each

    def _policy(self) -> Page:
        """Return the text in force."""
        edition = self.editions.get(self.applying.id) if self.applying else None
        if edition is None or edition.document(self.locale) is None:
            return self._page("policy", (), self.title, "empty.html", message=self.words.say("no-results"))
        return self._text(edition, "policy", ())

    def _upcoming(self) -> Page:
        """Return the announced text, or the statement that there is none."""
        edition = next((e for e in self.published if self.upcoming and e.record.id == self.upcoming[0].id), None)
        if edition is None:
            message = self.words.say("no-announced-changes")
            return self._page(
                "upcoming", ("upcoming",), self.words.say("upcoming-version"), "empty.html", message=message
            )
        return self._text(edition, "upcoming", ("upcoming",))

    def _release(self, edition: Edition) -> Page:
        return self._text(edition, "release", ("archive", edition.record.id))

    def _text(self, edition: Edition, kind: str, parts: tuple[str, ...]) -> Page:
        """Return a page that shows a whole text."""
        document = edition.document(self.locale)
        if document is None:
            raise KeyError(self.locale)
        title, *rest = document.sections
        opening = replace(title, level=0)
        return self._page(
            kind,
            parts,
            document.title,
            "policy.html",
            headings=_contents(document),
            heading=self._html([replace(title, clauses=())]),
            opening=self._html([opening]),
            body=self._html(rest),
            edition=edition,
            status=self._status(edition),
            summaries=edition.bundle.locales[self.locale].summaries if kind != "policy" else (),
        )

    def _html(self, sections: Iterable[Section]) -> Markup:
        return Markup(assemble(tuple(self._blocks(sections))))  # noqa: S704 (made by `render`: raw HTML is off)

    def _blocks(self, sections: Iterable[Section]) -> Iterator[Block]:
        permalink = self.words.say("permalink")
        for section in sections:
            if section.level:
                attributes, note = self._language(section.heading)
                yield heading_block(section, inline(section.heading.text), permalink, attributes)
                yield from note
            for clause in section.clauses:
                attributes, note = self._language(clause)
                yield from note
                yield clause_block(clause, attributes=attributes)

    def _language(self, clause: Clause) -> tuple[str, list[Block]]:
        """Return the attributes of a clause that fell back, and the note that says so."""
        if not clause.lang:
            return "", []
        named = f"fallback-clause-{clause.lang}"
        note = (
            self.words.say(named)
            if named in self.words.words
            else self.words.say("fallback-clause", language=language_name(clause.lang, self.locale))
        )
        block = Block(
            kind="paragraph", html=str(Markup.escape(note)), attributes=' class="pp-fallback"', depth=clause.depth
        )
        return f' lang="{clause.lang}" dir="{direction(clause.lang)}"', [block]

    def _archive(self) -> Page:
        rows = [
            {
                "status": self._status(edition),
                "path": self.path("archive", edition.record.id),
                "changes": self.path("changes", edition.record.id) if edition.compared(self.locale) else "",
                "title": self.words.say("version-of", date=self.date(edition.record.published)),
                "class": self.words.say(f"class-{edition.record.release_class}") if edition.step else "",
                "count": self.words.count("n-changes", len(edition.bundle.locales[self.locale].changes)),
                "hypothetical": edition.record.demonstration,
            }
            for edition in self.published
        ]
        return self._page("archive", ("archive",), self.words.say("all-versions"), "archive.html", rows=rows)

    def _changes(self, edition: Edition) -> Page:
        """Return what one release changed: in short, then the whole text with its marks."""
        text = edition.bundle.locales[self.locale]
        waits = edition.record.takes_effect > self.day
        groups = tuple(self._groups(edition))
        comparison = Markup(assemble(tuple(self._comparison(edition))))  # noqa: S704
        title = self.words.say("what-will-change" if waits else "what-changed")
        return self._page(
            "changes",
            ("changes", edition.record.id),
            title,
            "changes.html",
            headings=(
                Heading(anchor="summary", title=self.words.say("summary-of-changes"), level=2),
                *(Heading(anchor=group["anchor"], title=group["heading"], level=3) for group in groups),
                Heading(anchor="comparison", title=self.words.say("full-comparison"), level=2),
            ),
            edition=edition,
            status=self._status(edition),
            summaries={summary.section: summary for summary in text.summaries},
            groups=groups,
            comparison=comparison,
            count=self.words.count("n-changes", len(text.changes)),
        )

    def _groups(self, edition: Edition) -> Iterator[dict[str, Any]]:
        """Yield the changes section by section, the material ones first."""
        text = edition.bundle.locales[self.locale]
        changes = {change.id: change for change in edition.bundle.changes}
        sections: dict[str, list[dict[str, Any]]] = {}
        for local in text.changes:
            change = changes[local.id]
            row = {"local": local, "change": change, "html": Markup(local.html)}  # noqa: S704
            sections.setdefault(change.section, []).append(row)
        weight = {name: max(row["change"].change_class.weight for row in rows) for name, rows in sections.items()}
        for name, rows in sorted(sections.items(), key=lambda item: -weight[item[0]]):
            top = max((row["change"].change_class for row in rows), key=lambda kind: kind.weight)
            yield {
                "anchor": f"change-{name}",
                "section": name,
                "heading": rows[0]["local"].heading,
                "rows": rows,
                "class": top,
                "label": self.words.say(f"class-{top}"),
                "consent": any(row["change"].consent for row in rows),
            }

    def _comparison(self, edition: Edition) -> Iterator[Block]:
        """Yield the whole document with what came and what went marked in place."""
        step = edition.step
        if step is None:
            return
        corrected = {
            (f.pair.new.index if f.pair and f.pair.new else -1): f
            for f in step.verdict.findings
            if f.only == self.locale
        }
        for pair in step.pairs:
            local = step.local(pair, self.locale)
            finding = corrected.get(pair.new.index) if pair.new else None
            fixed = local_pair(step, finding, self.locale) if finding else None
            yield self._compared(fixed or local)

    def _compared(self, pair: Pair) -> Block:
        runs = redline(plain(pair.old_text), plain(pair.new_text), locale=self.locale)
        same = all(run.op == "equal" for run in runs)
        clause = pair.clause
        html = inline(clause.text) if same else redlined(runs, marks_of(self.words))
        kind = "" if same and pair.kind != "moved" else f' class="pp-{pair.kind}"'
        if pair.kind == "moved":
            html = f'<span class="pp-badge">{Markup.escape(self.words.say("moved"))}</span> {html}'
        if clause.kind == "heading":
            block = heading_block(pair.section, html, self.words.say("permalink"))
            # anchors of the text belong to the text's own page; here they would stand twice
            return replace(
                block,
                attributes=f' id="c-{pair.section.anchor}"{kind}',
                tag=f"h{min(pair.section.level + 2, 6)}",
                html=block.html.replace(f'href="#{pair.section.anchor}"', f'href="#c-{pair.section.anchor}"'),
            )
        if clause.kind == "row":
            html = f"<td>{html}</td>"
        return clause_block(clause, html.replace('href="#', 'href="#c-'), kind)

    # the frame's needs

    def _page(
        self,
        kind: str,
        parts: tuple[str, ...],
        title: str,
        template: str,
        *,
        headings: tuple[Heading, ...] = (),
        **context: Any,
    ) -> Page:
        settings = self.editions.settings
        html = _environment.get_template(template).render(
            t=self.words.say,
            title=title,
            locale=self.locale,
            path=self.path,
            day=self.date,
            material=ChangeClass.MATERIAL,
            root="../" * (len(parts) + 1),
            **context,
        )
        return Page(
            path=self.path(*parts),
            locale=self.locale,
            title=title,
            html=html,
            headings=headings,
            meta={
                "kind": kind,
                "dir": direction(self.locale),
                "nav": self._nav(),
                "feed": f"{self.locale}/feed.xml",
                "feed_title": self.words.say("follow-changes"),
                "site_title": self.title,
                "announcement": self._announcement(),
                "demonstration": self.words.say("demonstration-company", company=settings.company)
                if settings.demonstration
                else "",
            },
        )

    def _nav(self) -> tuple[Link, ...]:
        say = self.words.say
        links = [Link(title=self.title, path=self.path())]
        if waiting := next((e for e in self.published if self.upcoming and e.record.id == self.upcoming[0].id), None):
            links.append(Link(title=say("upcoming-version"), path=self.path("upcoming")))
            if waiting.compared(self.locale):
                links.append(Link(title=say("what-will-change"), path=self.path("changes", waiting.record.id)))
        links.append(Link(title=say("all-versions"), path=self.path("archive")))
        return tuple(links)

    def _announcement(self) -> dict[str, str] | None:
        """Return what stands on every page until a material change takes effect."""
        shown = {edition.record.id for edition in self.published if edition.compared(self.locale)}
        for record in self.upcoming:
            if record.release_class is ChangeClass.MATERIAL and record.id in shown:
                return {
                    "release": record.id,
                    "effective": record.takes_effect.isoformat(),
                    "text": self.words.say("mail-opening", date=self.date(record.takes_effect)),
                    "link": self.words.say("see-changes"),
                    "path": self.path("changes", record.id),
                }
        return None

    def _status(self, edition: Edition) -> dict[str, Any]:
        """Return the three statements: in force from, current or superseded by, changes pending."""
        record, say = edition.record, self.words.say
        records = self.editions.records
        now = state(record, records, self.day)
        later = superseded_by(record, records, self.day)
        badge = {
            State.IN_FORCE: "status-in-force",
            State.ANNOUNCED: "status-upcoming",
            State.WITHDRAWN: "status-withdrawn",
        }.get(now, "status-superseded")
        settings = self.editions.settings
        prevailing = settings.prevailing_locale
        return {
            "state": now.name.lower().replace("_", "-"),
            "badge": say(badge),
            "since": self._since(record, now),
            "published": say("published-on", date=self.date(record.published)),
            "superseded": say("superseded-by", date=self.date(later.published)) if later else "",
            "superseded_path": self.path("archive", later.id) if later else "",
            "pending": self._pending(now),
            "moved": self._moved(record),
            "correction": say("correction") if record.correction else "",
            "hypothetical": say("hypothetical-release") if record.demonstration else "",
            "prevails": say("english-prevails") if prevailing == "en" and self.locale != prevailing else "",
            "effective": record.takes_effect.isoformat(),
        }

    def _since(self, record: Record, now: State) -> str:
        """Return from when a release applies; of a withdrawn one, that it never does."""
        if now is State.WITHDRAWN:
            return self.words.say("withdrawn-on", date=self.date(record.moved[-1].on))
        kind = "takes-effect" if now is State.ANNOUNCED else "in-force-from"
        return self.words.say(kind, date=self.date(record.takes_effect))

    def _moved(self, record: Record) -> tuple[str, ...]:
        """Return where the effective date was moved, a line each."""
        lines, before = [], record.effective
        for moved in record.moved:
            if moved.effective:
                slots = {"from": self.date(before), "to": self.date(moved.effective)}
                lines.append(self.words.say("date-moved", **slots))
                before = moved.effective
        return tuple(lines)

    def _pending(self, now: State) -> str:
        """Return the statement about pending changes, on the text in force only."""
        if now is not State.IN_FORCE or not self.upcoming:
            return ""
        return self.words.say("takes-effect", date=self.date(self.upcoming[0].takes_effect))


def _contents(document: Document) -> tuple[Heading, ...]:
    """Return a document's headings but for its title."""
    return tuple(
        Heading(anchor=section.anchor, title=section.title, level=section.level)
        for section in document.sections
        if section.level > 1
    )
