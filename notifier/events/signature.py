"""SendGrid's signature of an event webhook: the SDK names key and headers; knows no event and no ledger."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader

from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds that a signature is good for: SendGrid repeats a report for 24 hours. A repeated one changes nothing, so this
#: only bounds what somebody who once read the traffic can make us store.
LIFE = 26 * 3600
#: Seconds that SendGrid's clock may be ahead of ours.
AHEAD = 600

SIGNATURE = EventWebhookHeader.SIGNATURE.lower()
TIMESTAMP = EventWebhookHeader.TIMESTAMP.lower()

_MOMENT = re.compile(r"[0-9]{1,12}")
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Tells SendGrid's reports from anybody else's."""

    key: EllipticCurvePublicKey

    def verify(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Return whether these very bytes were signed with the key, and not too long ago.

        The SDK's own check takes the body as text; a byte that is no text would be refused unread.
        """
        signature, moment = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
        if not _MOMENT.fullmatch(moment) or not 0 < len(signature) <= _LONGEST:
            return False
        if not now - LIFE <= int(moment) <= now + AHEAD:
            return False
        try:
            self.key.verify(b64decode(signature, validate=True), moment.encode() + body, ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


def verifier(key: str) -> Verifier:
    """Return the verifier of a public key as SendGrid shows it (base64, or PEM); InputError if it is none."""
    bare = re.sub(r"-----(BEGIN|END) PUBLIC KEY-----|\s", "", key)
    message = (
        "NOTIFIER_SENDGRID_WEBHOOK_KEY: no public key; copy the verification key of SendGrid's signed event webhook"
    )
    try:
        found: Any = EventWebhook(bare).public_key
    except ValueError as error:
        raise InputError(message) from error
    if not isinstance(found, EllipticCurvePublicKey) or not isinstance(found.curve, SECP256R1):
        raise InputError(message)
    return Verifier(key=found)
