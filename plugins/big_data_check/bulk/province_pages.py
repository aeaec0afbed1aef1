"""For the province's operator: a month's re-checks over all districts, how far they are and what came of them, in counts.

Nothing here names a person or a case, and nothing leads into a district: whoever must look there needs an account there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time

import msgspec

from core.sdk import CHINA, Call, Json, Needs, Page, PluginContext, Reply, Route, local_date, platform_of
from plugins.big_data_check.bulk import share, store
from plugins.big_data_check.bulk.pages import step_label
from plugins.big_data_check.bulk.share import Share
from plugins.big_data_check.bulk.store import KINDS
from plugins.big_data_check.permissions import OBJECT, Permission


class District(msgspec.Struct, frozen=True):
    """`share` is None where none was begun in the month."""

    code: str
    name: str
    share: Share | None


class Province(msgspec.Struct, frozen=True):
    """A month. `percent` over all districts; `seconds_left` by the pace so far, None before there is one or when all is over.

    `kinds`: changes by kind over all of them. `begun`, `ended` count districts.
    """

    month: str
    districts: list[District]
    percent: int
    seconds_left: float | None
    begun: int
    ended: int
    persons: int
    rows: int
    kinds: dict[str, int]


class ProvinceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    month: str = ""


async def show(call: Call) -> Reply:
    found = await _found(call)
    values = {
        "p": found, "states": store.STATES, "kinds": KINDS, "steps": _steps(found), "earlier": _shifted(found.month, -1),
        "later": _shifted(found.month, 1) if found.month < f"{local_date(call.context.now):%Y-%m}" else "",
        "open": any(d.share is not None and d.share.open for d in found.districts),
    }  # fmt: skip
    return Page("big_data_check/province.html", values)


async def api_show(call: Call) -> Reply:
    return Json(await _found(call))


def _steps(found: Province) -> dict[str, str]:
    return {d.code: step_label(d.share.step) for d in found.districts if d.share is not None and d.share.step}


async def _found(call: Call) -> Province:
    month = call.query.get("month", "")
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", month):
        month = f"{local_date(call.context.now):%Y-%m}"
    return await of_month(call.context, month)


async def of_month(context: PluginContext, month: str) -> Province:
    """The re-checks begun in a month (`2026-12`)."""
    platform = platform_of(context)
    async with platform.transaction() as tx:
        names = await platform.districts(tx)
        shares = await share.since(tx, _begin(month), _begin(_shifted(month, 1)))
    return summed(month, names, shares, context.now)


def _begin(month: str) -> datetime:
    return datetime.combine(date.fromisoformat(f"{month}-01"), time(), CHINA)


def _shifted(month: str, by: int) -> str:
    year, number = map(int, month.split("-"))
    place = year * 12 + number - 1 + by
    return f"{place // 12}-{place % 12 + 1:02}"


def summed(month: str, names: Mapping[str, str], shares: Mapping[str, Share], now: datetime) -> Province:
    """All districts of the province, those without a re-check too; pure."""
    known = {**{s.district: s.district for s in shares.values()}, **names}
    districts = [District(code, known[code], shares.get(code)) for code in sorted(known)]
    told = list(shares.values())
    percent = sum(s.percent for s in told) / max(1, len(districts))
    kinds: dict[str, int] = {}
    for one in told:
        for kind, n in one.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + n
    return Province(
        month, districts, int(percent), _left(told, percent, now), len(told), sum(not s.open for s in told),
        sum(s.persons for s in told), sum(s.rows for s in told), kinds,
    )  # fmt: skip


def _left(told: list[Share], percent: float, now: datetime) -> float | None:
    """By the pace since the first district began: districts wait for one another's worker, so no one's own time says it."""
    if not any(s.open for s in told) or percent < 1:
        return None
    elapsed = (now - min(s.asked_at for s in told)).total_seconds()
    return max(1.0, elapsed * (100 - percent) / percent)


OVERSEE = Needs(OBJECT, Permission.OVERSEE)
ROUTES = (
    Route("GET", "/province", OVERSEE, show),
    Route(
        "GET", "/province", OVERSEE, api_show, api=True, query=ProvinceQuery, answer=Province,
        summary="A month's re-checks over all districts of a province: progress, time left, counts by kind",
    ),
)  # fmt: skip
