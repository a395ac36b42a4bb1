"""Shows a studio's pages to a browser on this machine and tells it when they changed; makes no page itself."""

from __future__ import annotations

import mimetypes
import signal
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from policypress.errors import PolicypressError, UsageError
from policypress.preview.studio import Studio
from policypress.preview.watching import EVERY, look, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from policypress.preview.watching import Mark

#: What the browser asks of the server itself, below one address that no locale can have.
_OURS = "/.policypress/"
#: Names the state that a page shows, so that a change between its loading and its listening is not missed.
_SCRIPT = '<script src="/.policypress/live.js" data-shown="{}" defer></script>'
#: Seconds after which an open line says that it is alive.
_BEAT = 15.0
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(kw_only=True)
class Bell:
    """Counts the changes of what is shown, and wakes whoever waits for the next."""

    #: Differs from server to server, so that a page left open reloads when another server answers.
    start: int = field(default_factory=time.time_ns)
    count: int = 0
    closed: bool = False
    _turn: threading.Condition = field(default_factory=threading.Condition)

    @property
    def now(self) -> str:
        """Return what stands for the pages as they are."""
        return f"{self.start}.{self.count}"

    def ring(self) -> None:
        """Say that the pages changed."""
        with self._turn:
            self.count += 1
            self._turn.notify_all()

    def close(self) -> None:
        """Let everybody go who waits."""
        with self._turn:
            self.closed = True
            self._turn.notify_all()

    def wait(self, known: str) -> None:
        """Wait until the pages are others than the known ones, or a while."""
        with self._turn:
            self._turn.wait_for(lambda: self.closed or self.now != known, _BEAT)


class Server(ThreadingHTTPServer):
    """Serves the draft's folder before the site's, and that before what the theme needs until the site is there."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folders: tuple[Path, ...], bell: Bell) -> None:
        """Listen at an address; `folders` are asked in their order."""
        self.folders, self.bell = folders, bell
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """Return the address that it listens at."""
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    _shown = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if not self._meant_for_us():
            self._send(HTTPStatus.FORBIDDEN, b"This server answers by its own address only.", "text/plain")
        elif path == f"{_OURS}live.js":
            self._send(HTTPStatus.OK, (files("policypress.preview") / "live.js").read_bytes(), "text/javascript")
        elif path == f"{_OURS}now":
            self._send(HTTPStatus.OK, self.server.bell.now.encode(), "text/plain")
        elif path == f"{_OURS}changes":
            self._changes()
        else:
            self._page(path)

    do_HEAD = do_GET  # noqa: N815 (the name is the library's)

    def _meant_for_us(self) -> bool:
        """A page elsewhere may point a name of its own at this machine and would read the draft (DNS rebinding)."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        return host in _LOCAL or str(self.server.server_address[0]) not in _LOCAL

    def _page(self, path: str) -> None:
        self._shown = self.server.bell.now  # asked for before the file is read: at worst a page reloads once too often
        found = self._file(path)
        if found is None:
            self._missing(path)
        elif found.is_dir():
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", f"{urlsplit(self.path).path}/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
            self._send(HTTPStatus.OK, found.read_bytes(), kind)

    def _file(self, path: str) -> Path | None:
        """Return the file at an address, a folder where its closing slash is missing, or None."""
        parts = [part for part in path.split("/") if part]
        if any(part in (".", "..") or "\\" in part or "\0" in part for part in parts):
            return None
        for folder in self.server.folders:
            found = folder.joinpath(*parts)
            if path.endswith("/"):
                found /= "index.html"
            if found.is_file() or (found.is_dir() and (found / "index.html").is_file()):
                return found
        return None

    def _missing(self, path: str) -> None:
        page = self._file("/404.html")
        body = (
            page.read_bytes()
            if page
            else b"<!doctype html><title>Wait</title><body><p>The site is being built.</p></body>"
        )
        self._send(HTTPStatus.NOT_FOUND, body if not path.rpartition("/")[2].count(".") else b"", "text/html")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        if kind == "text/html":
            head, mark, tail = body.rpartition(b"</body>")
            body = head + _SCRIPT.format(self._shown).encode() + mark + tail if mark else body
        self.send_response(status)
        text = kind.startswith("text/") or kind in ("application/json", "application/xml")
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Robots-Tag", "noindex, nofollow, noarchive")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _changes(self) -> None:
        """Keep the line open and name each new state of the pages (server-sent events)."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        bell = self.server.bell
        while not bell.closed:
            known = bell.now
            try:
                self.wfile.write(f"data: {known}\n\n".encode())
                self.wfile.flush()
            except OSError:
                return
            bell.wait(known)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the library's)
        """Say nothing of single requests."""


def parse_address(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`; raise `UsageError` that shows how one is written."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 (the last port)
        message = f"{text!r} is not an address. Write it as HOST:PORT, such as 127.0.0.1:8000"
        raise UsageError(message)
    return host.strip("[]"), int(port)


def serve(root: Path, address: str, *, as_of: date | None = None, say: Callable[[str], None]) -> None:
    """Serve the draft and the site until interrupted; `say` gets a line at every change."""
    place = parse_address(address)
    bell = Bell()
    with tempfile.TemporaryDirectory(prefix="policypress-serve-") as folder:
        studio = Studio(root, Path(folder), as_of=as_of)
        server = _listening(place, studio, bell)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            seen = look(root)
            outcome = studio.refresh()
            thread.start()
            say("\n".join([f"{outcome}", *(f"  {server.url}{path}" for path in outcome.paths), "stop with Ctrl-C"]))
            _watch(root, studio, seen, bell, say)
        except KeyboardInterrupt:
            say("stopped")
        finally:
            signal.signal(signal.SIGTERM, before)
            bell.close()
            if thread.is_alive():
                server.shutdown()
            server.server_close()
            studio.close()


def _listening(place: tuple[str, int], studio: Studio, bell: Bell) -> Server:
    try:
        return Server(place, (studio.draft, studio.site, studio.workbench), bell)
    except OSError as error:
        message = f"{place[0]}:{place[1]} cannot be listened at: {error.strerror or error}. Name another: --address"
        raise PolicypressError(message) from error


def _watch(root: Path, studio: Studio, seen: Mapping[str, Mark], bell: Bell, say: Callable[[str], None]) -> None:
    """Look at the files again and again; make the draft at every change, and the site where a release changed."""
    known = seen
    while True:
        if studio.site_ready():
            say(f"the site was not built:\n{studio.refused}" if studio.refused else "the site is built")
            bell.ring()
        if (now := settled(root, known)) is not None:
            known = now
            say(str(studio.refresh()))
            bell.ring()
        time.sleep(EVERY)
