"""Where else my notices go: an e-mail address is given, confirmed by the code mailed there, changed and taken back."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Blocked, Call, FieldError, Invalid, Redirect, Reply, platform_of
from plugins.sms_notice import confirming
from plugins.sms_notice.mine import page, show_by_api

_MAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,180}[A-Za-z0-9])?\.[A-Za-z]{2,20}"
)
_LONGEST = 254
_WRONG_ADDRESS = "请写完整的邮箱地址，例如 name@example.com"
_NOBODY = Blocked("这个账号没有对应到人，不能登记邮箱。", hint="请用申请人自己的账号登录")


class MailForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mail: Annotated[str, Meta(title="电子邮件", max_length=_LONGEST)] = ""


class MailCodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(title="邮箱验证码", max_length=20)]


async def change(call: Call) -> Reply:
    """Where else notices go; empty: nowhere else."""
    person, typed = _person(call), str(call.typed.get("mail", "")).strip()
    async with platform_of(call.context).transaction() as tx:
        if not _acceptable(typed):
            return await page(tx, call, {"mail": _WRONG_ADDRESS}, typed)
        refusal = await confirming.give(tx, call.context, person, typed)
    if refusal is not None:
        raise refusal
    return _back(call)


async def change_by_api(call: Call) -> Reply:
    """Raises Invalid, Refused, TooMany."""
    person, typed = _person(call), call.body.mail.strip()
    if not _acceptable(typed):
        raise Invalid("邮箱没有登记成。", fields=(FieldError("mail", _WRONG_ADDRESS),))
    async with platform_of(call.context).transaction() as tx:
        refusal = await confirming.give(tx, call.context, person, typed)
    if refusal is not None:
        raise refusal
    return await show_by_api(call)


async def send_code(call: Call) -> Reply:
    """The code once more, a new one."""
    await _once_more(call)
    return _back(call)


async def send_code_by_api(call: Call) -> Reply:
    await _once_more(call)
    return await show_by_api(call)


async def confirm(call: Call) -> Reply:
    wrong = await _confirmed(call, str(call.typed.get("code", "")))
    if wrong:
        async with platform_of(call.context).transaction() as tx:
            return await page(tx, call, {"code": wrong})
    return _back(call)


async def confirm_by_api(call: Call) -> Reply:
    """Raises Invalid."""
    wrong = await _confirmed(call, call.body.code)
    if wrong:
        raise Invalid("邮箱没有确认成。", fields=(FieldError("code", wrong),))
    return await show_by_api(call)


async def _once_more(call: Call) -> None:
    person = _person(call)
    async with platform_of(call.context).transaction() as tx:
        refusal = await confirming.once_more(tx, call.context, person)
    if refusal is not None:
        raise refusal


async def _confirmed(call: Call, code: str) -> str:
    """What is wrong with the code; the try is counted even so."""
    platform, person = platform_of(call.context), _person(call)
    async with platform.transaction() as tx:
        return await confirming.confirm(tx, platform, person, code, call.context.now)


def _person(call: Call) -> UUID:
    if call.actor.person_id is None:
        raise _NOBODY.refused()
    return call.actor.person_id


def _acceptable(typed: str) -> bool:
    return not typed or (len(typed) <= _LONGEST and _MAIL.fullmatch(typed) is not None)


def _back(call: Call) -> Redirect:
    return Redirect(f"{call.here}/mine")
