"""A large file for officers: its upload, how far the check is, what is wrong by row and column, and the decision; and the API."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec

from core.sdk import (
    Call,
    Conflict,
    File,
    Invalid,
    Json,
    Needs,
    NotFound,
    Page,
    Problem,
    Redirect,
    Reply,
    Route,
    decode,
    platform_of,
)
from plugins.big_data_check import receiving
from plugins.big_data_check.batch_file import SHOWN_PROBLEMS, BrokenDelivery, RowProblem
from plugins.big_data_check.intake import sending, store
from plugins.big_data_check.intake.sending import PIECE, DecisionForm, IntakeForm, PieceForm
from plugins.big_data_check.intake.store import IntakeRow
from plugins.big_data_check.permissions import OBJECT, Permission

_STEPS = {"sent": "核对签名和校验值", "table": "解密、核对校验值", "rows": "逐行检查"}


class IntakeView(msgspec.Struct, frozen=True):
    """A large file: where it stands, how many bytes came, and what is wrong (the first of it, and counts by column).

    `piece`: bytes of every piece but the last; `pieces`: how many came, which is the place of the next.
    """

    id: str
    source: str
    state: str
    state_label: str
    size: int
    received: int
    piece: int
    pieces: int
    rows: int
    done: int
    good: int
    faulty: int
    seconds_left: float | None
    reason: str
    sender: str
    requests: int
    columns: dict[str, int] = {}
    problems: list[RowProblem] = []


async def announce(call: Call) -> Reply:
    """Raises Invalid for what is no size."""
    size = str(call.own.get("_size", ""))
    if not size.isdecimal() or len(size) > 12:
        raise Invalid("没有收到文件的大小，请刷新页面重新选择文件")
    try:
        intake = await sending.announce(
            call, call.files.get("manifest", b""), call.files.get("signature", b"").decode("ascii", "replace"), int(size)
        )  # fmt: skip
    except BrokenDelivery as broken:
        raise receiving.as_invalid(broken) from None
    return Redirect(f"{call.here}/intakes/{intake.id}")


async def take_piece(call: Call) -> Reply:
    place = str(call.own.get("_place", ""))
    if not place.isdecimal() or len(place) > 6:
        raise Invalid("没有收到这一段的次序，请刷新页面重新上传")
    intake = await sending.take_piece(call, call.path["intake_id"], int(place), call.files.get("piece", b""))
    return Redirect(f"{call.here}/intakes/{intake.id}")


async def show(call: Call) -> Reply:
    return await _page(call)


async def decide(call: Call) -> Reply:
    typed = {"keep_good": call.own.get("_choice") == "keep", "why": str(call.typed.get("why", ""))}
    try:
        intake = await sending.decide(call, call.path["intake_id"], decode(DecisionForm, typed))
    except (Invalid, Conflict) as wrong:
        return await _page(call, problem=wrong)
    return Redirect(f"{call.here}/intakes/{intake.id}")


async def stop(call: Call) -> Reply:
    intake = await sending.stop(call, call.path["intake_id"])
    return Redirect(f"{call.here}/intakes/{intake.id}")


async def download_problems(call: Call) -> Reply:
    """What is wrong, as a table for the department; row and column, never what stood there. Raises NotFound."""
    intake, platform = await sending.theirs(call, call.path["intake_id"]), platform_of(call.context)
    async with platform.transaction() as tx:
        report = await store.report_of(tx, platform, intake.id)
    if not report.problems:
        raise NotFound("这份文件没有逐行的问题")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("行", "列", "问题"))
    writer.writerows((p.row, p.column, p.message) for p in report.problems)
    name = f"{intake.source.label} {intake.as_of} 问题清单.csv"
    return File(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", name)


async def _page(call: Call, *, problem: Problem | None = None) -> Page:
    intake, platform = await sending.theirs(call, call.path["intake_id"]), platform_of(call.context)
    async with platform.transaction() as tx:
        report = await store.report_of(tx, platform, intake.id)
        names = await platform.colleagues(tx, {intake.made_by})
    values: dict[str, Any] = {
        "intake": intake, "report": report, "shown": report.problems[:SHOWN_PROBLEMS], "step": _STEPS.get(intake.step, ""),
        "piece": PIECE, "by": names[intake.made_by].name if names else "",
        "detail": problem.detail if problem else "", "errors": {e.field: e.message for e in problem.fields} if problem else {},
        "typed": call.typed,
    }  # fmt: skip
    return Page("big_data_check/intake.html", values, status=problem.status if problem else 200)


async def api_list(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        return Json([_view(intake) for intake in await store.listed(tx)])


async def api_show(call: Call) -> Reply:
    intake, platform = await sending.theirs(call, call.path["intake_id"]), platform_of(call.context)
    async with platform.transaction() as tx:
        report = await store.report_of(tx, platform, intake.id)
    problems = report.problems[:SHOWN_PROBLEMS]
    return Json(msgspec.structs.replace(_view(intake), columns=report.columns, problems=problems))


async def api_announce(call: Call) -> Reply:
    form: IntakeForm = call.body
    try:
        return Json(_view(await sending.announce(call, form.manifest, form.signature, form.size)))
    except BrokenDelivery as broken:
        raise receiving.as_invalid(broken) from None


async def api_piece(call: Call) -> Reply:
    form: PieceForm = call.body
    body = sending.plain_piece(form)
    return Json(_view(await sending.take_piece(call, call.path["intake_id"], form.place, body)))


async def api_decide(call: Call) -> Reply:
    return Json(_view(await sending.decide(call, call.path["intake_id"], call.body)))


async def api_stop(call: Call) -> Reply:
    return Json(_view(await sending.stop(call, call.path["intake_id"])))


def _view(intake: IntakeRow) -> IntakeView:
    return IntakeView(
        str(intake.id), intake.source.value, intake.state, intake.label, intake.size, intake.received, PIECE,
        intake.pieces, intake.manifest.rows, intake.done, intake.good, intake.faulty, intake.seconds_left, intake.reason,
        intake.sender, intake.requests,
    )  # fmt: skip


DELIVER = Needs(OBJECT, Permission.DELIVER)
ONE = "/intakes/{intake_id:uuid}"

ROUTES = (
    Route("POST", "/intakes", DELIVER, announce, files=("manifest", "signature")),
    Route("GET", ONE, DELIVER, show),
    Route("POST", f"{ONE}/pieces", DELIVER, take_piece, files=("piece",)),
    Route("POST", f"{ONE}/decision", DELIVER, decide),
    Route("POST", f"{ONE}/stop", DELIVER, stop),
    Route("GET", f"{ONE}/problems", DELIVER, download_problems),
    Route(
        "GET", "/intakes", DELIVER, api_list, api=True, answer=list[IntakeView],
        summary="Large batch files that were not taken, or not yet",
    ),
    Route(
        "POST", "/intakes", DELIVER, api_announce, api=True, body=IntakeForm, answer=IntakeView,
        summary="Announce a batch file that is sent in pieces",
    ),
    Route(
        "GET", ONE, DELIVER, api_show, api=True, answer=IntakeView,
        summary="Where a large batch file stands, and what is wrong with it by row and column",
    ),
    Route(
        "POST", f"{ONE}/pieces", DELIVER, api_piece, api=True, body=PieceForm, answer=IntakeView,
        summary="Send one piece of a large batch file",
    ),
    Route(
        "POST", f"{ONE}/decision", DELIVER, api_decide, api=True, body=DecisionForm, answer=IntakeView,
        summary="Take the rows without a fault, or nothing",
    ),
    Route(
        "POST", f"{ONE}/stop", DELIVER, api_stop, api=True, answer=IntakeView,
        summary="Stop a large batch file; nothing of it is kept",
    ),
)  # fmt: skip
