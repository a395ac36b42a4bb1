"""An HTTP/2 server over TLS on loopback that says yes to everything; keeps the bodies and counts connections."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded

from tests.notifier.smtp_server import authority


class H2Server:
    """One thread with a loop."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.connections = 0
        ca, self._context = authority()
        self._context.set_alpn_protocols(["h2"])
        self.trusted = ssl.create_default_context()
        ca.configure_trust(self.trusted)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.url = f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_problem: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        h2 = H2Connection(H2Configuration(client_side=False))
        h2.initiate_connection()
        bodies: dict[int, bytes] = {}
        writer.write(h2.data_to_send())
        while data := await reader.read(65536):
            for event in h2.receive_data(data):
                if isinstance(event, DataReceived):
                    bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                    h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    self.bodies.append(bodies.pop(event.stream_id))
                    h2.send_headers(event.stream_id, [(":status", "200"), ("content-length", "2")])
                    h2.send_data(event.stream_id, b"{}", end_stream=True)
            writer.write(h2.data_to_send())
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
