"""The site's service worker in a real browser: a push event shows the notice, a tap opens a page of the site only."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from notifier.channels import push
from notifier.channels.protocol import Addressee, Content, Kind
from tests.integration.test_browser import browser  # noqa: F401 - the fixture

ROOT = Path(__file__).resolve().parents[2]
WORKER = ROOT / "policypress/theme/push.js"
REGISTER = """async () => {
  await navigator.serviceWorker.register("/push.js");
  const ready = await navigator.serviceWorker.ready;
  // An event that comes while the worker is being activated is lost.
  while (ready.active.state !== "activated") await new Promise((resolve) => setTimeout(resolve, 10));
  return ready.scope;
}"""
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(
  ({ title, body, lang, dir, tag, data }) => ({ title, body, lang, dir, tag, url: data.url }))"""
#: Counts what the worker has shown. Asking the browser for its notifications meanwhile would make it forget those that
#: it is about to show.
COUNTED = """() => {
  self.count = 0;
  if (self.counted) return;
  self.counted = true;
  const show = self.registration.showNotification.bind(self.registration);
  self.registration.showNotification = async (...notice) => { await show(...notice); self.count += 1; };
}"""
#: What the worker would show for a push; nothing is shown, so that no notice of another test is in the way.
SAID = """async (data) => await new Promise((resolve) => {
  self.registration.showNotification = async (title, { data }) => resolve({ title, url: data.url });
  self.dispatchEvent(new PushEvent("push", data === null ? {} : { data }));
})"""
#: No user taps in a test: the worker is told of a tap, and what it would open is written down.
TAPPED = """async (tag) => {
  const [notification] = await self.registration.getNotifications({ tag });
  return await new Promise((resolve) => {
    Object.defineProperty(self.clients, "openWindow", { value: resolve });
    self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
  });
}"""
CONTENT = Content(
    kind=Kind.WEBPUSH, locale="ar", direction="rtl", guardian=False, subject="تتغير سياسة الخصوصية", text="النص",
    url="/ar/changes/2026-12-01/",
)  # fmt: skip


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_) -> None:
        """Keep the test's output clean."""


@contextmanager
def served(folder: Path):
    """Serve a folder on loopback; yield its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Site:
    """A page with the worker registered, and the DevTools' way to hand the worker an event."""

    def __init__(self, page, origin: str) -> None:
        self.page, self.origin = page, origin
        registrations: list[str] = []
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: registrations.extend(
                one["registrationId"] for one in event["registrations"] if one["scopeURL"] == f"{origin}/"
            ),
        )
        self.devtools.send("ServiceWorker.enable")
        self.scope = page.evaluate(REGISTER)
        while not registrations:
            page.wait_for_timeout(20)
        self.registration = registrations[-1]

    def push(self, *data: str) -> list[dict]:
        """Deliver push events, as the browser does with what it has opened; return what is shown then."""
        (worker,) = self.page.context.service_workers
        worker.evaluate(COUNTED)
        for number, one in enumerate(data, 1):
            at = {"origin": self.origin, "registrationId": self.registration, "data": one}
            self.devtools.send("ServiceWorker.deliverPushMessage", at)
            for _ in range(200):
                if worker.evaluate("self.count") == number:
                    break
                self.page.wait_for_timeout(20)
        self.page.wait_for_timeout(200)
        return self.page.evaluate(SHOWN)


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):  # noqa: F811 - the fixture
    """Return the site's worker in a page that may notify."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(WORKER, folder / "push.js")
    (folder / "index.html").write_text("<!doctype html><title>policy</title>", encoding="utf-8")
    with served(folder) as origin:
        context = browser.new_context()
        context.grant_permissions(["notifications"], origin=origin)
        page = context.new_page()
        page.goto(f"{origin}/")
        yield Site(page, origin)
        context.close()


def test_a_push_shows_the_notice(site) -> None:
    """Title, body, language and direction are the notice's; the worker serves the whole site."""
    assert f"{site.origin}/" == site.scope
    payload = push.payload(CONTENT, Addressee(notice="n1", address=""))
    shown = site.push(json.dumps(payload | {"url": f"{site.origin}/ar/changes/2026-12-01/"}))
    expected = {
        "title": "تتغير سياسة الخصوصية", "body": "النص", "lang": "ar", "dir": "rtl", "tag": "n1",
        "url": f"{site.origin}/ar/changes/2026-12-01/",
    }  # fmt: skip
    assert [expected] == shown


def test_the_same_notice_twice_shows_once(site) -> None:
    """A notice that was sent again replaces itself; another one stands beside it."""
    shown = site.push(*(json.dumps({"title": tag, "tag": tag}) for tag in ("n2", "n2", "n3")))
    assert ["n2", "n3"] == sorted(one["tag"] for one in shown if one["tag"] != "n1")


def test_a_tap_opens_what_changed(site) -> None:
    """The page that the notice names, in a window of its own if it is not open yet."""
    site.push(json.dumps({"title": "t", "tag": "n4", "url": "/ar/changes/2026-12-01/"}))
    (worker,) = site.page.context.service_workers
    assert f"{site.origin}/ar/changes/2026-12-01/" == worker.evaluate(TAPPED, "n4")


BAD = [None, "", "no json", "null", "[]", '{"url": "https://evil.example/"}', '{"url": "javascript:alert(1)"}']


@pytest.mark.parametrize("data", BAD)
def test_whatever_comes_something_of_the_site_is_shown(site, data) -> None:
    """A browser punishes a silent worker; and no message leads away from the site."""
    (worker,) = site.page.context.service_workers
    assert {"title": site.origin.removeprefix("http://"), "url": f"{site.origin}/"} == worker.evaluate(SAID, data)
