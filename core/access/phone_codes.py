"""Codes sent to a phone: six digits, one at a time per account, valid once and for minutes; stored by blind index."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from core.storage.crypto import FieldCipher
from core.storage.database import Transaction


async def issue(tx: Transaction, cipher: FieldCipher, account: UUID, now: datetime, valid: timedelta) -> str:
    """A fresh code; an earlier one no longer holds."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    await tx.execute(
        """INSERT INTO phone_code (tenant_id, account_id, code_index, expires_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (tenant_id, account_id) DO UPDATE
               SET code_index = excluded.code_index, expires_at = excluded.expires_at""",
        tx.tenant, account, _index(tx, cipher, account, code), now + valid,
    )  # fmt: skip
    return code


async def use(tx: Transaction, cipher: FieldCipher, account: UUID, code: str, now: datetime) -> bool:
    """Whether the code holds; it is used up by that."""
    used = await tx.fetchval(
        """DELETE FROM phone_code WHERE tenant_id = $1 AND account_id = $2 AND code_index = $3 AND expires_at > $4
           RETURNING true""",
        tx.tenant, account, _index(tx, cipher, account, code.strip()), now,
    )  # fmt: skip
    return used is True


def _index(tx: Transaction, cipher: FieldCipher, account: UUID, code: str) -> bytes:
    assert tx.tenant is not None
    return cipher.blind_index(tx.tenant, "phone_code", f"{account}:{code}")
