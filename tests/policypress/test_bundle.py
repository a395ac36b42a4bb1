"""The narrow waist: a printed release as JSON that says the same when it is read again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policypress.bundle import FORMAT, Bundle, ChangeClass, LeadTime

URLS = dict.fromkeys(("policy", "release", "changes", "comparison", "archive", "feed"), "https://p.example.org/x")


def _text(tag, **values):
    return {
        "tag": tag,
        "name": tag,
        "dir": "rtl" if tag == "ar" else "ltr",
        "title": "Құпиялылық",
        "published": "1 December 2026",
        "effective": "1 января 2027 г.",
        "digest": "sha256:" + "0" * 64,
        "urls": URLS,
        "summaries": [{"section": "use", "heading": "1. Use", "text": "More.", "starts": True}],
        "changes": [{"id": "c1", "heading": "1. Use", "old": "a", "new": "b", "html": "<p>b</p>", "text": "{+b+}"}],
        "words": {"greeting": "سلام {name}"},
        **values,
    }


def _data(**values):
    return {
        "document": "privacy",
        "release": "2026-12-01",
        "company": "Example",
        "site_url": "https://p.example.org/",
        "published": "2026-12-01",
        "effective": "2027-01-15",
        "timezone": "Asia/Almaty",
        "class": "material",
        "source_locale": "en",
        "prevailing_locale": "en",
        "countries": {"KZ": "kk"},
        "lead_time": {
            "reason": "Common practice.",
            "days": {"technical": 0, "editorial": 0, "minor": 0, "material": 30},
            "countries": {"KZ": {"material": 45}},
        },
        "changes": [
            {"id": "c1", "section": "use", "kind": "reworded", "class": "material", "categories": ["retention"]}
        ],
        "locales": {"en": _text("en"), "kk": _text("kk"), "ar": _text("ar")},
        **values,
    }


def _bundle(**values):
    return Bundle.model_validate(_data(**values))


def test_json_round_trip():
    """What is dumped is read back, to the value and to the byte."""
    bundle = _bundle()
    assert bundle == Bundle.model_validate_json(bundle.dump())
    assert bundle.dump() == Bundle.model_validate_json(bundle.dump()).dump()


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), st.sampled_from(list(ChangeClass)))
def test_any_text_survives_json(words, kind):
    """Every script and every sign of a text comes back as it was."""
    bundle = _bundle(**{"class": kind, "locales": {"en": _text("en", title=words, words={"a": words})}})
    assert bundle == Bundle.model_validate_json(bundle.dump())


def test_dump_is_readable():
    """UTF-8 letters are not escaped, `class` is called class, the file ends in a newline."""
    text = _bundle().dump()
    assert "Құпиялылық" in text
    assert "change_class" not in text
    assert text.endswith("}\n")
    assert FORMAT == json.loads(text)["format"]


def test_the_schema_describes_the_dump():
    """The published JSON Schema accepts what is written."""
    schema = Bundle.model_json_schema(by_alias=True)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(_bundle().dump()), schema)


def test_the_schema_refuses_what_the_reader_refuses():
    """An unknown key breaks the schema too."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(_bundle().dump()), "extra": 1}, Bundle.model_json_schema(by_alias=True))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"extra": 1}, "extra"),
        ({"format": "policypress.release/2"}, "format"),
        ({"release": "1st"}, "release"),
        ({"timezone": "Mars/Olympus"}, "unknown time zone"),
        ({"site_url": "javascript:alert(1)"}, "site_url"),
        ({"class": "huge"}, "class"),
        ({"locales": {"kk": _text("kk")}}, "the source locale 'en' has no text"),
        ({"locales": {"en": _text("ru")}}, "tagged 'ru'"),
        ({"changes": []}, "changes that the release does not list: c1"),
        ({"locales": {"en": _text("en", digest="md5:0")}}, "digest"),
        ({"locales": {"en": _text("en", dir="up")}}, "dir"),
        ({"locales": {"en": {**_text("en"), "subject": "x"}}}, "subject"),
        ({"changes": [{"id": "c1", "section": "use", "kind": "odd", "class": "minor"}]}, "kind"),
    ],
)
def test_what_is_refused(values, words):
    """Unknown keys, another format, what does not fit together: an error, not a silence."""
    with pytest.raises(ValidationError, match=words):
        _bundle(**values)


def test_a_bundle_is_frozen():
    """A reader cannot change what was published."""
    with pytest.raises(ValidationError):
        _bundle().company = "Other"


def test_classes_are_in_order():
    """Of classes, technical < editorial < minor < material."""
    assert [0, 1, 2, 3] == [kind.weight for kind in ChangeClass]
    assert ["technical", "editorial", "minor", "material"] == [kind.value for kind in ChangeClass]


@pytest.mark.parametrize(
    ("country", "kind", "days"),
    [("KZ", "material", 45), ("RU", "material", 30), (None, "material", 30), ("KZ", "editorial", 0)],
)
def test_lead_time_by_country(country, kind, days):
    """A country's own days hold for its classes; else the general ones."""
    lead = LeadTime.model_validate(_data()["lead_time"])
    assert days == lead.for_country(country, ChangeClass(kind))


def test_latest_notice():
    """The last day that keeps the lead time of a country."""
    assert date(2026, 12, 1) == _bundle().latest_notice("KZ")
    assert date(2026, 12, 16) == _bundle().latest_notice(None)


def test_it_takes_effect_at_midnight_of_its_zone():
    """00:00 in Almaty is 19:00 of the day before in UTC."""
    assert datetime(2027, 1, 14, 19, tzinfo=UTC) == _bundle().takes_effect_at().astimezone(UTC)


def test_consent_and_withdrawal():
    """One change that asks for consent makes the release ask; one entry of withdrawal withdraws it."""
    change = {"id": "c1", "section": "use", "kind": "fact", "class": "material"}
    assert [False, True] == [_bundle(changes=[{**change, "consent": consent}]).consent for consent in (False, True)]
    later = {"kind": "amended", "on": "2026-12-20", "effective": "2027-02-01"}
    assert not _bundle(moved=[later]).withdrawn
    assert _bundle(moved=[later, {"kind": "withdrawn", "on": "2026-12-24"}]).withdrawn
