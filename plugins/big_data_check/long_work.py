"""What of the plugin's takes long, for the terminal: re-checks and large files of a district, or all districts of a province."""

from __future__ import annotations

from collections.abc import Iterator

from core.sdk import LongWork, PluginContext, Transaction, local_date, platform_of
from plugins.big_data_check.bulk import province_pages, store
from plugins.big_data_check.bulk.jobs import is_province
from plugins.big_data_check.bulk.pages import step_label
from plugins.big_data_check.bulk.province_pages import Province
from plugins.big_data_check.intake import store as intakes

TOLD = 3
"""So many of what was not checked are said in the terminal."""


async def long_work(context: PluginContext) -> tuple[LongWork, ...]:
    if is_province(context.district):
        month = f"{local_date(context.now):%Y-%m}"
        return tuple(_of_province(await province_pages.of_month(context, month)))
    async with platform_of(context).transaction() as tx:
        return (*await _rechecks(tx), *await _files(tx))


def _of_province(found: Province) -> Iterator[LongWork]:
    """The province as a whole, then each district that has begun; counts only."""
    told = [(d, d.share) for d in found.districts if d.share is not None]
    if not told:
        return
    note = f"{found.ended} / {len(found.districts)} 个区县已完成，登记变化 {sum(found.kinds.values())} 项"
    is_open = any(share.open for _, share in told)
    yield LongWork(f"{found.month} 全省批量复核", found.percent, found.seconds_left, note, is_open)
    for d, share in told:
        note = f"{store.STATES[share.state]}，登记变化 {share.alerts} 项"
        yield LongWork(d.name, share.percent, share.seconds_left, note, share.open)


async def _rechecks(tx: Transaction) -> list[LongWork]:
    """The one that runs, and what the newest did not check."""
    return [
        LongWork(
            "批量复核", run.percent, run.seconds_left,
            store.STATES[run.state] + (f"：{step_label(run.step)}" if run.open and run.step else "") + _unchecked(run), run.open,
        )
        for place, run in enumerate(await store.runs(tx, limit=5))
        if run.open or (place == 0 and run.problems)
    ]  # fmt: skip


def _unchecked(run: store.RunRow) -> str:
    """Sources and groups with how many people: no names, no reasons."""
    if not run.problems:
        return ""
    told = [f"{p.where} {p.count:,} 人" if p.count else p.where for p in run.problems[:TOLD]]
    more = f" 等 {len(run.problems)} 项" if len(run.problems) > TOLD else ""
    return f"；没有核对的：{'，'.join(told)}{more}，原因在“批量复核”页面"


async def _files(tx: Transaction) -> list[LongWork]:
    return [
        LongWork(f"{intake.source.label}的数据文件", intake.percent, intake.seconds_left, intake.label)
        for intake in await intakes.listed(tx)
        if intake.state in ("receiving", "queued", "checking")
    ]
