"""The pages that a link leads to, in the words of the bundle; knows no ledger and no request.

One question is answered by pressing a button, several by choosing for each and sending once: no answer stands for two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from notifier.compose import Words
from notifier.consent.desk import Case, Form
from notifier.consent.questions import worded
from notifier.consent.shelf import Announced
from notifier.errors import Refused
from notifier.ledger.consent import Mailbox, Reply
from policypress.bundle import ChangeClass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from jinja2 import Template

    from notifier.consent.questions import Worded
    from notifier.ledger.consent import Answer
    from policypress.bundle import Bundle, LocalChange, LocaleText

#: The word on each button.
BUTTONS: Mapping[Reply, str] = {Reply.YES: "agree", Reply.NO: "disagree", Reply.LATER: "decide-later"}
#: The word over a page that only says something.
SAYINGS = frozenset({"link-not-valid", "link-expired", "wait-a-minute", "no-action-needed"})
#: What says that a form was not taken: it was not the one shown, or nothing was chosen on it.
ALERTS = ("answer-again", "no-answer-chosen")
#: Words that pages of several questions need, and what a bundle printed before there were any says in their place.
SEVERAL: Mapping[str, str] = {
    "answer-each": "consent-asked-for", "send-answers": "consent-answer", "answers-recorded": "answer-recorded",
    "not-answered": "no-answer-no-consent", "no-answer-chosen": "answer-again", "if-no-consent-each": "if-no-consent",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known of the one who looks: what they chose, and what they just did."""

    locale: str
    #: Why their last form was not taken: one of `ALERTS`.
    alert: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A question with the answer there is."""

    id: str
    heading: str
    summaries: tuple[str, ...]
    changes: tuple[Markup, ...]
    #: What can be chosen, with the words of each, and what is chosen.
    choices: Mapping[str, str]
    chosen: str
    #: The words of the answer, empty if there is none, and when it was given, for a machine and for a reader.
    answered: str
    at: tuple[str, str]


def consent(case: Case, shown: Shown, form: Form) -> str:
    """Return the page that asks; Refused if the bundle lacks a word."""
    bundle = case.announced.bundle
    text = bundle.locales[shown.locale]
    questions = [_question(one, case.answers.get(one.id), bundle) for one in worded(bundle, text)]
    return _render(bundle, shown.locale, {
        "asks": True,
        "mailbox": case.mailbox,
        "questions": questions,
        "answered": any(one.answered for one in questions),
        "others": _others(bundle, text),
        "alert": shown.alert,
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
        case = Case(announced=Announced(campaign=0, name="", bundle=bundle), mailbox=mailbox, answers={})
        form = Form(locale=tag, digest=text.digest, seal="")
        try:
            for alert in ALERTS:
                consent(case, Shown(locale=tag, alert=alert), form)
            if len(bundle.questions) > 1:
                # Written in today's words: only what was planned before may lack them.
                _ = [Words(text, bundle.company)[word] for word in SEVERAL]
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
        "w": Words(text, bundle.company, SEVERAL),
        "bundle": bundle,
        "english_prevails": bundle.prevailing_locale == "en" and locale != "en",
    }
    return _template().render(common | values)


def _question(asked: Worded, answer: Answer | None, bundle: Bundle) -> _Question:
    return _Question(
        id=asked.id,
        heading=asked.heading,
        summaries=asked.summaries,
        changes=tuple(_marked(change) for change in asked.changes),
        choices={reply.value: word for reply, word in BUTTONS.items() if _offered(reply, answer)},
        chosen=answer.reply.value if answer else "",
        answered=BUTTONS.get(answer.reply, "") if answer else "",
        at=_moment(answer, bundle) if answer else ("", ""),
    )


def _others(bundle: Bundle, text: LocaleText) -> Sequence[Mapping[str, Any]]:
    """Return, under its heading, what else changes materially."""
    material = {one.id for one in bundle.changes if one.change_class is ChangeClass.MATERIAL and not one.consent}
    found: dict[str, list[Markup]] = {}
    for change in text.changes:
        if change.id in material:
            found.setdefault(change.heading, []).append(_marked(change))
    return [{"heading": heading, "summaries": (), "changes": changes} for heading, changes in found.items()]


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
