"""How fast pushes go to FCM: our channel beside `firebase_admin.messaging.send_each`, on one server on loopback."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import loopback, output, processes

if TYPE_CHECKING:
    from notifier.channels.protocol import Channel

ROOT = Path(__file__).parents[1]
#: Times the SDK's messages per second.
TARGET = 2
#: What one call of either takes.
BATCH = 500
ROUNDS = 3
#: Messages before the first round, for every process that sends to be there.
WARM = 4 * BATCH
TITLE, TEXT = "Our privacy policy changes", "From 15 January 2027. See what changes."
LINK = "https://policy.example.org/en/changes/2026-12-01/"
#: The SDK lives apart: `make bench-fcm` puts it there.
PYTHON = ROOT / ".venv-bench/bin/python"


def measured(seconds: float, cpu: float, messages: int) -> dict[str, float]:
    """Return the messages a second by the wall, and the processor's microseconds for one."""
    return {"per_second": round(messages / seconds, 1), "cpu_us": round(cpu / messages * 1e6, 1)}


def theirs(url: str, messages: int) -> None:
    """Send with the SDK, in its environment, and print what it took; 500 messages a call, its most."""
    import firebase_admin  # noqa: PLC0415 - is not in our environment
    import google.oauth2.credentials  # noqa: PLC0415
    from firebase_admin import credentials, messaging  # noqa: PLC0415

    class Held(credentials.Base):  # type: ignore[misc]
        """A token that is good already: no exchange is measured."""

        def get_credential(self) -> Any:
            return google.oauth2.credentials.Credentials("token")  # type: ignore[no-untyped-call]

    messaging._MessagingService.FCM_URL = f"{url}/v1/projects/{{0}}/messages:send"  # noqa: SLF001
    firebase_admin.initialize_app(Held(), {"projectId": "p"})
    batch = [
        messaging.Message(
            token=f"token-{number}", notification=messaging.Notification(title=TITLE, body=TEXT),
            data={"notice": f"n{number}", "url": LINK, "lang": "en"},
            android=messaging.AndroidConfig(
                collapse_key=f"n{number}", ttl=2419200,
                notification=messaging.AndroidNotification(tag=f"n{number}"),
            ),
        )
        for number in range(BATCH)
    ]  # fmt: skip
    messaging.send_each(batch[:10])
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(messages // BATCH):
        answer = messaging.send_each(batch)
        assert not answer.failure_count, answer.responses[0].exception
    print(json.dumps(measured(time.perf_counter() - began, time.process_time() - cpu, messages)))


def ours(channel: Channel, server: loopback.Loopback, messages: int, workers: int) -> dict[str, float]:
    """Send through the channel as the loop does: as many batches under way as there are workers."""
    from notifier.channels.protocol import Addressee, Batch, Content, Kind, Result  # noqa: PLC0415
    from notifier.tokens import NoticeId  # noqa: PLC0415

    content = Content(kind=Kind.FCM, locale="en", direction="ltr", guardian=False, subject=TITLE, text=TEXT, url=LINK)
    batches = [
        Batch(
            campaign="privacy-policy/2026-12-01", attempt=str(number), content=content,
            addressees=tuple(
                Addressee(notice=str(NoticeId(campaign=1, holder=number * BATCH + one, channel=2)), address=f"t-{one}")
                for one in range(BATCH)
            ),
        )
        for number in range(messages // BATCH)
    ]  # fmt: skip
    with ThreadPoolExecutor(workers) as pool:
        began, cpu = time.perf_counter(), processes.cpu(but=server.pid)
        answers = list(pool.map(channel.send, batches))
        found = measured(time.perf_counter() - began, processes.cpu(but=server.pid) - cpu, messages)
    refused = [one for answer in answers for one in answer.outcomes if one.result is not Result.ACCEPTED]
    assert not refused, refused[0]
    return found


def account(folder: Path, url: str) -> Path:
    """Return the key file of a service account whose tokens come from the server on loopback."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = folder / "account.json"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    names = {"type": "service_account", "project_id": "p", "client_email": "a@p.example", "token_uri": f"{url}/token"}
    path.write_text(json.dumps(names | {"private_key": pem}), encoding="utf-8")
    return path


def side_by_side(server: loopback.Loopback, messages: int) -> dict[str, list[dict[str, float]]]:
    """Return what each round of either took, by turns."""
    from notifier.channels import CHANNELS  # noqa: PLC0415
    from notifier.settings import Settings  # noqa: PLC0415

    rounds: dict[str, list[dict[str, float]]] = {"ours": [], "send_each": []}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(fcm_url=server.url, fcm_credentials=account(Path(folder), server.url))
        channel = CHANNELS["fcm"].open_channel(settings)
        ours(channel, server, WARM, settings.workers)
        for _ in range(ROUNDS):
            command = [str(PYTHON), __file__, "--theirs", server.url, "--messages", str(messages)]
            said = subprocess.run(command, capture_output=True, text=True, check=False)
            if said.returncode:
                raise SystemExit(said.stderr)
            rounds["send_each"].append(json.loads(said.stdout))
            rounds["ours"].append(ours(channel, server, messages, settings.workers))
        channel.close()
    return rounds


def main() -> None:
    """Print one JSON object."""
    parser = output.parser(__doc__)
    parser.add_argument("--messages", type=int, default=5000, help="A round, of each; a multiple of 500.")
    parser.add_argument("--theirs", metavar="URL", help="Measure the SDK alone, in this environment, on a server.")
    options = parser.parse_args()
    if options.theirs:
        theirs(options.theirs, options.messages)
        return
    if not PYTHON.exists():
        raise SystemExit("firebase-admin is not there: run `make bench-fcm`, which makes .venv-bench")
    with loopback.provider(loopback.Fcm) as server:
        rounds = side_by_side(server, options.messages)
    # Beside the rounds: a few batches of ours and ten messages of theirs a round, to get warm.
    expected = ROUNDS * (2 * options.messages + 10) + WARM
    assert server.copies == expected, (server.copies, expected)
    medians = {
        name: {key: statistics.median(one[key] for one in found) for key in ("per_second", "cpu_us")}
        for name, found in rounds.items()
    }
    ratio = statistics.median(
        mine["per_second"] / other["per_second"]
        for mine, other in zip(rounds["ours"], rounds["send_each"], strict=True)
    )
    output.say(
        {"fcm": medians, "times_send_each": round(ratio, 2), "target": TARGET, "messages": options.messages,
         "server_took_all": True}, options,
    )  # fmt: skip


if __name__ == "__main__":
    main()
