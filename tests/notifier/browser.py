"""The receiving side of web push, for tests: a browser's keys, and what it does with a sealed message."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notifier.channels.sealing import padless, point, unpadded


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Written against RFC 8291 with the library's HKDF, apart from the sender's code."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"

    def subscription(self, endpoint: str) -> str:
        keys = {"p256dh": padless(point(self.key.public_key())), "auth": padless(self.auth)}
        return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def opened(self, message: bytes) -> bytes:
        salt, size, length = message[:16], int.from_bytes(message[16:20], "big"), message[20]
        theirs, sealed = message[21 : 21 + length], message[21 + length :]
        assert len(message) <= size == 4096
        secret = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\x00" + point(self.key.public_key()) + theirs
        keying = derive(secret, self.auth, info, 32)
        key = derive(keying, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = derive(keying, salt, b"Content-Encoding: nonce\x00", 12)
        clear = AESGCM(key).decrypt(nonce, sealed, None)
        assert b"\x02" == clear[-1:]
        return clear[:-1]


def derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return a key by RFC 5869."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def claims(authorization: str) -> dict[str, Any]:
    """Return what a VAPID header claims, after checking its signature as a push service does."""
    scheme, _, rest = authorization.partition(" ")
    assert "vapid" == scheme
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    head, body, signature = parts["t"].split(".")
    assert {"typ": "JWT", "alg": "ES256"} == json.loads(unpadded(head))
    raw = unpadded(signature)
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(parts["k"]))
    public.verify(encode_dss_signature(*numbers), f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    return json.loads(unpadded(body))
