"""Tests of the composed notice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from notifier.channels import fcm, push, sealing
from notifier.channels.protocol import TOKEN, Addressee, Content, Kind
from notifier.compose import LARGEST, LONGEST_BODY, LONGEST_TITLE, Composer
from notifier.errors import Refused
from notifier.ledger.records import Lane
from policypress.bundle import Bundle
from tests.notifier.factory import EFFECTIVE, make_bundle, words

TAGS = ("en", "kk", "ru", "ar")


def content(bundle: Bundle, tag: str, kind: Kind = Kind.EMAIL, *, guardian: bool = False, serve: str = "") -> Content:
    composer = Composer(bundle=bundle, sender="Xiaomi <privacy@example.org>", serve_url=serve)
    return composer.content(Lane(kind=kind, locale=tag, guardian=guardian))


def changed(bundle: Bundle, tag: str, **fields: Any) -> Bundle:
    text = bundle.locales[tag].model_copy(update=fields)
    return bundle.model_copy(update={"locales": {**bundle.locales, tag: text}})


@pytest.mark.parametrize("tag", TAGS)
def test_a_mail_says_everything_in_its_language(tag: str) -> None:
    """Date, summaries, redlines, consent, three links, why it came, and that it is a demonstration."""
    bundle = make_bundle(TAGS)
    mail, w, text = content(bundle, tag), words(tag), bundle.locales[tag]
    for part in (mail.text, mail.html):
        assert EFFECTIVE[tag] in part
        assert w["demonstration-company"].replace("{company}", "Xiaomi") in part
        assert w["mail-no-unsubscribe"] in part
        assert w["consent-in-account"] in part
        assert w["consent-answer"] not in part
        for summary in text.summaries:
            assert summary.text in part
        for url in (text.urls.release, text.urls.changes, text.urls.comparison):
            assert url in part
        assert "editorial" not in part
        assert not re.search(r"\{[a-z-]+\}|\.\.(?!\.)", part.replace("{+…+}", "").replace("[-…-]", ""))
    assert text.changes[1].text in mail.text
    assert f'<html lang="{tag}" dir="{text.dir}"' in mail.html
    assert "<img" not in mail.html
    assert "http://" not in mail.html.replace('xmlns="http://www.w3.org/1999/xhtml"', "")


def test_the_guardians_mail_says_so() -> None:
    """The words for a guardian stand in the guardian's mail and in no other."""
    said = words("ru")["mail-to-guardian"]
    assert [True, False] == [said in content(make_bundle(), "ru", guardian=who).text for who in (True, False)]


def test_consent_is_linked_where_a_page_is_served() -> None:
    """The link carries the place of each holder's token, in both parts."""
    mail = content(make_bundle(), "en", serve="https://notices.example.org/")
    for part in (mail.text, mail.html):
        assert f"https://notices.example.org/consent/{TOKEN}" in part
        assert words("en")["consent-in-account"] not in part


def test_without_consent_nothing_is_asked() -> None:
    """Where no change needs consent, the mail says that nothing needs to be done."""
    changes = [{"id": i, "section": "s", "kind": "added", "class": "material"} for i in ("c1", "c2", "c3")]
    mail = content(make_bundle(changes=changes), "en")
    assert [True, False] == [words("en")[id_] in mail.text for id_ in ("no-action-needed", "consent-needed")]


def test_marks_carry_their_own_colours() -> None:
    """A client that drops style sheets still shows what was added and removed, and reads it out in words."""
    html = content(make_bundle(), "kk").html
    body = html[html.index("<body") :]
    assert not re.search(r"<(ins|del)>", body)
    assert "text-decoration:underline" in body
    assert "text-decoration:line-through" in body
    assert words("kk")["sr-added"] in body
    assert 'class="pp-sr"' not in body
    assert body.count("mso-hide:all") == 1 + 2 * 3


def test_too_long_a_redline_becomes_a_link() -> None:
    """A mail stays under what Gmail shows; the changes are then named and linked, the text part is complete alone."""
    bundle = make_bundle()
    change = bundle.locales["en"].changes[0].model_copy(update={"html": "<p>" + "x" * LARGEST + "</p>"})
    mail = content(changed(bundle, "en", changes=(change,)), "en")
    assert len(mail.html.encode()) < LARGEST
    assert words("en")["changes-too-long"] in mail.html


def test_values_are_escaped() -> None:
    """A heading or a company with markup in it is text in the HTML part."""
    bundle = make_bundle(company="<b>A&B</b>")
    mail = content(bundle, "en")
    assert "<b>A" not in mail.html
    assert "&lt;b&gt;A&amp;B" in mail.html
    assert "<b>A&B</b>" in mail.text


@pytest.mark.parametrize("tag", TAGS)
def test_a_push_fits_the_strictest_service(tag: str) -> None:
    """Title and body are short enough, say that it is a demonstration, and lead to the changes."""
    made = content(make_bundle(TAGS), tag, Kind.FCM)
    assert len(made.subject) <= LONGEST_TITLE
    assert len(made.text) <= LONGEST_BODY
    assert made.text.endswith(f"({words(tag)['demonstration-short']})")
    assert f"https://policy.example.org/{tag}/changes/2026-12-01/" == made.url


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("kind", [None, "amended", "withdrawn"])
def test_a_push_fits_every_service_by_its_bytes(tag: str, kind: str | None) -> None:
    """In each language, whatever it says: FCM's message and the sealed payload; a giant address is refused before."""
    moved = [{"kind": kind, "on": "2026-12-05", "effective": "2027-01-15" if kind == "amended" else None}]
    bundle = make_bundle(TAGS, moved=moved if kind else [])
    made = Composer(bundle=bundle, sender="a@example.org").content(
        Lane(kind=Kind.WEBPUSH, locale=tag, news=kind is not None)
    )
    addressee = Addressee(notice="n" * 30, address="t" * 300)
    assert len(json.dumps(push.fcm(made, addressee), ensure_ascii=False).encode()) < fcm.LARGEST // 2
    assert len(json.dumps(push.payload(made, addressee), ensure_ascii=False).encode()) < sealing.LARGEST // 4


def test_a_push_with_a_giant_address_is_refused_before_anything_is_planned() -> None:
    """The message says of which language and what to shorten."""
    urls = make_bundle().locales["kk"].urls.model_copy(update={"changes": "https://policy.example.org/" + "x" * 3000})
    with pytest.raises(Refused, match=r"kk: the push has 3[0-9]{3} bytes, 3000 fit"):
        content(changed(make_bundle(), "kk", urls=urls), "kk", Kind.FCM)


def test_every_missing_word_is_said_at_once() -> None:
    """Before anything is planned: locale, id and the way out; also a push that is too long."""
    bundle = make_bundle()
    short = {id_: text for id_, text in words("kk").items() if id_ != "mail-why"}
    bundle = changed(bundle, "kk", words=short)
    bundle = changed(bundle, "ru", words=words("ru") | {"push-title": "х" * 50})
    composer = Composer(bundle=bundle, sender="a@example.org")
    with pytest.raises(Refused) as caught:
        composer.prove([Lane(kind=kind, locale=tag) for kind in Kind for tag in bundle.locales])
    lines = str(caught.value).splitlines()
    assert 2 == len(lines)
    assert "kk: the bundle lacks the words mail-why" in lines[0]
    assert "ru: push-title has 50 characters, 49 fit" in lines[1]


def test_a_correction_says_so() -> None:
    """A release that corrects the text alone says that the processing did not change; any other mail does not."""
    line = "the text was wrong; the way we process personal data has not changed."
    for bundle, times in ((make_bundle(correction=True), 1), (make_bundle(), 0)):
        mail = content(bundle, "en")
        assert [times, times] == [part.count(line) for part in (mail.text, mail.html)]
        assert times == mail.html.count(f">{words('en')['correction-push-title']}</h1>")


def test_days_of_single_sections_are_said() -> None:
    """A section that takes effect on days of its own says for whom and when, with one full stop."""
    bundle = make_bundle()
    days = ("existing accounts: 1 March 2027", "new accounts: 1 декабря 2026 г.")
    summaries = (bundle.locales["en"].summaries[0].model_copy(update={"dates": days}),)
    mail = content(changed(bundle, "en", summaries=summaries), "en")
    assert "  existing accounts: 1 March 2027.\n  new accounts: 1 декабря 2026 г.\n" in mail.text
    assert "<strong>existing accounts: 1 March 2027.</strong>" in mail.html
    assert "г.." not in mail.html
