"""Three workers on one PostgreSQL: one killed, one stopped past its lease, one cut off; then counts who was told."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from notifier import campaign
from notifier.channels.protocol import Kind
from notifier.ledger import crew, figures, open_ledger, plans
from notifier.ledger.records import Rules
from tests.notifier.factory import make_bundle, many_rows, write_audience
from tests.notifier.postgres import Server, rows
from tests.notifier.sendgrid_server import SendGridServer
from tests.torture import counting
from tests.torture.proxy import Proxy

if TYPE_CHECKING:
    from notifier.ledger.database import Database

NAME = "privacy-policy/2026-12-01"
ROOT = Path(__file__).parents[2]
HARMS = ("killed", "cut", "stopped")
#: Seconds: a lease, and the time after which what was stopped or cut is let go on: its shards are others' by then.
LEASE, AWAY = 3, 6.0
#: Seconds that harming all three takes.
ROUND = 18
WINDOW = 1
TRIES = {"resend": 2, "hold": 0}
COMMAND = [sys.executable, "-c", "from notifier.cli import main; main()", "worker", "--name"]
#: Writes of a worker that had lost its shard: an outcome that came after another worker's request for the same shard.
LATE_WRITES = """
SELECT COUNT(*) FROM attempt AS lost JOIN attempt AS next
    ON next.campaign = lost.campaign AND next.shard = lost.shard AND next.epoch > lost.epoch
WHERE lost.ended_at > next.started_at
"""


@dataclass(slots=True, kw_only=True)
class Stage:
    """The workers, what they need, and what is done to them."""

    folder: Path
    url: str
    proxy: Proxy
    provider: SendGridServer
    on_unknown: str
    rng: random.Random
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    #: The worker that is harmed at its next request.
    victim: str = ""
    harmed: threading.Event = field(default_factory=threading.Event)
    done: Counter[str] = field(default_factory=Counter)
    #: Seconds that a request takes: the campaign lasts until everybody was harmed.
    pause: float = 0.1
    _logs: int = 0

    def start(self, name: str) -> None:
        """Start a worker; the name is its key at the provider, so that its requests are known."""
        self._logs += 1
        # Behind the proxy is the ledger of the one that is cut off.
        url = self.url if name != "cut" else self.url.replace(f":{_port(self.url)}/", f":{self.proxy.port}/")
        environment = os.environ | {
            "NOTIFIER_LEDGER": url, "SENDGRID_API_KEY": name, "NOTIFIER_SENDGRID_URL": self.provider.url,
            "NOTIFIER_LEASE_SECONDS": str(LEASE), "NOTIFIER_RECONCILE_SECONDS": str(WINDOW), "NOTIFIER_WORKERS": "2",
            "NOTIFIER_ON_UNKNOWN": self.on_unknown, "NOTIFIER_LOG": str(self.folder / f"{name}-{self._logs}.log"),
        }  # fmt: skip
        with (self.folder / f"{name}.err").open("ab") as said:
            self.workers[name] = subprocess.Popen(
                [*COMMAND, name], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=said
            )

    def answer(self, key: str) -> tuple[int, dict[str, str], Any]:
        """Take a request; where its worker is the next to be harmed, do it now, while it waits for the answer."""
        if key == self.victim and not self.harmed.is_set():
            self.harm()
        return 202, {"X-Message-Id": "m"}, None

    def harm(self) -> None:
        """Kill, stop or cut off the victim."""
        if self.victim == "cut":
            self.proxy.cut()
        else:
            kind = signal.SIGKILL if self.victim == "killed" else signal.SIGSTOP
            self.workers[self.victim].send_signal(kind)
        self.done[self.victim] += 1
        self.harmed.set()

    def round(self, name: str, *, in_request: bool, finished: threading.Event, last: bool) -> None:
        """Harm a worker, in a request or at any moment, and let it go on when its lease is over.

        The last one that is stopped goes on when everything else is done: its shard is another's by then.
        """
        self.harmed.clear()
        self.victim = name
        if not in_request:
            time.sleep(self.rng.uniform(0.05, 0.5))
            if not self.harmed.is_set():
                self.harm()
        while not self.harmed.wait(0.05):
            if finished.is_set():
                return
        self.victim = ""
        if name == "killed":
            self.workers[name].wait()
            self.start(name)
            return
        if name == "stopped" and last:
            finished.wait()
        time.sleep(AWAY)
        if name == "cut":
            self.proxy.mend()
        else:
            self.workers[name].send_signal(signal.SIGCONT)


def torture(holders: int, on_unknown: str, rounds: int, size: int, seed: int) -> dict[str, Any]:
    """Return the figures of a campaign whose workers were harmed so many times each, half of them in a request."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="torture-many-")))
        server, provider = stack.enter_context(Server()), stack.enter_context(SendGridServer())
        url = server.fresh()
        database = open_ledger(url, create=True)
        stack.callback(database.close)
        rules = Rules(lease=LEASE * 1000, reconcile=WINDOW * 1000, tries=TRIES[on_unknown])
        _plan(database, folder, holders, size, rules)
        proxy = stack.enter_context(Proxy(server.port))
        stage = Stage(
            folder=folder, url=url, proxy=proxy, provider=provider, on_unknown=on_unknown, rng=random.Random(seed),
            pause=min(1.5, rounds * ROUND * 6 / (holders / size)),
        )  # fmt: skip
        stack.callback(lambda: [one.kill() for one in stage.workers.values()])
        planned = time.monotonic()
        _send(stage, database, rules, rounds)
        return {
            "seed": seed, "on_unknown": on_unknown, "holders": holders, "shard": size,
            **{f"times_{name}": stage.done[name] for name in HARMS},
            **_count(stage, holders), "exits": {name: one.returncode for name, one in stage.workers.items()},
            "seconds_planning": round(planned - began, 1), "seconds": round(time.monotonic() - planned, 1),
        }  # fmt: skip


def _port(url: str) -> str:
    return url.rpartition(":")[2].partition("/")[0]


def _plan(database: Database, folder: Path, holders: int, size: int, rules: Rules) -> None:
    request = campaign.Request(
        bundle=make_bundle(), source=write_audience(folder / "a.csv", *many_rows(holders)), today=date(2026, 12, 1),
        chosen=True, kinds={Kind.EMAIL}, rejects=folder / "rejects.jsonl",
    )  # fmt: skip
    with patch.object(plans, "SHARD", size):
        campaign.plan(database, request, rules, datetime(2026, 12, 1, tzinfo=UTC))
    crew.hand_over(database, figures.campaign(database, NAME).id, 1)


def _send(stage: Stage, database: Database, rules: Rules, rounds: int) -> None:
    keys = {}

    def answer(body: dict[str, Any]) -> Any:
        # The handler keeps body and headers in the same order.
        key = keys.setdefault(id(body), _key(stage.provider, body))
        time.sleep(stage.pause * stage.rng.uniform(0.5, 1.5))
        return stage.answer(key)

    stage.provider.answer = answer
    # Whoever is killed breaks off in the middle of an answer.
    stage.provider._server.handle_error = lambda *_: None  # type: ignore[method-assign]
    for name in HARMS:
        stage.start(name)
    finished = threading.Event()
    watcher = threading.Thread(target=_watch, args=(database, rules, finished))
    watcher.start()
    for number in range(rounds):
        left = rounds - 1 - number
        for name in HARMS:
            if not finished.is_set():
                stage.round(name, in_request=left % 2 == 0, finished=finished, last=not left)
    watcher.join()
    # Nothing is left to do; a write of a worker that lost its shard would still come now.
    time.sleep(2)
    for one in stage.workers.values():
        one.send_signal(signal.SIGTERM)
    for one in stage.workers.values():
        one.wait(60)


def _key(provider: SendGridServer, body: dict[str, Any]) -> str:
    at = next(number for number, one in enumerate(provider.requests) if one is body)
    return provider.headers[at]["Authorization"].removeprefix("Bearer ")


def _watch(database: Database, rules: Rules, finished: threading.Event) -> None:
    found = figures.campaign(database, NAME)
    while not figures.count(database, found, rules, time.time_ns() // 1_000_000).finished:
        time.sleep(1)
    finished.set()


def _count(stage: Stage, holders: int) -> dict[str, Any]:
    """Compare what the provider took with what the ledger says."""
    taken: dict[str, list[int]] = {}
    for body in stage.provider.requests:
        for one in body["personalizations"]:
            taken.setdefault(one["to"][0]["email"], []).append(int(one["custom_args"]["attempt"]))
    logs = "".join(path.read_text() for path in stage.folder.glob("*.log"))
    counted = counting.count(
        holders,
        taken,
        states=dict(rows(stage.url, counting.STATES)),
        held={address for (address,) in rows(stage.url, counting.HELD)},
        doubted=set(rows(stage.url, counting.DOUBTED)),
    )
    return counted | {
        "requests": len(stage.provider.requests),
        #: Writes that workers tried after they had lost the shard, and how many of them the ledger took.
        "fenced_writes_refused": logs.count('"lease lost"'),
        "fenced_writes_accepted": rows(stage.url, LATE_WRITES)[0][0],
        "jobs_left": rows(stage.url, "SELECT COUNT(*) FROM public_queue.procrastinate_jobs")[0][0],
        "said": {path.stem: path.read_text()[-3000:] for path in stage.folder.glob("*.err")},
    }


def good(found: dict[str, Any]) -> bool:
    """Return whether the promise was kept, and everything that was to be done was done."""
    none = ("lost", "strangers", "told_more_often", "told_twice_without_doubt", "fenced_writes_accepted", "jobs_left")
    kept = not any(found[name] for name in none) and set(found["exits"].values()) == {0}
    harmed = all(found[f"times_{name}"] for name in HARMS) and found["fenced_writes_refused"] > 0
    return kept and harmed and (found["on_unknown"] == "resend" or found["told_twice"] == 0)


def main() -> None:
    """Print the figures as JSON; exit 1 if the promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holders", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--shard", type=int, default=250)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2)))
    parser.add_argument("--on-unknown", choices=sorted(TRIES), nargs="*", default=sorted(TRIES))
    chosen = parser.parse_args()
    found = [torture(chosen.holders, order, chosen.rounds, chosen.shard, chosen.seed) for order in chosen.on_unknown]
    print(json.dumps(found, indent=1))  # noqa: T201 - its figures are what it is for
    sys.exit(0 if all(map(good, found)) else 1)


if __name__ == "__main__":
    main()
