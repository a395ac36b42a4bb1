"""Tests of a channel spread over processes: what they send, and what is known when one of them ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from notifier.channels import spread, webpush
from notifier.channels.protocol import Addressee, Answer, Batch, Channel, Content, Kind
from notifier.channels.spread import MANY, Spread, over_processes
from notifier.errors import InputError
from notifier.settings import Settings
from notifier.tokens import NoticeId
from tests.notifier.browser import Browser
from tests.notifier.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SETTINGS = Settings(vapid_key=SecretStr(KEY), webpush_hosts="loopback", sender="X <privacy@example.org>")
CONTENT = Content(
    kind=Kind.WEBPUSH, locale="ar", direction="rtl", guardian=False, subject="العنوان", text="النص", url="https://a.example/",
)  # fmt: skip
BROWSER = Browser()
ROOT = Path(__file__).resolve().parents[3]


def make_batch(*subscriptions: str) -> Batch:
    people = tuple(
        Addressee(notice=str(NoticeId(campaign=1, holder=number, channel=3)), address=one)
        for number, one in enumerate(subscriptions)
    )
    return Batch(campaign="privacy-policy/2026-12-01", attempt="7", content=CONTENT, addressees=people)


def many(url: str, copies: int = MANY) -> Batch:
    return make_batch(*[BROWSER.subscription(f"{url}/{number}") for number in range(copies)])


@contextmanager
def opened(processes: int = 1, how: Callable[[Settings], Channel] = webpush.open_channel) -> Iterator[Spread]:
    here = webpush.open_channel(SETTINGS)
    channel = Spread(channel=here, open_channel=how, settings=SETTINGS, processes=processes)
    try:
        yield channel
    finally:
        channel.close()


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as one:
        one.answer = lambda _request: (201, {}, b"")
        yield one


def results(answer: Answer) -> set[str]:
    return {outcome.result.value for outcome in answer.outcomes}


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def sending(channel: Spread, batch: Batch, answers: list[Answer]) -> threading.Thread:
    thread = threading.Thread(target=lambda: answers.append(channel.send(batch)))
    thread.start()
    return thread


def fails(settings: Settings) -> Channel:
    """Open nothing, as where a key file has gone."""
    raise InputError(repr(settings))


def sleeps(_settings: Settings) -> Channel:
    """Open nothing for a long time."""
    time.sleep(60)
    raise AssertionError


class _Broken:
    name = "broken"

    def send(self, batch: Batch) -> Answer:
        raise ValueError(batch.addressees[0].address)


def breaks(_settings: Settings) -> Channel:
    """Open what raises, with an address in its words."""
    return _Broken()  # type: ignore[return-value]


def test_each_receiver_opens_what_a_process_sealed(server: HttpServer) -> None:
    """Two batches at once, by two processes; a bad key in the middle costs itself only."""
    browsers = [Browser() for _ in range(MANY)]
    subscriptions = [one.subscription(f"{server.url}/{number}") for number, one in enumerate(browsers)]
    broken = json.loads(subscriptions[7])
    broken["keys"]["p256dh"] = "B" + "A" * 86
    subscriptions[7] = json.dumps(broken)
    answers: list[Answer] = []
    with opened(2) as channel:
        threads = [sending(channel, make_batch(*subscriptions), answers) for _ in range(2)]
        for thread in threads:
            thread.join()
        assert 2 == len({hand._process.pid for hand in channel._hands} - {os.getpid()})
    expected = ["invalid" if number == 7 else "accepted" for number in range(MANY)]
    assert [expected] * 2 == [[outcome.result.value for outcome in answer.outcomes] for answer in answers]
    assert 2 * (MANY - 1) == len(server.requests)
    for request in server.requests:
        number = int(request.path[1:])
        payload = json.loads(browsers[number].opened(request.body))
        assert str(NoticeId(campaign=1, holder=number, channel=3)) == payload["tag"]


def test_few_copies_need_no_process(server: HttpServer) -> None:
    """A start would take longer than they do."""
    with opened() as channel:
        assert {"accepted"} == results(channel.send(many(server.url, MANY - 1)))
        assert [] == channel._hands


def test_what_a_killed_process_had_in_hand_is_in_doubt(server: HttpServer) -> None:
    """Some of it was sent, nobody knows which; the next batch goes out by another process."""
    server.answer = lambda _request: 0.1
    answers: list[Answer] = []
    with opened() as channel:
        thread = sending(channel, many(server.url), answers)
        until(lambda: len(server.requests) > 60)
        first = channel._hands[0]._process.pid
        os.kill(first, signal.SIGKILL)
        thread.join()
        assert ({"unknown"}, MANY) == (results(answers[0]), len(answers[0].outcomes))
        assert "process that sent it was ended" in answers[0].outcomes[0].reason
        server.answer = lambda _request: (201, {}, b"")
        assert {"accepted"} == results(channel.send(many(server.url)))
        assert first != channel._hands[0]._process.pid


def test_a_process_that_stands_still_is_ended(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it for ever; what it had in hand is in doubt."""
    with opened() as channel:
        assert {"accepted"} == results(channel.send(many(server.url)))
        monkeypatch.setattr(spread, "HANGS", 0.5)
        os.kill(channel._hands[0]._process.pid, signal.SIGSTOP)
        assert {"unknown"} == results(channel.send(many(server.url)))
        monkeypatch.undo()
        assert {"accepted"} == results(channel.send(many(server.url)))


def test_a_process_that_never_begins_is_not_waited_for(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it should have sent is tried again."""
    monkeypatch.setattr(spread, "STARTS", 0.3)
    with opened(how=sleeps) as channel:
        assert {"again"} == results(channel.send(many(server.url)))
    assert [] == server.requests


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_processes_ends_nothing_that_is_under_way(server: HttpServer, number: int) -> None:
    """A terminal's Ctrl-C and a service manager reach every process; the one that runs the campaign decides."""
    server.answer = lambda _request: 0.02
    answers: list[Answer] = []
    with opened() as channel:
        thread = sending(channel, many(server.url), answers)
        until(lambda: len(server.requests) > 20)
        os.kill(channel._hands[0]._process.pid, number)
        thread.join()
    assert {"accepted"} == results(answers[0])


def test_nothing_is_sent_any_more_for_a_run_that_was_killed(server: HttpServer, tmp_path: Path) -> None:
    """Its processes end with it: what they had not begun is never begun."""
    server.answer = lambda _request: 0.1
    script = tmp_path / "run.py"
    script.write_text(
        "from tests.notifier.channels.test_spread import many, opened\n"
        "if __name__ == '__main__':\n"
        f"    with opened() as channel:\n        channel.send(many('{server.url}', 500))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, cwd=tmp_path) as run:
        until(lambda: len(server.requests) > 60, 30)
        run.kill()
    time.sleep(0.3)
    sent = len(server.requests)
    assert sent < 400
    time.sleep(0.5)
    assert sent == len(server.requests)


def test_a_process_that_cannot_begin_has_sent_nothing(server: HttpServer, capfd: pytest.CaptureFixture[str]) -> None:
    """It is tried again, and the settings are shown nowhere."""
    with opened(how=fails) as channel:
        answer = channel.send(many(server.url))
    assert {("again", "no process could be started to send it")} == {
        (outcome.result.value, outcome.reason) for outcome in answer.outcomes
    }
    assert [] == server.requests
    assert ("", "") == capfd.readouterr()


def test_a_fault_of_ours_is_raised_here_and_names_nobody(server: HttpServer) -> None:
    """The process that runs the campaign stops, as if it had been its own."""
    with opened(how=breaks) as channel, pytest.raises(RuntimeError) as caught:
        channel.send(many(server.url))
    assert "broken: ValueError in a process that sends" == str(caught.value)


def test_no_key_stands_where_other_users_can_read_it(server: HttpServer) -> None:
    """Neither in the command line of a process nor in what the channel shows of itself."""
    with opened() as channel:
        channel.send(many(server.url))
        line = Path(f"/proc/{channel._hands[0]._process.pid}/cmdline").read_bytes()
        assert KEY not in repr(channel)
    assert KEY.encode() not in line


def test_as_many_processes_as_processors_and_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that no thread has a batch for is not worth its memory."""
    found = []
    for cores, workers in ((8, 4), (2, 4), (8, 1), (1, 4)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        channel = over_processes(webpush.open_channel)(SETTINGS.model_copy(update={"workers": workers}))
        found.append(channel.processes if isinstance(channel, Spread) else 1)
        channel.close()
    assert [4, 2, 1, 1] == found
