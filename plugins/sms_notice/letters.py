"""Officers' pages of what people answered: which letters wait, one letter opened (and logged), what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import (
    Call,
    Invalid,
    Json,
    NotFound,
    Page,
    Redirect,
    Refused,
    Reply,
    Transaction,
    decode,
    platform_of,
)
from core.sdk.looks import looked
from plugins.sms_notice import replies
from plugins.sms_notice.desk import masked
from plugins.sms_notice.listing import A_PAGE, reach
from plugins.sms_notice.permissions import SmsAction
from plugins.sms_notice.replies import KINDS, Letter

PURPOSE = "阅读并回复群众对短信通知的来信"


class DoneForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    note: Annotated[str, Meta(title="怎样答复的", min_length=2, max_length=500, extra={"widget": "textarea"})]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of letters, for `ui.pager`."""

    rows: list[tuple[Letter, str]]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // A_PAGE))


async def show_letters(call: Call) -> Reply:
    """Who wrote when about which case; what, only when a letter is opened."""
    platform = platform_of(call.context)
    state = "done" if call.query.get("state") == "done" else "open"
    typed = call.query.get("page", "1")
    page = int(typed) if typed.isdecimal() and 1 <= int(typed) <= 100_000 else 1
    async with platform.transaction() as tx:
        areas = reach(platform, call.actor)
        found, total = await replies.listed(
            tx, areas, state, A_PAGE, (page - 1) * A_PAGE, confidential=_trusted(call)
        )
    rows = [(letter, masked(replies.phone_of(platform, letter))) for letter in found]
    return Page("sms_notice/letters.html", {
        "listing": Listing(rows, total, page), "state": state, "kinds": KINDS, "sms": call.here,
        "current": {"state": state, "page": page},
    })  # fmt: skip


async def show_letter(call: Call) -> Reply:
    """Closed: its text and phone are not read yet."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        letter = await _own(tx, call)
        by = await platform.colleagues(tx, [letter.done_by] if letter.done_by else [])
    return _page(call, letter, by=next((c.name for c in by.values()), ""))


async def open_letter(call: Call) -> Reply:
    """Opened: logged first."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        letter = await _own(tx, call)
        await looked(tx, call.actor, call.context.now, PURPOSE, ("phone", "sms_reply"), letter.process_id)
        by = await platform.colleagues(tx, [letter.done_by] if letter.done_by else [])
    return _page(call, letter, opened=True, by=next((c.name for c in by.values()), ""))


async def finish_letter(call: Call) -> Reply:
    """Dealt with. Raises Refused for one who may only look."""
    platform, typed = platform_of(call.context), str(call.typed.get("note", ""))
    try:
        form = decode(DoneForm, {"note": typed.strip()})
    except Invalid as wrong:
        async with platform.transaction() as tx:
            letter = await _own(tx, call)
        return _page(call, letter, typed=typed, errors={"note": wrong.fields[0].message}, status=422)
    await _finish(call, form.note)
    return Redirect(f"{call.here}/letters")


async def list_letters(call: Call) -> Reply:
    """API: the same list."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        found, total = await replies.listed(
            tx, reach(platform, call.actor), "open", A_PAGE, 0, confidential=_trusted(call)
        )
    return Json(
        LetterLines(
            tuple(_line(letter, masked(replies.phone_of(platform, letter))) for letter in found), total
        )
    )


async def read_letter(call: Call) -> Reply:
    """API: opens it, and logs that."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        letter = await _own(tx, call)
        await looked(tx, call.actor, call.context.now, PURPOSE, ("phone", "sms_reply"), letter.process_id)
    line = _line(letter, replies.phone_of(platform, letter))
    return Json(OneLetter(line, replies.text_of(platform, letter), replies.note_of(platform, letter)))


async def finish_by_api(call: Call) -> Reply:
    await _finish(call, call.body.note)
    return Json(Finished(True))


class LetterLine(msgspec.Struct, frozen=True):
    id: UUID
    kind: str
    number: str
    phone: str
    received_at: str
    state: str


class LetterLines(msgspec.Struct, frozen=True):
    letters: tuple[LetterLine, ...]
    total: int


class OneLetter(msgspec.Struct, frozen=True):
    letter: LetterLine
    text: str
    note: str


class Finished(msgspec.Struct, frozen=True):
    done: bool


def _line(letter: Letter, phone: str) -> LetterLine:
    return LetterLine(
        letter.id, letter.kind, letter.number, phone, letter.received_at.isoformat(), letter.state
    )


async def _finish(call: Call, note: str) -> None:
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        letter = await _own(tx, call, lock=True)
        blocked = platform.may(call.actor, SmsAction.SEND, letter.area_code)
        if blocked is not None:
            raise blocked.refused()
        if letter.state == "done":
            raise Refused("这封来信已经办结。", hint="请返回来信列表看最新的情况")
        await replies.finish(tx, platform, letter.id, call.actor.account_id, note, call.context.now)


def _trusted(call: Call) -> list[str]:
    """The district's area, for who answers complaints of all of it."""
    whole = replies.whole_district(call.context)
    return [whole] if platform_of(call.context).answers_complaints(call.actor, whole) else []


async def _own(tx: Transaction, call: Call, *, lock: bool = False) -> Letter:
    letter = await replies.find(tx, call.path["letter_id"], lock=lock)
    seen = (
        letter is not None
        and platform_of(call.context).may(call.actor, SmsAction.VIEW, letter.area_code) is None
    )
    if letter is None or not seen or (letter.confidential and letter.area_code not in _trusted(call)):
        raise NotFound("没有找到这封来信，或不在您的辖区内")
    return letter


def _page(
    call: Call,
    letter: Letter,
    *,
    opened: bool = False,
    by: str = "",
    typed: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Page:
    platform = platform_of(call.context)
    phone = replies.phone_of(platform, letter)
    return Page("sms_notice/letter.html", {
        "letter": letter, "kind": KINDS[letter.kind], "opened": opened, "by": by, "typed": typed, "errors": errors or {},
        "phone": phone if opened else masked(phone), "text": replies.text_of(platform, letter) if opened else "",
        "note": replies.note_of(platform, letter), "sms": call.here,
        "case": f"{call.base}/cases/{letter.process_id}" if letter.process_id else "",
        "may_finish": letter.state == "open" and platform.may(call.actor, SmsAction.SEND, letter.area_code) is None,
    }, status)  # fmt: skip
