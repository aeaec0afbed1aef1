"""Every hour: whose signatures run out is looked up again where a case went on, and households are reminded in time.

    a step of a case ─▶ looked at ─▶ `remind_days` before a last day: reminder ─▶ that day over: reminder ─▶ renewed

The reminder is a step in the case's journal, taken by the plugin's service; notices go by it as by every other step.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.sdk import Job, NotFound, Platform, PluginContext, Problem, Transaction, local_date, platform_of
from plugins.big_data_check import replies
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.lapsing import reviewing, store
from plugins.big_data_check.lapsing.store import Due
from plugins.big_data_check.renewal import REMIND, RENEW, RemindForm
from plugins.big_data_check.signatures import signatures_of
from plugins.big_data_check.taking_back import TAKE_BACK

log = logging.getLogger(__name__)

SIGNS = frozenset({"submit", RENEW, TAKE_BACK})
"""Steps after which the list is right at once; what else changes a household is seen within the hour."""

AT_ONCE = 50
"""Cases in one transaction."""
AGAIN = timedelta(days=1)
"""After a case could not take its reminder."""
AN_HOUR = 2_000
"""Reminders of one district in one hour at most, the first to lapse first."""


async def look(tx: Transaction, platform: Platform, process_id: UUID) -> None:
    """Keep until when the signatures of a case are good; who is paid and withdrew theirs is looked at by a person."""
    try:
        situation = await platform.situation(tx, process_id)
    except NotFound:
        return
    if not situation.view.process.ended:
        await store.keep(tx, situation.view.process, signatures_of(situation.view))
        await reviewing.review(tx, platform, situation)


async def run_watch(context: PluginContext, _: Mapping[str, Any]) -> None:
    platform, today = platform_of(context), local_date(context.now)
    async with platform.transaction() as tx:
        await store.forget(tx)
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = await _looked(platform, after)
    by = today + timedelta(days=config_of(context).remind_days)
    async with platform.transaction() as tx:
        due = await store.to_remind(tx, today, by, context.now, AN_HOUR)
        await replies.prune_lapsed(tx, platform, today)
    for one in due:
        await _remind(context, platform, one)


async def _looked(platform: Platform, after: UUID) -> UUID | None:
    """Look at the next cases that went on; where to go on, None at the end."""
    async with platform.transaction() as tx:
        found = await store.stale(tx, after, AT_ONCE)
        for process_id in found:
            await look(tx, platform, process_id)
    return found[-1] if len(found) == AT_ONCE else None


async def _remind(context: PluginContext, platform: Platform, due: Due) -> None:
    """A case that takes no reminder now stays on the list, and is tried again the next day."""
    key = f"remind {due.first} {len(due.ways)} {due.ways[0]}"
    try:
        async with platform.transaction() as tx:
            receipt = await platform.act(tx, due.process_id, REMIND, RemindForm(due.first), key=key)
            await store.reminded(tx, due, context.now, receipt.version)
    except Problem as refused:
        log.info("a household could not be reminded of its authorisation: %s", type(refused).__name__)
        async with platform.transaction() as tx:
            await store.put_off(tx, due.process_id, context.now + AGAIN)


JOBS = (Job("watch_authorisations", run_watch, every=timedelta(hours=1), timeout=3600.0),)
