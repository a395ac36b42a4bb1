"""JSON-LD and Open Graph of a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from policypress.exports.linked import head
from policypress.pages import make_pages
from tests.policypress.conftest import FIRST, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

SITE = "https://policy.example.org/"
DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
ADDRESS = {"type": "string", "pattern": "^https://policy.example.org/"}


def text_schema(locales: Iterable[str]) -> dict:
    """Return what schema.org wants of a DigitalDocument in some languages, and what we promise beyond it."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["@context", "@type", "@id", "url", "name", "inLanguage", "version", "datePublished", "publisher"],
        "properties": {
            "@context": {"const": "https://schema.org"},
            "@type": {"const": "DigitalDocument"},
            "@id": ADDRESS,
            "url": ADDRESS,
            "name": {"type": "string", "minLength": 1},
            "inLanguage": {"enum": list(locales)},
            "version": DAY,
            "datePublished": DAY,
            "temporalCoverage": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}/\.\.$"},
            "publisher": {"type": "object", "required": ["@type", "name"]},
            "translationOfWork": {
                "type": "object",
                "required": ["@type", "@id", "inLanguage"],
                "properties": {"@id": ADDRESS, "inLanguage": {"const": "en"}},
            },
        },
    }


def heads(editions, day=SECOND, prints=()) -> dict:
    """Return what each page's head says."""
    when = date.fromisoformat(day)
    return {page.path: head(editions, page, when, prints) for page in make_pages(editions, when)}


def test_each_text_of_the_site_follows_the_schema(site) -> None:
    """Every page with a whole text carries one valid statement, and no other page does."""
    found = {}
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        for data in re.findall(r'<script type="application/ld\+json">(.*?)</script>', html):
            found[path.relative_to(site).as_posix().removesuffix("index.html")] = json.loads(data)
    kinds = ("", "upcoming/", f"archive/{FIRST}/", f"archive/{SECOND}/")
    assert {f"{locale}/{kind}" for locale in ("en", "kk", "ru") for kind in kinds} == set(found)
    for path, data in found.items():
        assert [] == [
            error.message for error in Draft202012Validator(text_schema(("en", "kk", "ru"))).iter_errors(data)
        ]
        assert SITE + path == data["url"]


def test_a_translation_names_what_it_translates(editions) -> None:
    """The Kazakh text points to the English one of the same release; the English one to none."""
    found = heads(editions)
    kazakh = json.loads(found[f"kk/archive/{SECOND}/"]["json_ld"])
    assert f"{SITE}en/archive/{SECOND}/" == kazakh["translationOfWork"]["@id"]
    assert "translationOfWork" not in json.loads(found[f"en/archive/{SECOND}/"]["json_ld"])


def test_the_page_in_force_names_the_release_in_force(editions) -> None:
    """The version moves with the effective date."""
    assert FIRST == json.loads(heads(editions, "2027-01-14")["kk/"]["json_ld"])["version"]
    assert SECOND == json.loads(heads(editions, "2027-01-15")["kk/"]["json_ld"])["version"]


def test_a_company_cannot_break_out_of_the_script(editions) -> None:
    """Nothing in a name ends the script element."""
    hostile = replace(editions, settings=editions.settings.model_copy(update={"company": "</script><b>"}))
    text = heads(hostile)["en/"]["json_ld"]
    assert "</script>" not in text
    assert "</script><b>" == json.loads(text)["publisher"]["name"]


def test_a_pdf_is_named_only_where_it_is(editions) -> None:
    """A page leads to no PDF that the site does not have."""
    path = f"kk/archive/{FIRST}/policy.pdf"
    found = heads(editions, prints={path})
    assert path == found[f"kk/archive/{FIRST}/"]["pdf"]
    assert "pdf" not in found["kk/"]
