"""What gateways report: delivered or not, and what people answered. Signed, and safe to repeat.

A receipt changes a message only forward (sent → delivered | failed), and `delivered` stays; so a receipt that is delivered
twice, late, or replayed by somebody who recorded it changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, Json, Refused, Reply, platform_of
from plugins.sms_notice import replies, store
from plugins.sms_notice.gateway import account_of
from plugins.sms_notice.signing import lines_hold
from plugins.sms_notice.store import Heard, State

_KEY = re.compile(r"([0-9a-f-]{36})-([0-9]{1,6})")


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message's delivery. `key` is ours (`OutId`), `reference` the gateway's."""

    key: Annotated[str, Meta(title="我方编号", max_length=100)]
    reference: Annotated[str, Meta(title="网关编号", max_length=100)]
    state: Annotated[Literal["delivered", "failed"], Meta(title="结果")]
    code: Annotated[str, Meta(title="代码", max_length=60, pattern=r"^[A-Za-z0-9_.\-]*$")] = ""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody answered to a message."""

    phone: Annotated[str, Meta(title="手机号", max_length=20)]
    text: Annotated[str, Meta(title="内容", max_length=1000)]


class ReceiptForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key_id: Annotated[str, Meta(title="网关账号", max_length=64)]
    nonce: Annotated[str, Meta(title="随机数", min_length=8, max_length=64)]
    signature: Annotated[str, Meta(title="签名", max_length=100)]
    reports: Annotated[tuple[Report, ...], Meta(title="送达报告", max_length=500)] = ()
    answers: Annotated[tuple[Answer, ...], Meta(title="上行短信", max_length=500)] = ()


class Taken(msgspec.Struct, frozen=True):
    """How many reports and answers changed something."""

    reports: int
    answers: int


def lines_of(form: ReceiptForm) -> Iterable[str]:
    """What is signed, line by line: everything but the signature, with how many of each."""
    yield from (form.key_id, form.nonce, str(len(form.reports)), str(len(form.answers)))
    for report in form.reports:
        yield from (report.key, report.reference, report.state, report.code)
    for answer in form.answers:
        yield from (answer.phone, answer.text)


async def receive(call: Call) -> Reply:
    """API: the gateway's call-back. Raises Refused for a signature that does not hold, without saying what is wrong."""
    form: ReceiptForm = call.body
    account = account_of(call.context)
    if account is None or form.key_id != account.key_id or not _holds(form, account.secret):
        raise Refused("回执的签名不对，没有接收。", hint="请核对网关账号和密钥")
    platform, answers = platform_of(call.context), 0
    async with platform.transaction() as tx:
        told = [heard(report.key, report.state, report.code) for report in form.reports]
        known = [one for one in told if one is not None]
        reports = sum(await store.reported(tx, known, call.context.now))
        for number, answer in enumerate(form.answers):
            source = f"{form.key_id} {form.nonce} {number}"
            answers += await replies.take(tx, call.context, answer.phone, answer.text, source)
    return Json(Taken(reports, answers))


def heard(key: str, state: State, code: str) -> Heard | None:
    """A report on a message, by our own key; it may be faster than the gateway's answer to us. None: no key of ours."""
    found = _KEY.fullmatch(key)
    try:
        return Heard(UUID(found[1]), int(found[2]), state, code) if found else None
    except ValueError:
        return None


def _holds(form: ReceiptForm, secret: str) -> bool:
    return lines_hold(lines_of(form), form.signature, secret)
