"""A village's publicity as pages and API show it: the meeting of its last round, who was told, what the surveys found."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

import msgspec

from core.access.areas import significant
from core.clock import local_date
from core.kernel import store
from core.problems import NotFound
from core.publicity import coverage
from core.publicity.coverage import Household, Survey, VillageCoverage
from core.publicity.leaflet import Leaflet, leaflet
from core.publicity.sign_in import Meeting, meetings
from core.publicity.steps import steps
from core.publicity.taking_back import TakenBack, taken_back
from core.stages.round_opening import Mobilisation, RoundPlan
from core.storage.database import Transaction
from core.web.views.scope import area_names

if TYPE_CHECKING:
    from core.access.authorizer import Actor
    from core.web.services import WebServices

OBJECT = "publicity"


class VillageFile(msgspec.Struct, frozen=True):
    area_code: str
    village: str
    numbers: VillageCoverage
    households: tuple[Household, ...]
    surveys: tuple[Survey, ...]
    meeting: Mobilisation | None = None
    sign_ins: tuple[Meeting, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()


def check(services: WebServices, actor: Actor, action: str, area_code: str) -> None:
    """Raises Refused, NotFound for what is no area code."""
    if not (area_code.isascii() and area_code.isdigit() and len(area_code) == 12):
        raise NotFound("没有找到这个村")
    blocked = services.authorizer.may(actor, OBJECT, action, area_code)
    if blocked is not None:
        raise blocked.refused()


async def listed(
    tx: Transaction, services: WebServices, actor: Actor
) -> tuple[tuple[VillageCoverage, str], ...]:
    """Villages that have a list, with their names."""
    areas = services.authorizer.areas_where(actor, OBJECT, "view").within
    found = await coverage.villages(tx, areas)
    names = await area_names(tx, {one.area_code for one in found})
    return tuple((one, names[one.area_code]) for one in found)


async def village(tx: Transaction, services: WebServices, actor: Actor, area_code: str) -> VillageFile:
    """Raises NotFound, Refused."""
    check(services, actor, "view", area_code)
    name = await _name(tx, area_code)
    numbers = await coverage.villages(tx, (significant(area_code),))
    return VillageFile(
        area_code, name, numbers[0] if numbers else VillageCoverage(area_code, 0, 0, 0, 0, 0),
        await coverage.households(tx, area_code), await coverage.surveys(tx, area_code),
        await _meeting(tx, services, actor, area_code), await meetings(tx, area_code),
        await taken_back(tx, area_code),
    )  # fmt: skip


async def leaflet_of(tx: Transaction, services: WebServices, area_code: str = "", place: str = "") -> Leaflet:
    """From the rules in force today. Raises NotFound where none are."""
    district: Any = (await services.runtimes.current(tx)).settings
    today = local_date(services.clock())
    try:
        rules = district.parameters(today)
    except LookupError:
        raise NotFound("本区还没有施行中的规则，明白纸暂时出不来。") from None
    village = place or await _name(tx, area_code)
    calendar, told = await _way(tx, services, area_code)
    return leaflet(village, district.settings, rules, told, today, calendar)


Dated = tuple[tuple[str, date], ...]


async def _way(tx: Transaction, services: WebServices, area_code: str) -> tuple[Dated, tuple[str, ...]]:
    """The steps of the village's running round with their last planned days, and what happens to an application there."""
    row = await tx.fetchrow(
        "SELECT id FROM process WHERE tenant_id = $1 AND kind = 'round' AND area_code = $2 AND NOT ended",
        tx.tenant,
        area_code,
    )
    if row is None:
        runtime = await services.runtimes.current(tx)
        settings: Any = runtime.settings
        alone = runtime.procedures.procedures[runtime.procedures.for_case(in_round=False)]
        return (), steps(settings.settings, alone)
    process = await store.load(tx, row["id"])
    runtime = await services.runtimes.at(tx, process.config_number)
    plan = (await services.records.read(tx, process.id, runtime.catalogue)).last(RoundPlan)
    round_, district = runtime.spec(process), cast("Any", runtime.settings)
    dated = tuple(
        (round_.stages[s].label, day)
        for s, day in (plan.calendar if plan else {}).items()
        if s in round_.stages
    )
    case = runtime.procedures.procedures[runtime.procedures.for_case(in_round=True)]
    return dated, steps(district.settings, case, round_)


async def _name(tx: Transaction, area_code: str) -> str:
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM area WHERE code = $1)", area_code):
        raise NotFound("没有找到这个村")
    return (await area_names(tx, {area_code}))[area_code]


async def _meeting(
    tx: Transaction, services: WebServices, actor: Actor, area_code: str
) -> Mobilisation | None:
    """What the village's latest round put down of its mobilisation meeting."""
    if services.authorizer.may(actor, "round", "view", area_code) is not None:
        return None
    row = await tx.fetchrow(
        """SELECT id, config_number FROM process WHERE tenant_id = $1 AND kind = 'round' AND area_code = $2
           ORDER BY opened_at DESC LIMIT 1""",
        tx.tenant,
        area_code,
    )
    if row is None:
        return None
    runtime = await services.runtimes.at(tx, row["config_number"])
    records = await services.records.read(tx, row["id"], runtime.catalogue)
    return records.last(Mobilisation)
