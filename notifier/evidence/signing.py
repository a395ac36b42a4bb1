"""Signs checkpoints with Ed25519; the only file of evidence that meets a private key."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import Error as Malformed
from typing import TYPE_CHECKING

from notifier.errors import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_WAY_OUT = (
    "NOTIFIER_SIGNING_KEY: not an Ed25519 private key; "
    "`openssl genpkey -algorithm ed25519 -out signing.pem` makes one, NOTIFIER_SIGNING_KEY_FILE names it"
)
_LENGTH = 32


class Signer:
    """Holds the private key; shows the public one."""

    def __init__(self, text: str) -> None:
        """Take a key as PEM, or its 32 bytes as base64url; InputError that never shows it."""
        self._key = _load(text)

    @property
    def public(self) -> str:
        """Return the public key, hexadecimal."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, text: str) -> str:
        """Return the signature of a text, hexadecimal."""
        return self._key.sign(text.encode()).hex()


def _load(text: str) -> Ed25519PrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    except ImportError:
        message = "signing needs the library cryptography: pip install 'policypress[serve]'"
        raise InputError(message) from None
    try:
        if text.startswith("-----"):
            key = load_pem_private_key(text.encode(), None)
        else:
            key = Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, Malformed):
        raise InputError(_WAY_OUT) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(_WAY_OUT)
    return key
