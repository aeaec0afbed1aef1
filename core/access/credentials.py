"""What an account signs in with, as stored: password hashes with their history, the phone found by blind index."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from core.access.passwords import KEPT
from core.problems import FieldError, Invalid
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

_PHONE = re.compile(r"1[0-9]{10}")


def normal_username(typed: str) -> str:
    """Names are the same however they are capitalised."""
    return typed.strip().lower()


def normal_phone(typed: str) -> str:
    """Eleven digits. Raises Invalid at `phone`."""
    phone = typed.strip().replace(" ", "").replace("-", "").removeprefix("+86")
    if not _PHONE.fullmatch(phone):
        raise Invalid("手机号不对。", fields=(FieldError("phone", "请填写 11 位手机号"),))
    return phone


def phone_index(cipher: FieldCipher, tenant: UUID, phone: str) -> bytes:
    return cipher.blind_index(tenant, "account.phone", phone)


async def store_password(
    tx: Transaction, account: UUID, hashed: str, now: datetime, must_change: str = ""
) -> None:
    """A new password, kept in the history. `must_change`: why its owner has to replace it first."""
    await tx.execute(
        """UPDATE account SET password = $3, password_changed_at = $4, must_change = $5
           WHERE tenant_id = $1 AND id = $2""",
        tx.tenant, account, hashed, now, must_change,
    )  # fmt: skip
    await tx.execute(
        """INSERT INTO password_history (tenant_id, account_id, at, password) VALUES ($1, $2, $3, $4)
           ON CONFLICT (tenant_id, account_id, at) DO UPDATE SET password = excluded.password""",
        tx.tenant, account, now, hashed,
    )  # fmt: skip
    await tx.execute(
        """DELETE FROM password_history WHERE tenant_id = $1 AND account_id = $2 AND at NOT IN (
               SELECT at FROM password_history WHERE tenant_id = $1 AND account_id = $2 ORDER BY at DESC LIMIT $3)""",
        tx.tenant, account, KEPT,
    )  # fmt: skip


async def put_hash(tx: Transaction, account: UUID, hashed: str) -> None:
    """The same password under today's parameters."""
    await tx.execute(
        "UPDATE account SET password = $3 WHERE tenant_id = $1 AND id = $2", tx.tenant, account, hashed
    )


async def passwords_of(tx: Transaction, account: UUID) -> list[str]:
    """The hashes of the last passwords, the present one among them."""
    rows = await tx.fetch(
        "SELECT password FROM password_history WHERE tenant_id = $1 AND account_id = $2 ORDER BY at DESC LIMIT $3",
        tx.tenant, account, KEPT,
    )  # fmt: skip
    return [row["password"] for row in rows]
