"""Recovery codes: ten at a time, each lets in once instead of an authenticator's code. Only keyed hashes are kept."""

from __future__ import annotations

import secrets
from uuid import UUID

from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

HOW_MANY = 10
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that are taken for one another on paper: I, L, O, 0, 1."""
_HALF = 5


async def renew(tx: Transaction, cipher: FieldCipher, account: UUID) -> tuple[str, ...]:
    """Fresh codes in place of all earlier ones; shown once."""
    made = tuple(f"{_half()}-{_half()}" for _ in range(HOW_MANY))
    await forget(tx, account)
    await tx.executemany(
        "INSERT INTO recovery_code (tenant_id, account_id, code_index) VALUES ($1, $2, $3)",
        [(tx.tenant, account, _index(tx, cipher, account, code)) for code in made],
    )
    return made


async def use(tx: Transaction, cipher: FieldCipher, account: UUID, code: str) -> bool:
    """Whether it is one of the account's; a right one is gone."""
    done = await tx.execute(
        "DELETE FROM recovery_code WHERE tenant_id = $1 AND account_id = $2 AND code_index = $3",
        tx.tenant,
        account,
        _index(tx, cipher, account, code),
    )
    return done == "DELETE 1"


async def left(tx: Transaction, account: UUID) -> int:
    found: int = await tx.fetchval(
        "SELECT count(*) FROM recovery_code WHERE tenant_id = $1 AND account_id = $2", tx.tenant, account
    )
    return found


async def forget(tx: Transaction, account: UUID) -> None:
    await tx.execute("DELETE FROM recovery_code WHERE tenant_id = $1 AND account_id = $2", tx.tenant, account)


def looks_like_one(code: str) -> bool:
    """An authenticator's codes are six digits."""
    return len(_plain(code)) == 2 * _HALF


def _half() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))


def _plain(code: str) -> str:
    return code.upper().replace("-", "").replace(" ", "")


def _index(tx: Transaction, cipher: FieldCipher, account: UUID, code: str) -> bytes:
    assert tx.tenant is not None
    return cipher.blind_index(tx.tenant, "recovery", f"{account} {_plain(code)}")
