"""What officers do with messages: look at one, send it again, stop or resume sending to a phone. For pages and API alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from core.sdk import Actor, Call, Conflict, NotFound, Platform, Refused, Transaction, platform_of
from core.sdk.household import Household
from plugins.sms_notice import store
from plugins.sms_notice.composing import mobile
from plugins.sms_notice.config import config_of, signature_of
from plugins.sms_notice.events import SEND, index_of, phone_of, reached_otherwise, seal_phone, text_of
from plugins.sms_notice.notices import LABELS, REASONS, said
from plugins.sms_notice.permissions import SmsAction
from plugins.sms_notice.quiet import sendable_at
from plugins.sms_notice.store import NOBODY, STATES, Message
from plugins.sms_notice.ways import known
from plugins.sms_notice.wording import for_phones

_AGAIN = frozenset({"sent", "failed", "refused", "skipped"})
_NEVER_AGAIN = frozenset({"personal_detail"})


@dataclass(frozen=True, slots=True)
class Detail:
    """One message as an officer sees it: the phone masked, the text as it was sent."""

    message: Message
    number: str
    phone: str
    text: str
    opted_out: bool
    may_send: bool

    @property
    def again(self) -> bool:
        """Whether sending it once more is open to this officer."""
        return self.may_send and self.message.state in _AGAIN and self.message.detail not in _NEVER_AGAIN

    @property
    def label(self) -> str:
        return LABELS.get(self.message.notice, self.message.notice)

    @property
    def state_label(self) -> str:
        return STATES[self.message.state]

    @property
    def reason(self) -> str:
        return said(self.message.detail)


async def look(call: Call, message_id: UUID) -> Detail:
    """One message of the officer's areas. Raises NotFound."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        message = await _own(tx, platform, call.actor, message_id)
        process = await platform.process(tx, message.process_id)
        text = text_of(platform, message)
        return Detail(
            message=message,
            number=process.number,
            phone=masked(phone_of(platform, message)),
            text=_as_sent(call, message, text) if text else "",
            opted_out=await store.opted_out(tx, message.phone_index),
            may_send=platform.may(call.actor, SmsAction.SEND, message.area_code) is None,
        )


async def send_again(call: Call, message_id: UUID) -> None:
    """Queue it once more, to the phone on file now; who wants no texts gets it by another way. Raises NotFound, Conflict, Refused."""
    context, platform = call.context, platform_of(call.context)
    async with platform.transaction() as tx:
        message = await _own(tx, platform, call.actor, message_id, lock=True)
        _refuse(platform, call.actor, message)
        if message.state not in _AGAIN:
            raise Conflict(f"这条短信现在是“{STATES[message.state]}”，不用重发。")
        if message.detail in _NEVER_AGAIN:
            raise Refused(
                f"{REASONS[message.detail]}，不能重发。", hint="请修改短信内容，以后的通知会用新内容"
            )
        process = await platform.process(tx, message.process_id)
        assert process.subject_id is not None
        phone = _phone(await platform.household(tx, process.subject_id), message.person_id)
        index = index_of(platform, phone)
        if not await reached_otherwise(tx, context, message.person_id):
            if not phone:
                raise Refused("这户现在没有登记手机号。", hint="请先补登申请人的手机号，再重发")
            if await store.opted_out(tx, index):
                raise Refused("这户已经要求不再接收短信。", hint="请当面或电话告知；家庭同意后再恢复发送")
        config = config_of(context)
        again = replace(
            message, phone=seal_phone(platform, message.id, phone), phone_index=index,
            not_before=sendable_at(context.now, config.quiet),
            expires_at=context.now + timedelta(days=config.expire_days),
        )  # fmt: skip
        await store.restart(tx, again)
        if again.not_before <= context.now:
            await platform.enqueue(tx, SEND, {"message": str(message.id)}, key=str(message.id))


async def set_opt_out(call: Call, message_id: UUID, *, out: bool) -> None:
    """The household of this message wants no more texts, or wants them again. Raises NotFound, Refused."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        message = await _own(tx, platform, call.actor, message_id)
        _refuse(platform, call.actor, message)
        if not phone_of(platform, message):
            raise Conflict("这条短信没有手机号，不能登记退订。")
        if out:
            await store.opt_out(tx, message.phone_index, str(call.actor.account_id), call.context.now)
        else:
            await store.opt_in(tx, message.phone_index)


def masked(phone: str) -> str:
    """`138****0001`; empty stays empty."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def _as_sent(call: Call, message: Message, text: str) -> str:
    way = known().get(message.channel)
    return f"【{signature_of(call.context)}】{for_phones(text) if way is None or way.reaches == 'phone' else text}"


async def _own(
    tx: Transaction, platform: Platform, actor: Actor, message_id: UUID, *, lock: bool = False
) -> Message:
    message = await store.find(tx, message_id, lock=lock)
    hidden = message is None or message.process_id == NOBODY
    if message is None or hidden or platform.may(actor, SmsAction.VIEW, message.area_code) is not None:
        raise NotFound("没有找到这条短信，或不在您的辖区内")
    return message


def _refuse(platform: Platform, actor: Actor, message: Message) -> None:
    blocked = platform.may(actor, SmsAction.SEND, message.area_code)
    if blocked is not None:
        raise blocked.refused()


def _phone(household: Household, person_id: UUID) -> str:
    person = next((m.person for m in household.members if m.person.id == person_id), None)
    return mobile(person.private.phone) if person else ""
