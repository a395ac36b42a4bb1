"""A notice in one language for one channel, composed once for all its readers; knows no holder and no ledger.

Every word comes with the bundle; this file and its templates have none of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from notifier.channels.protocol import TOKEN, Content, Kind
from notifier.errors import Refused
from policypress.bundle import ChangeClass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from notifier.ledger.records import Lane
    from policypress.bundle import Bundle, LocalChange, LocaleText

#: Characters of a push by the strictest service in use (Mi Push: under 50 and under 128).
LONGEST_TITLE = 49
LONGEST_BODY = 127
#: Bytes of a push's texts and address: with all that is around them they stay below the 4,096 of FCM, and the 3,993
#: that RFC 8291 leaves of a web push.
LARGEST_PUSH = 3000
#: Bytes of the HTML part; Gmail cuts a message at 102 kB.
LARGEST = 100_000
#: The marks of the bundle's redlines in plain text, as the text part explains them.
MARKS = {"removed-mark": "[-…-]", "added-mark": "{+…+}"}

#: With the full stop after it: a Russian date ends in one of its own, and two would stand there.
_PLACEHOLDER = re.compile(r"\{([a-z-]+)\}(\.?)")
#: Many clients drop a style sheet: the marks carry their colours themselves, 7:1 and more on white.
_INLINE = {
    "<ins>": '<ins style="color:#05592b;background-color:#e3f6e8;text-decoration:underline">',
    "<del>": '<del style="color:#8a1420;background-color:#fdeaea;text-decoration:line-through">',
}
_MARK = re.compile(r"<(ins|del)(?:\s[^>]*)?>")
#: Words for screen readers: read out, not shown. Outlook knows no clip but mso-hide; Gmail drops the position.
_HIDDEN = (
    "display:inline-block;max-width:1px;max-height:1px;position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0);white-space:nowrap;font-size:1px;"
    "line-height:1px;mso-hide:all"
)
_SCREEN_READER = re.compile(r'<span class="pp-sr">')


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Composes the contents of one campaign and keeps them."""

    bundle: Bundle
    #: Sender of the mail.
    sender: str
    #: Where consent pages are served; empty: consent is asked in the account.
    serve_url: str = ""
    _kept: dict[Lane, Content] = field(default_factory=dict)

    def content(self, lane: Lane) -> Content:
        """Return the content of a lane; Refused if the bundle lacks a word or a push would be too long."""
        if lane not in self._kept:
            text = self.bundle.locales[lane.locale]
            words = Words(text, self.bundle.company)
            make = self._news if lane.news else self._mail if lane.kind is Kind.EMAIL else self._change
            self._kept[lane] = make(lane, text, words)
        return self._kept[lane]

    def prove(self, lanes: Sequence[Lane]) -> None:
        """Compose every lane, before anything is planned; Refused with every problem at once."""
        problems = []
        for lane in lanes:
            try:
                self.content(lane)
            except Refused as error:
                problems.append(str(error))
        if problems:
            raise Refused("\n".join(dict.fromkeys(problems)))

    def _mail(self, lane: Lane, text: LocaleText, words: Words) -> Content:
        values = self._values(lane, text, words)
        html = _template("mail.html.j2").render(values)
        if len(html.encode()) >= LARGEST:
            values["redlines"], values["too_long"] = (), True
            html = _template("mail.html.j2").render(values)
        if len(html.encode()) >= LARGEST:
            message = f"{text.tag}: the mail is over {LARGEST} bytes even without its redlines; shorten the summaries"
            raise Refused(message)
        return Content(
            kind=lane.kind,
            locale=text.tag,
            direction=text.dir,
            guardian=lane.guardian,
            subject=words["correction-subject" if self.bundle.correction else "mail-subject"],
            text=_tidy(_template("mail.txt.j2").render(values)),
            html=html,
            sender=self.sender,
        )

    def _values(self, lane: Lane, text: LocaleText, words: Words) -> dict[str, object]:
        material = {change.id for change in self.bundle.changes if change.change_class is ChangeClass.MATERIAL}
        redlines = tuple(change for change in text.changes if change.id in material)
        prevailing = self.bundle.prevailing_locale
        return {
            "t": text,
            "w": words,
            "bundle": self.bundle,
            "guardian": lane.guardian,
            "redlines": redlines,
            "others": len(redlines) < len(text.changes),
            "too_long": False,
            "marked": {change.id: mark(change) for change in redlines},
            "consent": self.bundle.consent,
            # A bundle printed before questions were answered one by one has no words for it; its page asks so all the same.
            "each": len(self.bundle.questions) > 1 and "if-no-consent-each" in text.words,
            "consent_url": f"{self.serve_url.rstrip('/')}/consent/{TOKEN}" if self.serve_url else "",
            "english_prevails": prevailing == "en" and text.tag != "en",
        }

    def _news(self, lane: Lane, text: LocaleText, words: Words) -> Content:
        """Return the short notice to those who were told before: the date moved, or the release was withdrawn."""
        what = "withdrawn" if self.bundle.withdrawn else "moved"
        if lane.kind is not Kind.EMAIL:
            return self._push(lane, text, words, f"{what}-push-title", f"{what}-push-body")
        values = {"t": text, "w": words, "bundle": self.bundle, "guardian": lane.guardian, "what": what}
        return Content(
            kind=lane.kind,
            locale=text.tag,
            direction=text.dir,
            guardian=lane.guardian,
            subject=words[f"{what}-subject"],
            text=_tidy(_template("moved.txt.j2").render(values)),
            html=_template("moved.html.j2").render(values),
            sender=self.sender,
        )

    def _change(self, lane: Lane, text: LocaleText, words: Words) -> Content:
        """Return the push notice of a release; a correction is no change, and one date may not be all there is."""
        if self.bundle.correction:
            return self._push(lane, text, words, "correction-push-title", "correction-push-body")
        body = "scheduled-push-body" if self.bundle.schedule else "push-body"
        return self._push(lane, text, words, "push-title", body)

    def _push(self, lane: Lane, text: LocaleText, words: Words, title_id: str, body_id: str) -> Content:
        title, body = words[title_id], words[body_id]
        if self.bundle.demonstration:
            body = f"{body} ({words['demonstration-short']})"
        for words_, longest, id_ in ((title, LONGEST_TITLE, title_id), (body, LONGEST_BODY, body_id)):
            if len(words_) > longest:
                message = f"{text.tag}: {id_} has {len(words_)} characters, {longest} fit; shorten it in notice.po"
                raise Refused(message)
        size = sum(len(part.encode()) for part in (title, body, text.urls.changes))
        if size > LARGEST_PUSH:
            message = f"{text.tag}: the push has {size} bytes, {LARGEST_PUSH} fit; shorten the site's address"
            raise Refused(message)
        return Content(
            kind=lane.kind,
            locale=text.tag,
            direction=text.dir,
            guardian=lane.guardian,
            subject=title,
            text=body,
            url=text.urls.changes,
        )


class Words(Mapping[str, str]):
    """The fixed words of one locale with their placeholders filled in."""

    def __init__(self, text: LocaleText, company: str, before: Mapping[str, str] | None = None) -> None:
        """Fill in what is the same in every sentence: the company and the effective date.

        `before` names what a bundle that is older than a sentence says in its place.
        """
        self._text, self._before = text, before or {}
        self._facts = {"company": company, "date": text.effective, **MARKS}

    def __getitem__(self, id_: str) -> str:
        """Return a sentence; Refused if the bundle does not have it, or it asks for what nobody knows."""
        if id_ not in self._text.words:
            id_ = self._before.get(id_, id_)
        try:
            return _PLACEHOLDER.sub(lambda found: _joined(self._facts[found[1]], found[2]), self._text.words[id_])
        except KeyError as error:
            missing = "lacks the words" if error.args[0] == id_ else f"asks for {error} in the words"
            message = f"{self._text.tag}: the bundle {missing} {id_}; add them to notice.po and build again"
            raise Refused(message) from None

    def __iter__(self) -> object:  # type: ignore[override]
        """Yield the ids."""
        return iter(self._text.words)

    def __len__(self) -> int:
        """Return the number of ids."""
        return len(self._text.words)


def _joined(fact: str, stop: str) -> str:
    return fact if fact.endswith(".") else fact + stop


def mark(change: LocalChange) -> Markup:
    """Return a redline with its colours written into the marks, for clients that drop style sheets."""
    html = _SCREEN_READER.sub(f'<span style="{_HIDDEN}">', change.html)
    # Safe to embed by the bundle's contract: the press renders it, raw HTML off.
    return Markup(_MARK.sub(lambda found: _INLINE[f"<{found[1]}>"], html))  # noqa: S704


def _tidy(text: str) -> str:
    """Return the text part without spaces at line ends and with one blank line at most."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


@cache
def _template(name: str) -> Template:
    environment = Environment(
        autoescape=name.endswith(".html.j2"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(files("notifier").joinpath("templates", name).read_text(encoding="utf-8"))
