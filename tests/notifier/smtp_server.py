"""A mail server on loopback that keeps what it is given and fails where it is told to."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

if TYPE_CHECKING:
    from collections.abc import Callable


class _Server(SMTP):
    """Announces itself by a connection, for the count."""

    def connection_made(self, transport: Any) -> None:
        first = self.session is None
        super().connection_made(transport)
        if first:
            self.event_handler.connections += 1


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass(kw_only=True)
class SmtpServer:
    """Each reply is a function of the address (or of nothing); None means: yes."""

    options: dict[str, Any] = field(default_factory=dict)
    on_mail: Callable[[str], str | None] = lambda _sender: None
    on_rcpt: Callable[[str], str | None] = lambda _address: None
    #: `drop` and `hang` are done after the whole message was read.
    on_data: Callable[[str], str | None] = lambda _address: None
    messages: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, **self.options)
        self._controller.start()
        # What the controller's own start looked for does not count.
        self.connections = 0
        return self

    def __exit__(self, *_problem: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return self._controller.server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [address for _, addresses, _ in self.messages for address in addresses]

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 - the library's name
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.on_mail(address) or "250 OK"

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802 - the library's name
        reply = self.on_rcpt(address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        elif reply.startswith("421"):
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
        return reply or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        reply = self.on_data(envelope.rcpt_tos[0])
        if reply in {"drop", "accept and drop"}:
            if reply != "drop":
                self._keep(session, envelope)
            server.transport.abort()
            return "250 never seen"
        if reply == "hang":
            await asyncio.sleep(1)
        if reply is None:
            self._keep(session, envelope)
        return reply or "250 OK queued as 1"

    def _keep(self, session: Any, envelope: Any) -> None:
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        self.secured.append(session.ssl is not None)


def authority() -> tuple[trustme.CA, ssl.SSLContext]:
    """Return an authority of our own and a server's context with a certificate for 127.0.0.1 from it."""
    ca = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return ca, context


def let_in(user: bytes, password: bytes) -> Callable[..., AuthResult]:
    """Return an authenticator that knows one user."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (user, password), handled=False)

    return check
