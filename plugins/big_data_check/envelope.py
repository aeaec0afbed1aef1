"""A batch file on its way: encrypted for one receiver, and signed apart from it by its sender. Pure.

    sealed file = "ZBE1" | key box (80 bytes) | nonce prefix (7) | segments of 1 MiB, each with its tag (16 more bytes)

The key box is a fresh 256-bit key under HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM). Segments are AES-256-GCM with
nonce = prefix | counter (4) | last (1), so that none can be left out, moved or cut off. The signature is Ed25519 over the
manifest and the SHA-256 of the file as sent. Memory is one segment, whatever the file's size; `opened` reads anywhere in it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from plugins.big_data_check.segments import segmented, size_of

MAGIC = b"ZBE1"
SEGMENT = 1024 * 1024
_BOX, _PREFIX, _TAG = 80, 7, 16
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_SIGNED = b"zhunbao batch file 1\n"


class Unopenable(ValueError):
    """Not sealed for us, or changed on the way."""


class TooLarge(ValueError):
    """More comes out of it than was allowed for."""


def seal(source: BinaryIO, target: BinaryIO, receiver: X25519PublicKey) -> None:
    """Encrypt everything from `source` for one receiver."""
    key, prefix = secrets.token_bytes(32), secrets.token_bytes(_PREFIX)
    header = MAGIC + _SUITE.encrypt(key, receiver, MAGIC) + prefix
    target.write(header)
    cipher = AESGCM(key)
    for number, (segment, last) in enumerate(_segments(source, SEGMENT)):
        target.write(cipher.encrypt(_nonce(prefix, number, last), segment, header))


def unseal(source: BinaryIO, target: BinaryIO, receiver: X25519PrivateKey, most: int) -> int:
    """Decrypt into `target`; how many bytes it were. Raises Unopenable, TooLarge (then `target` must be thrown away)."""
    header = source.read(len(MAGIC) + _BOX + _PREFIX)
    if len(header) < len(MAGIC) + _BOX + _PREFIX or not header.startswith(MAGIC):
        raise Unopenable
    prefix, size = header[-_PREFIX:], 0
    try:
        cipher = AESGCM(_SUITE.decrypt(header[len(MAGIC) : -_PREFIX], receiver, MAGIC))
        for number, (segment, last) in enumerate(_segments(source, SEGMENT + _TAG)):
            plain = cipher.decrypt(_nonce(prefix, number, last), segment, header)
            size += len(plain)
            if size > most:
                raise TooLarge
            target.write(plain)
    except (InvalidTag, ValueError) as error:
        if isinstance(error, TooLarge):
            raise
        raise Unopenable from None
    return size


def opened(source: BinaryIO, receiver: X25519PrivateKey) -> BinaryIO:
    """What is in it, to read and seek in, opened as far as it is read. Raises Unopenable, now or while it is read."""
    size = size_of(source)
    header = source.read(len(MAGIC) + _BOX + _PREFIX)
    body, count = size - len(header), -(-(size - len(header)) // (SEGMENT + _TAG))
    if not header.startswith(MAGIC) or count < 1 or body < count * _TAG:
        raise Unopenable
    try:
        cipher = AESGCM(_SUITE.decrypt(header[len(MAGIC) : -_PREFIX], receiver, MAGIC))
    except (InvalidTag, ValueError):
        raise Unopenable from None

    def segment(number: int) -> bytes:
        source.seek(len(header) + number * (SEGMENT + _TAG))
        nonce = _nonce(header[-_PREFIX:], number, number == count - 1)
        try:
            return cipher.decrypt(nonce, source.read(SEGMENT + _TAG), header)
        except InvalidTag:
            raise Unopenable from None

    segment(count - 1)  # cut off after a whole segment: the one that is last now was not sealed as the last
    return segmented(body - count * _TAG, SEGMENT, segment)


def is_sealed(data: bytes) -> bool:
    return data.startswith(MAGIC)


def sign(key: Ed25519PrivateKey, manifest: bytes, file: bytes) -> str:
    """The detached signature, as text, of a manifest (its canonical bytes) and the file as sent."""
    return sign_digest(key, manifest, hashlib.sha256(file).digest())


def sign_digest(key: Ed25519PrivateKey, manifest: bytes, sha256: bytes) -> str:
    """The same for a file of which only the SHA-256 is at hand."""
    return base64.b64encode(key.sign(_message(manifest, sha256))).decode()


def signed_by(senders: Mapping[str, str], manifest: bytes, file: bytes, signature: str) -> str | None:
    """The name of the sender whose public key the signature fits; None: nobody we know."""
    return digest_signed_by(senders, manifest, hashlib.sha256(file).digest(), signature)


def digest_signed_by(
    senders: Mapping[str, str], manifest: bytes, sha256: bytes, signature: str
) -> str | None:
    """The same for a file of which only the SHA-256 is at hand."""
    try:
        sent = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    message = _message(manifest, sha256)
    for name, key in senders.items():
        try:
            verifying_key(key).verify(sent, message)
        except InvalidSignature:
            continue
        return name
    return None


def verifying_key(text: str) -> Ed25519PublicKey:
    """Raises ValueError for what is no key."""
    return Ed25519PublicKey.from_public_bytes(_raw(text))


def signing_key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_raw(text))


def public_key(text: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(_raw(text))


def private_key(text: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(_raw(text))


def as_text(key: X25519PublicKey | X25519PrivateKey | Ed25519PublicKey | Ed25519PrivateKey) -> str:
    """A key as it is written in settings: 32 bytes in Base64."""
    raw = (
        key.private_bytes_raw()
        if isinstance(key, X25519PrivateKey | Ed25519PrivateKey)
        else key.public_bytes_raw()
    )
    return base64.b64encode(raw).decode()


def _raw(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("not a key in Base64") from None
    if len(raw) != 32:
        raise ValueError("a key has 32 bytes")
    return raw


def _message(manifest: bytes, sha256: bytes) -> bytes:
    return _SIGNED + hashlib.sha256(manifest).digest() + sha256


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _segments(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of this size, at least one, and whether it is the last."""
    piece = source.read(size)
    while True:
        following = source.read(size)
        yield piece, not following
        if not following:
            return
        piece = following
