"""The plugin's API: verification of a case, the officers' list, deliveries, notes, and the platform's "it is ready"."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.sdk import Call, Json, Needs, Public, Refused, Reply, Route, local_date, platform_of
from core.sdk.verification import Source
from plugins.big_data_check import batches, deliveries, differences, jobs, officer, receiving, store, worklist
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import BrokenDelivery
from plugins.big_data_check.batches import Batch
from plugins.big_data_check.deliveries import Taken
from plugins.big_data_check.differences import Line
from plugins.big_data_check.officer import BlankNoteForm, Reissued
from plugins.big_data_check.permissions import OBJECT, Permission
from plugins.big_data_check.reading import CaseView, case_for, case_view, comparison
from plugins.big_data_check.receiving import Accepted, DeliveryForm
from plugins.big_data_check.sources.signing import ready_holds
from plugins.big_data_check.stages import SettleForm
from plugins.big_data_check.worklist import Listing


class Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The platform says that an answer can be fetched. Carries no data; `at` is Unix seconds."""

    query: Annotated[UUID, Meta(title="查询编号")]
    ticket: Annotated[str, Meta(title="受理编号", max_length=200)]
    at: Annotated[int, Meta(title="时间")]
    signature: Annotated[str, Meta(title="签名", max_length=128)]


class ListQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`tab`: open, silent, blank, findings or all."""

    tab: str = "open"
    page: int = 1


class BatchForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which source's department is asked."""

    source: Annotated[Source, Meta(title="来源")]


class Asked(msgspec.Struct, frozen=True):
    """How many queries are asked again."""

    queries: int


class Compared(msgspec.Struct, frozen=True):
    """One row of the comparison; null: nobody has looked there yet. `digest` goes back with a verdict on it (`key` its name);
    `reason` is empty while a difference is open; without a verdict it was given with a finding or by the investigators.
    """

    topic: str
    item: str
    whose: str
    declared: str | None
    archived: str | None
    visited: str | None
    registry: str | None
    differs: bool
    key: str
    digest: str
    verdict: str
    reason: str


class Settled(msgspec.Struct, frozen=True):
    """The case's journal row that holds the verdict."""

    seq: int


async def show_case(call: Call) -> Reply:
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        return Json(await case_view(tx, platform, call, call.path["case_id"]))


async def compare_case(call: Call) -> Reply:
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        situation = await case_for(tx, platform, call.actor, call.path["case_id"], Permission.COMPARE)
        lines = differences.lines_of(await comparison(tx, platform, situation, call), situation.view.records)
    return Json([_compared(line) for line in lines])


def _compared(line: Line) -> Compared:
    row, said = line.row, line.settled
    return Compared(
        row.topic, row.item, row.whose, row.declared, row.archived, row.visited, row.registry, row.differs,
        line.item, line.digest, said.verdict.value if said else "", said.reason if said else line.elsewhere,
    )  # fmt: skip


async def settle(call: Call) -> Reply:
    return Json(Settled((await differences.settle(call, call.body)).seq))


async def list_requests(call: Call) -> Reply:
    platform = platform_of(call.context)
    page = call.query.get("page", "1")
    async with platform.transaction() as tx:
        found = await worklist.listing(
            tx, platform, call.actor, call.query.get("tab", "open"), int(page) if page.isdecimal() else 1
        )
    return Json(found)


async def note(call: Call) -> Reply:
    return Json(await officer.note_blanks(call, call.path["request_id"], call.body))


async def ask(call: Call) -> Reply:
    return Json(Asked(await officer.ask_again(call, call.path["request_id"])))


async def deliver(call: Call) -> Reply:
    form: DeliveryForm = call.body
    try:
        return Json(await receiving.take_delivery(call, receiving.upload_of(form)))
    except BrokenDelivery as broken:
        raise receiving.as_invalid(broken) from None


async def make_batch(call: Call) -> Reply:
    form: BatchForm = call.body
    return Json(await batches.make(call, form.source))


async def list_batches(call: Call) -> Reply:
    async with platform_of(call.context).transaction() as tx:
        return Json(await batches.listed(tx))


async def list_deliveries(call: Call) -> Reply:
    config, platform = config_of(call.context), platform_of(call.context)
    oldest = deliveries.oldest_fresh(local_date(call.context.now), config.files.max_age_days)
    async with platform.transaction() as tx:
        return Json(await deliveries.listed(tx, oldest))


async def ready(call: Call) -> Reply:
    """The answer itself is fetched over our own connection: this is only a reason to go there."""
    sent: Ready = call.body
    platform, config = platform_of(call.context), config_of(call.context)
    key = platform.setting(config.platform.secret).encode()
    fresh = key and ready_holds(key, str(sent.query), sent.ticket, sent.at, sent.signature, int(time.time()))
    if not fresh:
        raise Refused("签名不对或已经过期，没有受理")
    async with platform.transaction() as tx:
        request_id = await tx.fetchval(
            """SELECT request_id FROM big_data_check_query
               WHERE tenant_id = $1 AND id = $2 AND ticket = $3 AND state = 'later'""",
            tx.tenant,
            sent.query,
            sent.ticket,
        )
        if request_id is not None:
            await jobs.ask_soon(tx, platform, await store.load(tx, request_id))
    return Json({"taken": True})


VIEW, COMPARE = Needs(OBJECT, Permission.VIEW), Needs(OBJECT, Permission.COMPARE)
NOTE, DELIVER = Needs(OBJECT, Permission.NOTE), Needs(OBJECT, Permission.DELIVER)

ROUTES = (
    Route(
        "GET", "/requests", VIEW, list_requests, api=True, query=ListQuery, answer=Listing,
        summary="Cases under verification, those with something to do first",
    ),
    Route(
        "GET", "/cases/{case_id:uuid}", VIEW, show_case, api=True, answer=CaseView,
        summary="Requests, results per person and source, and reports of a case",
    ),
    Route(
        "GET", "/cases/{case_id:uuid}/comparison", COMPARE, compare_case, api=True, answer=list[Compared],
        summary="Declared, archived, visited and registry values side by side",
    ),
    Route(
        "POST", "/cases/{case_id:uuid}/comparison", COMPARE, settle, api=True, body=SettleForm, answer=Settled,
        summary="Settle a difference with a verdict and a reason, into the case's journal", idempotent=True,
    ),
    Route(
        "POST", "/requests/{request_id:uuid}/notes", NOTE, note, api=True, body=BlankNoteForm, answer=Reissued,
        summary="Explain sources without data and issue the next report",
    ),
    Route(
        "POST", "/requests/{request_id:uuid}/ask", NOTE, ask, api=True, answer=Asked,
        summary="Ask silent sources again now",
    ),
    Route(
        "GET", "/deliveries", DELIVER, list_deliveries, api=True, answer=list[Taken],
        summary="Batch files taken",
    ),
    Route(
        "POST", "/deliveries", DELIVER, deliver, api=True, body=DeliveryForm, answer=Accepted,
        summary="Take a batch file, whole or as the officer decides",
    ),
    Route(
        "GET", "/batches", DELIVER, list_batches, api=True, answer=list[Batch], summary="Batch requests made",
    ),
    Route(
        "POST", "/batches", DELIVER, make_batch, api=True, body=BatchForm, answer=Batch,
        summary="Ask a department about everybody unanswered, as an encrypted file",
    ),
    Route(
        "POST", "/replies", Public(), ready, api=True, body=Ready, summary="The platform says an answer is ready",
    ),
)  # fmt: skip
