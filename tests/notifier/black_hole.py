"""A way to a server on which packets can be lost: nothing is refused, nothing is answered, and nobody says so."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

#: Of Linux' <asm-generic/socket.h>; a filter of one instruction, which lets nothing through: no packet that comes to
#: the socket is seen by TCP, so none is acknowledged.
ATTACH, DETACH = 26, 27
NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)


@dataclass(slots=True)
class BlackHole:
    """Forwards to a port of this machine, until told to swallow what comes."""

    target: int
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _sockets: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._listener.getsockname()[1])

    def through(self, url: str) -> str:
        """Return a URL that leads to its server through here."""
        return url.replace(f":{self.target}/", f":{self.port}/")

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_problem: object) -> None:
        for one in (self._listener, *self._sockets):
            _shut(one)
        for thread in self._threads:
            thread.join()

    def swallow(self) -> None:
        """Lose every packet from now on, also those that ask for a connection."""
        code = ctypes.create_string_buffer(NOTHING)
        program = struct.pack("HxxxxxxP", 1, ctypes.addressof(code))
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, ATTACH, program)

    def heal(self) -> None:
        """Lose none any more; connections that were given up meanwhile stay so."""
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, DETACH, 0)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self.target))
                self._sockets.append(ours)
                self._run(lambda a=ours, b=theirs: _pump(a, b))
                self._run(lambda a=theirs, b=ours: _pump(a, b))

    def _run(self, what: Callable[[], None]) -> None:
        thread = threading.Thread(target=what, daemon=True)
        self._threads.append(thread)
        thread.start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _shut(source)
    _shut(sink)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
