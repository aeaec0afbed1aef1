"""News of complaints, in the same outbox as notices and sent as they are: by no area, of nobody, listed for no officer.

    core's job ─▶ one row per key ─▶ claim, pay, send, settle what is in doubt (as every notice)

Core hands a text over at least once and is told "accepted" as soon as the row is kept: quiet hours, the month's cap, TD,
retries and a worker killed in between are the outbox's business. The row tells whose phone heard news lately: what that
phone answers is not for the officers of its cases (`replies.py`).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from core.sdk import PluginContext, TextMessage, platform_of
from plugins.sms_notice import store
from plugins.sms_notice.config import config_of, signature_of
from plugins.sms_notice.events import SEND, index_of, seal_body, seal_phone
from plugins.sms_notice.quiet import sendable_at
from plugins.sms_notice.store import NOBODY, Message
from plugins.sms_notice.wording import for_phones, segments


async def keep(context: PluginContext, message: TextMessage) -> None:
    """Write the text down to be sent, unless one with this key was. `message.phone`: eleven digits."""
    platform, config, now = platform_of(context), config_of(context), context.now
    one = uuid5(NAMESPACE_URL, f"sms_notice:{message.purpose}:{message.key}")
    index = index_of(platform, message.phone)
    async with platform.transaction() as tx:
        silent = await store.opted_out(tx, index)
        new = Message(
            id=one, event_id=one, person_id=NOBODY, notice=message.purpose, wording_version=0, process_id=NOBODY,
            area_code="", phone=seal_phone(platform, one, message.phone), phone_index=index,
            body=seal_body(platform, one, message.text),
            segments=segments(for_phones(message.text), signature_of(context)),
            state="skipped" if silent else "queued", detail="opted_out" if silent else "", created_at=now,
            not_before=sendable_at(now, config.quiet), expires_at=now + timedelta(days=config.expire_days),
        )  # fmt: skip
        if await store.add(tx, new) and new.state == "queued" and new.not_before <= now:
            await platform.enqueue(tx, SEND, {"message": str(one)}, key=str(one))
