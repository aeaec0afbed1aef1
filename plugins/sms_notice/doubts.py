"""What is in doubt at a channel that would send a repeated message twice: it is not sent again before we know better.

    sending, lease over ── its report came ──────────────────────────────▶ sent | delivered | failed   (receipts)
        ├── the gateway still holds messages, or cannot be asked ────────▶ waits another minute
        ├── it holds none, and reports begun later have come through ────▶ it never had it: queued again
        ├── it holds none, and nothing was reported for `SILENT` ────────▶ it never had it: queued again
        └── no end to it for `GIVE_UP` ──────────────────────────────────▶ failed, "in_doubt": an officer decides

A gateway reports each message as soon as the carrier has it, under our key; so one that was taken is known within
moments of the gateway's store running empty. What would send it twice is a report lost on its way as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.sdk import PluginContext, Transaction, platform_of
from core.sdk.channels import Channel
from plugins.sms_notice import store
from plugins.sms_notice.ways import in_order

SETTLED = timedelta(seconds=15)
"""A report tells of an earlier message when its own was begun so much later, and it came so long ago: Kannel repeats a
report we did not take every two seconds (`http-queue-delay`), so it has offered the earlier one again several times since."""

SILENT = timedelta(minutes=10)
GIVE_UP = timedelta(hours=24)

_DOUBTFUL = """SELECT EXISTS (SELECT FROM sms_notice_message
    WHERE tenant_id = $1 AND state = 'sending' AND not_before <= $2 AND channel = $3)"""

_HEARD = """SELECT max(begun_at) FROM sms_notice_message
    WHERE tenant_id = $1 AND created_at > $2 AND channel = $3 AND heard_at BETWEEN begun_at AND $4"""

_NEVER_HAD = """WITH held AS (
        SELECT id FROM sms_notice_message
        WHERE tenant_id = $1 AND state = 'sending' AND not_before <= $2 AND channel = $3
          AND (begun_at < $4 OR begun_at < $5) ORDER BY id FOR UPDATE)
    UPDATE sms_notice_message m SET state = 'queued', detail = 'not_taken', not_before = $2, channel = ''
    FROM held WHERE m.tenant_id = $1 AND m.id = held.id"""

_WAITS = """WITH held AS (
        SELECT id FROM sms_notice_message
        WHERE tenant_id = $1 AND state = 'sending' AND not_before <= $2 AND channel = $3 ORDER BY id FOR UPDATE)
    UPDATE sms_notice_message m SET not_before = $4, detail = 'in_doubt'
    FROM held WHERE m.tenant_id = $1 AND m.id = held.id"""

_GIVEN_UP = """WITH held AS (
        SELECT id FROM sms_notice_message
        WHERE tenant_id = $1 AND state = 'sending' AND begun_at < $3 AND NOT channel = ANY($4) AND channel <> ''
        ORDER BY id FOR UPDATE)
    UPDATE sms_notice_message m SET state = 'failed', detail = 'in_doubt', ended_at = $2
    FROM held WHERE m.tenant_id = $1 AND m.id = held.id"""


async def settle(context: PluginContext) -> None:
    """For every such channel of the district. What its budget reserved stays reserved until it is sent or given up."""
    platform, now, channels = platform_of(context), context.now, in_order(context)
    try:
        for channel in channels:
            if not channel.drops_repeats:
                await _settle(context, channel, now)
    finally:
        for channel in channels:
            await channel.close()
    repeats = [channel.name for channel in channels if channel.drops_repeats]
    async with platform.transaction() as tx:
        await tx.execute(_GIVEN_UP, tx.tenant, now, now - GIVE_UP, repeats)


async def _settle(context: PluginContext, channel: Channel, now: datetime) -> None:
    platform = platform_of(context)
    async with platform.transaction() as tx:
        if not await tx.fetchval(_DOUBTFUL, tx.tenant, now, channel.name):
            return
        heard = await _last_heard(tx, channel.name, now)
    holds = await channel.holds()  # asked after what was heard: what it reports meanwhile only helps
    async with platform.transaction() as tx:
        if not holds:
            before = heard - SETTLED if heard is not None else now - SILENT
            await tx.execute(_NEVER_HAD, tx.tenant, now, channel.name, before, now - SILENT)
        await tx.execute(_WAITS, tx.tenant, now, channel.name, now + store.LEASE)


async def _last_heard(tx: Transaction, channel: str, now: datetime) -> datetime | None:
    """When the last of its messages was begun that a report came on, `SETTLED` ago or longer."""
    heard: datetime | None = await tx.fetchval(
        _HEARD, tx.tenant, now - timedelta(days=3), channel, now - SETTLED
    )
    return heard
