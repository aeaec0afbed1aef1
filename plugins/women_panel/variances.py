"""Where panels and worksheets disagree, village by village: a question to look into, never a fault of either."""

from __future__ import annotations

import msgspec

from core.sdk import Call, Json, Needs, Page, Reply, Route
from plugins.women_panel.panels import prefix_of
from plugins.women_panel.permissions import OBJECT, PanelAction
from plugins.women_panel.scene import Scene


class VillageVariance(msgspec.Struct, frozen=True):
    """`appraised` cases have a ballot result; in `differ` of them the worksheet says otherwise."""

    area_code: str
    village: str
    appraised: int
    differ: int


class VarianceQuery(msgspec.Struct, frozen=True):
    area: str = ""


async def listed(call: Call) -> list[VillageVariance]:
    """Villages the actor may see, most disagreement first."""
    scene, area = Scene.of(call), call.query.get("area", "")
    async with scene.platform.transaction() as tx:
        counts = await scene.platform.appraised(tx, prefix_of(area) if area.isdigit() else "")
        names = await scene.platform.area_names(tx, counts)
        found = [
            VillageVariance(code, names[code], held, differ)
            for code, (held, differ) in counts.items()
            if scene.may(PanelAction.VIEW, code)
        ]
    return sorted(found, key=lambda v: (-v.differ / v.appraised, v.area_code))


async def show(call: Call) -> Reply:
    return Page("women_panel/variances.html", {"rows": await listed(call), "panel": call.here})


async def answer(call: Call) -> Json:
    return Json(await listed(call))


VIEW = Needs(OBJECT, PanelAction.VIEW)
ROUTES = (
    Route("GET", "/variances", VIEW, answer, api=True, answer=list[VillageVariance], query=VarianceQuery,
          summary="各村评议与核算不一致的户数"),
    Route("GET", "/variances", VIEW, show),
)  # fmt: skip
