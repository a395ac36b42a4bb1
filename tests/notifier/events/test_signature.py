"""Tests of SendGrid's signature: held beside the SDK's own check."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sendgrid.helpers.eventwebhook import EventWebhook

from notifier.errors import InputError
from notifier.events.signature import AHEAD, LIFE, SIGNATURE, TIMESTAMP, verifier

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = 1_796_169_600


def public(key: ec.EllipticCurvePublicKey | Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def headers(body: bytes, moment: int = NOW, key: ec.EllipticCurvePrivateKey = KEY) -> dict[str, str]:
    signature = key.sign(str(moment).encode() + body, ec.ECDSA(SHA256()))
    return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: str(moment)}


@pytest.mark.parametrize("body", [b"[]", '[{"reason": "Қате"}]\r\n'.encode()])
def test_what_sendgrid_signs_is_taken(body: bytes) -> None:
    """The SDK's own check says the same of the same bytes."""
    found = headers(body)
    assert EventWebhook(public(KEY.public_key())).verify_signature(body.decode(), found[SIGNATURE], found[TIMESTAMP])
    assert verifier(public(KEY.public_key())).verify(found, body, NOW)


def test_bytes_that_are_no_text_are_checked_as_bytes() -> None:
    """What comes is stored as it came, so it is verified as it came."""
    assert verifier(public(KEY.public_key())).verify(headers(b"\xff\x00"), b"\xff\x00", NOW)


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({SIGNATURE: ""}, NOW),
        ({SIGNATURE: "not base64!"}, NOW),
        ({SIGNATURE: base64.b64encode(b"x" * 70).decode()}, NOW),
        ({SIGNATURE: "A" * 10_000}, NOW),
        ({TIMESTAMP: ""}, NOW),
        ({TIMESTAMP: str(NOW + 1)}, NOW),
        ({TIMESTAMP: "1e9"}, NOW),
        ({}, NOW + LIFE + 1),
        ({}, NOW - AHEAD - 1),
        (headers(b"[]", key=ec.generate_private_key(ec.SECP256R1())), NOW),
        (headers(b"[ ]"), NOW),
    ],
)
def test_everything_else_is_not(change: dict[str, str], at: int) -> None:
    """No signature, another key's, one over other bytes or another moment, and one that is too old or too new."""
    assert not verifier(public(KEY.public_key())).verify(headers(b"[]") | change, b"[]", at)


def test_a_repeat_within_the_day_is_taken() -> None:
    """SendGrid tries for 24 hours; each repeat is the same report, so it counts once."""
    assert verifier(public(KEY.public_key())).verify(headers(b"[]"), b"[]", NOW + 24 * 3600)


def test_a_key_may_be_written_as_pem() -> None:
    """Or as the base64 that SendGrid shows."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert verifier(pem).verify(headers(b"[]"), b"[]", NOW)


@pytest.mark.parametrize(
    "key",
    [
        "nonsense",
        "",
        public(ed25519.Ed25519PrivateKey.generate().public_key()),
        public(ec.generate_private_key(ec.SECP384R1()).public_key()),
    ],
    ids=["nonsense", "nothing", "Ed25519", "P-384"],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    """The message names the setting and where the key is found."""
    with pytest.raises(InputError, match="NOTIFIER_SENDGRID_WEBHOOK_KEY: no public key"):
        verifier(key)
