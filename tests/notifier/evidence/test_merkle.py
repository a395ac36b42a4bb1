"""Tests of the trees: against the vectors of Certificate Transparency, and for every size and place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.evidence import merkle
from notifier.evidence.verifier import EMPTY, Tree, Wrong, climb, leaf_hash, node_hash

#: Leaves and roots of the reference implementation: certificate-transparency, cpp/merkletree/merkle_tree_test.cc.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: From the same file: size, place (from 0), path.
PATHS = [
    (1, 0, []),
    (8, 0, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (8, 5, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (3, 2, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (5, 1, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip


def split(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962, section 2.1 writes it down: split at the largest power of two."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(split(leaves[:half]), split(leaves[half:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    """Leaf and node prefixes, and the split, are RFC 6962's."""
    assert ROOTS[size - 1] == merkle.root(map(leaf_hash, LEAVES[:size]))


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    """As section 2.1 has it."""
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == merkle.root([]) == EMPTY
    assert Tree().root() == EMPTY


@pytest.mark.parametrize(("size", "place", "path"), PATHS)
def test_the_paths_are_those_of_the_reference(size: int, place: int, path: list[str]) -> None:
    """The nearest hash first, and they climb to the root."""
    hashes = [leaf_hash(leaf) for leaf in LEAVES[:size]]
    assert path == merkle.path(hashes, place)
    assert ROOTS[size - 1] == climb(hashes[place], place, size, [bytes.fromhex(step) for step in path]).hex()


@given(st.integers(1, 70))
def test_every_leaf_of_every_tree_climbs_to_its_root(size: int) -> None:
    """The root that comes leaf by leaf, the definition, and every path agree."""
    leaves = [number.to_bytes(2) for number in range(size)]
    hashes = [leaf_hash(leaf) for leaf in leaves]
    root = merkle.root(hashes)
    assert split(leaves).hex() == root
    for place in range(size):
        steps = [bytes.fromhex(step) for step in merkle.path(hashes, place)]
        assert root == climb(hashes[place], place, size, steps).hex()


@given(st.integers(2, 40), st.data())
def test_no_leaf_climbs_from_another_place_or_by_a_changed_path(size: int, data: st.DataObject) -> None:
    """Another place, a longer, shorter or changed path, or another leaf ends elsewhere or nowhere."""
    hashes = [leaf_hash(number.to_bytes(2)) for number in range(size)]
    place = data.draw(st.integers(0, size - 1))
    root = merkle.root(hashes)
    steps = [bytes.fromhex(step) for step in merkle.path(hashes, place)]
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != place))
    wrong = [
        (hashes[place], other, steps),
        (hashes[other], place, steps),
        (hashes[place], place, [*steps, hashes[0]]),
        (hashes[place], place, steps[:-1]),
        (hashes[place], place, [leaf_hash(b"x"), *steps[1:]]),
        (hashes[place], size, steps),
    ]
    for leaf, at, by in wrong:
        try:
            assert root != climb(leaf, at, size, by).hex()
        except Wrong:
            continue


def test_a_place_outside_of_the_tree_has_no_path() -> None:
    """It is said, not guessed."""
    with pytest.raises(IndexError, match="outside"):
        merkle.path([b""], 1)
