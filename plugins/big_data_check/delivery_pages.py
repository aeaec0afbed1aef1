"""The page of batch files: what was sent to departments, what came, and an upload that says what is wrong row by row."""

from __future__ import annotations

from uuid import UUID

from core.sdk import (
    Call,
    Conflict,
    File,
    Invalid,
    Needs,
    NotFound,
    Page,
    Problem,
    Redirect,
    Reply,
    Route,
    local_date,
    platform_of,
)
from core.sdk.verification import Source
from plugins.big_data_check import batches, deliveries, envelope, receiving
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import BrokenDelivery
from plugins.big_data_check.intake import store as intakes
from plugins.big_data_check.intake.sending import PIECE
from plugins.big_data_check.permissions import OBJECT, Permission
from plugins.big_data_check.receiving import Upload
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY

AT_ONCE = 8 * 1024 * 1024
"""Bytes a page's form takes in one go; what is larger is sent in pieces."""


async def show_deliveries(call: Call) -> Reply:
    return await _page(call)


async def take_delivery(call: Call) -> Reply:
    sent, typed = call.files, call.typed
    upload = Upload(
        sent.get("manifest", b""), sent.get("table", b""), sent.get("signature", b"").decode("ascii", "replace"),
        "keep_good" in typed, str(typed.get("why", "")),
    )  # fmt: skip
    try:
        taken = await receiving.take_delivery(call, upload)
    except BrokenDelivery as broken:
        return await _page(call, broken=broken)
    except (Invalid, Conflict) as wrong:
        return await _page(call, problem=wrong)
    return Redirect(
        f"{call.here}/deliveries?rows={taken.rows}&left={taken.left_out}&requests={taken.requests}"
    )


async def make_batch(call: Call) -> Reply:
    """Raises NotFound for what is no source."""
    try:
        source = Source(str(call.own.get("_source", "")))
    except ValueError:
        raise NotFound("没有这个来源") from None
    batch = await batches.make(call, source)
    return Redirect(f"{call.here}/deliveries?batch={batch.number}")


async def download_batch(call: Call) -> Reply:
    batch_id: UUID = call.path["batch_id"]
    number, data = await batches.file_of(call, batch_id)
    return File(data, "application/zip", f"{number}.zip")


async def _page(call: Call, *, broken: BrokenDelivery | None = None, problem: Problem | None = None) -> Page:
    config, platform = config_of(call.context), platform_of(call.context)
    oldest = deliveries.oldest_fresh(local_date(call.context.now), config.files.max_age_days)
    async with platform.transaction() as tx:
        taken = await deliveries.listed(tx, oldest)
        names = await platform.colleagues(tx, {d.taken_by for d in taken})
        sent = await batches.listed(tx)
        unfinished = await intakes.listed(tx)
    values = {
        "unfinished": unfinished, "piece": PIECE, "at_once": AT_ONCE, "taken": taken, "names": names, "sent": sent, "problems": broken.problems if broken else (),
        "good": broken.good if broken else 0, "detail": f"{problem.detail}。{problem.hint}" if problem else "",
        "sources": [(s, [f.label for f in (*IDENTITY, *FIELDS[s])]) for s in config.file_sources],
        "askable": [s for s in config.file_sources if s.value in config.files.departments],
        "files": config.files, "public_key": _our_key(platform.setting(receiving.PRIVATE)), "done": _done(call),
    }  # fmt: skip
    return Page("big_data_check/deliveries.html", values, status=422 if broken or problem else 200)


def _our_key(private: str) -> str:
    """What a department encrypts for us with; empty where none is set up."""
    try:
        return envelope.as_text(envelope.private_key(private).public_key()) if private else ""
    except ValueError:
        return ""


def _done(call: Call) -> str:
    rows, left, requests = (call.query.get(name, "") for name in ("rows", "left", "requests"))
    if call.query.get("batch"):
        return "核对批次已经生成，请下载后交给部门。"
    if not all(part.isdecimal() for part in (rows, left, requests)):
        return ""
    text = f"文件已收下，共 {rows} 行。"
    if left != "0":
        text += f"{left} 行有错误没有导入，可能涉及的人按“来源无数据”处理。"
    return text + (f"有 {requests} 件正在按新数据核对。" if requests != "0" else "")


DELIVER = Needs(OBJECT, Permission.DELIVER)

ROUTES = (
    Route("GET", "/deliveries", DELIVER, show_deliveries),
    Route("POST", "/deliveries", DELIVER, take_delivery, files=("manifest", "table", "signature")),
    Route("POST", "/batches", DELIVER, make_batch),
    Route("GET", "/batches/{batch_id:uuid}/file", DELIVER, download_batch),
)
