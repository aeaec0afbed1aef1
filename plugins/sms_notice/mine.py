"""My notices: what was sent to the person whose account this is, whatever the way; which are new; where else to send them."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, FieldError, Invalid, Json, Page, Redirect, Reply, Transaction, platform_of
from plugins.sms_notice import people, store
from plugins.sms_notice.events import text_of
from plugins.sms_notice.notices import LABELS

MOST = 200
_MAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,180}[A-Za-z0-9])?\.[A-Za-z]{2,20}"
)


class MailForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mail: Annotated[str, Meta(title="电子邮件", max_length=254)] = ""


class NoticeLine(msgspec.Struct, frozen=True):
    notice: str
    label: str
    text: str
    sent: str
    new: bool


class MyNotices(msgspec.Struct, frozen=True):
    """`unread` counts what is new."""

    unread: int
    notices: tuple[NoticeLine, ...]


async def show(call: Call) -> Reply:
    platform, person = platform_of(call.context), call.actor.person_id
    async with platform.transaction() as tx:
        mail = (await people.mails(tx, platform, [person])).get(person, "") if person else ""
        found = await _mine(tx, call, person)
    return _page(call, found, mail, {})


async def show_by_api(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        found = await _mine(tx, call, call.actor.person_id)
    return Json(MyNotices(sum(line.new for line in found), tuple(found)))


async def mark_read(call: Call) -> Reply:
    """All of mine are seen."""
    await _seen(call)
    return Redirect(f"{call.here}/mine")


async def mark_read_by_api(call: Call) -> Reply:
    await _seen(call)
    return await show_by_api(call)


async def _seen(call: Call) -> None:
    async with platform_of(call.context).transaction() as tx:
        await tx.execute(
            "UPDATE sms_notice_message SET read_at = $3 WHERE tenant_id = $1 AND person_id = $2 AND read_at IS NULL",
            *(tx.tenant, call.actor.person_id, call.context.now),
        )


async def change_mail(call: Call) -> Reply:
    """Where else notices go; empty: nowhere else."""
    platform, person = platform_of(call.context), call.actor.person_id
    typed = str(call.typed.get("mail", "")).strip()
    async with platform.transaction() as tx:
        if person is None or (typed and (len(typed) > 254 or not _MAIL.fullmatch(typed))):
            wrong = (
                "这个账号没有对应到人，不能登记邮箱"
                if person is None
                else "请写完整的邮箱地址，例如 name@example.com"
            )
            return _page(call, await _mine(tx, call, person), typed, {"mail": wrong}, 422)
        await people.give_mail(tx, platform, person, typed, call.context.now)
    return Redirect(f"{call.here}/mine")


async def change_mail_by_api(call: Call) -> Reply:
    """Raises Invalid."""
    typed, person = call.body.mail.strip(), call.actor.person_id
    if person is None or (typed and not _MAIL.fullmatch(typed)):
        raise Invalid("邮箱没有登记成", fields=(FieldError("mail", "请写完整的邮箱地址"),))
    async with platform_of(call.context).transaction() as tx:
        await people.give_mail(tx, platform_of(call.context), person, typed, call.context.now)
    return await show_by_api(call)


async def _mine(tx: Transaction, call: Call, person: UUID | None) -> list[NoticeLine]:
    """Newest first; what was held back for its content is nobody's to read."""
    if person is None:
        return []
    platform = platform_of(call.context)
    return [
        NoticeLine(
            m.notice,
            LABELS.get(m.notice, m.notice),
            text_of(platform, m),
            m.created_at.isoformat(),
            m.read_at is None,
        )
        for m in await store.of_person(tx, person, MOST)
    ]


def _page(call: Call, found: list[NoticeLine], mail: str, errors: dict[str, str], status: int = 200) -> Page:
    return Page("sms_notice/mine.html", {
        "notices": found, "unread": sum(line.new for line in found), "mail": mail, "errors": errors, "sms": call.here,
        "known": call.actor.person_id is not None,
    }, status)  # fmt: skip
