"""Codes sent to a phone, whoever has it: six digits, one at a time per phone, good for minutes and for five tries.

Stored as keyed digests; compared in constant time; a phone without a code costs the same work as a wrong code.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

TRIES = 5
VALID = timedelta(minutes=5)
_NONE = bytes(32)


async def issue(tx: Transaction, cipher: FieldCipher, phone: str, now: datetime) -> str:
    """A fresh code for this phone (11 digits); an earlier one no longer holds."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    await tx.execute(
        """INSERT INTO phone_proof (tenant_id, phone_index, code_index, expires_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (tenant_id, phone_index) DO UPDATE
               SET code_index = excluded.code_index, expires_at = excluded.expires_at, tries = 0""",
        tx.tenant, _phone(tx, cipher, phone), _code(tx, cipher, phone, code), now + VALID,
    )  # fmt: skip
    return code


async def proves(tx: Transaction, cipher: FieldCipher, phone: str, code: str, now: datetime) -> bool:
    """Whether the code holds; the try is counted before it is judged, and a right code is used up."""
    index, given = _phone(tx, cipher, phone), _code(tx, cipher, phone, code.strip())
    kept = await tx.fetchval(
        """UPDATE phone_proof SET tries = tries + 1
           WHERE tenant_id = $1 AND phone_index = $2 AND expires_at > $3 AND tries < $4 RETURNING code_index""",
        tx.tenant, index, now, TRIES,
    )  # fmt: skip
    if not hmac.compare_digest(bytes(kept or _NONE), given):
        return False
    await tx.execute("DELETE FROM phone_proof WHERE tenant_id = $1 AND phone_index = $2", tx.tenant, index)
    return True


def _phone(tx: Transaction, cipher: FieldCipher, phone: str) -> bytes:
    assert tx.tenant is not None
    return cipher.blind_index(tx.tenant, "phone_proof.phone", phone)


def _code(tx: Transaction, cipher: FieldCipher, phone: str, code: str) -> bytes:
    assert tx.tenant is not None
    return cipher.blind_index(tx.tenant, "phone_proof.code", f"{phone}:{code}")
