"""What more workers bring on one PostgreSQL: plan once, send with 1, 2 and 4, and which statements grow with a table."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import loopback, mail, output
from benchmarks.plan import write
from notifier.ledger.postgres import WORDS, translate
from notifier.ledger.statements import FILES, blocks, worded
from tests.notifier.factory import make_bundle
from tests.notifier.ledger.growth import fill, pages
from tests.notifier.ledger.test_queries import HOT
from tests.notifier.postgres import Server, rows

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

#: A server as one would run it: every commit waits for the disk.
DURABLE = ("shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=15min", "work_mem=64MB")
WORKERS = (1, 2, 4)
#: A statement grows if at ten times the rows the planner expects it to cost more than that.
GROWN = 1.5
#: Holders of two ledgers in which pages are counted: the trees of their indexes have two levels and three.
PAGES = (10_000, 1_000_000)
#: The full size, for which the time is reckoned from what was measured.
FULL = 5_000_000
#: What a row a holder is kept in.
TABLES = ("holder", "contact", "notice", "shard", "attempt", "trail", "person", "segment", "segment_body", "event")
STAGED = re.compile(r"\b(staged|further|decision|maybe|twice|shared)\b")


def serve(answer: Connection, latency: float) -> None:
    """Answer every request after so many seconds; tell the port at first and the copies at the end."""

    class Slow(loopback.Mail):
        def data_received(self, data: bytes) -> None:
            transport, self.transport = self.transport, _Later(self.transport, latency)
            super().data_received(data)
            self.transport = transport

    loopback.serve(answer, Slow)


class _Later:
    """Writes after a while."""

    def __init__(self, transport: Any, latency: float) -> None:
        self.transport, self.latency = transport, latency

    def write(self, data: bytes) -> None:
        """Write later."""
        asyncio.get_running_loop().call_later(self.latency, self.transport.write, data)


def environment(url: str, provider: str, threads: int) -> dict[str, str]:
    """Return the settings of every command."""
    return {
        "NOTIFIER_SENDGRID_URL": provider, "SENDGRID_API_KEY": "SG.benchmark", "NOTIFIER_LEDGER": url,
        "NOTIFIER_FROM": "Privacy <a@example.org>", "NOTIFIER_WORKERS": str(threads),
    }  # fmt: skip


def plan(server: Server, count: int, folder: Path) -> tuple[str, float]:
    """Plan so many holders into a database; return its URL and the seconds."""
    url = server.fresh()
    write(folder / "accounts.csv", count)
    (folder / "bundle.json").write_text(make_bundle().dump(), encoding="utf-8")
    seconds, *_ = mail.command(
        environment(url, "http://127.0.0.1:9", 1), mail.NOTIFIER, "plan", f"{folder}/bundle.json", "--audience",
        f"{folder}/accounts.csv", "--rejects", f"{folder}/rejects.jsonl", "--as-of", mail.DAY, "--json",
    )  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return url, seconds


def copy(server: Server, source: str, name: str) -> str:
    """Return a copy of a database that nobody is connected to."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source.rpartition('/')[2]} STRATEGY file_copy")
    return server.url(name)


def send(server: Server, planned: str, workers: int, threads: int, latency: float) -> tuple[dict[str, Any], str]:
    """Send a copy of what was planned by so many workers; return the figures, and where it is."""
    url = copy(server, planned, f"run{workers}")
    here, there = multiprocessing.get_context("spawn").Pipe()
    provider = multiprocessing.get_context("spawn").Process(target=serve, args=(there, latency))
    provider.start()
    settings = environment(url, f"http://127.0.0.1:{here.recv()}", threads)
    crew = [
        subprocess.Popen([mail.NOTIFIER, "worker"], env=os.environ | settings, stderr=subprocess.DEVNULL)
        for _ in range(workers)
    ]
    try:
        while rows(url, "SELECT COUNT(*) FROM worker")[0][0] < workers:
            time.sleep(0.1)
        began = time.perf_counter()
        mail.command(settings, mail.NOTIFIER, "send", mail.NAME, "--as-of", mail.DAY, "--hand-over", "--json")
        with psycopg.connect(url, autocommit=True) as connection:
            query = "SELECT 1 FROM shard WHERE campaign = 1 AND channel = 1 AND ready_at IS NOT NULL LIMIT 1"
            while connection.execute(query).fetchone():
                time.sleep(0.1)
        seconds = time.perf_counter() - began
    finally:
        for one in crew:
            one.send_signal(signal.SIGTERM)
        for one in crew:
            one.wait(120)
        here.send("stop")
        copies = here.recv()
        provider.join()
    states = dict(rows(url, "SELECT name, COUNT(*) FROM notice JOIN state ON number = notice.state GROUP BY name"))
    messages = rows(url, "SELECT COUNT(*) FROM notice WHERE leader = 0")[0][0]
    assert (copies, {"accepted"}) == (messages, set(states)), (copies, messages, states)
    return {
        "workers": workers,
        "seconds": round(seconds, 1),
        "holders_per_second": round(sum(states.values()) / seconds),
    }, url


def costs(url: str) -> dict[str, tuple[float, str]]:
    """Return what the planner expects each named statement to cost, whatever its values, and what it reads whole."""
    found = {}
    with psycopg.connect(url) as connection:
        # Tables of a benchmark are small enough to be read whole; what has no index to go by is found all the same.
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute("SET enable_seqscan = off")
        for name, sql in ((name, sql) for file in FILES for name, sql in blocks(file).items()):
            if "{rows}" in sql or STAGED.search(sql):
                continue
            numbered, given = _numbered(worded(sql, WORDS))
            values = f"({', '.join(['NULL'] * given)})" if given else ""
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(f"PREPARE asked AS {numbered}")
                    (answer,) = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{values}").fetchone() or ([],)
                    connection.execute("DEALLOCATE asked")
            except psycopg.Error:
                # Its parameters have no type until values are there.
                found[name] = (0.0, "not explained")
                continue
            root = answer[0]["Plan"]
            found[name] = (root["Total Cost"], ", ".join(sorted(set(_whole(root)))))
    return found


def _numbered(sql: str) -> tuple[str, int]:
    places: dict[str, int] = {}

    def one(match: re.Match[str]) -> str:
        return f"${places.setdefault(match[1], len(places) + 1)}"

    return re.sub(r"%\(([a-z_]+)\)s", one, translate(sql)).replace("%%", "%"), len(places)


def _whole(node: dict[str, Any]) -> list[str]:
    here = [node["Relation Name"]] if node["Node Type"] == "Seq Scan" else []
    return here + [table for child in node.get("Plans", []) for table in _whole(child)]


def grown(small: dict[str, tuple[float, str]], large: dict[str, tuple[float, str]]) -> list[dict[str, Any]]:
    """Return the statements that cost more in the larger ledger, the worst first."""
    found = [
        {
            "statement": name,
            "of_the_loop": name in HOT,
            "cost": round(cost, 1),
            "times": round(cost / max(small[name][0], 0.01), 1),
            "reads_whole": whole,
        }
        for name, (cost, whole) in large.items()
        if cost > GROWN * small[name][0]
    ]
    return sorted(found, key=lambda one: -one["cost"])


def sizes(url: str, holders: int) -> dict[str, Any]:
    """Return the bytes a holder in each table, its indexes included, and in the whole database."""
    query = (
        "SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid), reltuples FROM pg_class WHERE relkind = 'r'"
    )
    known = {name: (total, index, count) for name, total, index, count in rows(url, query) if name in TABLES}
    tables = {
        name: {
            "bytes_a_holder": round(total / holders, 1),
            "of_them_indexes": round(index / holders, 1),
            "rows": int(count),
        }
        for name, (total, index, count) in sorted(known.items())
        if total / holders >= 0.1
    }
    whole = rows(url, "SELECT pg_database_size(current_database())")[0][0]
    return {"tables": tables, "database_bytes_a_holder": round(whole / holders, 1)}


def touched(server: Server) -> dict[str, list[int]]:
    """Return how many pages each statement of the loop touches in a small and in a large ledger."""
    urls = [server.fresh() for _ in PAGES]
    for url, holders in zip(urls, PAGES, strict=True):
        fill(url, holders)
    return {name: [pages(url, name) for url in urls] for name in HOT}


def full(report: dict[str, Any]) -> dict[str, int]:
    """Return the seconds that the full size would take here, each holder as long as those that were measured."""
    times = FULL / report["holders"]
    sent = {
        f"{name}, {run['workers']} workers": run["seconds"] * times
        for name, runs in report.items()
        if name.startswith("send_")
        for run in runs
    }
    return {name: round(seconds) for name, seconds in ({"plan": report["plan"]["seconds"] * times} | sent).items()}


def main() -> None:
    """Print one JSON object."""
    parser = output.parser(__doc__)
    parser.add_argument("--holders", type=int, default=20_000, help="5000000 is the full size.")
    parser.add_argument("--threads", type=int, default=2, help="Threads of each worker.")
    parser.add_argument("--latency", type=float, nargs="*", default=[0.0, 0.5], help="Seconds the provider takes.")
    chosen = parser.parse_args()
    report: dict[str, Any] = {"holders": chosen.holders, "threads": chosen.threads, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as name, Server(settings=DURABLE) as server:
        folder = Path(name)
        report["server"] = rows(server.url(), "SHOW server_version")[0][0]
        small, _ = plan(server, max(chosen.holders // 10, 100), folder)
        planned, seconds = plan(server, chosen.holders, folder)
        report["plan"] = {"seconds": round(seconds, 1), "holders_per_second": round(chosen.holders / seconds)}
        report["bytes_planned"] = sizes(planned, chosen.holders)
        for latency in chosen.latency:
            runs = []
            for workers in WORKERS:
                figures, url = send(server, planned, workers, chosen.threads, latency)
                runs.append(figures)
            for one in runs:
                one["times_one_worker"] = round(runs[0]["seconds"] / one["seconds"], 2)
            report[f"send_latency_{latency}"] = runs
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        report["bytes_sent"] = sizes(url, chosen.holders)
        report["statements_that_grow"] = grown(costs(small), costs(planned))
        report["pages_touched"] = {f"{PAGES[0]} and {PAGES[1]} holders": touched(server)}
        report["reckoned_seconds_for_5000000"] = full(report)
    output.say(report, chosen)


if __name__ == "__main__":
    main()
