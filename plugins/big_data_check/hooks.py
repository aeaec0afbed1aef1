"""What the plugin hangs into the platform; thin: every line leads to the module that does it."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import (
    Actor,
    CasePanel,
    Indicator,
    Job,
    LongWork,
    MenuItem,
    Needs,
    PluginContext,
    Process,
    ProcessEvent,
    Route,
    StageType,
    Transaction,
    Transition,
    Veto,
    WorkItem,
    hookimpl,
    platform_of,
)
from plugins.big_data_check import api, delivery_pages, desk, pages, panel
from plugins.big_data_check import jobs as work
from plugins.big_data_check import long_work as under_way
from plugins.big_data_check.bulk import jobs as bulk_jobs
from plugins.big_data_check.bulk import pages as bulk_pages
from plugins.big_data_check.bulk import province_pages
from plugins.big_data_check.confirmation import why_not
from plugins.big_data_check.intake import checking
from plugins.big_data_check.intake import pages as intake_pages
from plugins.big_data_check.lapsing import pages as lapsing_pages
from plugins.big_data_check.lapsing import watching
from plugins.big_data_check.permissions import OBJECT, Permission
from plugins.big_data_check.stages import STAGES


@hookimpl
def stage_types() -> Sequence[StageType]:
    return STAGES


@hookimpl
async def process_events(event: ProcessEvent, context: PluginContext) -> None:
    await work.follow(event, context)


@hookimpl
async def transition_vetoes(tx: Transaction, transition: Transition, context: PluginContext) -> Veto | None:
    if transition.process_kind != "case":
        return None
    return await why_not(tx, platform_of(context), transition.process_id, transition.action)


@hookimpl
def jobs() -> Sequence[Job]:
    return (*work.JOBS, *checking.JOBS, *bulk_jobs.JOBS, *watching.JOBS)


@hookimpl
async def long_work(context: PluginContext) -> Sequence[LongWork]:
    return await under_way.long_work(context)


@hookimpl
def routes() -> Sequence[Route]:
    return (
        *pages.ROUTES, *delivery_pages.ROUTES, *intake_pages.ROUTES, *api.ROUTES, *bulk_pages.ROUTES, *lapsing_pages.ROUTES,
        *province_pages.ROUTES,
    )  # fmt: skip


@hookimpl
def menu_items() -> Sequence[MenuItem]:
    return (
        MenuItem("/", "信息核对", "shield-check", Needs(OBJECT, Permission.NOTE)),
        MenuItem("/province", "全省批量复核", "refresh", Needs(OBJECT, Permission.OVERSEE)),
    )


@hookimpl
async def case_panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    return await panel.panels(process, actor, context)


@hookimpl
async def work_items(actor: Actor, context: PluginContext) -> Sequence[WorkItem]:
    return await desk.waiting(actor, context)


@hookimpl
async def indicators(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    return await panel.figures(area_code, context)
