"""One locale on one day: what its pages share and the frame around them; makes no page by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from policypress.bundle import ChangeClass
from policypress.edition import written
from policypress.localise import direction
from policypress.pages.page import Heading, Link, Page
from policypress.pages.templates import ENVIRONMENT
from policypress.release import announced, in_force

if TYPE_CHECKING:
    from datetime import date

    from policypress.edition import Edition, Editions
    from policypress.localise import Words
    from policypress.release import Record


def document_title(editions: Editions, locale: str, day: date) -> str:
    """Return the document's title in a locale."""
    applying = in_force(editions.records, day)
    for edition in ([editions.get(applying.id)] if applying else []) + list(editions.editions):
        if document := edition.document(locale):
            return document.title
    return editions.settings.company


@dataclass(frozen=True)
class Room:
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
        return document_title(self.editions, self.locale, self.day)

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
        **context: Any,
    ) -> Page:
        settings = self.editions.settings
        html = ENVIRONMENT.get_template(template).render(
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
