"""What a verification officer does: takes a delivery, explains what a source lacks, has a source asked again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, FieldError, Invalid, Platform, Refused, local_date, platform_of
from core.sdk.verification import Result
from plugins.big_data_check import access_log, deliveries, filing, jobs, store
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import BrokenDelivery, Manifest, RowProblem, read_manifest
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reading import case_for

Explanation = Annotated[
    str,
    Meta(
        title="了解到的情况", min_length=4, max_length=500,
        description="写明从哪里、怎样了解到的，例如“到乡镇信用社查询，本人名下无账户”", extra={"widget": "textarea"},
    ),
]  # fmt: skip


class NoteForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One explanation for one or more queries that came back without data."""

    queries: Annotated[tuple[UUID, ...], Meta(title="没有数据的来源", min_length=1, max_length=400)]
    note: Explanation


class DeliveryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A batch file: the manifest as the sender made it, and the table's bytes."""

    manifest: Annotated[dict[str, Any], Meta(title="清单")]
    content_base64: Annotated[Any, Meta(title="文件内容（Base64）")]


class Reissued(msgspec.Struct, frozen=True):
    """The report that followed. `number` is empty when nothing changed; `filed`: it lies on the case file."""

    number: str
    filed: bool


class Accepted(msgspec.Struct, frozen=True):
    """A delivery that was taken, and how many requests are asked again because of it."""

    id: UUID
    source: str
    rows: int
    requests: int


async def take_delivery(call: Call, sent: bytes | Mapping[str, Any], data: bytes) -> Accepted:
    """Take a batch file whole. Raises BrokenDelivery with every problem; then nothing was imported. Refused, Conflict."""
    platform, config = platform_of(call.context), config_of(call.context)
    key = platform.setting(config.files.secret).encode() if config.files.signed else None
    manifest = read_manifest(sent, key)
    _acceptable(call, platform, manifest)
    prepared = await deliveries.prepared(platform, manifest, data)
    async with platform.transaction() as tx:
        await deliveries.take(tx, prepared, call.actor.account_id, call.context.now)
        count = await jobs.ask_for_delivery(tx, platform, manifest.source)
        purpose = f"收取批量文件，数据截至 {manifest.as_of}"
        entry = access_log.Entry(
            "delivered", purpose, source=manifest.source.value, outcome=f"{len(prepared.rows)} 行",
            actor_id=call.actor.account_id,
        )  # fmt: skip
        await access_log.write(tx, call.context.now, [entry])
    return Accepted(prepared.id, manifest.source.value, len(prepared.rows), count)


def _acceptable(call: Call, platform: Platform, manifest: Manifest) -> None:
    """Whether this district takes this source as files, for these areas, from this officer, and this day's data."""
    config, today = config_of(call.context), local_date(call.context.now)
    problems = []
    if manifest.source not in config.file_sources:
        problems.append(RowProblem(0, "source", f"本区没有把“{manifest.source.label}”设为按批量文件核对"))
    strange = [a for a in manifest.areas if not a.startswith(call.context.district[:6])]
    if strange:
        problems.append(RowProblem(0, "areas", f"不是本区的地区代码：{'、'.join(strange[:5])}"))
    if manifest.as_of > today:
        problems.append(RowProblem(0, "as_of", "数据截至日期在今天之后"))
    elif manifest.as_of < deliveries.oldest_fresh(today, config.files.max_age_days):
        problems.append(RowProblem(0, "as_of", f"数据超过 {config.files.max_age_days} 天，已经不能用于核对"))
    if problems:
        raise BrokenDelivery(*problems)
    for area in manifest.areas:
        blocked = platform.may(call.actor, Permission.DELIVER, area.ljust(12, "0"))
        if blocked is not None:
            raise blocked.refused()


def content_of(form: DeliveryForm) -> bytes:
    """Raises Invalid for what is no Base64."""
    try:
        return base64.b64decode(form.content_base64, validate=True)
    except (binascii.Error, TypeError, ValueError):
        wrong = FieldError("content_base64", "文件内容不是 Base64，请重新上传")
        raise Invalid("文件没有传完整", fields=(wrong,)) from None


def as_invalid(broken: BrokenDelivery) -> Invalid:
    """The problems of a delivery for the API: one error per cell, nothing was imported."""
    return Invalid(
        "文件没有导入，请按下面的问题修改后重新上传",
        fields=tuple(FieldError(_path(p), _sentence(p)) for p in broken.problems),
    )


def _path(problem: RowProblem) -> str:
    return (
        f"rows.{problem.row}.{problem.column}".rstrip(".")
        if problem.row
        else f"manifest.{problem.column}".rstrip(".")
    )


def _sentence(problem: RowProblem) -> str:
    return f"第 {problem.row} 行“{problem.column}”：{problem.message}" if problem.row else problem.message


async def note_blanks(call: Call, request_id: UUID, form: NoteForm) -> Reissued:
    """Explain queries that came back without data, and issue the next report under the officer's name.

    Raises NotFound, Refused (area, recusal, duties), Invalid.
    """
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        request = await store.load(tx, request_id, lock=True)
        await case_for(tx, platform, call.actor, request.process_id, Permission.NOTE)
        if request.state == "closed":
            raise Refused("这次核对已经结束，不能再补充说明", hint="请在最新的一次核对里填写")
        blanks = {q.id: q for q in await store.queries(tx, request_id) if q.result is Result.NO_DATA}
        _known(form.queries, blanks)
        for query_id in form.queries:
            await store.keep_note(tx, query_id, form.note, call.actor.account_id, call.context.now)
        await access_log.write(
            tx,
            call.context.now,
            (
                access_log.Entry(
                    "noted", request.purpose, request.process_id, request.id, blanks[q].person_id,
                    blanks[q].source.value, actor_id=call.actor.account_id,
                )
                for q in form.queries
            ),
        )  # fmt: skip
        await filing.report_news(tx, call.context, platform, request, actor=call.actor)
        newest = (await filing.reports(tx, request.id))[0]
    return Reissued(newest.number, newest.filed_seq is not None)


def _known(asked: Sequence[UUID], blanks: Mapping[UUID, object]) -> None:
    errors = [
        FieldError(f"queries.{n}", "这一项来源不是“没有数据”，不用写说明")
        for n, q in enumerate(asked)
        if q not in blanks
    ]
    if errors:
        raise Invalid("有的来源不能写说明", fields=tuple(errors))


async def ask_again(call: Call, request_id: UUID) -> int:
    """Have the silent sources asked now; how many queries that is. Raises NotFound, Refused."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        request = await store.load(tx, request_id, lock=True)
        await case_for(tx, platform, call.actor, request.process_id, Permission.NOTE)
        if request.state == "closed":
            raise Refused("这次核对已经结束，不再查询", hint="需要的话请重新提请核对")
        silent = sum(q.silent for q in await store.queries(tx, request_id))
        if silent:
            await jobs.ask_soon(tx, platform, request)
    return silent
