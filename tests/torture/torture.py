"""Kills the sending loop again and again, then counts: who was told, how often, and what the ledger knows of it."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from notifier import campaign
from notifier.channels.protocol import Kind
from notifier.ledger import open_ledger, plans
from notifier.ledger.records import Rules
from tests.notifier.factory import make_bundle, many_rows, write_audience
from tests.torture import counting
from tests.torture.victim import POINTS

NAME = "privacy-policy/2026-12-01"
ROOT = Path(__file__).parents[2]
#: Milliseconds: short enough that a dead worker's shard and an unknown outcome wait no longer than a process starts.
LEASE, WINDOW = 1500, 1
TRIES = {"resend": 2, "hold": 0}


def torture(kills: int, holders: int, on_unknown: str, seed: int) -> dict[str, Any]:
    """Return the figures of a campaign whose process was killed so many times, half at named points, half at random."""
    rng, began = random.Random(seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = Path(name)
        # Small shards: a kill at a release costs a whole one, and there must be work left for the last kill.
        size = max(20, min(plans.SHARD, holders // (kills * 2)))
        orders = _plan(folder, holders, on_unknown, size) | {"limit": max(2, size // 10)}
        died: Counter[str] = Counter()
        starts = 0
        while died.total() - died["ended"] < kills and starts < 2 * kills:
            point = POINTS[starts // 2 % len(POINTS)] if starts % 2 == 0 else "at random"
            died[_run(orders, point, rng)] += 1
            starts += 1
        _, problem = _start(orders, "never", 0).communicate(timeout=600)
        return {
            "seed": seed, "on_unknown": on_unknown, "holders": holders, "starts": starts,
            "kills": died.total() - died["ended"],
            "points": dict(sorted(died.items())), **_count(folder, holders), "error": problem.decode()[-500:],
            "seconds": round(time.monotonic() - began, 1),
        }  # fmt: skip


def _plan(folder: Path, holders: int, on_unknown: str, size: int) -> dict[str, Any]:
    database = open_ledger(f"sqlite:///{folder}/ledger.db", create=True)
    rules = Rules(lease=LEASE, reconcile=WINDOW, tries=TRIES[on_unknown])
    request = campaign.Request(
        bundle=make_bundle(), source=write_audience(folder / "a.csv", *many_rows(holders)), today=date(2026, 12, 1),
        chosen=True, kinds={Kind.EMAIL}, rejects=folder / "rejects.jsonl",
    )  # fmt: skip
    with patch.object(plans, "SHARD", size):
        campaign.plan(database, request, rules, datetime(2026, 12, 1, tzinfo=UTC))
    database.close()
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()
    return {
        "ledger": str(folder / "ledger.db"), "taken": str(folder / "taken"), "campaign": NAME, "lease": LEASE,
        "reconcile": WINDOW, "tries": TRIES[on_unknown], "workers": 2, "ahead": int((noon - time.time()) * 1000),
    }  # fmt: skip


def _start(orders: dict[str, Any], point: str, after: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.torture.victim", json.dumps(orders | {"point": point, "after": after})],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _run(orders: dict[str, Any], point: str, rng: random.Random) -> str:
    """Run until it is dead; return the point at which it died, or `ended`."""
    taken = Path(orders["taken"])
    before = taken.stat().st_size if taken.exists() else -1
    run = _start(orders, point, rng.randint(1, 2))
    if point == "at random":
        # At any moment from the first sign of life on.
        while run.poll() is None and (taken.stat().st_size if taken.exists() else -1) == before:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.01))
        run.kill()
    _, problem = run.communicate(timeout=120)
    if run.returncode == -signal.SIGKILL:
        return point
    assert run.returncode == 0, problem.decode()
    return "ended"


def _count(folder: Path, holders: int) -> dict[str, Any]:
    """Compare what the provider took with what the ledger says."""
    taken: dict[str, list[int]] = {}
    for line in (folder / "taken").read_text().splitlines():
        attempt, address = line.split()
        taken.setdefault(address, []).append(int(attempt))
    with closing(sqlite3.connect(folder / "ledger.db")) as connection:
        return counting.count(
            holders,
            taken,
            states=dict(connection.execute(counting.STATES).fetchall()),
            held={address for (address,) in connection.execute(counting.HELD)},
            doubted=set(connection.execute(counting.DOUBTED).fetchall()),
        )


def good(figures: dict[str, Any]) -> bool:
    """Return whether the promise was kept."""
    kept = not any(
        figures[name] for name in ("lost", "strangers", "told_more_often", "told_twice_without_doubt", "error")
    )
    return kept and (figures["on_unknown"] == "resend" or figures["told_twice"] == 0)


def main() -> None:
    """Print the figures as JSON; exit 1 if the promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--holders", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2)))
    arguments = parser.parse_args()
    found = [torture(arguments.kills, arguments.holders, order, arguments.seed) for order in TRIES]
    print(json.dumps(found, indent=1))  # noqa: T201 - its figures are what it is for
    sys.exit(0 if all(good(one) and one["kills"] == arguments.kills for one in found) else 1)


if __name__ == "__main__":
    main()
