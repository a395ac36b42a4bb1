"""How fast web push goes out: seal, sign and post through the channel, beside bare encryption on all cores."""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import loopback, output
from notifier.channels import sealing
from notifier.channels.protocol import Addressee, Batch, Content, Kind, Result
from notifier.channels.webpush import WebPush, open_channel
from notifier.settings import Settings
from notifier.tokens import NoticeId
from tests.notifier.browser import Browser

#: The channel's share of bare encryption.
TARGET = 0.8
KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BATCH = 1000
CONTENT = Content(
    kind=Kind.WEBPUSH, locale="en", direction="ltr", guardian=False, subject="Our privacy policy changes",
    text="From 15 January 2027. See what changes.", url="https://policy.example.org/en/changes/2026-12-01/",
)  # fmt: skip


def bare(messages: int, cores: int) -> float:
    """Return the messages a second that all cores seal with nothing else to do, in hundreds."""
    browser = Browser()
    subscription = json.loads(browser.subscription("http://127.0.0.1/p"))
    keys = (sealing.unpadded(subscription["keys"][name]) for name in ("p256dh", "auth"))
    job = (b"x" * 300, *keys)
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(sealing.seal_all, [[job]] * cores * 4))
        began = time.perf_counter()
        list(pool.map(sealing.seal_all, [[job] * 100] * (messages // 100)))
        return messages / (time.perf_counter() - began)


def ours(channel: WebPush, url: str, messages: int, workers: int) -> float:
    """Return the messages a second through the channel, with as many batches under way as there are workers."""
    subscription = Browser().subscription(f"{url}/push/abc")
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
        began = time.perf_counter()
        answers = list(pool.map(channel.send, batches))
        seconds = time.perf_counter() - began
    refused = [one for answer in answers for one in answer.outcomes if one.result is not Result.ACCEPTED]
    assert not refused, refused[0]
    return messages / seconds


def main() -> None:
    """Print one JSON object."""
    parser = output.parser(__doc__)
    parser.add_argument("--messages", type=int, default=8000)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    settings = Settings(vapid_key=SecretStr(KEY), webpush_hosts="loopback", sender="X <privacy@example.org>")
    channel = open_channel(settings)
    with loopback.provider(loopback.Push) as server:
        ours(channel, server.url, BATCH, settings.workers)
        rounds = [
            (bare(options.messages, cores), ours(channel, server.url, options.messages, settings.workers))
            for _ in range(3)
        ]
        channel.close()
    assert server.copies == BATCH + 3 * options.messages, server.copies
    report = {
        "bare_per_second": round(statistics.median(one for one, _ in rounds)),
        "webpush_per_second": round(statistics.median(one for _, one in rounds)),
        "share": round(statistics.median(mine / theirs for theirs, mine in rounds), 3), "target": TARGET,
    }  # fmt: skip
    output.say(report, options)


if __name__ == "__main__":
    main()
