"""A batch file on its way: only the receiver opens it, nothing can be cut, moved or changed, and its sender is known."""

from __future__ import annotations

import io
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plugins.big_data_check import envelope
from plugins.big_data_check.envelope import SEGMENT, TooLarge, Unopenable

RECEIVER = X25519PrivateKey.generate()
SENDER = Ed25519PrivateKey.generate()


def sealed(plain: bytes) -> bytes:
    out = io.BytesIO()
    envelope.seal(io.BytesIO(plain), out, RECEIVER.public_key())
    return out.getvalue()


def opened(body: bytes, key: X25519PrivateKey = RECEIVER, most: int = 10 * SEGMENT) -> bytes:
    out = io.BytesIO()
    envelope.unseal(io.BytesIO(body), out, key, most)
    return out.getvalue()


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
def test_what_was_sealed_comes_back_whatever_its_size(size: int) -> None:
    plain = secrets.token_bytes(size)
    assert opened(sealed(plain)) == plain


def test_only_the_receiver_opens_it_and_twice_the_same_is_never_the_same() -> None:
    body = sealed(b"secret")
    assert b"secret" not in body
    assert body != sealed(b"secret")
    with pytest.raises(Unopenable):
        opened(body, X25519PrivateKey.generate())


BODY = sealed(b"x" * (2 * SEGMENT + 100))
HEAD = len(BODY) - (2 * SEGMENT + 100) - 3 * 16


def test_segments_can_neither_be_left_out_nor_moved_nor_cut_off() -> None:
    step = SEGMENT + 16
    first, second = BODY[HEAD : HEAD + step], BODY[HEAD + step : HEAD + 2 * step]
    last = BODY[HEAD + 2 * step :]
    for parts in ((first, last), (second, first, last), (first, second), (first,), ()):
        with pytest.raises(Unopenable):
            opened(BODY[:HEAD] + b"".join(parts))


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(place: int, change: int) -> None:
    changed = bytearray(BODY[: HEAD + 200] if place < HEAD + 100 else BODY)
    place = min(place, len(changed) - 1)
    changed[place] ^= change
    with pytest.raises(Unopenable):
        opened(bytes(changed))


@given(st.binary(max_size=200))
def test_whatever_else_comes_is_refused(data: bytes) -> None:
    with pytest.raises(Unopenable):
        opened(b"ZBE1" + data)


def test_more_than_was_allowed_for_is_not_unpacked() -> None:
    with pytest.raises(TooLarge):
        opened(BODY, most=SEGMENT)


def test_a_signature_names_its_sender_and_holds_for_these_bytes_alone() -> None:
    senders = {"别的单位": envelope.as_text(Ed25519PrivateKey.generate().public_key()), "车管所": envelope.as_text(SENDER.public_key())}  # fmt: skip
    signature = envelope.sign(SENDER, b"manifest", b"file")
    assert envelope.signed_by(senders, b"manifest", b"file", signature) == "车管所"
    for manifest, file, sent in (
        (b"manifest2", b"file", signature),
        (b"manifest", b"file2", signature),
        (b"manifest", b"file", envelope.sign(Ed25519PrivateKey.generate(), b"manifest", b"file")),
        (b"manifest", b"file", "no Base64!"),
        (b"manifest", b"file", ""),
    ):
        assert envelope.signed_by(senders, manifest, file, sent) is None


@pytest.mark.parametrize("text", ["", "abc", "A" * 44, "!" * 44])
def test_what_is_no_key_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        envelope.private_key(text)
