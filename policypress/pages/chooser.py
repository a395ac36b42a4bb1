"""`/`: every language by its own name, no words that would need one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from policypress.localise import direction, language_name
from policypress.pages.page import Page
from policypress.pages.room import document_title
from policypress.pages.templates import ENVIRONMENT

if TYPE_CHECKING:
    from datetime import date

    from policypress.edition import Editions


def page(editions: Editions, day: date) -> Page:
    """Return `/`: every language by its own name, no words that would need one."""
    settings = editions.settings
    rows = [
        {
            "locale": locale,
            "dir": direction(locale),
            "name": language_name(locale),
            "title": document_title(editions, locale, day),
            "languages": words.say("choose-language"),
            "demonstration": words.say("demonstration-company", company=settings.company),
        }
        for locale, words in editions.words.items()
    ]
    template = ENVIRONMENT.get_template("chooser.html")
    return Page(
        path="",
        locale=settings.source_locale,
        title=settings.company,
        body=partial(template.render, rows=rows, demonstration=settings.demonstration),
        meta={
            "kind": "chooser",
            "dir": direction(settings.source_locale),
            "nav": (),
            "alternates": tuple(
                {"locale": row["locale"], "name": row["name"], "path": f"{row['locale']}/"} for row in rows
            ),
            "demonstration": "",
            "announcements": (),
            "responsible": None,
            "search": None,
            "site_title": settings.company,
            "chosen": rows,
        },
    )
