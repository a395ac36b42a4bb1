"""How many provider events are stored and settled a second: signed reports over HTTP to `notifier serve`, one client and eight."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import output
from notifier.events.settling import settle
from notifier.ledger import events, open_ledger
from tests.notifier.events.test_signature import KEY, headers, public
from tests.notifier.sent import NAME, sent

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from tests.notifier.sent import Sent

#: Events a second that one server stores and settles; SendGrid reports two or three for each message.
TARGET = 10_000
NOTIFIER = Path(sys.executable).parent / "notifier"
HOLDERS = 1000
KINDS = ("processed", "delivered", "open")
SIZES = (1, 100)
CLIENTS = (1, 8)


def rows() -> list[str]:
    """Return holders with a mailbox each: a shard's worth."""
    return [f"a{number},h{number}@example.org,en,KZ,,,,," for number in range(1, HOLDERS + 1)]


@contextlib.contextmanager
def server(ledger: str) -> Iterator[int]:
    """Serve a ledger and settle nothing; yield the port."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFIER_", "SENDGRID_"))}
    environment["NOTIFIER_SENDGRID_WEBHOOK_KEY"] = public(KEY.public_key())
    command = [str(NOTIFIER), "serve", "--port", "0", "--no-settle", "--ledger", ledger]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline().split(":")[2].split("/")[0])
    finally:
        process.terminate()
        process.wait()


def reports(found: Sent, size: int, count: int, turn: int) -> list[tuple[bytes, dict[str, str]]]:
    """Return signed reports: each of so many events, every one of them new."""
    made = []
    for number in range(count):
        listed = []
        for place in range(size):
            holder = (number * size + place) % HOLDERS + 1
            listed.append({
                "email": f"h{holder}@example.org", "timestamp": int(time.time()), "event": KINDS[place % 3],
                "sg_event_id": f"{size}-{turn}-{number}-{place}", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648",
                "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "response": "250 OK", "campaign": NAME,
                "notice": found.notice(holder), "attempt": str(found.attempt),
            })  # fmt: skip
        body = json.dumps(listed).encode()
        made.append((body, headers(body, int(time.time()))))
    return made


def post(port: int, some: Sequence[tuple[bytes, dict[str, str]]]) -> None:
    """Post reports over one connection, each after the answer to the one before."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for body, signed in some:
        connection.request("POST", "/events/sendgrid", body, signed)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 204:
            message = f"answered {answer.status}"
            raise SystemExit(message)
    connection.close()


def stored(port: int, made: Sequence[tuple[bytes, dict[str, str]]], clients: int) -> float:
    """Return the reports a second that so many clients have stored."""
    shares = [made[start::clients] for start in range(clients)]
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda share: post(port, share), shares))
    return len(made) / (time.perf_counter() - began)


def main() -> None:
    """Print one JSON object: events a second, stored and settled, by size of the report and number of clients."""
    parser = output.parser(__doc__)
    parser.add_argument("--reports", type=int, default=400, help="reports of each kind and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--ledger", default="", help="an empty ledger to use, e.g. in PostgreSQL; default: a new SQLite file"
    )
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it")
    chosen = parser.parse_args()
    if chosen.postgresql:
        from tests.notifier.postgres import Server  # noqa: PLC0415 - only where it is asked for

        # As in production: what is answered is on the disk.
        with Server(settings=()) as postgres:
            measure(chosen, postgres.fresh())
    else:
        measure(chosen, chosen.ledger)


def measure(chosen: argparse.Namespace, url: str) -> None:
    """Measure on a ledger, a new file if none is named."""
    rates: dict[tuple[int, int], list[float]] = {(size, clients): [] for size in SIZES for clients in CLIENTS}
    settled: list[float] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        ledger = url or f"sqlite:///{folder}/events.db"
        database = open_ledger(ledger, create=True)
        found = sent(database, rows=rows())
        with server(ledger) as port:
            for turn in range(chosen.rounds):
                for (size, clients), list_ in rates.items():
                    made = reports(found, size, chosen.reports, turn * 10 + clients)
                    list_.append(stored(port, made, clients) * size)
        waiting = events.waiting(database)
        began, total = time.perf_counter(), 0
        while (one := settle(database, lambda: time.time_ns() // 1_000_000)).reports:
            total += one.new
            settled.append(one.new / (time.perf_counter() - began))
        database.close()
    medians = {key: statistics.median(list_) for key, list_ in rates.items()}
    result = {
        "stored_per_second": {
            f"{size} a report, {clients} clients": round(rate) for (size, clients), rate in medians.items()
        },
        "eight_clients_to_one": {str(size): round(medians[size, 8] / medians[size, 1], 2) for size in SIZES},
        "settled_per_second": round(settled[0]),
        "reports": waiting,
        "events": total,
        "ledger": ledger.split(":")[0],
        "target": TARGET,
        "reached": min(settled[0], medians[SIZES[-1], 8]) >= TARGET,
    }
    output.say(result, chosen)


if __name__ == "__main__":
    main()
