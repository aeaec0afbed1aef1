"""The plugin's background work, and what it does when a case takes a step.

request_verification ─▶ request with its queries ─▶ job "ask" ─▶ report ─▶ asked again while a source is silent
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.sdk import Job, Platform, PluginContext, ProcessEvent, Transaction, local_date, platform_of
from plugins.big_data_check import asking, deliveries, filing, replies, store
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.batch_file import Manifest
from plugins.big_data_check.lapsing import watching
from plugins.big_data_check.opening import opened, request_at
from plugins.big_data_check.schedule import SOON, pause
from plugins.big_data_check.store import Query, Request
from plugins.big_data_check.taking_back import TAKE_BACK

ASK = "ask"
STUCK = timedelta(minutes=10)
MOVES_FINDINGS = frozenset(
    {"record_visit", "resolve_finding", "uphold_uncontested", "complete_recheck", "file_verification_report"}
)
"""Steps of a case after which other findings may be open than before."""


async def follow(event: ProcessEvent, context: PluginContext) -> None:
    """One step of a case: a new request, a report that can be filed now, findings resolved, or the end."""
    if event.process_kind != "case":
        return
    platform = platform_of(context)
    async with platform.transaction() as tx:
        if event.action == "request_verification":
            await _open(tx, platform, context, event)
            return
        if event.action in watching.SIGNS:
            await watching.look(tx, platform, event.process_id)
        newest = await store.latest(tx, event.process_id)
        if newest is None:
            return
        if (await platform.process(tx, event.process_id)).ended:
            await store.close(tx, event.process_id)
            await replies.prune_of(tx, platform, event.process_id, "ended")
            return
        request = await store.load(tx, newest.id, lock=True)
        if request.state == "closed":
            return
        if event.action == filing.ACTION and await filing.by_hand(
            tx, await platform.situation(tx, event.process_id), request
        ):
            await store.close(tx, event.process_id)
            return
        await filing.file_waiting(tx, platform, request)
        if event.action == TAKE_BACK:  # what still waits is answered now: nobody asks any more
            await ask_soon(tx, platform, request, f"withdrawn {event.seq}")
            await replies.prune_of(tx, platform, event.process_id, f"withdrawn {event.seq}")
        if event.action in MOVES_FINDINGS:
            await filing.refresh_findings(tx, platform, request)


async def _open(tx: Transaction, platform: Platform, context: PluginContext, event: ProcessEvent) -> None:
    situation = await platform.situation(tx, event.process_id)
    asked = request_at(situation, event.seq)
    if asked is None or situation.view.process.ended:
        return
    number = await store.next_number(tx, event.process_id)
    request, queries = opened(situation, asked, event.seq, number, config_of(context), context.now)
    if await store.add(tx, request, queries):
        await store.close(tx, event.process_id, before=number)
    await ask_soon(tx, platform, request)


async def ask_soon(tx: Transaction, platform: Platform, request: Request, why: str = "now") -> None:
    """Queue an asking; while one waits or runs for this round and reason, no second is queued."""
    await platform.enqueue(tx, ASK, {"request": str(request.id)}, key=f"{request.id}:{request.rounds}:{why}")


async def run_ask(context: PluginContext, payload: Mapping[str, Any]) -> None:
    request_id = UUID(payload["request"])
    asked = await asking.ask(context, request_id)
    platform = platform_of(context)
    async with platform.transaction() as tx:
        request = await store.load(tx, request_id, lock=True)
        elsewhere = not asked and any(q.silent for q in await store.queries(tx, request_id))
        if request.state != "closed" and not elsewhere:
            await settle(tx, platform, context, request)


async def settle(tx: Transaction, platform: Platform, context: PluginContext, request: Request) -> None:
    """After an asking: the report, and when to ask again."""
    await filing.report_news(tx, context, platform, request)
    if (await store.load(tx, request.id)).state == "closed":
        return
    silent = [q for q in await store.queries(tx, request.id) if q.silent]
    rounds = request.rounds + 1
    if not silent:
        await store.set_state(tx, request.id, "answered", rounds=rounds, next_at=None)
        return
    next_at = context.now + _next_pause(context, silent, rounds)
    await store.set_state(tx, request.id, "waiting", rounds=rounds, next_at=next_at)
    key = f"{request.id}:{rounds}:later"
    await platform.enqueue(tx, ASK, {"request": str(request.id)}, at=next_at, key=key)


def _next_pause(context: PluginContext, silent: list[Query], rounds: int) -> timedelta:
    config = config_of(context)
    spread = secrets.randbelow(1001) / 1000
    usual, longest = timedelta(minutes=config.retry_minutes), timedelta(hours=config.longest_hours)
    if any(q.state == "later" for q in silent):
        return pause(min(SOON, usual), rounds, usual, spread)
    return pause(usual, rounds, longest, spread)


async def run_sweep(context: PluginContext, _: Mapping[str, Any]) -> None:
    """What the queue lost or a moved clock left behind, asked again."""
    platform = platform_of(context)
    async with platform.transaction() as tx:
        for request in await store.due(tx, context.now, context.now - STUCK):
            key = f"{request.id}:{request.rounds}:swept"
            await platform.enqueue(tx, ASK, {"request": str(request.id)}, key=key)


async def run_forget(context: PluginContext, _: Mapping[str, Any]) -> None:
    """Records of deliveries that no longer answer are removed (PIPL 47)."""
    oldest = deliveries.oldest_fresh(local_date(context.now), config_of(context).files.max_age_days)
    platform = platform_of(context)
    async with platform.transaction() as tx:
        over = await deliveries.forget(tx, platform, oldest, context.now)
    for delivery_id in over:
        more = True
        while more:
            async with platform.transaction() as tx:
                more = await deliveries.clear(tx, delivery_id)


async def ask_for_delivery(tx: Transaction, platform: Platform, manifest: Manifest, delivery_id: UUID) -> int:
    """A new delivery came: everything it may answer is due again. How many requests that concerns.

    A correction makes due as well what was answered from the version before, in its areas or its batch and nowhere else.
    An asking under way may still hold the old version: its `generation` is over, and another asking is queued behind it.
    """
    rows = await tx.fetch(
        """UPDATE big_data_check_query q SET state = 'due', result = 'unavailable', answered_at = NULL, leased_until = NULL,
                  sealed = NULL, ticket = '', generation = q.generation + 1
           FROM big_data_check_request r
           WHERE q.tenant_id = $1 AND r.tenant_id = $1 AND r.id = q.request_id AND r.state <> 'closed' AND q.source = $2
             AND (q.state <> 'answered'
                  OR (q.attempts > 0 AND ($3 OR (q.result = 'no_data' AND q.note = ''))
                      AND (EXISTS (SELECT FROM unnest($4::text[]) a WHERE starts_with(r.area_code, a))
                           OR EXISTS (SELECT FROM big_data_check_batch b
                                      WHERE b.tenant_id = $1 AND b.number = $5 AND q.id = ANY(b.queries)
                                        AND NOT q.id = ANY(b.over)))))
           RETURNING r.id""",
        tx.tenant,
        manifest.source.value,
        manifest.version > 1,
        list(manifest.areas),
        manifest.batch,
    )
    found = {row["id"] for row in rows}
    for request_id in found:
        await ask_soon(tx, platform, await store.load(tx, request_id), str(delivery_id))
    if manifest.batch:
        await replies.prune_soon(tx, platform, manifest.batch, manifest.source.value, str(delivery_id))
    return len(found)


JOBS = (
    *replies.JOBS,
    Job(ASK, run_ask, timeout=300.0),
    Job("sweep", run_sweep, every=timedelta(minutes=5)),
    Job("forget_deliveries", run_forget, every=timedelta(days=1), timeout=3600.0),
)
