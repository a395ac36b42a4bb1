"""How fast an audience is told by mail: plan, send and record, beside the official SDK's one message a holder."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import loopback, output
from benchmarks.plan import write
from tests.notifier.factory import make_bundle

#: Times the SDK's holders per second, and megabytes at most.
TARGET, MOST_MB = 30, 250
#: The SDK's loop is measured on so many messages, three times.
SAMPLE = 1000
NAME, DAY = "privacy-policy/2026-12-01", "2026-12-01"
NOTIFIER = str(Path(sys.executable).with_name("notifier"))


def command(environment: dict[str, str], *arguments: str) -> tuple[float, float, float, str]:
    """Run a command of ours; return seconds, seconds of the processor, megabytes at most, and what it printed."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as wrong:
        began = time.perf_counter()
        process = os.posix_spawn(
            arguments[0], arguments, os.environ | environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, wrong.fileno(), 2)],
        )  # fmt: skip
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - began
        said.seek(0)
        wrong.seek(0)
        if status:
            raise SystemExit(wrong.read().decode() + said.read().decode())
        return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said.read().decode()


def ours(count: int, url: str) -> dict[str, Any]:
    """Plan and send as an operator does, by the commands, into a ledger with synchronous=FULL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "accounts.csv", count)
        (folder / "bundle.json").write_text(make_bundle().dump(), encoding="utf-8")
        environment = {
            "NOTIFIER_SENDGRID_URL": url, "SENDGRID_API_KEY": "SG.benchmark", "NOTIFIER_FROM": "Privacy <a@example.org>",
            "NOTIFIER_LEDGER": f"sqlite:///{folder}/ledger.db",
        }  # fmt: skip
        plan, plan_cpu, plan_mb, _ = command(
            environment, NOTIFIER, "plan", f"{folder}/bundle.json", "--audience", f"{folder}/accounts.csv",
            "--rejects", f"{folder}/rejects.jsonl", "--as-of", DAY, "--json",
        )  # fmt: skip
        send, send_cpu, send_mb, said = command(environment, NOTIFIER, "send", NAME, "--as-of", DAY, "--json")
        told = json.loads(said)
    assert {"accepted": count - told["rejected"]} == told["states"], told
    return {
        "holders_per_second": round(count / (plan + send)), "plan_seconds": round(plan, 2),
        "send_seconds": round(send, 2), "plan_cpu_seconds": round(plan_cpu, 2), "send_cpu_seconds": round(send_cpu, 2),
        "plan_mb": round(plan_mb, 1), "send_mb": round(send_mb, 1),
        "messages": sum(one["notices"] - one["shared"] for one in told["counts"]),
    }  # fmt: skip


def theirs(url: str) -> float:
    """Return the messages a second of the SDK's loop: one message a holder, nothing planned, nothing recorded."""
    from sendgrid import SendGridAPIClient  # noqa: PLC0415 - 0.2 s that are not ours
    from sendgrid.helpers.mail import Mail  # noqa: PLC0415

    from notifier.channels.protocol import Kind  # noqa: PLC0415
    from notifier.compose import Composer  # noqa: PLC0415
    from notifier.ledger.records import Lane  # noqa: PLC0415

    composer = Composer(bundle=make_bundle(), sender="a@example.org")
    contents = [composer.content(Lane(kind=Kind.EMAIL, locale=locale)) for locale in ("kk", "ru", "en")]
    client = SendGridAPIClient("SG.benchmark", host=url)
    rates = []
    for _ in range(3):
        began = time.perf_counter()
        for number in range(SAMPLE):
            content = contents[number % 3]
            client.send(
                Mail("a@example.org", f"holder{number}@example.org", content.subject, content.text, content.html)
            )
        rates.append(SAMPLE / (time.perf_counter() - began))
    return statistics.median(rates)


def main() -> None:
    """Print one JSON object."""
    parser = output.parser(__doc__)
    parser.add_argument("--holders", type=int, default=100_000, help="1000000 is the full size.")
    parser.add_argument("--memory", type=int, nargs="*", default=[], help="Further sizes, for memory: 100000.")
    options = parser.parse_args()
    with loopback.provider(loopback.Mail) as server:
        sdk = theirs(server.url)
        sizes = {str(count): ours(count, server.url) for count in sorted({*options.memory, options.holders})}
    planned = 3 * SAMPLE + sum(one["messages"] for one in sizes.values())
    assert server.copies == planned, (server.copies, planned)
    report = {
        "mail": sizes, "sdk_one_by_one": round(sdk, 1), "sdk_sample": 3 * SAMPLE,
        "times_sdk": round(sizes[str(options.holders)]["holders_per_second"] / sdk, 1), "target": TARGET,
        "most_mb": MOST_MB, "server_took_all": True,
    }  # fmt: skip
    output.say(report, options)


if __name__ == "__main__":
    main()
