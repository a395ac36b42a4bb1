"""How fast an audience is planned: CSV into a SQLite ledger, beside one row at a time through the libraries."""

from __future__ import annotations

import contextlib
import csv
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import output
from notifier import campaign
from notifier.channels.protocol import Kind
from notifier.ledger import open_ledger
from notifier.ledger.records import Rules
from tests.notifier.factory import make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

#: Holders per second and core.
TARGET = 150_000
LOCALES = (("kk", "KZ"), ("ru", "RU"), ("en", "GB"))


def write(path: Path, count: int) -> None:
    """Write holders with random ids and an address each; one in a thousand shares a mailbox, one in ten thousand errs."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as stream:
        stream.write("account_id,email,locale,country,timezone,joined_at\n")
        for number in range(count):
            locale, country = LOCALES[number % 3]
            name = f"family{number % 7}" if number % 1000 == 0 else f"{chance.getrandbits(40):x}.{number}"
            mail = "broken@@example" if number % 10_000 == 1 else f"{name}@mail{number % 40}.example.org"
            day = f"20{10 + number % 15}-0{1 + number % 9}-1{number % 10}"
            stream.write(f"{chance.getrandbits(64):016x},{mail},{locale},{country},Asia/Almaty,{day}\n")


def ours(source: Path, folder: Path) -> None:
    """Plan as `notifier plan` does."""
    database = open_ledger(f"sqlite:///{folder}/ledger.db", create=True)
    request = campaign.Request(
        bundle=make_bundle(), source=source, today=date(2026, 12, 1), chosen=True, kinds=set(Kind),
        rejects=folder / "rejects.jsonl",
    )  # fmt: skip
    rules = Rules(lease=120_000, reconcile=3_600_000, tries=2)
    campaign.plan(database, request, rules, datetime(2026, 12, 1, tzinfo=UTC))
    database.close()


def naive(source: Path, folder: Path) -> None:
    """Read with DictReader, ask the library of each address, insert each row into one table; no folding, no counts."""
    connection = sqlite3.connect(folder / "naive.db")
    connection.execute("CREATE TABLE notice (account TEXT PRIMARY KEY, address TEXT, locale TEXT, state TEXT)")
    with source.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            with contextlib.suppress(EmailNotValidError):
                address = validate_email(row["email"], check_deliverability=False).normalized
                values = (row["account_id"], address, row["locale"], "planned")
                connection.execute("INSERT OR IGNORE INTO notice VALUES (?, ?, ?, ?)", values)
    connection.commit()
    connection.close()


def measure(way: Callable[[Path, Path], None], source: Path, count: int) -> dict[str, float]:
    """Return holders per second by the wall and by the processor, and the peak of memory, in a process of its own."""
    here, there = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_child, args=(way, source, there))
    process.start()
    wall, cpu, peak = here.recv()
    process.join()
    return {
        "holders_per_second": round(count / wall),
        "holders_per_core_second": round(count / cpu),
        "seconds": round(wall, 2),
        "peak_mb": round(peak / 1024, 1),
    }


def _child(way: Callable[[Path, Path], None], source: Path, answer: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        way(source, Path(folder))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    answer.send((wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def main() -> None:
    """Print one JSON object."""
    parser = output.parser(__doc__)
    parser.add_argument("--holders", type=int, default=1_000_000)
    parser.add_argument("--naive-holders", type=int, default=50_000, help="The naive way is measured on fewer.")
    parser.add_argument("--memory", type=int, nargs="*", default=[10_000, 100_000], help="Further sizes, for memory.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "accounts.csv"
        sizes = {}
        for count in sorted({*options.memory, options.holders}):
            write(source, count)
            sizes[str(count)] = measure(ours, source, count)
        write(source, options.naive_holders)
        plain = measure(naive, source, options.naive_holders)
    result = sizes[str(options.holders)]
    ratio = result["holders_per_core_second"] / plain["holders_per_core_second"]
    report = {"plan": sizes, "naive": plain, "times_naive": round(ratio, 1), "target": TARGET}
    output.say(report, options)


if __name__ == "__main__":
    main()
