"""An HTTP server on loopback for push services: keeps every request, answers as it is told, faults included."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

#: (status, headers, body as JSON or bytes).
Answer = tuple[int, dict[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_request: object) -> None:
        """Say nothing of a client that hung up."""


class HttpServer:
    """`answer` decides what is said; "reset" resets, a number hangs for that many seconds and then says yes."""

    def __init__(self, context: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Answer | str | float] = lambda _request: (200, {}, {})
        self.under_way, self.most, self.connections = 0, 0, 0
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                with server._lock:
                    server.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with server.counted(request := Request(path=self.path, headers=headers, body=body)):
                    answer = server.answer(request)
                    if isinstance(answer, float):
                        time.sleep(answer)
                        answer = (201, {}, b"")
                if isinstance(answer, str):
                    self.close_connection = True
                    self.connection.close()
                    return
                status, said, content = answer
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**said, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = _Listener((address, 0), Handler)
        if context:
            # The handshake is the handler's thread's work, at its first read.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self._server.server_port}"

    def counted(self, request: Request) -> _Count:
        return _Count(server=self, request=request)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """Counts the requests under way at once."""

    server: HttpServer
    request: Request = field(repr=False)

    def __enter__(self) -> None:
        with self.server._lock:
            self.server.requests.append(self.request)
            self.server.under_way += 1
            self.server.most = max(self.server.most, self.server.under_way)

    def __exit__(self, *_problem: object) -> None:
        with self.server._lock:
            self.server.under_way -= 1
