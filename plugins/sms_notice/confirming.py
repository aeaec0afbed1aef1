"""An e-mail address a person gave: nothing of a case is sent to it until a code mailed there has come back.

    given ─▶ queued ─job─▶ sent | refused          the letter holds the code and speaks of nobody
                              └─ the code, in time ─▶ confirmed: now `people.mails` knows the address

Whoever mistypes an address would send their case to a stranger, and whoever gives a stranger's would send them letters:
so codes are few, for the person, for the address and for the district alike.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from core.sdk import (
    Blocked,
    Platform,
    PluginContext,
    Problem,
    Sent,
    TextMessage,
    TooMany,
    Transaction,
    local_date,
    platform_of,
)
from plugins.sms_notice.people import address_of, seal_address
from plugins.sms_notice.ways import by_mail

MAIL_CODE = "mail_code"
"""The job: mail one code."""

VALID = timedelta(minutes=30)
"""Mail may take a while to arrive, and to be found."""
TRIES = 5
OF_ONE_PERSON = OF_ONE_ADDRESS = 5
FROM_ONE_DISTRICT = 1000
"""Codes in a day, China time."""

log = logging.getLogger(__name__)


class NotMailed(Exception):
    """No mail server took the code: the job is to be tried again. Names neither address nor person."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's address as they may see it. `code`: what became of the letter with the code that holds now; "": none does."""

    address: str
    confirmed: bool = False
    code: Literal["", "queued", "sent", "refused"] = ""
    tries_left: int = 0


NO_MAIL = Blocked(
    "我们还没有开通邮件通知，邮箱没有登记。", hint="通知照常发到您的手机，也可以在“我的通知”里看"
)


async def standing(tx: Transaction, platform: Platform, person: UUID, now: datetime) -> Standing | None:
    """None where the person gave no address."""
    row = await tx.fetchrow(
        """SELECT address, confirmed_at, code_state, tries, code_until > $3 AS holds
           FROM sms_notice_mail WHERE tenant_id = $1 AND person_id = $2""",
        *(tx.tenant, person, now),
    )
    if row is None:
        return None
    holds = row["holds"] and row["tries"] < TRIES
    return Standing(
        address_of(platform, person, row["address"]),
        row["confirmed_at"] is not None,
        row["code_state"] if holds else "",
        TRIES - row["tries"] if holds else 0,
    )


async def give(tx: Transaction, context: PluginContext, person: UUID, address: str) -> Problem | None:
    """Keep an address and mail a code to it; empty: notices no longer go by e-mail.

    The one on file, given once more, stays as it is. The caller commits, then raises what is returned: a refused address
    leaves the old one alone, and what was counted stays counted.
    """
    platform, now = platform_of(context), context.now
    if not address:
        forget = "DELETE FROM sms_notice_mail WHERE tenant_id = $1 AND person_id = $2"
        await tx.execute(forget, tx.tenant, person)
        return None
    kept = await standing(tx, platform, person, now)
    if kept is not None and kept.address == address and (kept.confirmed or kept.code in ("queued", "sent")):
        return None
    refusal = await _refusal(tx, context, person, address)
    if refusal is None:
        await _keep(tx, context, person, address)
    return refusal


async def once_more(tx: Transaction, context: PluginContext, person: UUID) -> Problem | None:
    """A new code to the address that waits for one; the earlier code no longer holds. As `give`."""
    kept = await standing(tx, platform_of(context), person, context.now)
    if kept is None or kept.confirmed:
        return None
    refusal = await _refusal(tx, context, person, kept.address)
    if refusal is None:
        await _keep(tx, context, person, kept.address)
    return refusal


async def confirm(tx: Transaction, platform: Platform, person: UUID, code: str, now: datetime) -> str:
    """Whether the code is right: empty, and the address is confirmed; else why not, in words for the field.

    The try is counted before it is judged.
    """
    row = await tx.fetchrow(
        """UPDATE sms_notice_mail SET tries = tries + 1
           WHERE tenant_id = $1 AND person_id = $2 AND confirmed_at IS NULL AND code_until > $3 AND tries < $4
           RETURNING code_id, code, tries""",
        *(tx.tenant, person, now, TRIES),
    )
    if row is None:
        kept = await standing(tx, platform, person, now)
        return "" if kept is not None and kept.confirmed else "验证码过期了，请点“再发一次”，填新收到的"
    right = platform.unseal(row["code"], row["code_id"].bytes + b"mail code")
    if not hmac.compare_digest(right, code.strip().encode()):
        left = TRIES - row["tries"]
        more = f"还可以试 {left} 次" if left else "请点“再发一次”，填新收到的"
        return f"验证码不对，{more}"
    await tx.execute(
        """UPDATE sms_notice_mail SET confirmed_at = $3, code_id = NULL, code = NULL, code_until = NULL, code_state = ''
           WHERE tenant_id = $1 AND person_id = $2""",
        *(tx.tenant, person, now),
    )
    return ""


async def deliver(context: PluginContext, payload: Mapping[str, Any]) -> None:
    """Job: mail the code if it still holds. Raises NotMailed to be tried again.

    In doubt it may have arrived: whoever waits for it in vain asks for another.
    """
    platform, person, code_id = platform_of(context), UUID(payload["person"]), UUID(payload["code"])
    async with platform.transaction() as tx:
        row = await tx.fetchrow(
            """SELECT address, code FROM sms_notice_mail
               WHERE tenant_id = $1 AND person_id = $2 AND code_id = $3 AND code_state = 'queued' AND code_until > $4""",
            *(tx.tenant, person, code_id, context.now),
        )
    if row is None:
        return
    code = platform.unseal(row["code"], code_id.bytes + b"mail code").decode()
    address = address_of(platform, person, row["address"])
    sent = await _mailed(context, TextMessage(f"code-{code_id}", "", _text(code), MAIL_CODE, address))
    if sent.state == "unreachable":
        raise NotMailed(f"{context.district}: {sent.detail}")
    async with platform.transaction() as tx:
        await tx.execute(
            "UPDATE sms_notice_mail SET code_state = $4 WHERE tenant_id = $1 AND person_id = $2 AND code_id = $3",
            *(tx.tenant, person, code_id, "refused" if sent.state == "refused" else "sent"),
        )


async def _mailed(context: PluginContext, message: TextMessage) -> Sent:
    """By the first way to a mailbox that takes it."""
    ways, sent = by_mail(context), Sent("unreachable", detail="no_gateway")
    try:
        for way in ways:
            sent = await way.send(message)
            if sent.state in ("accepted", "doubtful"):
                break
            log.warning("mail code, %s: %s: %s", way.name, sent.state, sent.detail)
    finally:
        for way in ways:
            await way.close()
    return sent


def _text(code: str) -> str:
    return (
        f"有人登记了这个邮箱，用来接收我们的通知。如果是您本人，请在登记的页面填写验证码 {code}，"
        f"{VALID // timedelta(minutes=1)} 分钟内有效，不要告诉任何人。不是您登记的，不用理会，我们不会再发通知到这里。"
    )


async def _keep(tx: Transaction, context: PluginContext, person: UUID, address: str) -> None:
    platform, code_id = platform_of(context), uuid4()
    code = f"{secrets.randbelow(1_000_000):06d}"
    await tx.execute(
        """INSERT INTO sms_notice_mail (tenant_id, person_id, address, since, code_id, code, code_until, code_state)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued')
           ON CONFLICT (tenant_id, person_id) DO UPDATE
               SET address = excluded.address, since = excluded.since, code_id = excluded.code_id,
                   code = excluded.code, code_until = excluded.code_until, code_state = 'queued', tries = 0,
                   confirmed_at = NULL""",
        *(tx.tenant, person, seal_address(platform, person, address), context.now, code_id),
        *(platform.seal(code.encode(), code_id.bytes + b"mail code"), context.now + VALID),
    )
    await platform.enqueue(tx, MAIL_CODE, {"person": str(person), "code": str(code_id)}, key=str(code_id))


async def _refusal(tx: Transaction, context: PluginContext, person: UUID, address: str) -> Problem | None:
    """Count one code about to be mailed."""
    if not by_mail(context):
        return NO_MAIL.refused()
    today = local_date(context.now)
    await tx.execute("DELETE FROM sms_notice_mail_count WHERE tenant_id = $1 AND day < $2", tx.tenant, today)
    for what, value, most in (
        ("person", str(person), OF_ONE_PERSON),
        ("address", address.lower(), OF_ONE_ADDRESS),
        ("district", "", FROM_ONE_DISTRICT),
    ):
        key = platform_of(context).fingerprint(f"mail_count.{what}", value)
        number = await tx.fetchval(
            """INSERT INTO sms_notice_mail_count AS c (tenant_id, day, key, number) VALUES ($1, $2, $3, 1)
               ON CONFLICT (tenant_id, day, key) DO UPDATE SET number = c.number + 1 RETURNING number""",
            *(tx.tenant, today, key),
        )
        if number > most:
            return TooMany(
                "今天发出的邮箱验证码太多了，明天再试。",
                hint="通知照常发到您的手机；没收到验证码的，请看看垃圾邮件，并核对邮箱地址",
            )
    return None
