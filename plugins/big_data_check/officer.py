"""What a verification officer does on a case: explains what a source lacks, has a source asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, FieldError, Invalid, Refused, platform_of
from core.sdk.verification import Result
from plugins.big_data_check import access_log, filing, jobs, store
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reading import case_for

Explanation = Annotated[
    str,
    Meta(
        title="了解到的情况", min_length=4, max_length=500,
        description="写明从哪里、怎样了解到的，例如“到乡镇信用社查询，本人名下无账户”", extra={"widget": "textarea"},
    ),
]  # fmt: skip


class BlankNoteForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One explanation for one or more queries that came back without data."""

    queries: Annotated[tuple[UUID, ...], Meta(title="没有数据的来源", min_length=1, max_length=400)]
    note: Explanation


class Reissued(msgspec.Struct, frozen=True):
    """The report that followed. `number` is empty when nothing changed; `filed`: it lies on the case file."""

    number: str
    filed: bool


async def note_blanks(call: Call, request_id: UUID, form: BlankNoteForm) -> Reissued:
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
