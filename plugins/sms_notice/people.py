"""Where people can be reached beside their phone: whether they have an account here, and an e-mail address of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """The address of each who gave one and has shown that letters arrive there (`confirming.py`)."""
    rows = await tx.fetch(
        """SELECT person_id, address FROM sms_notice_mail
           WHERE tenant_id = $1 AND person_id = ANY($2) AND confirmed_at IS NOT NULL""",
        tx.tenant,
        list(people),
    )
    return {row["person_id"]: address_of(platform, row["person_id"], row["address"]) for row in rows}


def seal_address(platform: Platform, person: UUID, address: str) -> bytes:
    return platform.seal(address.encode(), person.bytes + b"mail")


def address_of(platform: Platform, person: UUID, sealed: bytes) -> str:
    return platform.unseal(sealed, person.bytes + b"mail").decode()
