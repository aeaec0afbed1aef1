"""The API of text notices: what a page does, for programs. Phones are masked, texts are shown as sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, Json, NotFound, Reply, platform_of
from plugins.sms_notice import desk, wordings
from plugins.sms_notice.config import signature_of
from plugins.sms_notice.listing import Line, Wanted, listing, reach
from plugins.sms_notice.notices import LABELS, NOTICES, said
from plugins.sms_notice.store import STATES
from plugins.sms_notice.wording import Wording
from plugins.sms_notice.wordings import InUse

StateName = Literal["", "queued", "sending", "sent", "delivered", "failed", "refused", "skipped"]


class MessageQuery(msgspec.Struct, frozen=True):
    """Which messages: `state` and `notice` empty stand for all."""

    state: Annotated[StateName, Meta(title="状态")] = ""
    notice: Annotated[str, Meta(title="通知")] = ""
    page: Annotated[int, Meta(title="页", ge=1, le=100_000)] = 1


class MessageLine(msgspec.Struct, frozen=True):
    id: UUID
    process_id: UUID
    number: str
    notice: str
    notice_label: str
    state: str
    state_label: str
    detail: str
    attempts: int
    created_at: datetime


class Messages(msgspec.Struct, frozen=True):
    """One page, newest first; `counts` by state."""

    messages: tuple[MessageLine, ...]
    counts: dict[str, int]
    total: int
    page: int
    pages: int


class OneMessage(msgspec.Struct, frozen=True):
    id: UUID
    number: str
    notice: str
    state: str
    detail: str
    phone: str
    text: str
    segments: int
    attempts: int
    may_send_again: bool
    opted_out: bool


class WordingAnswer(msgspec.Struct, frozen=True):
    """A notice's wording, and what it would read and cost. `version` 0 is the standard one."""

    notice: str
    label: str
    text: str
    version: int
    variables: tuple[str, ...]
    preview: str
    segments: int
    problem: str = ""


class WordingForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(title="短信内容", min_length=1, max_length=400, extra={"widget": "textarea"})]


class NoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to fill in."""


def wanted(call: Call) -> Wanted:
    """The filters of the address; what makes no sense is left out."""
    page = call.query.get("page", "1")
    state, notice = call.query.get("state", ""), call.query.get("notice", "")
    return Wanted(
        state if state in STATES else "",
        notice if notice in NOTICES else "",
        int(page) if page.isdecimal() and 1 <= int(page) <= 100_000 else 1,
    )


async def show_messages(call: Call) -> Reply:
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        found = await listing(tx, reach(platform, call.actor), wanted(call))
    rows = tuple(_line(row) for row in found.rows)
    return Json(Messages(rows, dict(found.counts), found.total, found.page, found.pages))


async def show_message(call: Call) -> Reply:
    return Json(_one(await desk.look(call, call.path["message_id"])))


async def send_again(call: Call) -> Reply:
    await desk.send_again(call, call.path["message_id"])
    return await show_message(call)


async def opt_out(call: Call) -> Reply:
    await desk.set_opt_out(call, call.path["message_id"], out=True)
    return await show_message(call)


async def opt_in(call: Call) -> Reply:
    await desk.set_opt_out(call, call.path["message_id"], out=False)
    return await show_message(call)


async def show_wordings(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        found = await wordings.all_in_use(tx)
    return Json([answer(used, signature_of(call.context)) for used in found.values()])


async def change_wording(call: Call) -> Reply:
    name = notice_of(call)
    async with platform_of(call.context).transaction() as tx:
        used = await wordings.change(tx, name, call.body.text, call.actor.account_id, call.context.now)
    return Json(answer(used, signature_of(call.context)))


async def preview_wording(call: Call) -> Reply:
    """What a wording would read and cost, without keeping it."""
    notice = NOTICES[notice_of(call)]
    used = InUse(notice, Wording.parse(call.body.text, notice.variables))
    return Json(answer(used, signature_of(call.context)))


def notice_of(call: Call) -> str:
    """The notice of the address. Raises NotFound."""
    name = str(call.path["notice"])
    if name not in NOTICES:
        raise NotFound("没有这种通知")
    return name


def answer(used: InUse, signature: str) -> WordingAnswer:
    shown = wordings.preview(used.wording, signature)
    return WordingAnswer(
        used.notice.name, used.notice.label, used.wording.text, used.version,
        tuple(sorted(used.notice.variables)), shown.text, shown.segments, used.problem,
    )  # fmt: skip


def _line(row: Line) -> MessageLine:
    return MessageLine(
        row.id, row.process_id, row.number, row.notice, LABELS.get(row.notice, row.notice), row.state,
        STATES[row.state], said(row.detail), row.attempts, row.created_at,
    )  # fmt: skip


def _one(found: desk.Detail) -> OneMessage:
    message = found.message
    return OneMessage(
        message.id, found.number, message.notice, message.state, found.reason, found.phone, found.text,
        message.segments, message.attempts, found.again, found.opted_out,
    )  # fmt: skip
