"""Sensitive fields: what opens, what does not, and how keys are replaced."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Keyring
from core.storage.crypto import ALGORITHMS, FieldCipher

KEYS = Keyring.generate()
CIPHERS = [FieldCipher(KEYS, name) for name in ALGORITHMS]
TENANT, OTHER = uuid4(), uuid4()

ciphers = st.sampled_from(CIPHERS)


@given(ciphers, st.uuids(), st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_encrypted_comes_back(cipher: FieldCipher, tenant: UUID, plain: bytes, aad: bytes) -> None:
    assert cipher.decrypt(tenant, cipher.encrypt(tenant, plain, aad), aad) == plain


@given(ciphers, st.binary(max_size=60), st.data())
def test_a_changed_ciphertext_never_opens(cipher: FieldCipher, plain: bytes, data: st.DataObject) -> None:
    body = bytearray(cipher.encrypt(TENANT, plain, b"row"))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match=r"hold|no key|short"):
        cipher.decrypt(TENANT, bytes(body), b"row")


@given(ciphers, st.binary(max_size=80))
def test_a_shortened_ciphertext_never_opens(cipher: FieldCipher, rest: bytes) -> None:
    with pytest.raises(ValueError, match=r"hold|no key|short"):
        cipher.decrypt(TENANT, rest, b"row")


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_field_opens_neither_for_another_tenant_nor_at_another_place(cipher: FieldCipher) -> None:
    body = cipher.encrypt(TENANT, b"622827199001011234", b"row 1")
    with pytest.raises(ValueError, match="hold"):
        cipher.decrypt(OTHER, body, b"row 1")
    with pytest.raises(ValueError, match="hold"):
        cipher.decrypt(TENANT, body, b"row 2")


@pytest.mark.parametrize("cipher", CIPHERS)
def test_the_same_text_never_looks_the_same_twice(cipher: FieldCipher) -> None:
    assert len({cipher.encrypt(TENANT, b"same", b"") for _ in range(50)}) == 50


def test_each_algorithm_opens_what_the_other_wrote() -> None:
    aes, sm4 = CIPHERS
    assert sm4.decrypt(TENANT, aes.encrypt(TENANT, b"x", b""), b"") == b"x"
    assert aes.decrypt(TENANT, sm4.encrypt(TENANT, b"x", b""), b"") == b"x"
    assert aes.needs_renewal(sm4.encrypt(TENANT, b"x", b""))


def test_a_new_key_encrypts_and_the_old_one_still_opens() -> None:
    before, after = FieldCipher(KEYS), FieldCipher(KEYS.rotated())
    old, new = before.encrypt(TENANT, b"old", b""), after.encrypt(TENANT, b"new", b"")
    assert after.decrypt(TENANT, old, b"") == b"old"
    assert after.needs_renewal(old)
    assert not after.needs_renewal(new)
    with pytest.raises(ValueError, match="no key 2"):
        before.decrypt(TENANT, new, b"")


def test_a_blind_index_survives_rotation_and_tells_fields_and_tenants_apart() -> None:
    before, after = FieldCipher(KEYS), FieldCipher(KEYS.rotated(), "sm4-gcm")
    index = before.blind_index(TENANT, "person.id_number", "622827199001011234")
    assert len(index) == 32
    assert after.blind_index(TENANT, "person.id_number", "622827199001011234") == index
    assert before.blind_index(OTHER, "person.id_number", "622827199001011234") != index
    assert before.blind_index(TENANT, "account.phone", "622827199001011234") != index
    assert before.blind_index(TENANT, "person.id_number", "62282719900101123X") != index
    assert (
        FieldCipher(Keyring.generate()).blind_index(TENANT, "person.id_number", "622827199001011234") != index
    )


@given(st.binary(max_size=50))
def test_errors_tell_nothing_of_the_content(plain: bytes) -> None:
    cipher = CIPHERS[0]
    body = cipher.encrypt(TENANT, b"secret" + plain, b"a")
    with pytest.raises(ValueError, match="hold") as told:
        cipher.decrypt(TENANT, body, b"b")
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None
