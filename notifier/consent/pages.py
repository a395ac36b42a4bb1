"""The pages that a link leads to, in the words of the bundle; knows no ledger and no request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from notifier.compose import Words
from notifier.consent.desk import Case, Form
from notifier.consent.shelf import Announced
from notifier.errors import Refused
from notifier.ledger.consent import Mailbox, Reply
from policypress.bundle import ChangeClass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jinja2 import Template

    from notifier.ledger.consent import Answer
    from policypress.bundle import Bundle, LocalChange, LocaleText

#: The word on each button.
BUTTONS: Mapping[Reply, str] = {Reply.YES: "agree", Reply.NO: "disagree", Reply.LATER: "decide-later"}
#: The word over a page that only says something.
SAYINGS = frozenset({"link-not-valid", "link-expired", "wait-a-minute", "no-action-needed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known of the one who looks: what they chose, and what they just did."""

    locale: str
    #: Their last form was not taken.
    again: bool = False


def consent(case: Case, shown: Shown, form: Form) -> str:
    """Return the page that asks; Refused if the bundle lacks a word."""
    bundle = case.announced.bundle
    return _render(bundle, shown.locale, _asked(bundle, bundle.locales[shown.locale]) | {
        "asks": True,
        "mailbox": case.mailbox,
        "answer": case.answer,
        "answered": BUTTONS.get(case.answer.reply, "") if case.answer else "",
        "at": _moment(case.answer, bundle) if case.answer else "",
        "again": shown.again,
        "buttons": {reply.value: word for reply, word in BUTTONS.items() if _offered(reply, case.answer)},
        "form": form,
        "languages": [text for tag, text in bundle.locales.items() if tag != shown.locale],
    })  # fmt: skip


def saying(bundle: Bundle, locale: str, word: str, *, withdrawn: str = "") -> str:
    """Return a page that says one thing, in the bundle's words."""
    return _render(bundle, locale, {"asks": False, "saying": word, "withdrawn": withdrawn})


def prove(bundle: Bundle) -> None:
    """Render everything that could be asked, before anything is planned; Refused with every problem at once."""
    problems = []
    for tag, text in bundle.locales.items():
        mailbox = Mailbox(accounts=("a", "b"), locale=tag, guardian=True)
        case = Case(announced=Announced(campaign=0, name="", bundle=bundle), mailbox=mailbox, answer=None)
        form = Form(locale=tag, digest=text.digest, seal="")
        try:
            consent(case, Shown(locale=tag, again=True), form)
            for word in SAYINGS:
                saying(bundle, tag, word)
        except Refused as error:
            problems.append(str(error))
    if problems:
        raise Refused("\n".join(dict.fromkeys(problems)))


def choose(bundle: Bundle, *wishes: str) -> str:
    """Return the first published locale among wishes, shortened from their ends, else the source's."""
    published = {tag.lower(): tag for tag in bundle.locales}
    for wish in wishes:
        parts = wish.strip().lower().split("-")
        for length in range(len(parts), 0, -1):
            found = published.get("-".join(parts[:length]))
            if found:
                return found
    return bundle.source_locale


def style() -> str:
    """Return the style sheet of the pages."""
    return files("notifier").joinpath("templates", "consent.css").read_text(encoding="utf-8")


def _render(bundle: Bundle, locale: str, values: dict[str, Any]) -> str:
    text = bundle.locales[locale]
    common = {
        "t": text,
        "w": Words(text, bundle.company),
        "bundle": bundle,
        "english_prevails": bundle.prevailing_locale == "en" and locale != "en",
    }
    return _template().render(common | values)


def _asked(bundle: Bundle, text: LocaleText) -> dict[str, Any]:
    """Return the changes that need consent, section by section with what they mean, and the other material ones."""
    consents = {change.id: change.section for change in bundle.changes if change.consent}
    material = {change.id for change in bundle.changes if change.change_class is ChangeClass.MATERIAL}
    summaries = [one for one in text.summaries if one.section in set(consents.values())]
    asked: dict[str, _Section] = {one.heading: _Section(one.heading) for one in summaries}
    for one in summaries:
        asked[one.heading].summaries.append(one.text)
    for change in text.changes:
        if change.id in consents:
            asked.setdefault(change.heading, _Section(change.heading)).changes.append(_marked(change))
    others: dict[str, _Section] = {}
    for change in text.changes:
        if change.id in material - consents.keys():
            others.setdefault(change.heading, _Section(change.heading)).changes.append(_marked(change))
    return {"asked": list(asked.values()), "others": list(others.values())}


@dataclass(frozen=True, slots=True)
class _Section:
    """What changes under one heading."""

    heading: str
    summaries: list[str] = field(default_factory=list)
    changes: list[Markup] = field(default_factory=list)


def _marked(change: LocalChange) -> Markup:
    # Safe to embed by the bundle's contract: the press renders it, raw HTML off.
    return Markup(change.html)  # noqa: S704


def _offered(reply: Reply, answer: Answer | None) -> bool:
    # Whoever has decided can decide otherwise; "later" would undo nothing.
    return reply is not Reply.LATER or answer is None or answer.reply is Reply.LATER


def _moment(answer: Answer, bundle: Bundle) -> tuple[str, str]:
    """Return when an answer was given, for a machine and for a reader, in the policy's time zone."""
    at = datetime.fromtimestamp(answer.at / 1000, UTC).astimezone(ZoneInfo(bundle.timezone))
    return at.isoformat(timespec="seconds"), f"{at:%Y-%m-%d %H:%M} (UTC{at.isoformat()[-6:]})"


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = files("notifier").joinpath("templates", "consent.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)
