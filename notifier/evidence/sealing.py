"""Seals what is settled into chained segments, and signs how far the chain reaches; changes nothing that is sealed.

One segment a finished shard, one for each thousand of the other facts; each in a transaction of its own, so that a
million holders are sealed in flat memory and a run that is cut short goes on where it ended.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from notifier.evidence import leaves
from notifier.evidence.retention import redact
from notifier.evidence.verifier import CHECKPOINT, EMPTY, SIGNED, Tree, canonical, digest, leaf_hash
from notifier.ledger import figures
from notifier.moving import release_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from notifier.evidence.signing import Signer
    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.records import Campaign, Rules

#: Leaves of one segment that is no shard, and rows looked at together.
PAGE = 1000
#: Milliseconds after which nothing that came earlier is still on its way into the ledger.
SETTLING = 60_000
#: Digests of segments read together.
DIGESTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a run added."""

    #: Segments and leaves added by this run.
    segments: int
    leaves: int
    #: The checkpoint as one line of JSON, with its signature; None if there was nothing new to sign, or no key.
    checkpoint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Seals one campaign."""

    database: Database
    campaign: Campaign
    #: Milliseconds since the epoch.
    clock: Callable[[], int]

    def seal(self) -> tuple[int, int]:
        """Add a segment for all that is settled and not sealed yet; return the segments and the leaves added."""
        segments = added = 0
        for one in self._streams():
            segments, added = segments + 1, added + one
        return segments, added

    def _streams(self) -> Iterator[int]:
        """Yield the leaves of each segment added."""
        yield from self._plan()
        yield from self._pages("approvals", "seal_approvals", "id", leaves.approval)
        yield from self._pages("skipped", "seal_skipped", "holder", leaves.skipped, secret=True)
        yield from self._refused()
        yield from self._shards()
        yield from self._events()
        yield from self._pages(
            "answers", "seal_answers", "id", leaves.answer, secret=True, release=release_of(self.campaign.name),
            recent=self.clock() - SETTLING,
        )  # fmt: skip

    def _plan(self) -> Iterator[int]:
        """Seal the plan's own facts, if they are not those sealed last."""
        with self.database.transaction() as work:
            work.run("seal_lock", campaign=self.campaign.id)
            row = work.one("seal_campaign", campaign=self.campaign.id)
            fact = leaves.campaign(self.campaign, row or {})
            last = work.one("seal_last_of", campaign=self.campaign.id, kind="plan")
            if last is not None and json.loads(last["header"])["root"] == _root([canonical(fact)]):
                return
            self._add(work, "plan", 0, 0, 0, [fact])
        yield 1

    def _refused(self) -> Iterator[int]:
        """Seal the refused rows of the audience; a later plan replaces them, and those are sealed beside the first."""
        # What is sealed together bears the mark of the whole list, so that a run cut short goes on in it.
        mark = self._mark()
        yield from self._pages("refused", "seal_refused", "line", leaves.refused, epoch=mark)

    def _mark(self) -> int:
        hashed, after = sha256(), 0
        with self.database.reading() as work:
            while rows := _whole(work.all("seal_refused", campaign=self.campaign.id, after=after, limit=PAGE), "line"):
                hashed.update("".join(canonical(leaves.refused(row)) for row in rows).encode())
                after = rows[-1]["line"]
        return int.from_bytes(hashed.digest()[:7]) or 1

    def _pages(
        self, kind: str, statement: str, number: str, make: Callable[[Mapping[str, Any]], dict[str, Any]], *,
        secret: bool = False, epoch: int = 0, **more: Any,
    ) -> Iterator[int]:  # fmt: skip
        """Seal rows in the order of their numbers, a page a segment."""
        while True:
            with self.database.transaction() as work:
                work.run("seal_lock", campaign=self.campaign.id)
                # Read under the lock: another process may have sealed meanwhile.
                upto = work.value("seal_upto", campaign=self.campaign.id, kind=kind, epoch=epoch)
                rows = _whole(work.all(statement, campaign=self.campaign.id, after=upto, limit=PAGE, **more), number)
                if not rows:
                    return
                rows = self._with_secrets(work, rows) if secret else rows
                self._add(work, kind, rows[0][number], rows[-1][number], epoch, [make(row) for row in rows])
            yield len(rows)

    def _shards(self) -> Iterator[int]:
        """Seal the shards in which nothing is left to do."""
        after = 0
        while True:
            with self.database.reading() as work:
                found = work.all("seal_shards", campaign=self.campaign.id, after=after, limit=PAGE)
            if not found:
                return
            for row in found:
                count = self._shard(row["id"])
                if count is not None:
                    yield count
            after = found[-1]["id"]

    def _events(self) -> Iterator[int]:
        """Seal what providers reported, in the order in which the reports came; a report is never parted."""
        while True:
            with self.database.transaction() as work:
                work.run("seal_lock", campaign=self.campaign.id)
                upto = work.value("seal_upto", campaign=self.campaign.id, kind="events", epoch=0)
                found = work.all(
                    "seal_reports", campaign=self.campaign.id, after=upto, recent=self.clock() - SETTLING, limit=PAGE
                )
                if not found:
                    return
                low, high, count = found[0]["id"], found[0]["id"], 0
                for row in found:
                    count += row["events"]
                    if count > PAGE and row["id"] != low:
                        break
                    high = row["id"]
                rows = self._with_secrets(work, work.all("seal_events", campaign=self.campaign.id, low=low, high=high))
                self._add(work, "events", low, high, 0, list(self._reported(work, rows)))
                for holder in {row["holder"] for row in rows if row["account"].startswith(leaves.ERASED)}:
                    # Reported after the person was erased: sealed, and then taken out like the rest.
                    redact(work, self.campaign.id, holder)
            yield len(rows)

    def _reported(self, work: Transaction, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for number, events in groupby(rows, key=itemgetter("report")):
            report = work.one("seal_body", id=number) or {}
            yield from (leaves.event(row, report, self.campaign.id) for row in events)

    def _shard(self, number: int) -> int | None:
        """Seal a shard; None if it was taken up, or sealed by another process, meanwhile."""
        common = {"campaign": self.campaign.id, "shard": number}
        with self.database.transaction() as work:
            work.run("seal_lock", campaign=self.campaign.id)
            shard = work.one("seal_shard", **common)
            if shard is None:
                return None
            rows = self._with_secrets(work, work.all("seal_notices", **common))
            trail: defaultdict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
            for one in work.all("seal_trail", **common):
                trail[one["holder"], one["channel"]].append(one)
            facts = [leaves.notice(row, shard, self.campaign.id, trail[row["holder"], row["channel"]]) for row in rows]
            self._add(work, "notices", number, number, shard["epoch"], facts)
            return len(facts)

    def _with_secrets(self, work: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return rows with a key for every person; a person who was erased gets none."""
        made = {
            row["holder"]: leaves.new_secret()
            for row in rows
            if row["secret"] is None and not row["account"].startswith(leaves.ERASED)
        }
        common = {"campaign": self.campaign.id}
        work.many("person_put", [common | {"holder": holder, "secret": secret} for holder, secret in made.items()])
        return [{**row, "secret": row["secret"] or made.get(row["holder"])} for row in rows]

    def _add(
        self, work: Transaction, kind: str, low: int, high: int, epoch: int, facts: Sequence[Mapping[str, Any]]
    ) -> None:
        last = work.one("seal_last", campaign=self.campaign.id)
        texts = [canonical(fact) for fact in facts]
        number = last["number"] + 1 if last else 0
        header = canonical(
            {
                "campaign": self.campaign.name,
                "number": number,
                "kind": kind,
                "low": low,
                "high": high,
                "epoch": epoch,
                "count": len(texts),
                "root": _root(texts),
                "previous": digest(last["header"]) if last else EMPTY,
                "sealed_at": leaves.moment(self.clock()),
            }
        )
        common = {"campaign": self.campaign.id, "number": number}
        hashed = leaf_hash(header.encode()).hex()
        work.run("segment_put", kind=kind, low=low, high=high, epoch=epoch, header=header, digest=hashed, **common)
        work.run("segment_body_put", leaves="\n".join(texts), **common)


def sign(sealer: Sealer, signer: Signer, rules: Rules) -> str | None:
    """Sign how far the chain reaches; None if the last checkpoint says just that and is of the same day (UTC)."""
    database, campaign, now = sealer.database, sealer.campaign, sealer.clock()
    closed = figures.count(database, campaign, rules, now).finished
    with database.transaction() as work:
        work.run("seal_lock", campaign=campaign.id)
        last, tree = work.one("seal_last", campaign=campaign.id), segment_tree(work, campaign.id)
        before = work.one("checkpoint_last", campaign=campaign.id)
        old = json.loads(before["body"]) if before else {}
        at = leaves.moment(now)
        same = (old.get("segments"), old.get("closed"), old.get("key"), str(old.get("at", ""))[:10])
        if last is None or same == (tree.size, closed, signer.public, at[:10]):
            return None
        body = canonical(
            {
                "format": CHECKPOINT,
                "campaign": campaign.name,
                "number": before["number"] + 1 if before else 0,
                "at": at,
                "closed": closed,
                "segments": tree.size,
                "root": tree.root(),
                "head": digest(last["header"]),
                "previous": digest(before["body"]) if before else EMPTY,
                "key": signer.public,
            }
        )
        signature = signer.sign(body)
        number = json.loads(body)["number"]
        work.run("checkpoint_put", campaign=campaign.id, number=number, body=body, signature=signature)
    return line(body, signature)


def unsigned(database: Database, campaign: Campaign) -> bool:
    """Return whether something is sealed that the last checkpoint does not cover, or that one was not the closing one."""
    with database.reading() as work:
        last, point = work.one("seal_last", campaign=campaign.id), work.one("checkpoint_last", campaign=campaign.id)
    signed = json.loads(point["body"]) if point else {"segments": 0, "closed": False}
    return last is not None and (last["number"] + 1 > signed["segments"] or not signed["closed"])


def line(body: str, signature: str) -> str:
    """Return a checkpoint as one line: what was signed, and the signature."""
    signed = json.loads(body)
    return canonical({name: signed[name] for name in SIGNED} | {"signature": signature})


def texts_of(body: str) -> list[str]:
    """Return the leaves of a segment as they were hashed."""
    return body.split("\n") if body else []


def segment_tree(work: Transaction, campaign: int, upto: int | None = None) -> Tree:
    """Return the tree over the segments of a campaign, or over the first so many."""
    tree = Tree()
    for hashed in segment_hashes(work, campaign, upto):
        tree.add(hashed)
    return tree


def segment_hashes(work: Transaction, campaign: int, upto: int | None = None) -> Iterator[bytes]:
    """Yield the hashes of the segments in their order."""
    low = 0
    while upto is None or low < upto:
        high = low + DIGESTS if upto is None else min(low + DIGESTS, upto)
        rows = work.all("segment_digests", campaign=campaign, low=low, high=high)
        yield from (bytes.fromhex(row["digest"]) for row in rows)
        if len(rows) < high - low:
            return
        low = high


def _whole(rows: Sequence[Mapping[str, Any]], number: str) -> Sequence[Mapping[str, Any]]:
    """Return a page without its last number, where that may go on behind the page."""
    if len(rows) < PAGE or rows[0][number] == rows[-1][number]:
        return rows
    return [row for row in rows if row[number] != rows[-1][number]]


def _root(texts: Sequence[str]) -> str:
    tree = Tree()
    for text in texts:
        tree.add(leaf_hash(text.encode()))
    return tree.root()
