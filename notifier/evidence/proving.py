"""Takes proofs out of the ledger: one account's, or the whole log; seals nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from notifier.errors import LedgerError
from notifier.evidence import leaves
from notifier.evidence.merkle import path
from notifier.evidence.sealing import line, segment_hashes, texts_of
from notifier.evidence.verifier import LOG, PROOF, canonical, keyed, leaf_hash
from notifier.ledger.book import KINDS
from notifier.moving import release_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from notifier.ledger.database import Database, Transaction
    from notifier.ledger.records import Campaign


@dataclass(slots=True, kw_only=True)
class _Proof:
    """What is gathered for one account."""

    work: Transaction
    campaign: int
    #: Segments that the checkpoint covers.
    size: int
    #: The account as it stands in a leaf.
    mark: str
    facts: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    #: Segments that were looked through.
    seen: set[int] = field(default_factory=set)
    #: Events as they came, by their key.
    raws: dict[str, str] = field(default_factory=dict)

    def take(self, kind: str, number: int, addresses: Mapping[str, str]) -> None:
        """Add the leaves about the account out of the segments of a kind in which a number may stand."""
        for row in self.work.all("segments_of", campaign=self.campaign, kind=kind, number=number):
            if row["number"] >= self.size or row["number"] in self.seen:
                continue
            self.seen.add(row["number"])
            texts = texts_of(row["leaves"])
            for index, text in enumerate(texts):
                leaf = json.loads(text)
                if leaf.get("account") != self.mark:
                    continue
                hashes = [leaf_hash(one.encode()) for one in texts]
                self._add(row, leaf, index, path(hashes, index), addresses.get(leaf.get("channel", "")))

    def _add(
        self, row: Mapping[str, Any], leaf: dict[str, Any], index: int, steps: list[str], address: str | None
    ) -> None:
        self.facts.append(
            {
                "leaf": leaf,
                "index": index,
                "path": steps,
                "segment": json.loads(row["header"]),
                "segment_path": [],
                "address": address if leaf.get("address") else None,
                "raw": self.raws.get(leaf["key"]) if leaf["fact"] == "event" else None,
            }
        )
        if leaf.get("content"):
            self.contents[leaf["content"]] = self.work.value("content_get", digest=leaf["content"])

    def lead_up(self) -> None:
        """Give every fact the way from its segment to the checkpoint."""
        hashes = list(segment_hashes(self.work, self.campaign, self.size))
        for fact in self.facts:
            fact["segment_path"] = path(hashes, fact["segment"]["number"])


def prove(database: Database, campaign: Campaign, account: str) -> dict[str, Any]:
    """Return everything the ledger can show about one account, as one object.

    LedgerError, with the way out, if the account is not in the campaign, was erased, or is not sealed and signed yet.
    """
    with database.reading() as work:
        point = work.one("checkpoint_last", campaign=campaign.id)
        if point is None:
            raise LedgerError(_unsigned(campaign))
        holder = work.one("proof_holder", campaign=campaign.id, account=account)
        if holder is None:
            raise LedgerError(_unknown(work, campaign, account))
        if holder["secret"] is None:
            message = (
                f"{campaign.name}: nothing about this account is sealed yet; `notifier seal {campaign.name}` does it"
            )
            raise LedgerError(message)
        size = json.loads(point["body"])["segments"]
        mark = keyed(holder["secret"], "account", account)
        proof = _Proof(work=work, campaign=campaign.id, size=size, mark=mark)
        _gather(proof, work, campaign, holder["id"], account)
        proof.lead_up()
    if not proof.facts:
        message = (
            f"{campaign.name}: this account is sealed and not signed yet; `notifier seal {campaign.name}` signs it"
        )
        raise LedgerError(message)
    return {
        "format": PROOF,
        "account": account,
        "secret": holder["secret"],
        "facts": proof.facts,
        "contents": proof.contents,
        "checkpoint": json.loads(line(point["body"], point["signature"])),
    }


def _gather(proof: _Proof, work: Transaction, campaign: Campaign, holder: int, account: str) -> None:
    notices = work.all("proof_notices", campaign=campaign.id, holder=holder)
    for row in notices:
        kind = KINDS[row["channel"]].value
        proof.take("notices", row["shard"], {kind: row["address"]} if row["address"] else {})
    if not notices:
        proof.take("skipped", holder, {})
    events = work.all("proof_events", campaign=campaign.id, holder=holder)
    for row in events:
        report = work.one("seal_body", id=row["report"])
        # Gone with the days of retention; the digest in the leaf stays.
        if report is not None and report["body"]:
            proof.raws[row["key"]] = leaves.raw(report, row["place"])
    for row in events:
        proof.take("events", row["report"], {})
    for row in work.all("proof_answers", release=release_of(campaign.name), account=account):
        proof.take("answers", row["id"], {})


def _unknown(work: Transaction, campaign: Campaign, account: str) -> str:
    fault = work.one("proof_fault", campaign=campaign.id, account=account)
    if fault is not None:
        return f"{campaign.name}: the row of this account was refused (line {fault['line']}: {fault['reason']})"
    return f"{campaign.name}: no such account in this campaign, or it was erased; nothing can be shown about it"


def log(database: Database, campaign: Campaign) -> Iterator[str]:
    """Yield the evidence of a campaign as lines of JSON, up to the last checkpoint; LedgerError if there is none."""
    with database.reading() as work:
        points: dict[int, list[str]] = {}
        for row in work.all("checkpoints", campaign=campaign.id):
            signed = json.loads(line(row["body"], row["signature"]))
            points.setdefault(signed["segments"], []).append(canonical({"checkpoint": signed}))
        if not points:
            raise LedgerError(_unsigned(campaign))
        yield canonical({"format": LOG, "campaign": campaign.name})
        for number in range(max(points)):
            segment = work.one("segment_get", campaign=campaign.id, number=number) or {}
            found = [json.loads(text) for text in texts_of(segment["leaves"])]
            yield canonical({"segment": json.loads(segment["header"]), "leaves": found})
            yield from points.get(number + 1, ())


def _unsigned(campaign: Campaign) -> str:
    return (
        f"{campaign.name}: nothing is signed yet; `notifier seal {campaign.name}` does it with the key that "
        "NOTIFIER_SIGNING_KEY holds"
    )
