"""Tests of web push's cryptography: the example of RFC 8291, the other side's view, the shapes of a key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifier.channels.sealing import HEADER, LARGEST, point, seal, seal_all, unpadded, vapid, vapid_key
from tests.notifier.browser import Browser, claims

#: RFC 8291, section 5 and appendix A.
CLEAR = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc() -> None:
    """Byte for byte, with the example's key and salt; and its receiver opens it."""
    sealed = seal(CLEAR, unpadded(PUBLIC), unpadded(AUTH), private=vapid_key(SENDER), salt=unpadded(SALT))
    assert unpadded(SEALED) == sealed
    assert CLEAR == Browser(key=vapid_key(RECEIVER), auth=unpadded(AUTH)).opened(unpadded(SEALED))


def test_no_two_messages_share_a_key() -> None:
    """Salt and sender's key are fresh each time, and the receiver opens both."""
    browser = Browser()
    public = point(browser.key.public_key())
    first, second = seal_all([(CLEAR, public, browser.auth)] * 2)
    assert first[:HEADER] != second[:HEADER]
    assert first[:16] != second[:16]
    assert first[21:HEADER] != second[21:HEADER]
    assert [CLEAR, CLEAR] == [browser.opened(first), browser.opened(second)]


def test_the_largest_message_fills_the_record() -> None:
    """4,096 bytes with everything that sealing adds."""
    browser = Browser()
    assert 4096 == len(seal(b"x" * LARGEST, point(browser.key.public_key()), browser.auth))


def test_a_key_that_is_no_point_seals_nothing() -> None:
    """The others of the share are sealed all the same."""
    browser = Browser()
    good = point(browser.key.public_key())
    assert [False, True] == [
        bool(one) for one in seal_all([(CLEAR, b"\x04" + b"\x01" * 64, browser.auth), (CLEAR, good, browser.auth)])
    ]


def test_a_token_is_what_a_push_service_checks() -> None:
    """Signed by the key beside it, for one origin, with someone to write to."""
    header = vapid(vapid_key(SENDER), "https://push.example.net", "mailto:privacy@example.org", 1_800_000_000)
    assert {"aud": "https://push.example.net", "exp": 1_800_000_000, "sub": "mailto:privacy@example.org"} == claims(
        header
    )


def test_a_key_may_be_pem_or_base64url() -> None:
    """Both are the same key; another curve, another length and words are refused."""
    key = vapid_key(SENDER)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert key.private_numbers() == vapid_key(pem).private_numbers()
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text in ("", "abc", "ключ", other.decode(), "-----BEGIN PRIVATE KEY-----"):
        with pytest.raises(ValueError):
            vapid_key(text)
