"""The composed notices word by word, as golden files in cases/compose/<locale>.

`RENEW=1 .venv/bin/pytest tests/notifier/test_golden.py` writes them anew; read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import polib
import pytest

from notifier.channels import push
from notifier.channels.protocol import Addressee, Content, Kind
from notifier.compose import Composer
from notifier.ledger.records import Lane
from policypress.localise.words import shipped
from tests.notifier.factory import SEVERAL, WORDS, local, make_bundle

CASES = Path(__file__).resolve().parents[1] / "cases/compose"
SERVE = "https://notices.example.org"
TAGS = ("ar", "en", "kk", "ru")
SUBSCRIPTION = '{"endpoint": "https://push.example.net/1", "keys": {"p256dh": "B", "auth": "a"}}'


def compose(tag: str, kind: Kind) -> Content:
    composer = Composer(bundle=make_bundle(TAGS), sender="Xiaomi <privacy@example.org>", serve_url=SERVE)
    return composer.content(Lane(kind=kind, locale=tag))


def mail_text(tag: str) -> str:
    """Return the subject and the text part, as a reader without HTML has them."""
    mail = compose(tag, Kind.EMAIL)
    return f"Subject: {mail.subject}\n\n{mail.text}"


def news(tag: str, kind: str) -> str:
    """Return the short notices to those who were told before: mail and push."""
    moved = [{"kind": kind, "on": "2026-12-05", "effective": "2027-01-15" if kind == "amended" else None}]
    composer = Composer(bundle=make_bundle(TAGS, moved=moved), sender="Xiaomi <privacy@example.org>")
    mail, push_ = (composer.content(Lane(kind=one, locale=tag, news=True)) for one in (Kind.EMAIL, Kind.FCM))
    return f"Subject: {mail.subject}\n\n{mail.text}\n== push ==\n{push_.subject}\n{push_.text}\n"


def mail_html(tag: str) -> str:
    """Return the HTML part."""
    return compose(tag, Kind.EMAIL).html.rstrip("\n") + "\n"


def told(tag: str, serve: str = "", **facts: object) -> str:
    """Return what mail and push say of a release with some facts of its own."""
    composer = Composer(bundle=make_bundle(TAGS, **facts), sender="Xiaomi <privacy@example.org>", serve_url=serve)
    mail, push_ = (composer.content(Lane(kind=one, locale=tag)) for one in (Kind.EMAIL, Kind.FCM))
    return f"Subject: {mail.subject}\n\n{mail.text}\n== push ==\n{push_.subject}\n{push_.text}\n"


def scheduled(tag: str) -> str:
    """Return the notices of a release whose first summed-up section has days of its own."""
    text = local(tag)
    line = text["words"]["effective-existing"].replace("{date}", text["effective"])
    text["summaries"][0]["dates"] = [line]
    rows = [{"section": "data", "accounts": "existing", "effective": "2027-01-15"}]
    return told(tag, schedule=rows, locales={one: local(one) for one in TAGS} | {tag: text})


def push_json(tag: str) -> str:
    """Return both services' messages."""
    shown = {
        "fcm": push.fcm(compose(tag, Kind.FCM), Addressee(notice="n1", address="token")),
        "webpush": push.webpush(compose(tag, Kind.WEBPUSH), Addressee(notice="n1", address=SUBSCRIPTION)),
    }
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


FILES = {
    "moved.txt": lambda tag: news(tag, "amended"),
    "withdrawn.txt": lambda tag: news(tag, "withdrawn"),
    "correction.txt": lambda tag: told(tag, correction=True),
    "scheduled.txt": scheduled,
    "questions.txt": lambda tag: told(tag, SERVE, changes=SEVERAL),
    "mail.txt": mail_text,
    "mail.html": mail_html,
    "push.json": push_json,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("tag", TAGS)
def test_a_notice_is_word_for_word_what_was_read_and_kept(tag: str, name: str) -> None:
    """Whoever changes a word of it sees the change in every language, as a difference of files."""
    path, found = CASES / tag / name, FILES[name](tag)
    if os.environ.get("RENEW"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == found


@pytest.mark.parametrize("tag", TAGS)
def test_the_words_of_these_files_are_those_of_the_catalogues(tag: str) -> None:
    """What was read here is what a site that keeps our words sends."""
    shown = json.loads((WORDS / f"{tag}.json").read_text(encoding="utf-8"))
    entries = polib.pofile(shipped(None if tag == "en" else tag))
    says = {entry.msgctxt: entry.msgstr or entry.msgid for entry in entries if not entry.msgid_plural}
    assert {id_: says.get(id_, words) for id_, words in shown.items()} == shown


def test_there_is_no_file_that_nobody_checks() -> None:
    """A locale or a part that is gone takes its file along."""
    assert {f"{tag}/{name}" for tag in TAGS for name in FILES} == {
        path.relative_to(CASES).as_posix() for path in CASES.rglob("*") if path.is_file()
    }
