"""Whose account an identity provider's subject is. Made only by somebody signed in to the account; never gives roles."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core.access import access_log
from core.access.access_log import Event
from core.problems import Conflict
from core.storage.database import Transaction


async def account_of(tx: Transaction, issuer: str, subject: str) -> UUID | None:
    found: UUID | None = await tx.fetchval(
        "SELECT account_id FROM account_subject WHERE tenant_id = $1 AND issuer = $2 AND subject = $3",
        tx.tenant,
        issuer,
        subject,
    )
    return found


async def is_linked(tx: Transaction, issuer: str, account: UUID) -> bool:
    return bool(
        await tx.fetchval(
            "SELECT true FROM account_subject WHERE tenant_id = $1 AND issuer = $2 AND account_id = $3",
            tx.tenant,
            issuer,
            account,
        )
    )


async def link(tx: Transaction, issuer: str, subject: str, account: UUID, now: datetime) -> None:
    """In place of the account's earlier one. Raises Conflict when it belongs to another account."""
    holder = await account_of(tx, issuer, subject)
    if holder == account:
        return
    if holder is not None:
        raise Conflict("这个统一身份已经关联了本区的另一个账号。", hint="有疑问请联系本区系统管理员")
    await tx.execute(
        "DELETE FROM account_subject WHERE tenant_id = $1 AND issuer = $2 AND account_id = $3",
        tx.tenant,
        issuer,
        account,
    )
    await tx.execute(
        "INSERT INTO account_subject (tenant_id, issuer, subject, account_id, at) VALUES ($1, $2, $3, $4, $5)",
        tx.tenant,
        issuer,
        subject,
        account,
        now,
    )
    await access_log.record(tx, now, Event.LINKED, account=account, target=account)
