"""The preview's server: two folders in one, an address of this machine only, and a line that tells of changes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from policypress.cli import main
from policypress.errors import UsageError
from policypress.preview.serving import Bell, Server, parse_address
from tests.policypress.conftest import SECOND


@pytest.fixture
def served(tmp_path):
    """Return a running server of two folders, and its bell."""
    for path, text in {
        "draft/en/draft/index.html": "<body>draft</body>",
        "site/en/index.html": "<body>site</body>",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "secret.html").write_text("secret")
    bell = Bell()
    server = Server(("127.0.0.1", 0), (tmp_path / "draft", tmp_path / "site"), bell)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server, bell
    bell.close()
    server.shutdown()
    thread.join()
    server.server_close()


def get(server, path: str, **headers: str):
    """Return status, headers and body."""
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read().decode()
    connection.close()
    return found


def test_pages_of_both_folders(served) -> None:
    """Draft and site stand under one root; each page gets the script that reloads it and may not be kept or indexed."""
    server, _ = served
    for path, words in (("/en/draft/", "draft"), ("/en/", "site")):
        status, headers, body = get(server, path)
        assert (200, "no-store", "noindex, nofollow, noarchive") == (
            status,
            headers["Cache-Control"],
            headers["X-Robots-Tag"],
        )
        assert words in body
        assert "/.policypress/live.js" in body


def test_a_folder_leads_to_its_page(served) -> None:
    """An address without its closing slash is led on."""
    status, headers, _ = get(served[0], "/en/draft")
    assert (302, "/en/draft/") == (status, headers["Location"])


@pytest.mark.parametrize(
    "path", ["/../secret.html", "/en/..%2f..%2f..%2fsecret.html", "/%2e%2e/secret.html", "/nothing/", "/a%00b"]
)
def test_nothing_outside_the_folders(served, path) -> None:
    """No spelling of an address leads out of what is served."""
    status, _, body = get(served[0], path)
    assert 404 == status
    assert "secret" not in body


def test_a_page_elsewhere_cannot_read_the_draft(served) -> None:
    """A name that somebody points at this machine is refused (DNS rebinding)."""
    assert 403 == get(served[0], "/en/draft/", Host="evil.example")[0]
    assert 200 == get(served[0], "/en/draft/", Host="localhost:8000")[0]


def test_a_change_is_told_at_once(served) -> None:
    """An open line names the state of the pages, and the next state when the bell rings."""
    server, bell = served
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("GET", "/.policypress/changes")
    line = connection.getresponse()
    first = line.fp.readline()
    line.fp.readline()
    start = time.monotonic()
    bell.ring()
    assert first != line.fp.readline()
    assert time.monotonic() - start < 5
    connection.close()


def test_a_page_names_the_state_it_shows(served) -> None:
    """What changes between loading a page and listening is not missed: the first line it hears is another state."""
    server, bell = served
    _, _, body = get(server, "/en/draft/")
    (shown,) = re.findall(r'data-shown="([\d.]+)"', body)
    assert bell.now == shown
    bell.ring()
    assert get(server, "/.policypress/now")[2] != shown


@pytest.mark.parametrize("text", ["8000", "localhost", "localhost:", "localhost:x", "localhost:99999", ":80"])
def test_an_address_that_is_none(text) -> None:
    """What is no HOST:PORT is told with how one is written."""
    with pytest.raises(UsageError, match="HOST:PORT"):
        parse_address(text)


def test_an_address_of_the_sixth_version(tmp_path) -> None:
    """It is listened at, and told with its brackets."""
    (tmp_path / "index.html").write_text("<body>six</body>")
    try:
        server = Server(parse_address("[::1]:0"), (tmp_path,), Bell())
    except OSError:
        server = None  # a machine without it: the address is written all the same
    if server is None:
        assert ("::1", 8000) == parse_address("[::1]:8000")
        return
    with server:
        assert f"http://[::1]:{server.server_address[1]}/" == server.url


def test_the_command(twice) -> None:
    """It tells where the draft stands, shows it, sees an edit, and ends with 0 and nothing left behind."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [str(Path(sys.executable).with_name("policypress")), "serve", "--address", f"127.0.0.1:{port}"]
    environment = {**os.environ, "TMPDIR": str(twice.root / "aside"), "POLICYPRESS_AS_OF": SECOND}
    (twice.root / "aside").mkdir()
    process = subprocess.Popen(command, cwd=twice.root, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert re.match(r"draft: 0 errors, \d+ warnings", process.stdout.readline())
        assert f"  http://127.0.0.1:{port}/en/draft/\n" == process.stdout.readline()
        while "built" not in process.stdout.readline():
            pass
        twice.edit("policy_src/text/02-retention.md", "24 months", "36 months")
        assert process.stdout.readline().startswith("draft: ")
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/en/draft/")
        assert "36 months" in connection.getresponse().read().decode()
        connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert (0, "stopped") == (process.returncode, out.splitlines()[-1])
    assert [] == list((twice.root / "aside").iterdir())


def test_an_address_in_use(twice, capfd) -> None:
    """A port that is taken is told with the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert 1 == main(["-C", str(twice.root), "serve", "--address", f"127.0.0.1:{taken.getsockname()[1]}"])
    assert "--address" in capfd.readouterr().err
