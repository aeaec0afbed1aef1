"""The month's cap, exact with any number of workers: segments are reserved in the database before anything is sent.

Whoever reserves holds the month's row until the claim has committed, so two workers never count the same segments. A
reservation is given back when the message surely was not taken; what is in doubt keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from core.sdk import CHINA, Transaction


def month_of(now: datetime) -> date:
    """The month it is in China."""
    return now.astimezone(CHINA).date().replace(day=1)


async def locked(tx: Transaction, month: date) -> int:
    """What the month has spent, nobody else reserving until this transaction is over."""
    spent: int = await tx.fetchval(
        """INSERT INTO sms_notice_budget AS b (tenant_id, month, spent)
           VALUES ($1, $2, (SELECT coalesce(sum(segments), 0)::int FROM sms_notice_message
                            WHERE tenant_id = $1 AND sent_at >= $3 AND channel = ''))
           ON CONFLICT (tenant_id, month) DO UPDATE SET spent = b.spent RETURNING spent""",
        *(tx.tenant, month, datetime(month.year, month.month, 1, tzinfo=CHINA)),
    )
    return spent


async def add(tx: Transaction, month: date, segments: int) -> None:
    """Reserve more, or give back (negative)."""
    if segments:
        await tx.execute(
            "UPDATE sms_notice_budget SET spent = greatest(spent + $3, 0) WHERE tenant_id = $1 AND month = $2",
            *(tx.tenant, month, segments),
        )


async def free(tx: Transaction, freed: Mapping[date, int]) -> None:
    """Give back to each month what was reserved in it. The newest first, as whoever reserves locks the newest first."""
    for month, segments in sorted(freed.items(), reverse=True):
        await add(tx, month, -segments)


async def spent(tx: Transaction, month: date) -> int:
    """For pages: what the month has reserved and spent so far."""
    found = "SELECT spent FROM sms_notice_budget WHERE tenant_id = $1 AND month = $2"
    return int(await tx.fetchval(found, tx.tenant, month) or 0)
