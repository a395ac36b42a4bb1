"""The cryptography of web push: RFC 8291's encryption and RFC 8292's signature; knows no network and no holder."""

from __future__ import annotations

import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Bytes of the record, of its header (salt, record size, key), and of what a record adds (a mark, the tag).
RECORD = 4096
HEADER = 16 + 4 + 1 + 65
ADDED = 1 + 16
#: Bytes of a message that every push service must take (RFC 8030, 7.2), less what encryption adds.
LARGEST = RECORD - HEADER - ADDED

_CURVE = ec.SECP256R1()


def seal(
    clear: bytes,
    public: bytes,
    auth: bytes,
    *,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return a message sealed for a subscription's keys (RFC 8291, 3); ValueError if the key is no point of P-256.

    A fresh key and salt for each message, as the RFC demands; tests of its example bring theirs.
    """
    own, salt = private or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    ours = point(own.public_key())
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public))
    # HKDF (RFC 5869) with outputs of one block each: an extract and an expand are two MACs.
    keying = _mac(_mac(auth, shared), b"WebPush: info\0" + public + ours + b"\x01")
    extracted = _mac(salt, keying)
    key = _mac(extracted, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _mac(extracted, b"Content-Encoding: nonce\0\x01")[:12]
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    # 2 marks the last record (RFC 8188, 2).
    return header + AESGCM(key).encrypt(nonce, clear + b"\x02", None)


def seal_all(jobs: Sequence[tuple[bytes, bytes, bytes]]) -> list[bytes]:
    """Return (clear, public, auth) sealed each; an empty one where the key is no key."""
    return [_sealed(*job) for job in jobs]


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def vapid_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key written as PEM or as base64url of 32 bytes; ValueError if it is none of P-256."""
    if text.lstrip().startswith("-----BEGIN"):
        loaded = load_pem_private_key(text.encode(), None)
        if isinstance(loaded, ec.EllipticCurvePrivateKey) and isinstance(loaded.curve, ec.SECP256R1):
            return loaded
        raise ValueError
    raw = unpadded(text)
    if len(raw) != 32:  # noqa: PLR2004 - P-256
        raise ValueError
    return ec.derive_private_key(int.from_bytes(raw, "big"), _CURVE)


def vapid(key: ec.EllipticCurvePrivateKey, origin: str, contact: str, expires: int) -> str:
    """Return the Authorization header for an origin (RFC 8292, 2 and 3): a signed token and the public key."""
    head = padless(b'{"typ":"JWT","alg":"ES256"}')
    claims = padless(json.dumps({"aud": origin, "exp": expires, "sub": contact}, separators=(",", ":")).encode())
    signed = f"{head}.{claims}"
    first, second = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    # JWS wants the two numbers side by side (RFC 7518, 3.4).
    signature = padless(first.to_bytes(32, "big") + second.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={padless(point(key.public_key()))}"


def padless(data: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    """Return the bytes of base64url with or without padding; ValueError if it is none."""
    # Some libraries store a subscription's keys in the other alphabet.
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    return urlsafe_b64decode((plain + "=" * (-len(plain) % 4)).encode("ascii"))


def _sealed(clear: bytes, public: bytes, auth: bytes) -> bytes:
    try:
        return seal(clear, public, auth)
    except ValueError:
        return b""


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
