"""The account of a villager who proved a phone and has none yet: it may apply, and sees only what it brought itself.

It knows a phone and no person: whose it is on the register is bound when they apply (`core.registry.claims`).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from core.access import access_log
from core.access.access_log import Event
from core.access.credentials import phone_index
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

ROLES = ("applicant", "helper")
"""One applies for one's own household, or brings somebody else's application with their mandate."""


async def account_with(tx: Transaction, cipher: FieldCipher, phone: str, area: str, now: datetime) -> UUID:
    """The account of a proven phone (11 digits), made if there is none. `area`: the district, 12 digits."""
    assert tx.tenant is not None
    index, fresh = phone_index(cipher, tx.tenant, phone), uuid4()
    made = await tx.fetchval(
        """INSERT INTO account (tenant_id, id, username, name, phone, phone_index, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, phone_index) DO NOTHING RETURNING id""",
        tx.tenant, fresh, f"phone-{secrets.token_hex(8)}", f"手机尾号{phone[-4:]}",
        cipher.encrypt(tx.tenant, phone.encode(), fresh.bytes), index, now,
    )  # fmt: skip
    if made is None:
        found: UUID = await tx.fetchval(
            "SELECT id FROM account WHERE tenant_id = $1 AND phone_index = $2", tx.tenant, index
        )
        return found
    await access_log.record(tx, now, Event.ACCOUNT_CREATED, target=fresh)
    for role in ROLES:
        await tx.execute(
            """INSERT INTO account_grant (tenant_id, account_id, role, area_code, granted_at, reason)
               VALUES ($1, $2, $3, $4, $5, '手机验证')""",
            tx.tenant, fresh, role, area, now,
        )  # fmt: skip
        await access_log.record(tx, now, Event.GRANTED, target=fresh, note=f"{role} {area}")
    return fresh


async def phone_of(tx: Transaction, cipher: FieldCipher, account: UUID) -> str:
    """The phone an account proved or was given; empty: none."""
    assert tx.tenant is not None
    sealed = await tx.fetchval(
        "SELECT phone FROM account WHERE tenant_id = $1 AND id = $2", tx.tenant, account
    )
    return cipher.decrypt(tx.tenant, sealed, account.bytes).decode() if sealed else ""


async def belongs_to(tx: Transaction, account: UUID, person: UUID, now: datetime) -> None:
    """Whose account this is, where nobody's person stood there. It gives no role."""
    done = await tx.execute(
        "UPDATE account SET person_id = $3 WHERE tenant_id = $1 AND id = $2 AND person_id IS NULL",
        tx.tenant, account, person,
    )  # fmt: skip
    if done == "UPDATE 1":
        await access_log.record(tx, now, Event.LINKED, account=account, target=account, note="person")
