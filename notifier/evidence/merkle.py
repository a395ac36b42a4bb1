"""Paths through a tree of hashes as RFC 6962 has it; keeps no leaf and knows no ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notifier.evidence.verifier import EMPTY, Tree, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def root(hashes: Iterable[bytes]) -> str:
    """Return the root over hashes of leaves, hexadecimal; that of nothing where there are none."""
    tree = Tree()
    for hashed in hashes:
        tree.add(hashed)
    return tree.root() if tree.size else EMPTY


def path(hashes: Sequence[bytes], index: int) -> list[str]:
    """Return what leads a leaf to the root (RFC 6962, section 2.1.1), hexadecimal, the nearest first."""
    if not 0 <= index < len(hashes):
        message = f"place {index} lies outside of a tree with {len(hashes)} leaves"
        raise IndexError(message)
    found, row, at = [], list(hashes), index
    while len(row) > 1:
        if (at ^ 1) < len(row):
            found.append(row[at ^ 1].hex())
        # The last of an odd row goes up as it is: with that the rows give the tree that splits at powers of two.
        row = [node_hash(*row[i : i + 2]) if i + 1 < len(row) else row[i] for i in range(0, len(row), 2)]
        at >>= 1
    return found
