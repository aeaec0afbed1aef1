"""Where Kannel calls us: delivery reports (`dlr-url`), and what people answered (`get-url` of its sms-service).

Kannel calls with GET. A report's address was made by us and proves it (`mac`); an answer's stands in Kannel's own
configuration and holds the operator's token. Both are safe to repeat.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Meta

from core.sdk import Call, File, PluginContext, Refused, Reply, Together, platform_of
from plugins.sms_notice import replies, store
from plugins.sms_notice.kannel import report_mac
from plugins.sms_notice.receipts import heard
from plugins.sms_notice.store import Heard, State

_KINDS: dict[str, tuple[State, str]] = {
    "1": ("delivered", "DELIVRD"), "2": ("failed", "UNDELIV"), "4": ("sent", ""), "8": ("sent", ""),
    "16": ("refused", "NACK"),
}  # fmt: skip


class ReportQuery(msgspec.Struct, frozen=True):
    """A report; `kind` 1 delivered, 2 not delivered, 4 buffered, 8 handed to the carrier, 16 refused by it."""

    key: Annotated[str, Meta(title="我方编号", max_length=100)] = ""
    mac: Annotated[str, Meta(title="凭证", max_length=100)] = ""
    kind: Annotated[str, Meta(title="回执种类", max_length=4)] = ""
    said: Annotated[str, Meta(title="运营商答复", max_length=1000)] = ""


class ReplyQuery(msgspec.Struct, frozen=True):
    """An answer; `id` is Kannel's own number of it."""

    token: Annotated[str, Meta(title="凭证", max_length=200)] = ""
    id: Annotated[str, Meta(title="网关编号", max_length=100)] = ""
    phone: Annotated[str, Meta(title="手机号", max_length=30)] = ""
    text: Annotated[str, Meta(title="内容", max_length=2000)] = ""


async def report(call: Call) -> Reply:
    """API: raises Refused for an address we did not make."""
    asked, token = call.query, platform_of(call.context).setting("kannel_token")
    key = asked.get("key", "")
    if not _same(token and report_mac(token, key), asked.get("mac", "")):
        raise Refused("回执地址不对，没有接收。")
    state, code = _KINDS.get(asked.get("kind", ""), (None, ""))
    told = heard(key, state, code) if state is not None else None
    if told is not None:
        await _desk().add(call.context.tenant, (call.context, told))
    return _TAKEN


Reported = tuple[PluginContext, Heard]


async def _file(_tenant: UUID, reports: Sequence[Reported]) -> Sequence[bool]:
    """In one transaction: Kannel gets its 200 when it is committed."""
    context = reports[-1][0]
    async with platform_of(context).transaction() as tx:
        return await store.reported(tx, [told for _, told in reports], context.now)


_DESKS: WeakKeyDictionary[asyncio.AbstractEventLoop, Together[UUID, Reported, bool]] = WeakKeyDictionary()
"""Kannel reports on every message twice, by hundreds at once: what comes while the last were filed is filed together."""


def _desk() -> Together[UUID, Reported, bool]:
    return _DESKS.setdefault(asyncio.get_running_loop(), Together(_file))


async def reply(call: Call) -> Reply:
    """API: raises Refused without the token."""
    asked, platform = call.query, platform_of(call.context)
    if not _same(platform.setting("kannel_token"), asked.get("token", "")):
        raise Refused("回复地址不对，没有接收。")
    async with platform.transaction() as tx:
        source = f"kannel {asked.get('id', '')}"
        await replies.take(tx, call.context, asked.get("phone", ""), asked.get("text", ""), source)
    return _TAKEN


_TAKEN = File(b"", "text/plain; charset=utf-8")
"""Empty: what a service answers, Kannel would send to the phone."""


def _same(expected: str, given: str) -> bool:
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())
