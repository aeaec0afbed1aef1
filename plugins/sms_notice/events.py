"""From a step that was taken to a notice in our outbox: one per event and person, however often the event is delivered."""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from core.sdk import Platform, PluginContext, ProcessEvent, Situation, Transaction, platform_of
from core.sdk.household import case_subject
from plugins.sms_notice import people, store, wordings
from plugins.sms_notice.composing import Composed, because, compose
from plugins.sms_notice.config import config_of, signature_of
from plugins.sms_notice.notices import Notice, causable, caused_by
from plugins.sms_notice.quiet import sendable_at
from plugins.sms_notice.store import Message
from plugins.sms_notice.wording import for_phones, segments

SEND, PUMP = "send", "pump"
"""Jobs: one message (and what else is due); whatever is due."""

_NO_TEXT = frozenset({"no_phone", "not_mobile", "opted_out"})


async def on_event(event: ProcessEvent, context: PluginContext) -> None:
    """Write the notice this step causes, and queue it. Repeated deliveries change nothing."""
    wanted, step = config_of(context).notices, (event.process_kind, event.action, event.outcome)
    if not any(notice.name in wanted for notice in causable(*step)):
        return
    platform = platform_of(context)
    async with platform.transaction() as tx:
        if await store.known(tx, event.id):
            return
        situation = await platform.situation(tx, event.process_id)
        notice = caused_by(*step, because(situation.view.records))
        if notice is None or notice.name not in wanted:
            return
        message = await _message(tx, context, notice, event, situation)
        if await store.add(tx, message) and message.state == "queued" and message.not_before <= context.now:
            await platform.enqueue(tx, SEND, {"message": str(message.id)}, key=str(message.id))


async def _message(
    tx: Transaction, context: PluginContext, notice: Notice, event: ProcessEvent, situation: Situation
) -> Message:
    platform, process = platform_of(context), situation.view.process
    household = case_subject(situation.view).household
    used = await wordings.in_use(tx, notice.name)
    stage = situation.spec.stages.get(event.to_state)
    composed = compose(
        notice, used.wording, household, process, situation.view.records, stage.label if stage else "", platform.office
    )  # fmt: skip
    message_id = uuid5(NAMESPACE_URL, f"{event.id}:{household.applicant_id}:{notice.name}")
    phone_index = index_of(platform, composed.phone)
    reason = await _reason(tx, notice, event, process.state, composed, phone_index)
    if reason in _NO_TEXT and await reached_otherwise(tx, context, household.applicant_id):
        reason = ""
    config = config_of(context)
    return Message(
        id=message_id, event_id=event.id, person_id=household.applicant_id, notice=notice.name,
        wording_version=used.version, process_id=process.id, area_code=process.area_code,
        phone=seal_phone(platform, message_id, composed.phone), phone_index=phone_index,
        body=seal_body(platform, message_id, composed.text), segments=segments(for_phones(composed.text), signature_of(context)),
        state="skipped" if reason else "queued", detail=reason, created_at=context.now,
        not_before=sendable_at(context.now, config.quiet), expires_at=context.now + timedelta(days=config.expire_days),
    )  # fmt: skip


async def _reason(
    tx: Transaction, notice: Notice, event: ProcessEvent, state: str, composed: Composed, phone_index: bytes
) -> str:
    if notice.while_there and state != event.to_state:
        return "gone_on"
    if composed.reason:
        return composed.reason
    return "opted_out" if await store.opted_out(tx, phone_index) else ""


async def reached_otherwise(tx: Transaction, context: PluginContext, person: UUID) -> bool:
    """Whether a way of the district's that needs no phone leads to this person."""
    channels = config_of(context).channels
    by_mail = "mail" in channels and bool(await people.mails(tx, platform_of(context), [person]))
    return by_mail or ("in_app" in channels and bool(await people.with_account(tx, [person])))


def index_of(platform: Platform, phone: str) -> bytes:
    """By which a phone is found again without being read."""
    return platform.fingerprint("phone", phone)


def seal_phone(platform: Platform, message_id: UUID, phone: str) -> bytes:
    return platform.seal(phone.encode(), message_id.bytes + b"phone")


def seal_body(platform: Platform, message_id: UUID, text: str) -> bytes:
    return platform.seal(text.encode(), message_id.bytes + b"text")


def phone_of(platform: Platform, message: Message) -> str:
    return platform.unseal(message.phone, message.id.bytes + b"phone").decode()


def text_of(platform: Platform, message: Message) -> str:
    return platform.unseal(message.body, message.id.bytes + b"text").decode()
