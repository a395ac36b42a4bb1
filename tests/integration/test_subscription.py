"""From the button to the notice: a reader's browser asks on the site, `notifier serve` takes it in, a push arrives in it.

No push service can be reached in a test: one on loopback takes the sealed message, its browser's keys open it, and the
DevTools hand what is in it to the site's service worker, as a browser does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from policypress.builder import build
from tests.integration.test_browser import RELEASE, ROOT, browser, served
from tests.integration.test_push import Site
from tests.notifier.browser import Browser, claims
from tests.notifier.http_server import HttpServer
from tests.notifier.postgres import free_port

__all__ = ["browser"]
pytestmark = pytest.mark.slow
NOTIFIER = Path(sys.executable).parent / "notifier"
KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
#: What stands in for the browser maker's push service; it remembers the key the page asked with.
SUBSCRIBE = """PushManager.prototype.subscribe = async ({{ applicationServerKey }}) => {{
  window.askedWith = applicationServerKey;
  return {{ toJSON: () => ({}) }};
}};"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    """Serve the shipped policy with a notices' server; yield folder, address, and the notices' port."""
    root, port = tmp_path_factory.mktemp("subscription"), free_port()
    for part in ("policy_src", "locales"):
        shutil.copytree(ROOT / part, root / part)
    shutil.copy(ROOT / "mkdocs.yml", root)
    with served(root / "site") as address:
        path = root / "policy_src/policy.toml"
        settings = re.sub(r'(?m)^site_url = ".*"$', f'site_url = "{address}"', path.read_text(encoding="utf-8"))
        path.write_text(f'notices_url = "http://127.0.0.1:{port}/"\n{settings}', encoding="utf-8")
        build(root, as_of=date.fromisoformat(RELEASE), site=root / "site")
        yield root, address, port


def test_a_reader_who_asked_on_the_site_is_told_in_the_browser(policy, browser) -> None:
    """In the language of the page that was asked on, with the page of changes behind a tap; asked once, told once."""
    root, address, port = policy
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFIER_", "SENDGRID_"))}
    environment = kept | {
        "NOTIFIER_VAPID_KEY": KEY, "NOTIFIER_WEBPUSH_HOSTS": "loopback", "NOTIFIER_SITE_URL": address,
        "NOTIFIER_FROM": "privacy@example.org",
    }  # fmt: skip

    def notifier(*arguments: str) -> str:
        run = subprocess.run(
            [NOTIFIER, *arguments], cwd=root, env=environment, capture_output=True, text=True, check=False
        )
        assert 0 == run.returncode, run.stderr
        return run.stdout

    receiver, context = Browser(), browser.new_context(locale="kk-KZ")
    with HttpServer() as service:
        service.answer = lambda _request: (201, {}, b"")
        page = context.new_page()
        context.grant_permissions(["notifications"])
        context.add_init_script(SUBSCRIBE.format(receiver.subscription(f"{service.url}/s/1")))
        serve = subprocess.Popen(
            [NOTIFIER, "serve", "--port", str(port)], cwd=root, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            while "Listening at" not in (line := serve.stdout.readline()):
                assert line, "the server did not start"
            page.goto(f"{address}kk/")
            for _ in range(2):
                page.locator(".pp-push button").click()
                expect(page.locator(".pp-push button")).to_be_hidden()
                page.reload()
            page.locator(".pp-push button").click()
            expect(page.locator(".pp-push button")).to_be_hidden()
            asked_with = page.evaluate("window.askedWith")
        finally:
            serve.terminate()
            serve.communicate()
        with sqlite3.connect(root / "notifier.sqlite") as connection:
            # Whoever asks after publication has seen the change: this reader asked before.
            assert 1 == connection.execute("UPDATE subscription SET at = 0").rowcount
        connection.close()
        (root / "nobody.csv").write_text("account_id,email\n", encoding="utf-8")
        bundle = f"site/releases/{RELEASE}.json"
        notifier("plan", bundle, "--audience", "nobody.csv", "--as-of", RELEASE)
        notifier("send", f"privacy/{RELEASE}")
        (request,) = service.requests
        assert address.rstrip("/") != claims(request.headers["authorization"])["aud"] == service.url
        assert asked_with == request.headers["authorization"].rpartition("k=")[2]
        clear = receiver.opened(request.body).decode()
        (shown,) = Site(page, address.rstrip("/")).push(clear)
        expected = json.loads((root / bundle).read_text(encoding="utf-8"))["locales"]["kk"]
        assert (expected["words"]["push-title"], "kk", expected["urls"]["changes"]) == (
            shown["title"], shown["lang"], shown["url"],
        )  # fmt: skip
        assert expected["effective"] in shown["body"]
    context.close()
