"""A circuit per channel of a district: after five failures in a row it is left alone, at first for a minute.

    closed ── FAILURES in a row ──▶ open until retry_at ── one batch tries ──▶ closed | open again

Each time it stays open as long again as it has been so far, half an hour at most.
In the database, so that every worker knows; messages meanwhile take the next way, and use up none of their tries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.sdk import Transaction

FAILURES = 5
FIRST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Circuit:
    channel: str
    failures: int
    opened_at: datetime | None
    retry_at: datetime | None


async def all_of(tx: Transaction) -> Sequence[Circuit]:
    """Channels that failed since they last worked."""
    rows = await tx.fetch(
        "SELECT channel, failures, opened_at, retry_at FROM sms_notice_circuit WHERE tenant_id = $1 ORDER BY channel",
        tx.tenant,
    )
    return [Circuit(**row) for row in rows]


async def shut(tx: Transaction, now: datetime) -> Mapping[str, datetime]:
    """Channels not to be used now, and until when. Who finds one due to be tried again has that try for itself."""
    found = {c.channel: c.retry_at for c in await all_of(tx) if c.retry_at is not None}
    for channel, retry_at in list(found.items()):
        if retry_at <= now:
            mine = await tx.fetchval(
                """UPDATE sms_notice_circuit SET retry_at = $4
                   WHERE tenant_id = $1 AND channel = $2 AND retry_at <= $3 RETURNING channel""",
                *(tx.tenant, channel, now, now + FIRST),
            )
            found[channel] = now + FIRST
            if mine is not None:
                del found[channel]
    return found


async def worked(tx: Transaction, channel: str) -> None:
    await tx.execute(
        "DELETE FROM sms_notice_circuit WHERE tenant_id = $1 AND channel = $2", tx.tenant, channel
    )


async def failed(tx: Transaction, channel: str, times: int, now: datetime) -> None:
    """So many messages in a row found it unreachable."""
    failures = await tx.fetchval(
        """INSERT INTO sms_notice_circuit AS c (tenant_id, channel, failures) VALUES ($1, $2, $3)
           ON CONFLICT (tenant_id, channel) DO UPDATE SET failures = c.failures + $3 RETURNING failures""",
        *(tx.tenant, channel, times),
    )
    if failures >= FAILURES:
        await tx.execute(
            """UPDATE sms_notice_circuit SET opened_at = coalesce(opened_at, $3::timestamptz),
                   retry_at = $3::timestamptz + least(greatest($3::timestamptz - opened_at, $4::interval), $5::interval)
               WHERE tenant_id = $1 AND channel = $2""",
            *(tx.tenant, channel, now, FIRST, LONGEST),
        )
