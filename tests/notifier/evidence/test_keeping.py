"""Tests of sealing while a server runs: what comes in is sealed and signed, and where nothing does, nothing is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pydantic import SecretStr

from notifier.channels.protocol import Kind
from notifier.cli.evidence import seal_all
from notifier.errors import LedgerError
from notifier.evidence import proving
from notifier.evidence.keeping import Keeper
from notifier.evidence.verifier import verify
from notifier.ledger import figures
from notifier.settings import Settings
from tests.notifier.evidence.test_later import KEY, SIGNER, reported
from tests.notifier.sent import NAME, sent

if TYPE_CHECKING:
    from notifier.evidence.sealing import Sealed
    from notifier.ledger.database import Database


def test_what_comes_in_is_sealed_and_signed_meanwhile(ledger: Database) -> None:
    """By the second look at the latest; looked at again with nothing new, nothing is added and nothing signed."""
    campaign = sent(ledger, kinds=[Kind.EMAIL])
    settings, done = Settings(signing_key=SecretStr(KEY)), []
    seen = threading.Event()

    def once() -> None:
        seal_all(ledger, settings, lambda name, sealed: done.append((name, sealed)))
        seen.set()

    keeper = Keeper(do=once, seconds=0.05)
    keeper.start()
    assert seen.wait(10)
    reported(ledger, campaign, campaign.event(1, "delivered"))
    seen.clear()
    assert seen.wait(10)
    seen.clear()
    assert seen.wait(10)
    keeper.stop()
    leaves = verify(proving.log(ledger, figures.campaign(ledger, NAME)), SIGNER.public).leaves
    assert leaves == sum(sealed.leaves for _, sealed in done)
    count = len(done)
    once()
    assert (count, {NAME}) == (len(done), {name for name, _ in done})
    assert all(signed(sealed) for _, sealed in done)


def signed(sealed: Sealed) -> bool:
    return sealed.checkpoint is not None


def test_a_failure_is_told_and_tried_again() -> None:
    """A ledger that cannot be reached ends nothing."""
    failures: list[str] = []
    tries = threading.Semaphore(0)

    def fail() -> None:
        tries.release()
        message = "gone"
        raise LedgerError(message)

    keeper = Keeper(do=fail, seconds=0.01, on_failure=lambda error: failures.append(str(error)))
    keeper.start()
    assert [True, True] == [tries.acquire(timeout=10) for _ in range(2)]
    keeper.stop()
    assert {"gone"} == set(failures)


def test_a_fault_of_ours_is_told_by_its_class_and_tried_again() -> None:
    """The thread goes on, and what the error says, which may be anybody's data, is told to nobody."""
    done, told = threading.Event(), []

    def once() -> None:
        if told:
            done.set()
            return
        message = "emma@example.org"
        raise ZeroDivisionError(message)

    keeper = Keeper(do=once, seconds=0.01, on_failure=lambda error: told.append(str(error)))
    keeper.start()
    assert done.wait(10)
    keeper.stop()
    assert ["a fault of ours: ZeroDivisionError"] == told
