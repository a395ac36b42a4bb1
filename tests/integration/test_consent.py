"""From the plan to the answer: a notice of the shipped policy, its link opened in a real browser, what the API says then."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from policypress.builder import build
from tests.integration.axe import looked_at, violations
from tests.integration.test_browser import RELEASE, ROOT, browser
from tests.notifier.postgres import free_port

__all__ = ["browser"]
pytestmark = pytest.mark.slow
NOTIFIER = Path(sys.executable).parent / "notifier"
SECRETS = {"NOTIFIER_SECRET_KEY": "0123456789abcdef" * 2, "NOTIFIER_API_KEY": "fedcba9876543210" * 2}
#: What the shipped release asks.
LOCATION, PARCELS = "location-data", "service-providers"
ACCOUNTS = """account_id,email,locale,country,guardian_email
aigerim,aigerim@example.org,kk,KZ,
bolat,Bolat@example.org,kk,KZ,
bolat-2,bolat@example.org,kk,KZ,
khalid,khalid@example.org,ar,AE,
ivan,ivan@example.org,ru,KZ,
emma,emma@example.org,en,KZ,
dana,,kk,KZ,parent@example.org
"""


@dataclass(frozen=True, kw_only=True)
class Chain:
    """A campaign that went to files, and the server behind its links."""

    url: str
    #: The link of each mail, by its address.
    links: dict[str, str]

    def answers(self, account: str) -> dict[str, str]:
        """Return how an account stands to each question."""
        return {one["question"]: one["consent"] for one in self.holder(account)["questions"]}

    def holder(self, account: str) -> dict:
        headers = {"Authorization": f"Bearer {SECRETS['NOTIFIER_API_KEY']}"}
        answer = httpx.get(f"{self.url}/v1/holders/{account}", headers=headers, trust_env=False)
        (release,) = [one for one in answer.json()["releases"] if one["release"] == RELEASE]
        return release


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The shipped policy's release, which asks two questions."""
    site = build(ROOT, as_of=date.fromisoformat(RELEASE), site=tmp_path_factory.mktemp("built") / "site")
    return site / "releases" / f"{RELEASE}.json"


@pytest.fixture(scope="module")
def chain(bundle, tmp_path_factory):
    """The shipped release announced."""
    with announced(bundle, tmp_path_factory.mktemp("chain")) as made:
        yield made


@pytest.fixture(scope="module")
def single(bundle, tmp_path_factory):
    """The same release announced as one that asks a single question."""
    folder = tmp_path_factory.mktemp("single")
    release = json.loads(bundle.read_text(encoding="utf-8"))
    for change in release["changes"]:
        change["consent"] = change["consent"] and change["section"] == LOCATION
    path = folder / "release.json"
    path.write_text(json.dumps(release), encoding="utf-8")
    with announced(path, folder) as made:
        yield made


@contextmanager
def announced(bundle, folder):
    """Plan, send to files, serve; every step is the command an operator types."""
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFIER_", "SENDGRID_"))}
    environment = kept | SECRETS | {"NOTIFIER_SERVE_URL": f"http://127.0.0.1:{port}"}

    def notifier(*arguments: str) -> str:
        run = subprocess.run(
            [NOTIFIER, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert 0 == run.returncode, run.stderr
        return run.stdout

    planned = json.loads(notifier("plan", bundle, "--audience", "accounts.csv", "--as-of", RELEASE, "--json"))
    notifier("send", planned["campaign"])
    command = [NOTIFIER, "serve", "--port", str(port), "--as-of", "2026-12-05"]
    server = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert "Listening" in server.stdout.readline()
        yield Chain(url=f"http://127.0.0.1:{port}", links=_links(folder / "outbox"))
    finally:
        server.terminate()
        _, said = server.communicate(timeout=30)
    assert (0, []) == (server.returncode, [line for line in said.splitlines() if "not served" not in line])


def _links(outbox: Path) -> dict[str, str]:
    found = {}
    for path in outbox.rglob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        text = mail.get_body(("plain",)).get_content()
        (link,) = set(re.findall(r"http://127\.0\.0\.1:\d+/consent/[\w-]+", text))
        found[str(mail["To"]).lower()] = link
    return found


@pytest.fixture
def page(browser):
    """Return a page in which no script runs, and that keeps what the console complained of."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    opened = context.new_page()
    opened.complaints, opened.requests = [], []
    opened.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: opened.requests.append(request.url))
    yield opened
    assert [] == context.cookies()
    context.close()


def press(page, words: str) -> None:
    """Reach a button by the keyboard alone, press it, and wait for the page that answers."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == words:
            break
    else:
        pytest.fail(f"{words}: not reached by the keyboard")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page, question: str, words: str) -> None:
    """Reach a question's choices by the keyboard alone and choose one."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == f"answer.{question}":
            break
    else:
        pytest.fail(f"{question}: not reached by the keyboard")
    page.keyboard.press("Space")
    for _ in range(3):
        if page.locator("label:has(:focus)").inner_text() == words:
            break
        page.keyboard.press("ArrowDown")
    expect(page.locator("label:has(:checked:focus)")).to_have_text(words)


READERS = [
    (
        "aigerim", "aigerim@example.org", "kk", "ltr", "Келісемін", "Келіспеймін", "Жауабыңыз тіркелді",
        "Жауаптарыңыз тіркелді", "Жауаптарымды жіберу", "Әлі жауап берілмеген",
    ),
    (
        "khalid", "khalid@example.org", "ar", "rtl", "أوافق", "لا أوافق", "سُجِّل ردّك", "سُجِّلت ردودك", "إرسال ردودي",
        "لم يُقدَّم الرد بعد",
    ),
]  # fmt: skip


@pytest.mark.parametrize("reader", READERS, ids=["kk", "ar"])
def test_the_link_in_the_mail_leads_to_an_answer(single, page, reader) -> None:
    """By keyboard, without scripts and cookies, in the reader's language; the mind is changed once; the API says both."""
    account, address, language, direction, agree, disagree, recorded, *_ = reader
    assert ("told", "pending") == (single.holder(account)["notice"], single.holder(account)["consent"])
    page.goto(single.links[address])
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("html")).to_have_attribute("dir", direction)
    expect(page.locator(".redline ins").first).to_be_visible()
    assert 0 == page.locator("input[type=radio]").count()
    press(page, agree)
    expect(page.get_by_role("status")).to_contain_text(recorded)
    expect(page.get_by_role("status")).to_contain_text(agree)
    (question,) = single.holder(account)["questions"]
    assert ("given", LOCATION, language) == (question["consent"], question["question"], question["answer"]["locale"])
    press(page, disagree)
    expect(page.locator(".given")).to_have_text(disagree)
    assert "refused" == single.holder(account)["consent"]
    page.reload()
    expect(page.locator(".given")).to_have_text(disagree)
    assert [] == page.complaints
    assert {single.url} == {re.match(r"https?://[^/]+", url)[0] for url in page.requests}


@pytest.mark.parametrize("reader", READERS, ids=["kk", "ar"])
def test_each_question_is_answered_and_taken_back_by_itself(chain, page, reader) -> None:
    """By keyboard, without scripts: one is answered, then the other, then the first is taken back; the API says each."""
    account, address, language, direction, agree, disagree, _, recorded, submit, open_ = reader
    page.goto(chain.links[address])
    expect(page.locator("html")).to_have_attribute("dir", direction)
    for group in page.locator("fieldset").all():
        expect(group.locator(".redline ins").first).to_be_visible()
    press(page, submit)
    expect(page.get_by_role("alert")).to_be_visible()
    assert {LOCATION: "pending", PARCELS: "pending"} == chain.answers(account)
    choose(page, LOCATION, agree)
    press(page, submit)
    expect(page.get_by_role("status")).to_contain_text(recorded)
    expect(page.get_by_role("status").locator("em")).to_have_text(open_)
    assert ("pending", {LOCATION: "given", PARCELS: "pending"}) == (
        chain.holder(account)["consent"],
        chain.answers(account),
    )
    choose(page, PARCELS, disagree)
    press(page, submit)
    expect(page.locator(".given")).to_have_text([agree, disagree])
    assert "partial" == chain.holder(account)["consent"]
    choose(page, LOCATION, disagree)
    press(page, submit)
    expect(page.locator(".given")).to_have_text([disagree, disagree])
    assert "refused" == chain.holder(account)["consent"]
    choose(page, PARCELS, agree)
    press(page, submit)
    expect(page.locator(".given")).to_have_text([disagree, agree])
    assert {LOCATION: "refused", PARCELS: "given"} == chain.answers(account)
    assert {language} == {one["answer"]["locale"] for one in chain.holder(account)["questions"]}
    assert {chain.url} == {re.match(r"https?://[^/]+", url)[0] for url in page.requests}


def test_a_language_is_chosen_by_the_reader(single, page) -> None:
    """The answer is kept with the language that was read."""
    page.goto(single.links["emma@example.org"])
    page.locator("nav a[hreflang=ru]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    with page.expect_navigation():
        page.get_by_role("button", name="Не даю согласия").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    (question,) = single.holder("emma")["questions"]
    assert ("refused", "ru") == (question["consent"], question["answer"]["locale"])


def test_a_shared_mailbox_and_a_guardian_answer_for_their_accounts(single, page) -> None:
    """Both accounts of the mailbox have the answer, the minor has the guardian's."""
    page.goto(single.links["bolat@example.org"])
    press(page, "Келісемін")
    page.goto(single.links["parent@example.org"])
    press(page, "Келіспеймін")
    assert ["given", "given", "refused"] == [single.holder(one)["consent"] for one in ("bolat", "bolat-2", "dana")]
    assert "guardian" == single.holder("dana")["answers"]
    assert "pending" == single.holder("ivan")["consent"]


@pytest.mark.parametrize("asks", ["single", "chain"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(request, browser, scheme, asks) -> None:
    """axe-core finds no violation of WCAG 2.2 AA, in any language, asked, answered, sent too late, and led astray."""
    chain = request.getfixturevalue(asks)
    found = {}
    with looked_at(browser, color_scheme=scheme) as sheet:

        def check(name: str) -> None:
            if broken := violations(sheet):
                found[name] = broken

        link = chain.links["ivan@example.org"]
        for tag in ("en", "kk", "ru", "ar"):
            sheet.goto(f"{link}?lang={tag}")
            sheet.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
            check(f"{tag} asked")
            sheet.goto(f"{chain.url}/consent/nothing?lang={tag}")
            check(f"{tag} astray")
        sheet.goto(link)
        sheet.locator("input[name=form]").evaluate("one => { one.value = 'old'; }")
        for radio in sheet.locator("input[value=yes]").all():
            radio.check()
        with sheet.expect_navigation():
            sheet.locator("button").first.click()
        expect(sheet.get_by_role("alert")).to_be_visible()
        check("sent too late")
        for radio in sheet.locator("input[value=no]").all():
            radio.check()
        with sheet.expect_navigation():
            sheet.locator("button").last.click()
        expect(sheet.get_by_role("status")).to_be_visible()
        check("answered")
    assert {} == found


def test_nothing_runs_over_on_a_telephone(chain, page) -> None:
    """At 320 pixels nothing is wider than the screen."""
    page.set_viewport_size({"width": 320, "height": 640})
    for tag in ("kk", "ar"):
        page.goto(f"{chain.links['ivan@example.org']}?lang={tag}")
        box = page.locator("body").bounding_box()
        wide = [
            one
            for one in page.locator("main *").all()
            if (found := one.bounding_box()) and found["width"] > box["width"]
        ]
        assert [] == wide
