"""Runs the application under uvicorn until it is told to stop; knows no route."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

#: Connections at once; more are answered 503.
MOST = 512
#: Seconds for requests under way when it is told to stop.
GRACE = 20


def server(app: ASGIApp, host: str, port: int, proxies: str) -> uvicorn.Server:
    """Return a server that writes no access log: the paths hold tokens and account ids."""
    return uvicorn.Server(
        uvicorn.Config(
            app, host=host, port=port, log_config=None, access_log=False, server_header=False, proxy_headers=True,
            forwarded_allow_ips=proxies, limit_concurrency=MOST, timeout_graceful_shutdown=GRACE,
        )
    )  # fmt: skip


def listen(server: uvicorn.Server) -> socket.socket:
    """Return the socket a server is to run on, open already: who comes before it runs waits. OSError if it cannot be."""
    config = server.config
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    return socket.create_server((config.host, config.port), family=family, backlog=config.backlog)
