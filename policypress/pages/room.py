"""One locale on one day: what its pages share and the frame around them; makes no page by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from policypress.bundle import ChangeClass
from policypress.edition import written
from policypress.localise import direction, language_name
from policypress.pages.page import Heading, Link, Page
from policypress.pages.templates import ENVIRONMENT
from policypress.release import Standing, in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from policypress.edition import Edition, Editions
    from policypress.lineage import Lineage
    from policypress.localise import Words
    from policypress.release import Record


#: Kinds of page with a script of their own, `theme/assets/policypress/<kind>.js`.
_SCRIPTS = ("compare", "search")


def document_title(editions: Editions, locale: str, day: date) -> str:
    """Return the document's title in a locale."""
    applying = in_force(editions.records, day)
    for edition in ([editions.get(applying.id)] if applying else []) + list(editions.editions):
        if locale in edition.locales:
            return edition.outline(locale).title
    return editions.settings.company


def instant(record: Record) -> str:
    """Return the instant at which a release takes effect, in UTC: `2027-01-14T19:00:00Z`."""
    start = datetime.combine(record.takes_effect, datetime.min.time(), ZoneInfo(record.timezone))
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Room:
    """The pages of one locale on one day."""

    editions: Editions
    words: Words
    day: date
    lineage: Lineage

    @property
    def locale(self) -> str:
        return self.words.locale

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.editions.records, self.day)

    @property
    def applying(self) -> Record | None:
        return self.standing.applying

    @property
    def upcoming(self) -> tuple[Record, ...]:
        return self.standing.upcoming

    @cached_property
    def published(self) -> tuple[Edition, ...]:
        """Return what has been published by the day in this locale, the newest first."""
        shown = [e for e in self.editions.editions if e.record.published <= self.day and self.locale in e.locales]
        return tuple(reversed(shown))

    @cached_property
    def title(self) -> str:
        return document_title(self.editions, self.locale, self.day)

    @cached_property
    def moments(self) -> tuple[tuple[str, str, Room], ...]:
        """Return from when until when (instants in UTC, empty for open ends) what is said holds, and the day it is.

        A page is read after the day it was built for: what an announced release will make true is on it already, and
        is shown from its instant on.
        """
        bounds = ["", *dict.fromkeys(instant(record) for record in self.upcoming), ""]
        days = [self.day, *dict.fromkeys(record.takes_effect for record in self.upcoming)]
        rooms = [self, *(replace(self, day=day) for day in days[1:])]
        return tuple(zip(bounds, bounds[1:], rooms, strict=False))

    def shown(self, release: str) -> Edition | None:
        """Return a release where it is published in this locale."""
        return self._shown.get(release)

    @cached_property
    def _shown(self) -> dict[str, Edition]:
        return {edition.record.id: edition for edition in self.published}

    def date(self, day: date) -> str:
        return written(day, self.locale, self.editions.settings)

    def path(self, *parts: str) -> str:
        return "".join(f"{part}/" for part in (self.locale, *parts))

    def page(
        self,
        kind: str,
        parts: tuple[str, ...],
        title: str,
        template: str,
        *,
        headings: tuple[Heading, ...] = (),
        fill: Callable[[], Mapping[str, Any]] = dict,
        **context: Any,
    ) -> Page:
        """Return a page in the frame that all of a locale's pages share; `fill` makes what its template shows."""
        settings = self.editions.settings

        def body() -> str:
            return ENVIRONMENT.get_template(template).render(
                t=self.words.say,
                title=title,
                locale=self.locale,
                path=self.path,
                say=self.words,
                day=self.date,
                material=ChangeClass.MATERIAL,
                root="../" * (len(parts) + 1),
                **context,
                **fill(),
            )

        return Page(
            path=self.path(*parts),
            locale=self.locale,
            title=title,
            body=body,
            headings=headings,
            meta={
                "kind": kind,
                "dir": direction(self.locale),
                "nav": self._nav(),
                "responsible": self._responsible,
                "search": {
                    "path": self.path("search"),
                    "label": self.words.say("search-policy"),
                    "placeholder": self.words.say("search"),
                },
                "skip": self.words.say("skip-to-content"),
                "contents": self.words.say("contents"),
                "top": self.words.say("back-to-top"),
                "languages_label": self.words.say("choose-language"),
                "feed": f"{self.locale}/feed.xml",
                "feed_title": self.words.say("follow-changes"),
                "site_title": self.title,
                "hide": ("toc",) if kind == "compare" else (),
                "script": f"assets/policypress/{kind}.js" if kind in _SCRIPTS else "",
                "push": self._push(),
                "announcements": self._announcements,
                "elsewhere": self._elsewhere if kind != "policy" else None,
                "demonstration": self.words.say("demonstration-company", company=settings.company)
                if settings.demonstration
                else "",
            },
        )

    def _push(self) -> dict[str, str] | None:
        """Return what the button says that subscribes a browser, where notices can be subscribed to."""
        notices, say = self.editions.settings.notices_url, self.words.say
        if notices is None:
            return None
        said = {"label": "push-subscribe", "done": "push-done", "denied": "push-denied", "failed": "push-failed"}
        return {"notices": notices, **{name: say(word) for name, word in said.items()}}

    def _nav(self) -> tuple[Link, ...]:
        say = self.words.say
        links = [Link(title=say("status-in-force") if self.applying else self.title, path=self.path())]
        if self.upcoming and (waiting := self.shown(self.upcoming[0].id)):
            links.append(Link(title=say("upcoming-version"), path=self.path("upcoming")))
            if waiting.compared(self.locale):
                links.append(Link(title=say("what-will-change"), path=self.path("changes", waiting.record.id)))
        links.append(Link(title=say("all-versions"), path=self.path("archive")))
        if len(self.published) > 1:
            links.append(Link(title=say("compare-versions"), path=self.path("compare")))
        return tuple(links)

    @cached_property
    def _announcements(self) -> tuple[dict[str, str], ...]:
        """Return what stands on every page until a material change takes effect, the next one first.

        Readers of a language that has no text of it are led to the source's.
        """
        say, source, made = self.words.say, self.editions.settings.source_locale, []
        for record in self.upcoming:
            edition = self.editions.get(record.id)
            shown = self.locale if self.locale in edition.locales else source
            if record.release_class is ChangeClass.MATERIAL and edition.compared(shown):
                made.append(
                    {
                        "release": record.id,
                        "effective": record.takes_effect.isoformat(),
                        "instant": instant(record),
                        "text": say("mail-opening", date=self.date(record.takes_effect)),
                        "turned": say("changed-on", date=self.date(record.takes_effect)),
                        "link": say("see-changes"),
                        "close": say("close-announcement"),
                        "path": f"{shown}/changes/{record.id}/",
                        "language": "" if shown == self.locale else language_name(shown),
                        "lang": shown,
                    }
                )
        return tuple(made)

    @cached_property
    def _elsewhere(self) -> dict[str, Any] | None:
        """Return in which languages the text in force is published, where it is not in this one."""
        edition = self.editions.get(self.applying.id) if self.applying else None
        if edition is None or self.locale in edition.locales:
            return None
        there = [locale for locale in self.editions.words if locale in edition.locales]
        links = [{"path": f"{locale}/", "lang": locale, "name": language_name(locale)} for locale in there]
        return {"text": self.words.say("published-elsewhere"), "links": links}

    @cached_property
    def _responsible(self) -> dict[str, Any]:
        """Return who is responsible and how to reach them, as the fact sheet of the newest text says."""
        edition = (self.shown(self.applying.id) if self.applying else None) or next(iter(self.published), None)
        practices = edition.printed.practices if edition else None
        settings, contact = self.editions.settings, practices.contact if practices else None
        outline = edition.outline(self.locale) if edition and self.locale in edition.locales else None
        there = {anchor for anchor, _, _ in outline.sections} if outline else set()
        home = self.path() if self.applying and edition and edition.record.id == self.applying.id else ""
        return {
            "label": self.words.say("who-is-responsible"),
            "name": practices.controller.name if practices else settings.company,
            "path": f"{home}#{practices.controller.section}"
            if practices and home and practices.controller.section in there
            else "",
            "contact": self.words.say("contact-us"),
            "contact_path": f"{home}#{contact.section}" if contact and home and contact.section in there else "",
            "url": contact.url if contact else "",
            "emails": contact.emails if contact else (),
        }
