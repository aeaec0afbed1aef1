"""Bulk re-checks for officers: the list, one run with its progress and what came of it, Excel; the same as API."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import msgspec
import xlsxwriter

from core.sdk import (
    CHINA,
    Call,
    File,
    Json,
    Needs,
    Page,
    Redirect,
    Refused,
    Reply,
    Route,
    platform_of,
)
from core.sdk.verification import Source
from plugins.big_data_check import access_log
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.bulk import jobs, store
from plugins.big_data_check.bulk.settings import EVERY
from plugins.big_data_check.bulk.store import ALERT_STATES, KINDS, AlertRow, RunRow
from plugins.big_data_check.permissions import OBJECT, Permission
from plugins.big_data_check.reach import reach

FOLDER = "big_data_check"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
LOOKED, TAKEN = "查看批量复核", "下载批量复核"
STEPS = {
    "people": "在保人员", "registries": "部门数据", "asking": "登记查询了谁", "households": "按户汇总", "found": "对照标准", "alerts": "列出变化",
    "touched": "找出有变化的户", "filing": "逐件提请复核",
}  # fmt: skip


class RunAnswer(msgspec.Struct, frozen=True):
    """A run, how many alerts of each state it came to, and the alerts somebody may see."""

    run: RunRow
    counts: dict[str, int]
    alerts: list[AlertRow] = []


class Started(msgspec.Struct, frozen=True):
    id: UUID


async def show_list(call: Call) -> Reply:
    found, counts = await _runs(call)
    settings = config_of(call.context).bulk
    values = {
        "runs": found, "counts": counts, "states": store.STATES, "open": next((r for r in found if r.open), None),
        "every": EVERY[settings.every], "day": settings.day, "automatic": settings.every != "off",
        "whole": _whole_district(call),
    }  # fmt: skip
    return Page(f"{FOLDER}/bulk.html", values)


async def show_run(call: Call) -> Reply:
    run, counts, alerts = await _run(call, SHOWN, LOOKED, refreshed=True)
    async with platform_of(call.context).transaction() as tx:
        areas = await platform_of(call.context).area_names(tx, (a.area_code for a in alerts))
    values = {
        "run": run, "counts": counts, "total": sum(counts.values()), "alerts": alerts, "areas": areas, "kinds": KINDS,
        "states": store.STATES, "alert_states": ALERT_STATES, "step": step_label(run.step),
        "shown": SHOWN, "whole": _whole_district(call),
    }  # fmt: skip
    return Page(f"{FOLDER}/bulk_run.html", values)


async def start_run(call: Call) -> Reply:
    return Redirect(f"{call.here}/bulk/{await _start(call)}")


async def stop_run(call: Call) -> Reply:
    await _stop(call)
    return Redirect(f"{call.here}/bulk/{call.path['run_id']}")


async def excel(call: Call) -> Reply:
    run, _, alerts = await _run(call, 100_000, TAKEN)
    async with platform_of(call.context).transaction() as tx:
        areas = await platform_of(call.context).area_names(tx, (a.area_code for a in alerts))
    day = run.asked_at.astimezone(CHINA).date()
    return File(workbook(run, alerts, areas), EXCEL, f"批量复核 {day:%Y-%m-%d}.xlsx")


async def api_list(call: Call) -> Reply:
    found, counts = await _runs(call)
    return Json([RunAnswer(run, counts[run.id]) for run in found])


async def api_run(call: Call) -> Reply:
    return Json(RunAnswer(*await _run(call, 5000, LOOKED)))


async def api_start(call: Call) -> Reply:
    return Json(Started(await _start(call)))


async def api_stop(call: Call) -> Reply:
    await _stop(call)
    return Json({"stopping": True})


async def _start(call: Call) -> UUID:
    _only_whole_district(call)
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        return await jobs.start(tx, call.context, platform, call.actor.account_id)


async def _stop(call: Call) -> None:
    _only_whole_district(call)
    async with platform_of(call.context).transaction() as tx:
        await store.load(tx, call.path["run_id"])
        await store.stop(tx, call.path["run_id"])


async def _runs(call: Call) -> tuple[list[RunRow], dict[UUID, dict[str, int]]]:
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        found = await store.runs(tx)
        kept_from = await platform.cases_kept_from(tx, call.actor)
        return found, await store.counts(tx, [run.id for run in found], kept_from)


async def _run(
    call: Call, limit: int, purpose: str, *, refreshed: bool = False
) -> tuple[RunRow, dict[str, int], list[AlertRow]]:
    """With the alerts of whose cases the reader may know; that they looked is kept. `refreshed`: none while it runs."""
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        run = await store.load(tx, call.path["run_id"])
        kept_from = await platform.cases_kept_from(tx, call.actor)
        counts = (await store.counts(tx, [run.id], kept_from))[run.id]
        if refreshed and run.open:
            return run, counts, []
        alerts = await store.alerts_of(tx, run.id, _areas(call), limit, kept_from)
        cases = sorted({alert.process_id for alert in alerts})
        looked = access_log.Entry("looked", purpose, request_id=run.id, actor_id=call.actor.account_id)
        await access_log.write(tx, call.context.now, [replace(looked, outcome=f"列出 {len(alerts)} 项")])
        await access_log.write_many(
            tx, call.context.now, looked, cases, [None] * len(cases), [""] * len(cases)
        )
        return run, counts, alerts


def _areas(call: Call) -> list[str]:
    return reach(platform_of(call.context), call.actor, Permission.BULK)


def _whole_district(call: Call) -> bool:
    return call.context.district[:6] in _areas(call)


def _only_whole_district(call: Call) -> None:
    if not _whole_district(call):
        raise Refused("批量复核要由全区范围的核对人员或区级经办人开始和停止")


def step_label(step: str) -> str:
    """A step of the engine as people know it."""
    name = step.rpartition("/")[2]
    return STEPS.get(name) or next((s.label for s in Source if s.value == name), "整理结果")


def workbook(run: RunRow, alerts: Sequence[AlertRow], areas: Mapping[str, str]) -> bytes:
    """Two sheets: what a person has to look at, and what could not be checked and why."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(
        kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("需要复核的")
        sheet.write_row(0, 0, ["卷宗编号", "地区", "登记变化", "是否疑似同名", "结果", "说明"], bold)
        for place, a in enumerate(alerts, 1):
            unsure = "疑似同名，先核实" if a.namesake else ""
            sheet.write_row(
                place, 0,
                [a.case_number, areas.get(a.area_code, a.area_code), KINDS[a.kind], unsure, ALERT_STATES[a.state], a.reason],
            )  # fmt: skip
        sheet.set_column(0, 5, 22)
        sheet.freeze_panes(1, 0)
        failures = book.add_worksheet("没有核对的")
        failures.write_row(0, 0, ["来源", "人数", "原因"], bold)
        for place, problem in enumerate(run.problems, 1):
            failures.write_row(place, 0, [problem.where, problem.count or "", problem.why])
        failures.set_column(0, 2, 30)
    return kept.getvalue()


BULK = Needs(OBJECT, Permission.BULK)
ROUTES = (
    Route("GET", "/bulk", BULK, show_list),
    Route("POST", "/bulk", BULK, start_run),
    Route("GET", "/bulk/{run_id:uuid}", BULK, show_run),
    Route("POST", "/bulk/{run_id:uuid}/stop", BULK, stop_run),
    Route("GET", "/bulk/{run_id:uuid}/excel", BULK, excel),
    Route("GET", "/bulk", BULK, api_list, api=True, answer=list[RunAnswer], summary="Re-checks of everyone on the rolls"),
    Route("POST", "/bulk", BULK, api_start, api=True, answer=Started, summary="Start a re-check of everyone on the rolls"),
    Route(
        "GET", "/bulk/{run_id:uuid}", BULK, api_run, api=True, answer=RunAnswer,
        summary="Where a re-check stands and what came of it",
    ),
    Route("POST", "/bulk/{run_id:uuid}/stop", BULK, api_stop, api=True, summary="Stop a re-check"),
)  # fmt: skip
