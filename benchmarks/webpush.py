"""How fast web push goes out: through the channel, beside its parts alone on all cores: encryption, client, sockets."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import socket
import ssl
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import loopback, output, processes
from notifier.channels import CHANNELS, flight, sealing
from notifier.channels.posting import Heard, Poster
from notifier.channels.protocol import Addressee, Batch, Content, Kind, Result
from notifier.settings import Settings
from notifier.tokens import NoticeId
from tests.notifier.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.channels.protocol import Channel

#: The channel's share of bare encryption.
TARGET = 0.8
KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BATCH = 500
CONTENT = Content(
    kind=Kind.WEBPUSH, locale="en", direction="ltr", guardian=False, subject="Our privacy policy changes",
    text="From 15 January 2027. See what changes.", url="https://policy.example.org/en/changes/2026-12-01/",
)  # fmt: skip


#: A sealed message of the size of CONTENT, and headers of the size of ours.
SEALED = b"x" * 430
HEADERS = {"TTL": "2419200", "Topic": "t" * 21, "Authorization": "vapid t=" + "x" * 330, "Urgency": "normal"}


def seal(messages: int, _url: str) -> float:
    """Seal so many messages; return the processor's seconds, as each part does."""
    subscription = json.loads(Browser().subscription("http://127.0.0.1/p"))
    public, auth = (sealing.unpadded(subscription["keys"][name]) for name in ("p256dh", "auth"))
    job, began = (b"x" * 300, public, auth), time.process_time()
    sealing.seal_all([job] * messages)
    return time.process_time() - began


def post(messages: int, url: str) -> float:
    """Post so many messages by the channel's client, sealed beforehand, as many at once as the channel does."""

    async def lane(poster: Poster, share: int) -> None:
        for _ in range(share):
            heard = await poster.post(f"{url}/push/abc", HEADERS, SEALED)
            assert isinstance(heard, Heard), heard

    async def run() -> None:
        poster = Poster(context=ssl.create_default_context())
        await asyncio.gather(*(lane(poster, messages // flight.LANES) for _ in range(flight.LANES)))
        await poster.close()

    began = time.process_time()
    asyncio.run(run())
    return time.process_time() - began


def exchange(messages: int, url: str) -> float:
    """Send so many finished requests over plain sockets and read the answers unparsed: what no client undercuts."""
    host, port = url.removeprefix("http://").split(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = (
        f"POST /push/abc HTTP/1.1\r\nHost: {host}\r\n{head}Content-Length: {len(SEALED)}\r\n\r\n".encode() + SEALED
    )
    sockets = [socket.create_connection((host, int(port))) for _ in range(flight.LANES)]
    began = time.process_time()
    for _ in range(messages // flight.LANES):
        for one in sockets:
            one.sendall(request)
        for one in sockets:
            one.recv(4096)
    for one in sockets:
        one.close()
    return time.process_time() - began


def alone(work: Callable[[int, str], float], url: str, messages: int, cores: int) -> tuple[float, float]:
    """Return how often a second all cores do one part of the work alone, and what it costs the processor in seconds."""
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(work, [flight.LANES] * cores * 2, [url] * cores * 2))
        began = time.perf_counter()
        seconds = sum(pool.map(work, [messages // cores] * cores, [url] * cores))
        return messages / (time.perf_counter() - began), seconds / messages


def ours(channel: Channel, server: loopback.Loopback, messages: int, workers: int) -> tuple[float, float]:
    """Return the same of the channel as a whole, with as many batches under way as there are workers."""
    subscription = Browser().subscription(f"{server.url}/push/abc")
    batches = [
        Batch(
            campaign="privacy-policy/2026-12-01", attempt=str(number), content=CONTENT,
            addressees=tuple(
                Addressee(notice=str(NoticeId(campaign=number, holder=one, channel=3)), address=subscription)
                for one in range(BATCH)
            ),
        )
        for number in range(messages // BATCH)
    ]  # fmt: skip
    with ThreadPoolExecutor(workers) as pool:
        began, cpu = time.perf_counter(), processes.cpu(but=server.pid)
        answers = list(pool.map(channel.send, batches))
        seconds, cpu = time.perf_counter() - began, processes.cpu(but=server.pid) - cpu
    refused = [one for answer in answers for one in answer.outcomes if one.result is not Result.ACCEPTED]
    assert not refused, refused[0]
    return messages / seconds, cpu / messages


def main() -> None:
    """Print one JSON object."""
    parser = output.parser(__doc__)
    parser.add_argument("--messages", type=int, default=8000)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    settings = Settings(vapid_key=SecretStr(KEY), webpush_hosts="loopback", sender="X <privacy@example.org>")
    channel = CHANNELS["webpush"].open_channel(settings)
    # A whole number of messages for each lane of each process, and of batches.
    messages = options.messages // (BATCH * cores) * BATCH * cores
    parts = {"bare": seal, "client": post, "sockets": exchange}
    with loopback.provider(loopback.Push) as server:
        ours(channel, server, BATCH * settings.workers, settings.workers)
        rounds = [
            {name: alone(work, server.url, messages, cores) for name, work in parts.items()}
            | {"webpush": ours(channel, server, messages, settings.workers)}
            for _ in range(3)
        ]
        served = processes.cpu(server.pid) / (3 * 3 * messages)
        channel.close()
    warm = BATCH * settings.workers + 3 * 2 * flight.LANES * cores * 2
    assert server.copies == warm + 3 * 3 * messages, server.copies
    costs = {name: min(one[name][1] for one in rounds) for name in rounds[0]} | {"server": served}
    # By the processor's time, which a busy machine does not stretch: the server takes its part of the same cores.
    best = costs["bare"] / (costs["bare"] + costs["sockets"] + served)
    report = {
        "per_second": {name: round(statistics.median(one[name][0] for one in rounds)) for name in rounds[0]},
        "cpu_us": {name: round(seconds * 1e6, 1) for name, seconds in costs.items()},
        "share": round(statistics.median(one["webpush"][0] / one["bare"][0] for one in rounds), 3),
        "share_by_cpu": round(costs["bare"] / (costs["webpush"] + served), 3),
        "share_without_any_client": round(best, 3), "target": TARGET,
    }  # fmt: skip
    output.say(report, options)


if __name__ == "__main__":
    main()
