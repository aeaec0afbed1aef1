"""Encryption of sensitive fields, per tenant, and blind indexes to find them again.

    ciphertext = algorithm (1 byte) | key id (1) | nonce (12) | body and tag

A tenant's key is derived from a master key (HKDF-SHA256), so that no tenant's key opens another's fields and a master
key can be replaced: the newest one encrypts, older ones still decrypt. Tenant, header and the caller's `aad` are
authenticated: a field copied to another row, tenant or key does not open.
"""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.settings import Keyring

_NONCE = 12
_TAG = 16
_HEADER = 2
_REMEMBERED_TENANTS = 4096


class Aead(Protocol):
    """An algorithm for authenticated encryption. `code` stands in every ciphertext and is never given twice."""

    code: int
    key_bytes: int

    def seal(self, key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes: ...

    def open(self, key: bytes, nonce: bytes, body: bytes, aad: bytes) -> bytes:
        """Raises ValueError when the body or the aad was changed."""
        ...


class Aes256Gcm:
    code = 1
    key_bytes = 32

    def seal(self, key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        return AESGCM(key).encrypt(nonce, plain, aad)

    def open(self, key: bytes, nonce: bytes, body: bytes, aad: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(nonce, body, aad)
        except InvalidTag:
            raise ValueError("the ciphertext does not hold") from None


class Sm4Gcm:
    """GB/T 32907 in GCM, for districts that must use commercial cryptography (GB/T 39786)."""

    code = 2
    key_bytes = 16

    def seal(self, key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(aad)
        return encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, key: bytes, nonce: bytes, body: bytes, aad: bytes) -> bytes:
        if len(body) < _TAG:
            raise ValueError("the ciphertext is too short")
        decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, body[-_TAG:])).decryptor()
        decryptor.authenticate_additional_data(aad)
        try:
            return decryptor.update(body[:-_TAG]) + decryptor.finalize()
        except InvalidTag:
            raise ValueError("the ciphertext does not hold") from None


ALGORITHMS: dict[str, Aead] = {"aes-256-gcm": Aes256Gcm(), "sm4-gcm": Sm4Gcm()}
"""By the names `ZHUNBAO_CIPHER` takes. All of them decrypt; the one chosen encrypts."""


class FieldCipher:
    """Encrypts with the newest key and the chosen algorithm; decrypts whatever any of them wrote."""

    def __init__(self, keyring: Keyring, algorithm: str = "aes-256-gcm") -> None:
        self._keyring = keyring
        self._algorithm = ALGORITHMS[algorithm]
        self._by_code = {a.code: a for a in ALGORITHMS.values()}
        self._derived = lru_cache(_REMEMBERED_TENANTS)(self._derive)

    def encrypt(self, tenant: UUID, plain: bytes, aad: bytes) -> bytes:
        """`aad` says where the field stands (row id), so that it cannot be moved elsewhere."""
        header = bytes((self._algorithm.code, self._keyring.active))
        nonce = secrets.token_bytes(_NONCE)
        key = self._derived(*header, tenant)
        return header + nonce + self._algorithm.seal(key, nonce, plain, _bound(tenant, header, aad))

    def decrypt(self, tenant: UUID, body: bytes, aad: bytes) -> bytes:
        """Raises ValueError when it was changed, moved, or its key is missing; the text names no content."""
        body = bytes(body)
        if len(body) < _HEADER + _NONCE + _TAG:
            raise ValueError("the ciphertext is too short")
        header, nonce, sealed = body[:_HEADER], body[_HEADER : _HEADER + _NONCE], body[_HEADER + _NONCE :]
        code, key_id = header
        if code not in self._by_code or key_id not in self._keyring.masters:
            raise ValueError(f"no key {key_id} for algorithm {code}")
        key = self._derived(code, key_id, tenant)
        return self._by_code[code].open(key, nonce, sealed, _bound(tenant, header, aad))

    def needs_renewal(self, body: bytes) -> bool:
        """Whether a newer key or another algorithm would be used today."""
        return bytes(body[:_HEADER]) != bytes((self._algorithm.code, self._keyring.active))

    def blind_index(self, tenant: UUID, field: str, value: str) -> bytes:
        """32 bytes that are equal for equal values of one tenant and field, and tell nothing else."""
        key = self._derived(0, 0, tenant)
        return hmac.digest(key, field.encode() + b"\x00" + value.encode(), "sha256")

    def _derive(self, code: int, key_id: int, tenant: UUID) -> bytes:
        """Code 0 is the key of blind indexes: from a master of its own, which no rotation changes."""
        master, length = (
            (self._keyring.masters[key_id], self._by_code[code].key_bytes)
            if code
            else (self._keyring.index, 32)
        )
        purpose = f"zhunbao field {code}" if code else "zhunbao blind index"
        return HKDF(hashes.SHA256(), length, salt=tenant.bytes, info=purpose.encode()).derive(master)


def _bound(tenant: UUID, header: bytes, aad: bytes) -> bytes:
    return header + tenant.bytes + aad
