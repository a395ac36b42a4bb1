"""Checks a proof or a whole log, with nothing but Python: no network, no database, no other file of ours.

Anyone may copy this one file and run `python verifier.py FILE [--key PUBLIC] [--checkpoint FILE]`. It reads what
`notifier prove` writes, and names what is wrong. Trees are hashed as in RFC 6962, signatures are Ed25519 (RFC 8032).
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PROOF, LOG, CHECKPOINT = "policypress.proof/1", "policypress.log/1", "policypress.checkpoint/1"
#: The root of a tree without leaves, and what stands in the place of a predecessor that is none.
EMPTY = hashlib.sha256(b"").hexdigest()
#: Keys of each part; one that is missing and one that is not known are faults alike.
HEADER = ("campaign", "count", "epoch", "high", "kind", "low", "number", "previous", "root", "sealed_at")
SIGNED = ("at", "campaign", "closed", "format", "head", "key", "number", "previous", "root", "segments")
FACT = ("address", "index", "leaf", "path", "raw", "segment", "segment_path")
WHOLE = ("account", "checkpoint", "contents", "facts", "format", "secret")


class Wrong(Exception):  # noqa: N818 - what a check finds, not a failure of this program
    """Something does not hold; the message names what."""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a file shows, where nothing in it is wrong."""

    campaign: str
    #: Public key of the signature, hexadecimal.
    key: str
    #: The checkpoint as signed.
    checkpoint: Mapping[str, Any]
    #: One line a fact, for people.
    facts: list[str] = field(default_factory=list)
    #: Segments and leaves of a whole log; 1 and the facts of a proof.
    segments: int = 0
    leaves: int = 0


def canonical(value: object) -> str:
    """Return JSON with sorted keys, no spaces and letters as they are: one text for one value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node; its other prefix keeps a node from passing for a leaf."""
    return hashlib.sha256(b"\1" + left + right).digest()


def keyed(secret: str, purpose: str, text: str) -> str:
    """Return what stands for an account or an address in a leaf: an HMAC under a key that is this person's alone."""
    return hmac.new(bytes.fromhex(secret), f"{purpose}\0{text}".encode(), "sha256").hexdigest()


def climb(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf leads to by its path (RFC 9162, section 2.1.3.2); Wrong if they do not fit."""
    if not 0 <= index < size:
        message = f"place {index} lies outside of a tree with {size} leaves"
        raise Wrong(message)
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            message = "the path is too long"
            raise Wrong(message)
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last:
        message = "the path is too short"
        raise Wrong(message)
    return found


@dataclass(slots=True)
class Tree:
    """The root of leaves that come one by one; keeps one hash for each level."""

    size: int = 0
    _peaks: list[bytes] = field(default_factory=list)

    def add(self, hashed: bytes) -> None:
        """Take the hash of the next leaf."""
        size = self.size
        while size & 1:
            hashed, size = node_hash(self._peaks.pop(), hashed), size >> 1
        self._peaks.append(hashed)
        self.size += 1

    def root(self) -> str:
        """Return the root so far, hexadecimal."""
        if not self._peaks:
            return EMPTY
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found.hex()


# -- Ed25519: RFC 8032, section 6, verification only. Slow (a few milliseconds) and never near a secret.

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
_LENGTH = 32


def _add(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % _P, (one[1] + one[0]) * (two[1] + two[0]) % _P
    c, d = 2 * one[3] * two[3] * _D % _P, 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: tuple[int, ...]) -> tuple[int, ...]:
    found: tuple[int, ...] = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _add(found, point)
        point, number = _add(point, point), number >> 1
    return found


def _point(data: bytes) -> tuple[int, ...] | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if (x * x - square) % _P == 0 else x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(_LENGTH, "little"))


def signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether a signature of a message is that of the owner of a public key."""
    if len(key) != _LENGTH or len(signature) != 2 * _LENGTH or _BASE is None:
        return False
    owner, point = _point(key), _point(signature[:_LENGTH])
    scalar = int.from_bytes(signature[_LENGTH:], "little")
    if owner is None or point is None or scalar >= _ORDER:
        return False
    hashed = hashlib.sha512(signature[:_LENGTH] + key + message).digest()
    left = _times(scalar, _BASE)
    right = _add(point, _times(int.from_bytes(hashed, "little") % _ORDER, owner))
    return not any((left[i] * right[2] - right[i] * left[2]) % _P for i in (0, 1))


# -- What is checked.


def verify(lines: Iterable[str], key: str | None = None, newest: str | None = None) -> Verdict:
    """Check a proof or a log; Wrong names the first thing that does not hold.

    `key`: the public key that the operator has published, hexadecimal. `newest`: a checkpoint of a later day, as
    printed or committed, that a log must reach.
    """
    rest = iter(lines)
    first = _json(next(rest, ""), "the file")
    if _of(first, "format", "the file") == LOG:
        return _log(first, rest, key, newest)
    if newest is not None:
        message = (
            "a checkpoint is held against a whole log (`notifier prove CAMPAIGN`), and this is the proof of one account"
        )
        raise Wrong(message)
    if any(line.strip() for line in rest):
        message = "the file goes on behind the proof"
        raise Wrong(message)
    return _proof(first, key)


def _proof(proof: Mapping[str, Any], key: str | None) -> Verdict:
    _keys(proof, WHOLE, "the proof")
    if proof["format"] != PROOF:
        message = f"format: {proof['format']!r}, and this program reads {PROOF} and {LOG}"
        raise Wrong(message)
    point = _checkpoint(proof["checkpoint"], key)
    verdict = Verdict(campaign=point["campaign"], key=point["key"], checkpoint=point, segments=1)
    needed: set[str] = set()
    for number, fact in enumerate(_list(proof["facts"], "facts")):
        where = f"facts[{number}]"
        leaf = _fact(fact, point, where)
        _person(fact, leaf, proof, where)
        _raw(fact, leaf, where)
        needed |= {leaf["content"]} - {""} if "content" in leaf else set()
        verdict.facts.append(_say(leaf))
    _contents(proof["contents"], needed)
    verdict.leaves = len(verdict.facts)
    if not verdict.facts:
        message = "facts: there are none, so nothing is shown"
        raise Wrong(message)
    return verdict


def _fact(fact: Mapping[str, Any], point: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    _keys(fact, FACT, where)
    header = fact["segment"]
    _keys(header, HEADER, f"{where}.segment")
    if header["campaign"] != point["campaign"]:
        message = f"{where}.segment.campaign: {header['campaign']!r} is not that of the checkpoint"
        raise Wrong(message)
    leaf = leaf_hash(canonical(fact["leaf"]).encode())
    root = climb_in(f"{where}.path", leaf, fact["index"], header["count"], fact["path"])
    if root != header["root"]:
        message = f"{where}: leaf, index and path do not lead to the root of their segment"
        raise Wrong(message)
    hashed = leaf_hash(canonical(header).encode())
    root = climb_in(f"{where}.segment_path", hashed, header["number"], point["segments"], fact["segment_path"])
    if root != point["root"]:
        message = f"{where}: segment and segment_path do not lead to the root of the checkpoint"
        raise Wrong(message)
    found: Mapping[str, Any] = _dict(fact["leaf"], f"{where}.leaf")
    return found


def climb_in(where: str, leaf: bytes, index: Any, size: Any, path: Any) -> str:
    """Return the root a path leads to, hexadecimal; Wrong, naming the place, if it leads nowhere."""
    if type(index) is not int or type(size) is not int:
        message = f"{where}: index and count are no numbers"
        raise Wrong(message)
    try:
        return climb(leaf, index, size, [bytes.fromhex(step) for step in path]).hex()
    except (ValueError, TypeError):
        message = f"{where}: not a path of hashes"
        raise Wrong(message) from None
    except Wrong as error:
        message = f"{where}: {error}"
        raise Wrong(message) from None


def _person(fact: Mapping[str, Any], leaf: Mapping[str, Any], proof: Mapping[str, Any], where: str) -> None:
    """Check that a leaf is about the account, and was sent to the address, that the proof names."""
    try:
        account = keyed(proof["secret"], "account", proof["account"])
        address = keyed(proof["secret"], "address", fact["address"]) if fact["address"] else None
    except (ValueError, TypeError, AttributeError):
        message = "secret, account or address: not what a proof has there"
        raise Wrong(message) from None
    if not hmac.compare_digest(account, str(leaf.get("account"))):
        message = f"{where}: the leaf is not about this account (account and secret do not give leaf.account)"
        raise Wrong(message)
    if address is not None and not hmac.compare_digest(address, str(leaf.get("address"))):
        message = f"{where}.address: not the address that stands in the leaf"
        raise Wrong(message)


def _raw(fact: Mapping[str, Any], leaf: Mapping[str, Any], where: str) -> None:
    if fact["raw"] is not None and digest(str(fact["raw"])) != leaf.get("raw"):
        message = f"{where}.raw: not the event whose digest stands in the leaf"
        raise Wrong(message)


def _contents(contents: Any, needed: set[str]) -> None:
    for name, text in _dict(contents, "contents").items():
        if name not in needed:
            message = f"contents: {name} belongs to no fact of this proof"
            raise Wrong(message)
        if f"sha256:{digest(str(text))}" != name:
            message = f"contents: the text under {name} has another digest: it is not what was sent"
            raise Wrong(message)
    missing = needed - set(contents)
    if missing:
        message = f"contents: the text of {min(missing)} is missing"
        raise Wrong(message)


def _checkpoint(point: Any, key: str | None) -> Mapping[str, Any]:
    where = "checkpoint"
    _keys(point, (*SIGNED, "signature"), where)
    if point["format"] != CHECKPOINT:
        message = f"checkpoint.format: {point['format']!r} is not {CHECKPOINT}"
        raise Wrong(message)
    if key is not None and str(point["key"]).lower() != key.strip().lower():
        message = f"checkpoint.key: signed with {point['key']}, not with the key that was asked for"
        raise Wrong(message)
    signed = {name: point[name] for name in SIGNED}
    try:
        good = signed_by(bytes.fromhex(point["key"]), canonical(signed).encode(), bytes.fromhex(point["signature"]))
    except (ValueError, TypeError):
        good = False
    if not good:
        message = "checkpoint: the signature does not belong to this checkpoint and this key"
        raise Wrong(message)
    return signed


def _log(first: Mapping[str, Any], lines: Iterator[str], key: str | None, newest: str | None) -> Verdict:
    """Check a whole log: every segment in its place, every leaf, every checkpoint, and that the last one covers all."""
    _keys(first, ("campaign", "format"), "line 1")
    walk = _Walk(campaign=str(first["campaign"]), key=key)
    for number, line in enumerate(lines, start=2):
        walk.take(_json(line, f"line {number}"), f"line {number}")
    return walk.end(newest)


@dataclass(slots=True, kw_only=True)
class _Walk:
    campaign: str
    key: str | None
    tree: Tree = field(default_factory=Tree)
    head: str = EMPTY
    leaves: int = 0
    points: list[Mapping[str, Any]] = field(default_factory=list)
    #: The root over so many segments, by their number, where a checkpoint was read.
    roots: dict[int, str] = field(default_factory=dict)

    def take(self, entry: Mapping[str, Any], where: str) -> None:
        if "checkpoint" in entry:
            _keys(entry, ("checkpoint",), where)
            self._point(_checkpoint(entry["checkpoint"], self.key), where)
        else:
            _keys(entry, ("leaves", "segment"), where)
            self._segment(entry, where)

    def _segment(self, entry: Mapping[str, Any], where: str) -> None:
        header, leaves = entry["segment"], _list(entry["leaves"], f"{where}: leaves")
        _keys(header, HEADER, f"{where}: segment")
        wanted = self.tree.size
        if header["number"] != wanted:
            message = (
                f"{where}: segment {header['number']} stands where segment {wanted} belongs: dropped or out of order"
            )
            raise Wrong(message)
        if header["previous"] != self.head or header["campaign"] != self.campaign:
            message = f"{where}: segment {wanted} does not follow the one before it (previous, campaign)"
            raise Wrong(message)
        if header["count"] != len(leaves):
            message = f"{where}: segment {wanted} has {len(leaves)} leaves of {header['count']}"
            raise Wrong(message)
        tree = Tree()
        for leaf in leaves:
            tree.add(leaf_hash(canonical(leaf).encode()))
        if tree.root() != header["root"]:
            message = f"{where}: the leaves of segment {wanted} do not give its root"
            raise Wrong(message)
        text = canonical(header)
        self.tree.add(leaf_hash(text.encode()))
        self.head, self.leaves = digest(text), self.leaves + len(leaves)

    def _point(self, point: Mapping[str, Any], where: str) -> None:
        before = digest(canonical(self.points[-1])) if self.points else EMPTY
        if point["number"] != len(self.points) or point["previous"] != before:
            message = f"{where}: checkpoint {point['number']} does not follow the one before it"
            raise Wrong(message)
        if point["segments"] != self.tree.size:
            message = f"{where}: checkpoint {point['number']} covers {point['segments']} segments, here stand {self.tree.size}"
            raise Wrong(message)
        there = (self.campaign, self.tree.root(), self.head)
        if (point["campaign"], point["root"], point["head"]) != there:
            message = f"{where}: checkpoint {point['number']} was signed over other segments (campaign, root, head)"
            raise Wrong(message)
        self.points.append(point)

    def end(self, newest: str | None) -> Verdict:
        if not self.points or self.points[-1]["segments"] != self.tree.size:
            message = f"the log ends without a checkpoint over its {self.tree.size} segments: it was cut off, or not all is signed"
            raise Wrong(message)
        if newest is not None:
            held = _checkpoint(_json(newest, "the checkpoint"), self.key)
            if held not in self.points:
                message = (
                    f"checkpoint {held['number']} of {held['at']} over {held['segments']} segments is not in this log, "
                    f"which ends at checkpoint {self.points[-1]['number']}: it was cut off, or written anew"
                )
                raise Wrong(message)
        last = self.points[-1]
        return Verdict(
            campaign=self.campaign, key=last["key"], checkpoint=last, segments=self.tree.size, leaves=self.leaves
        )


def _say(leaf: Mapping[str, Any]) -> str:
    """Return a fact as a line for people."""
    names = ("state", "channel", "locale", "at", "event", "answer", "question", "reason", "bundle")
    return f"{leaf.get('fact')}: " + ", ".join(f"{name} {leaf[name]}" for name in names if leaf.get(name))


def _json(line: str, where: str) -> dict[str, Any]:
    try:
        return _dict(json.loads(line), where)
    except (ValueError, RecursionError):
        message = f"{where}: not JSON; the file is cut off, or no proof of ours"
        raise Wrong(message) from None


def _dict(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = f"{where}: not an object"
        raise Wrong(message)
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        message = f"{where}: not a list"
        raise Wrong(message)
    return value


def _of(values: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in values:
        message = f"{where}: {name} is missing"
        raise Wrong(message)
    return values[name]


def _keys(values: Any, names: Sequence[str], where: str) -> None:
    found = set(_dict(values, where))
    for name in sorted(set(names) - found):
        message = f"{where}: {name} is missing"
        raise Wrong(message)
    for name in sorted(found - set(names)):
        message = f"{where}: {name} does not belong there"
        raise Wrong(message)


def describe(verdict: Verdict, *, pinned: bool) -> str:
    """Return what a file shows, for people."""
    point = verdict.checkpoint
    closing = ", the closing one" if point["closed"] else ""
    advice = "" if pinned else " Compare it with the key the operator has published, or name that with --key."
    lines = [
        f"{verdict.campaign}: holds. {verdict.leaves} facts in {verdict.segments} segments.",
        *verdict.facts,
        f"Checkpoint {point['number']} of {point['at']}, over {point['segments']} segments{closing}.",
        f"Signed with {verdict.key}.{advice}",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file from a shell; 0 if it holds, 1 if not, 2 if it cannot be read."""
    parser = argparse.ArgumentParser(description="Check a proof or a log written by `notifier prove`.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="the public key that the operator has published, hexadecimal")
    parser.add_argument("--checkpoint", type=Path, help="a later checkpoint that a log must reach")
    asked = parser.parse_args(arguments)
    try:
        newest = asked.checkpoint.read_text(encoding="utf-8") if asked.checkpoint else None
        with asked.file.open(encoding="utf-8") as lines:
            verdict = verify(lines, asked.key, newest)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{asked.file}: cannot be read: {error}\n")
        return 2
    except Wrong as error:
        sys.stderr.write(f"{asked.file}: does not hold: {error}\n")
        return 1
    sys.stdout.write(describe(verdict, pinned=bool(asked.key)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
