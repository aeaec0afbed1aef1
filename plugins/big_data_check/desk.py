"""What waits for somebody beside their cases: signatures, large files to decide about, changes that became no review."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from core.sdk import Actor, Platform, PluginContext, Transaction, WorkItem, local_date, platform_of
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.bulk import due
from plugins.big_data_check.bulk import store as bulk
from plugins.big_data_check.bulk.store import RunRow
from plugins.big_data_check.intake import store as intakes
from plugins.big_data_check.lapsing import store as lapsing
from plugins.big_data_check.lapsing import uncovered
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reach import reach


async def waiting(actor: Actor, context: PluginContext) -> tuple[WorkItem, ...]:
    """The lines above a person's work list; none where they hold none of the permissions."""
    platform = platform_of(context)
    collects = reach(platform, actor, Permission.SIGNATURES)
    delivers = reach(platform, actor, Permission.DELIVER)
    rechecks = reach(platform, actor, Permission.BULK)
    if not (collects or delivers or rechecks):
        return ()
    async with platform.transaction() as tx:
        found = await _signatures(tx, context, collects) if collects else []
        found += await _files(tx, platform, actor, context) if delivers else []
        found += await _changes(tx, rechecks, await platform.cases_kept_from(tx, actor)) if rechecks else []
        if context.district[:6] in rechecks:  # only there somebody may start one
            found += _unmade(context, await bulk.runs(tx))
    return tuple(found)


async def _signatures(tx: Transaction, context: PluginContext, areas: list[str]) -> list[WorkItem]:
    today = local_date(context.now)
    by = today + timedelta(days=config_of(context).remind_days)
    counts = await lapsing.counts(tx, areas, today, by)
    return list(_said(counts, await uncovered.count(tx, areas, today)))


def _said(counts: Mapping[str, int], without_case: int) -> Iterator[WorkItem]:
    if n := counts["lapsed"]:
        yield WorkItem(f"{n} 户的核对授权已过期，补签前不能核对", "/authorisations?tab=lapsed", urgent=True)
    if n := counts["soon"]:
        yield WorkItem(f"{n} 户的核对授权快到期，请约时间重签", "/authorisations?tab=soon")
    if without_case:
        label = f"{without_case} 户在册但没有卷宗，批量复核查不到，请立案并签核对授权"
        yield WorkItem(label, "/authorisations?tab=uncovered")


async def _changes(tx: Transaction, areas: list[str], without: Collection[UUID]) -> list[WorkItem]:
    """Changes found by a re-check that could not be sent to review: nobody sees them on a case. Those of relatives are not told."""
    failed = await bulk.failed(tx, areas, without)
    return [
        WorkItem(f"{n} 项登记变化没有提请成复核，请看原因", f"/bulk/{run_id}", urgent=True)
        for run_id, n in failed
    ]


def _unmade(context: PluginContext, runs: Sequence[RunRow]) -> list[WorkItem]:
    """Re-checks that came to nothing: those the calendar asked for, and the newest whoever asked for it."""
    periods = due.due_periods(config_of(context).bulk, local_date(context.now))
    open_ones = due.unmade(periods, context.tenant, runs)
    found = list[WorkItem]()
    for one in open_ones:
        became = "没有完成" if one.run.state == "failed" else "被停止了"
        then = "系统会自动再试，请看原因" if one.again else "请看原因，再开始一次"
        found.append(
            WorkItem(f"{one.period.label}的自动批量复核{became}，{then}", f"/bulk/{one.run.id}", urgent=True)
        )
    newest = runs[0] if runs else None
    if newest and newest.state == "failed" and newest.id not in {one.run.id for one in open_ones}:
        found.append(WorkItem("上一次批量复核没有完成，请看原因", f"/bulk/{newest.id}", urgent=True))
    return found


async def _files(tx: Transaction, platform: Platform, actor: Actor, context: PluginContext) -> list[WorkItem]:
    return [
        WorkItem(
            f"{intake.source.label}的数据文件有 {intake.faulty:,} 行有错误，等您决定是否只导入没有错误的行",
            f"/intakes/{intake.id}",
            urgent=True,
        )
        for intake in await intakes.to_decide(tx)
        if all(
            platform.may(actor, Permission.DELIVER, area.ljust(12, "0")) is None
            for area in intake.manifest.areas or (context.district,)
        )
    ]
