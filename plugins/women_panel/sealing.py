"""Ballots sealed on the phone, to be sent later: HPKE (RFC 9180, base mode), opened with the session's own key.

DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: what every browser's WebCrypto has. `static/hpke.js` is the other
side. A ballot opens only for the session, household, attempt and member it was sealed for, so that nobody can send
another's ballot as their own. The private key is kept sealed and destroyed when the session ends.
"""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from core.sdk import Conflict, Invalid, Platform
from plugins.women_panel.urn import Poll, Vote

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
PLAIN_BYTES = 320
"""Every sealed ballot is padded to this length: its size tells nothing."""


class Unreadable(Invalid):
    """A sealed ballot that can never be opened: a phone that knows the code offers the household anew."""

    code = "ballot_unreadable"


def new_keys(platform: Platform, session_id: UUID) -> tuple[bytes, bytes]:
    """A session's key pair: the public point (65 bytes), and the private key sealed for the database."""
    private = generate_private_key(SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return public, platform.seal(der, _about(session_id))


def open_ballot(platform: Platform, kept: bytes | None, poll: Poll, account: UUID, sent: str) -> Vote:
    """The vote in a sealed ballot. Raises Conflict when the session's key is gone, Unreadable when it does not open."""
    if kept is None:
        raise Conflict(
            "这次评议会已经结束，手机里的票打不开了。",
            hint="这张票不再计入；请告诉主持人，记入会议记录。还没有结果的户，下次评议会再投",
        )
    private = load_der_private_key(platform.unseal(bytes(kept), _about(poll.session_id)), None)
    assert isinstance(private, EllipticCurvePrivateKey)
    try:
        body = base64.b64decode(sent, validate=True)
        plain = SUITE.decrypt(body, private, info=info_of(poll, account))
        found = msgspec.json.decode(plain, type=Vote)
    except (binascii.Error, InvalidTag, ValueError, msgspec.MsgspecError):
        raise Unreadable(
            "这张票打不开：不是为这次会、这一户、这个人封的，或者这一户已经重新开始投票。",
            hint="请刷新页面，对这一户重新投票",
        ) from None
    if found.mark:
        raise Invalid("这张票的内容不对。", hint="请刷新页面，对这一户重新投票")
    return found


def info_of(poll: Poll, account: UUID) -> bytes:
    """What a ballot is bound to; the phone writes the same text."""
    return f"zhunbao-ballot-1|{poll.session_id}|{poll.case_id}|{poll.attempt}|{account}".encode()


def _about(session_id: UUID) -> bytes:
    return b"ballot key" + session_id.bytes
