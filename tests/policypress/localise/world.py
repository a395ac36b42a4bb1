"""A small policy in four languages for the tests of this room."""

from __future__ import annotations

from datetime import date

from policypress.document import parse
from policypress.localise import Filling, parse_catalogue, parse_glossary
from policypress.settings import parse_settings

SETTINGS = """
id = "privacy"
company = "Example"
source_locale = "en"
prevailing_locale = "en"
timezone = "Asia/Almaty"
site_url = "https://policy.example.org/"
[facts]
name = "Example Ltd."
url = "https://example.org/"
[locales.en]
date = "d MMMM y"
[locales.kk]
fallback = ["ru", "en"]
date = "y 'жылғы' d MMMM"
[locales.kk.facts]
url = "https://example.org/kk/"
[locales.ru]
[locales.ar]
[lead_time]
reason = "Common practice."
material = 30
"""
GLOSSARY = """
[terms.data]
en = "personal data"
kk = "дербес деректер"
ru = "персональные данные"
"""
SOURCE = """# Privacy {#title}

## About us {#about .unnumbered}

We are {{ facts.name }}, at <{{ facts.url }}>.

## Use {#use}

We use {{ term('data') }} since {{ date(release.effective) }}.

### Details {#details}

- One.
- Two, see {{ ref('rights') }}.

## Rights {#rights}

You may object.
"""


def source(text=SOURCE):
    """Return the document as its editors wrote it."""
    return parse(text, file="policy_src/text/a.md")


def filling():
    """Return what placeholders print, for a release that takes effect on 8 August 2024."""
    return Filling(
        settings=parse_settings(SETTINGS),
        glossary=parse_glossary(GLOSSARY, "glossary.toml"),
        release={"published": date(2024, 7, 1), "effective": date(2024, 8, 8)},
    )


def entry(context, source_text, translation, *, fuzzy=False, comment=""):
    """Return one PO entry."""
    lines = [f"#. {comment}"] if comment else []
    lines += ["#, fuzzy"] if fuzzy else []
    quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in (context, source_text, translation)]
    lines += [f'{key} "{text}"' for key, text in zip(("msgctxt", "msgid", "msgstr"), quoted, strict=True)]
    return "\n".join(lines)


HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"'


def po(*entries):
    """Return a PO file of entries."""
    return "\n\n".join((HEADER, *entries)) + "\n"


def catalogue(locale, *entries):
    """Return a catalogue of entries."""
    return parse_catalogue(po(*entries), locale, f"{locale}.po")
