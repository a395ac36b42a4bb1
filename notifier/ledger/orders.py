"""What the operator orders while a campaign runs, and the buckets all workers draw from; sends nothing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from notifier import pace
from notifier.channels.protocol import Kind
from notifier.ledger.records import HELD, Control, Standing, State
from notifier.pace import Meter, Pace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.records import Rules


def control(work: Transaction, campaign: int) -> Control:
    """Return what holds for a campaign now."""
    row = work.one("campaign_control", campaign=campaign)
    if row is None:
        # Planned anew behind our back: whatever we still hold is not to be sent.
        return Control(standing=Standing.CANCELLED, not_before=0, not_after=0)
    return Control(standing=Standing(row["standing"]), not_before=row["not_before"], not_after=row["not_after"])


def order(database: Database, campaign: int, standing: Standing) -> Standing:
    """Let a campaign run, pause or end; return what held until now. A cancelled one stays cancelled."""
    with database.transaction() as work:
        before = control(work, campaign).standing
        if before is not Standing.CANCELLED:
            work.run("campaign_standing", campaign=campaign, standing=standing)
        return before


def awaken(database: Database, campaign: int, rules: Rules, now: int, *, held: bool) -> int:
    """Open what was closed by other rules than these, and with `held` also what is held; return how many are held no more.

    What was held is sent once more each; if nobody knows of that either, it is held again.
    """
    wanted = {
        "campaign": campaign, "now": now, "planned": State.PLANNED, "unknown": State.UNKNOWN, "tries": rules.tries,
        "held": HELD, "settled_before": now - rules.reconcile,
    }  # fmt: skip
    with database.transaction() as work:
        if held:
            work.run("unhold_trail", **wanted)
        freed = work.run("unhold", **wanted) if held else 0
        work.run("awaken", **wanted)
        return freed


def set_rate(database: Database, kinds: Collection[Kind], per_second: float | None) -> None:
    """Order a rate for kinds, whatever the settings say; None: the settings count again. It holds at once."""
    with database.transaction() as work:
        for kind in kinds:
            _write(work, kind, replace(_locked(work, kind), per_second=per_second, free_at=0))


def meters(work: Transaction) -> dict[Kind, Meter]:
    """Return the buckets by kind; a kind that was never used has none."""
    kinds = {kind.number: kind for kind in Kind}
    return {kinds[row["channel"]]: _meter(row) for row in work.all("pace_all")}


@dataclass(slots=True, kw_only=True)
class Bucket:
    """What may be taken for one request."""

    #: Messages that may go out now; 0: none, and the ledger knows until when.
    granted: int
    #: Messages that will: set by the caller.
    used: int = 0


@contextmanager
def bucket(work: Transaction, kind: Kind, paces: Mapping[Kind, Pace], most: int, now: int) -> Iterator[Bucket]:
    """Give what a kind's bucket holds for a request, and take from it what is used; once a request."""
    meter, allowed = _locked(work, kind), paces.get(kind, Pace())
    granted, emptied = pace.lease(meter, allowed, most, now)
    taken = Bucket(granted=granted)
    yield taken
    if taken.used:
        _write(work, kind, pace.lease(meter, allowed, taken.used, now)[1])
    elif not granted:
        _write(work, kind, emptied)


def hold(work: Transaction, kind: Kind, until: int | None, most: int) -> int:
    """Keep a kind back that failed as a whole; return how often it did in a row. None: it works again.

    At `most` failures the run ends, and the count begins anew with the next.
    """
    if until is None and not meters(work).get(kind, Meter()).failures:
        # What goes well holds up nobody else's record.
        return 0
    meter = _locked(work, kind)
    if until is None:
        if meter.failures:
            _write(work, kind, replace(meter, failures=0))
        return 0
    count = meter.failures + 1
    _write(work, kind, replace(meter.holding(until), failures=0 if count >= most else count))
    return count


def _locked(work: Transaction, kind: Kind) -> Meter:
    row = work.one("pace_lock", channel=kind.number)
    return Meter() if row is None else _meter(row)


def _meter(row: Mapping[str, Any]) -> Meter:
    return Meter(**{name: row[name] for name in Meter.__dataclass_fields__})


def _write(work: Transaction, kind: Kind, meter: Meter) -> None:
    work.run("pace_put", channel=kind.number, **asdict(meter))
