"""Tests of the one file that checks proofs: its signatures, and that it needs nothing but Python."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.evidence import verifier
from notifier.evidence.verifier import signed_by

#: RFC 8032, section 7.1: key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_signatures_of_the_standard_are_good(key: str, message: str, signature: str) -> None:
    """RFC 8032's own examples; one changed bit anywhere is bad."""
    parts = [bytes.fromhex(part) for part in (key, message, signature)]
    assert signed_by(*parts)
    for place in (0, 2):
        changed = list(parts)
        changed[place] = bytes([parts[place][0] ^ 1]) + parts[place][1:]
        assert not signed_by(*changed)
    assert not signed_by(parts[0], parts[1] + b"!", parts[2])


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 511))
def test_it_agrees_with_the_library_that_signs(message: bytes, bit: int) -> None:
    """What cryptography signs is good, and with any one bit of the signature turned it is not."""
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    turned = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
    assert signed_by(public, message, signature)
    assert not signed_by(public, message, turned)


def test_a_second_form_of_a_signature_is_refused() -> None:
    """Adding the group's order to the scalar gives a signature that loose verifiers take."""
    key, message, signature = (bytes.fromhex(part) for part in VECTORS[1])
    again = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    assert not signed_by(key, message, signature[:32] + again)


@pytest.mark.parametrize("key", [b"", b"\xff" * 32, b"\x02" + b"\x00" * 31, b"\x01" + b"\x00" * 30 + b"\x80"])
def test_a_key_that_is_no_point_signs_nothing(key: bytes) -> None:
    """Too short, too large, not on the curve, and the zero with a sign."""
    assert not signed_by(key, b"m", bytes(64))


def test_the_file_needs_nothing_but_python() -> None:
    """Whoever checks a proof copies one file: it imports the standard library and nothing of ours."""
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }
    assert set() == names - sys.stdlib_module_names
