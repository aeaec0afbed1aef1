"""For whoever collects signatures: cases in which one runs out, has run out, is missing or was withdrawn, each a tap from signing anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from core.sdk import Call, Json, Needs, Page, Reply, Route, local_date, platform_of
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.lapsing import excel as excel_of
from plugins.big_data_check.lapsing import store, uncovered
from plugins.big_data_check.lapsing.store import PAGE, TABS, Line
from plugins.big_data_check.lapsing.uncovered import Uncovered
from plugins.big_data_check.permissions import OBJECT, Permission
from plugins.big_data_check.reach import reach
from plugins.big_data_check.renewal import RENEW

LABELS: Mapping[str, str] = dict(TABS)


class Lapsing(msgspec.Struct, frozen=True):
    """One page of cases, or of `households` without one. `days` is how long before its last day a signature counts as running out; `counts` by tab."""

    rows: list[Line]
    counts: dict[str, int]
    total: int
    page: int
    pages: int
    days: int
    households: list[Uncovered] = []


class LapsingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tab: store.Tab = "soon"
    page: int = 1


async def show(call: Call) -> Reply:
    tab, found = await _found(call)
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        codes = {r.area_code for r in found.rows} | {h.area_code for h in found.households}
        areas = await platform.area_names(tx, codes)
    values = {
        "listing": found, "tabs": TABS, "tab": tab, "current": {"tab": tab}, "areas": areas, "renew": RENEW,
        "today": local_date(call.context.now),
    }  # fmt: skip
    return Page("big_data_check/authorisations.html", values)


async def excel(call: Call) -> Reply:
    """The whole tab, as it stands now."""
    tab, found = await _found(call, excel_of.MOST)
    platform = platform_of(call.context)
    async with platform.transaction() as tx:
        codes = {r.area_code for r in found.rows} | {h.area_code for h in found.households}
        areas = await platform.area_names(tx, codes)
        await excel_of.log_taken(tx, call, found.rows, len(found.households))
    name = f"核对授权 {LABELS[tab]} {local_date(call.context.now)}.xlsx"
    if tab == "uncovered":
        return excel_of.uncovered_file(found.households, areas, found.total, name)
    return excel_of.signed_file(found.rows, areas, found.total, name)


async def api_show(call: Call) -> Reply:
    return Json((await _found(call))[1])


async def _found(call: Call, size: int = PAGE) -> tuple[str, Lapsing]:
    platform, days = platform_of(call.context), config_of(call.context).remind_days
    areas = reach(platform, call.actor, Permission.SIGNATURES)
    today: date = local_date(call.context.now)
    by = today + timedelta(days=days)
    tab, wanted = call.query.get("tab", ""), call.query.get("page", "1")
    async with platform.transaction() as tx:
        counts = await store.counts(tx, areas, today, by)
        counts["uncovered"] = await uncovered.count(tx, areas, today)
        if tab not in counts:
            tab = "lapsed" if counts["lapsed"] else "soon"
        pages = max(1, -(-counts[tab] // size))
        page = (
            1
            if size > PAGE
            else min(max(int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 1, 1), pages)
        )
        if tab == "uncovered":
            households = await uncovered.listed(tx, platform, areas, today, page, size)
            return tab, Lapsing([], counts, counts[tab], page, pages, days, households)
        rows = await store.listed(tx, areas, today, by, tab, page, size)
    return tab, Lapsing(rows, counts, counts[tab], page, pages, days)


SIGNATURES = Needs(OBJECT, Permission.SIGNATURES)
ROUTES = (
    Route("GET", "/authorisations", SIGNATURES, show),
    Route("GET", "/authorisations/excel", SIGNATURES, excel),
    Route(
        "GET", "/authorisations", SIGNATURES, api_show, api=True, query=LapsingQuery, answer=Lapsing,
        summary="Cases in which a signed authorisation runs out, has run out, is missing or was withdrawn; paid households without a case",
    ),
)  # fmt: skip
