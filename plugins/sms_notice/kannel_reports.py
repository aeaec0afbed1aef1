"""Where Kannel calls us: delivery reports (`dlr-url`), and what people answered (`get-url` of its sms-service).

Kannel calls with GET. A report's address was made by us and proves it (`mac`); an answer's stands in Kannel's own
configuration and holds the operator's token. Both are safe to repeat.
"""

from __future__ import annotations

import hmac
from typing import Annotated

import msgspec
from msgspec import Meta

from core.sdk import Call, File, Refused, Reply, platform_of
from plugins.sms_notice import replies
from plugins.sms_notice.kannel import report_mac
from plugins.sms_notice.receipts import note
from plugins.sms_notice.store import State

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
    if state is not None:
        async with platform_of(call.context).transaction() as tx:
            await note(tx, call.context, key, state, code)
    return _TAKEN


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
