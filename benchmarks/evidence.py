"""How long sealing, proving, checking and counting reach take, and in how much memory: many holders, all told."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import output
from notifier import campaign, reach
from notifier.channels.protocol import Content, Kind
from notifier.evidence import proving
from notifier.evidence.sealing import Sealer, sign
from notifier.evidence.signing import Signer
from notifier.evidence.verifier import verify
from notifier.ledger import figures, open_ledger
from notifier.ledger.book import Book
from notifier.ledger.records import Rules
from notifier.reach import page
from tests.notifier.factory import HEADER, make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from notifier.ledger.database import Database

NAME = "privacy-policy/2026-12-01"
RULES = Rules(lease=3_600_000, reconcile=0, tries=0)
NOW = 1_796_169_600_000
CONTENT = Content(kind=Kind.EMAIL, locale="en", direction="ltr", guardian=False, subject="s", text="t")


def prepare(database: Database, holders: int, folder: Path) -> None:
    """Plan so many holders and write down that each was told."""
    with (folder / "a.csv").open("w") as file:
        file.write(HEADER + "\n")
        for number in range(holders):
            file.write(f"a{number},h{number}@example.org,{('en', 'kk', 'ru')[number % 3]},KZ,,,,,\n")
    request = campaign.Request(
        bundle=make_bundle(), source=folder / "a.csv", today=date(2026, 12, 1), chosen=False, kinds={Kind.EMAIL},
        rejects=folder / "rejects.jsonl",
    )  # fmt: skip
    campaign.plan(database, request, RULES, datetime(2026, 12, 1, tzinfo=UTC))
    found, book = figures.campaign(database, NAME), Book(database=database, rules=RULES)
    while (shard := book.claim(found.id, NOW)) is not None:
        intent = book.intend(shard, CONTENT, "p", 1000, NOW)
        if intent is not None:
            book.record(shard, intent, [], "p", NOW)
        book.release(shard, NOW)


def measured(name: str, do: Callable[[], Any], into: dict[str, float]) -> Any:
    """Do something and note its seconds."""
    began = time.perf_counter()
    result = do()
    into[name] = round(time.perf_counter() - began, 3)
    return result


def run(url: str, holders: int) -> dict[str, Any]:
    """Measure one size in this process; each step's memory is the peak until then."""
    seconds: dict[str, float] = {}
    peak: dict[str, int] = {}
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signer = Signer(key)

    def note(step: str) -> None:
        peak[step] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        database = open_ledger(url or f"sqlite:///{folder}/l.db", create=True)
        try:
            prepare(database, holders, folder)
            note("plan and send")
            found = figures.campaign(database, NAME)
            sealer = Sealer(database=database, campaign=found, clock=lambda: NOW + 3_600_000)
            segments, leaves = measured("seal", sealer.seal, seconds)
            note("seal")
            measured("sign", lambda: sign(sealer, signer, RULES), seconds)
            proof = measured("prove one", lambda: proving.prove(database, found, f"a{holders // 2}"), seconds)
            measured("verify one", lambda: verify([json.dumps(proof)], signer.public), seconds)
            note("prove one")
            log = folder / "log.jsonl"

            def export() -> None:
                with log.open("w", encoding="utf-8") as file:
                    file.writelines(f"{line}\n" for line in proving.log(database, found))

            measured("export the log", export, seconds)
            with log.open(encoding="utf-8") as lines:
                measured("verify the log", lambda: verify(lines, signer.public), seconds)
            note("verify the log")
            size = log.stat().st_size
            now = datetime.fromtimestamp(NOW / 1000, UTC)
            result = measured("reach", lambda: reach.reach(database, found, make_bundle(), now), seconds)
            measured("reach as a page", lambda: page.html(result), seconds)
            note("reach")
        finally:
            database.close()
    return {
        "holders": holders, "segments": segments, "leaves": leaves, "seconds": seconds, "peak_mib": peak,
        "leaves_per_second": round(leaves / seconds["seal"]), "log_bytes": size,
        "proof_bytes": len(json.dumps(proof)), "database": "postgresql" if url else "sqlite",
    }  # fmt: skip


def main() -> None:
    """Measure each size in a process of its own, and print JSON."""
    parser = output.parser(__doc__)
    parser.add_argument("--holders", type=int, nargs="*", default=[1000, 100_000])
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL that is started for it, too")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run(asked.one[0], int(asked.one[1]))))
        return
    results = [one("", holders) for holders in asked.holders]
    if asked.postgresql:
        from tests.notifier.postgres import Server  # noqa: PLC0415 - only where it is asked for

        with Server() as server:
            results += [one(server.fresh(), holders) for holders in asked.holders]
    output.say({"results": results}, asked)


def one(url: str, holders: int) -> dict[str, Any]:
    """Measure one size in a process of its own."""
    command = [sys.executable, __file__, "--one", url, str(holders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    main()
