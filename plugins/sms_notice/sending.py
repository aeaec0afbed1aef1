"""From our outbox to the gateway: at least once, always under the same key, so that the gateway takes it once.

    claim (transaction)  queued → sending, with a lease
    send                 one signed request
    record (transaction) sent with the gateway's number | refused | queued again after a pause | failed

Killed in between, the row stays `sending`; when its lease is over, the sweep sends it again under the same key, and a
gateway that had it answers with the number it gave the first time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.sdk import CHINA, NotificationChannel, PluginContext, Sent, TextMessage, Transaction, platform_of
from plugins.sms_notice import store
from plugins.sms_notice.events import SEND, phone_of, text_of
from plugins.sms_notice.gateway import channels, config_of
from plugins.sms_notice.quiet import ATTEMPTS, pause, sendable_at
from plugins.sms_notice.store import Message

log = logging.getLogger(__name__)

NO_GATEWAY_PAUSE = timedelta(minutes=15)


async def send(context: PluginContext, payload: Mapping[str, Any]) -> None:
    """Job: one message, if it is due. Does nothing for one that is sent, over, or in somebody else's hands."""
    channel = next(iter(channels(context)), None)
    message = await _claim(context, UUID(payload["message"]), channel)
    if message is None or channel is None:
        return
    platform = platform_of(context)
    text = TextMessage(message.key, phone_of(platform, message), text_of(platform, message), message.notice)
    await _record(context, message, await channel.send(text))


async def sweep(context: PluginContext, _: Mapping[str, Any]) -> None:
    """Job, every minute: queue what is due, what waited for its time, and what was left in the middle."""
    platform = platform_of(context)
    async with platform.transaction() as tx:
        for message_id in await store.due(tx, context.now):
            await platform.enqueue(tx, SEND, {"message": str(message_id)}, key=str(message_id))


async def _claim(
    context: PluginContext, message_id: UUID, channel: NotificationChannel | None
) -> Message | None:
    async with platform_of(context).transaction() as tx:
        message = await store.find(tx, message_id, lock=True)
        if message is None or message.state not in ("queued", "sending") or message.not_before > context.now:
            return None
        if await _held_back(tx, context, message, channel):
            return None
        await store.begin(tx, message.id, context.now)
        return message


async def _held_back(
    tx: Transaction, context: PluginContext, message: Message, channel: NotificationChannel | None
) -> bool:
    """Settles why it must not go out now, if it must not. A try that was begun is finished at any hour."""
    now, config = context.now, config_of(context)
    begun, never = message.state == "sending", ""
    if message.attempts >= ATTEMPTS:
        never = "attempts"
    elif begun:
        return channel is None
    elif now >= message.expires_at:
        never = "attempts" if message.attempts else "too_late"
    elif await store.opted_out(tx, message.phone_index):
        never = "opted_out"
    elif config.monthly_cap and await store.spent(tx, _month(now)) + message.segments > config.monthly_cap:
        never = "monthly_cap"
    if never:
        await store.end(tx, message, "failed" if never == "attempts" else "skipped", never, now)
        return True
    opens = sendable_at(now, config.quiet)
    if opens > now:
        await store.again_later(tx, message, message.detail, opens)
    elif channel is None:
        await store.again_later(tx, message, "no_gateway", now + NO_GATEWAY_PAUSE)
    return opens > now or channel is None


async def _record(context: PluginContext, message: Message, sent: Sent) -> None:
    now, attempts = context.now, message.attempts + 1
    async with platform_of(context).transaction() as tx:
        if sent.state == "accepted":
            await store.accepted(tx, message, sent.reference, now)
        elif sent.state == "refused":
            await store.end(tx, message, "refused", sent.detail, now)
        elif attempts >= ATTEMPTS:
            await store.end(tx, message, "failed", "attempts", now)
        else:
            await store.again_later(tx, message, sent.detail, now + pause(attempts))
    if sent.state != "accepted":
        log.warning("notice %s, try %s: %s: %s", message.id, attempts, sent.state, sent.detail)


def _month(now: datetime) -> datetime:
    """When this month began in China."""
    return now.astimezone(CHINA).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
