"""My notices: what was sent to the person whose account this is, whatever the way; which are new; where else to send them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import msgspec

from core.sdk import Call, Json, Page, Redirect, Reply, Transaction, platform_of
from plugins.sms_notice import store
from plugins.sms_notice.confirming import VALID, standing
from plugins.sms_notice.events import text_of
from plugins.sms_notice.notices import LABELS
from plugins.sms_notice.ways import by_mail

MOST = 200


class NoticeLine(msgspec.Struct, frozen=True):
    notice: str
    label: str
    text: str
    sent: str
    new: bool


class MyMail(msgspec.Struct, frozen=True):
    """The e-mail address one gave. Nothing is sent to it before it is `confirmed`."""

    address: str
    confirmed: bool


class MyNotices(msgspec.Struct, frozen=True):
    """`unread` counts what is new; `mail` is None where one gave no address."""

    unread: int
    notices: tuple[NoticeLine, ...]
    mail: MyMail | None = None


async def show(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        return await page(tx, call)


async def show_by_api(call: Call) -> Reply:
    platform, person = platform_of(call.context), call.actor.person_id
    async with platform.transaction() as tx:
        found = await _mine(tx, call, person)
        mail = await standing(tx, platform, person, call.context.now) if person else None
    own = MyMail(mail.address, mail.confirmed) if mail else None
    return Json(MyNotices(sum(line.new for line in found), tuple(found), own))


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


async def page(
    tx: Transaction, call: Call, errors: Mapping[str, str] = MappingProxyType({}), typed: str | None = None
) -> Page:
    """My notices, and below them where else they go; `errors` by field, `typed` the address that could not be taken."""
    person = call.actor.person_id
    found = await _mine(tx, call, person)
    mail = await standing(tx, platform_of(call.context), person, call.context.now) if person else None
    return Page("sms_notice/mine.html", {
        "notices": found, "unread": sum(line.new for line in found), "mail": mail, "errors": errors,
        "typed": typed if typed is not None else mail.address if mail else "", "sms": call.here,
        "offered": person is not None and (mail is not None or bool(by_mail(call.context))),
        "minutes": VALID // timedelta(minutes=1),
    }, 422 if errors else 200)  # fmt: skip
