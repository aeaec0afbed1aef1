"""Where people can be reached beside their phone: whether they have an account here, and an e-mail address they gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from core.sdk import Platform, Transaction


async def with_account(tx: Transaction, people: Sequence[UUID]) -> frozenset[UUID]:
    """Those among them who can sign in."""
    rows = await tx.fetch(
        "SELECT DISTINCT person_id FROM account WHERE tenant_id = $1 AND status = 'active' AND person_id = ANY($2)",
        tx.tenant,
        list(people),
    )
    return frozenset(row["person_id"] for row in rows)


async def mails(tx: Transaction, platform: Platform, people: Sequence[UUID]) -> Mapping[UUID, str]:
    """The address of each who gave one."""
    rows = await tx.fetch(
        "SELECT person_id, address FROM sms_notice_mail WHERE tenant_id = $1 AND person_id = ANY($2)",
        tx.tenant,
        list(people),
    )
    return {
        row["person_id"]: platform.unseal(row["address"], row["person_id"].bytes + b"mail").decode()
        for row in rows
    }


async def give_mail(tx: Transaction, platform: Platform, person: UUID, address: str, now: datetime) -> None:
    """Keep an address; empty: notices no longer go by e-mail."""
    if not address:
        await tx.execute(
            "DELETE FROM sms_notice_mail WHERE tenant_id = $1 AND person_id = $2", tx.tenant, person
        )
        return
    await tx.execute(
        """INSERT INTO sms_notice_mail (tenant_id, person_id, address, since) VALUES ($1, $2, $3, $4)
           ON CONFLICT (tenant_id, person_id) DO UPDATE SET address = excluded.address, since = excluded.since""",
        *(tx.tenant, person, platform.seal(address.encode(), person.bytes + b"mail"), now),
    )
