"""The formation on one page, in the order it happens, with what to do next; its papers as PDF; the same over JSON."""

from __future__ import annotations

from core.sdk import Call, Json, Needs, NotFound, Page, Reply, Route
from core.sdk.documents import qr_svg
from plugins.women_panel import printing
from plugins.women_panel.formation import filed
from plugins.women_panel.formation.answers import FormationAnswer, formation_answer
from plugins.women_panel.formation.papers import PAPERS, paper_of
from plugins.women_panel.permissions import OBJECT, PanelAction
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import a_round


async def show(call: Call) -> Reply:
    """Vetoes are asked beforehand: a button that is there works, and the next step that may not be taken says why."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await formation_answer(scene, tx, call.path["round_id"])
        round_ = await a_round(scene, tx, found.round_id)
        steps = await scene.platform.offered(tx, round_)
        layouts = await scene.platform.own_layouts(tx)
    offered = frozenset(step.action.name for step in steps if step.blocked is None)
    coming = next_step(found)
    held = next((step.blocked for step in steps if step.action.name == coming), None)
    values = {
        "found": found, "panel": call.here, "offered": offered, "answers": filed.ANSWERS, "standings": filed.STANDINGS,
        "sexes": filed.SEXES, "layouts": layouts, "next": coming if coming in offered else "",
        "held": held if coming and round_.standing.permitted(coming) is None else None,
    }  # fmt: skip
    return Page("women_panel/formation.html", values)


async def show_paper(call: Call) -> Reply:
    """Raises NotFound for a paper there is not, Conflict for one that says what is not on file yet."""
    scene, kind = Scene.of(call), call.path["kind"]
    if kind not in PAPERS:
        raise NotFound("没有这种表格")
    async with scene.platform.transaction() as tx:
        found = await formation_answer(scene, tx, call.path["round_id"])
    address = f"{call.origin}{call.here}/rounds/{found.round_id}/formation"
    paper = paper_of(kind, found, scene.platform.office, scene.today, qr_svg(address))
    return await printing.printed(call, scene, kind, paper, address)


async def answer(call: Call) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return Json(await formation_answer(scene, tx, call.path["round_id"]))


def next_step(found: FormationAnswer) -> str:
    """The step that comes next, whoever may take it; empty when the panel is complete."""
    if found.forming:
        if not found.waiting:
            return "form_panel" if found.goes_on else _towards(found, "announce_election", "record_election")
        return "declare_member_kin" if found.silent else "form_panel"
    if found.waiting:
        return "declare_member_kin" if found.silent else "seat_members"
    return _towards(found, "announce_by_election", "record_by_election") if found.vacancies else ""


def _towards(found: FormationAnswer, notice: str, election: str) -> str:
    if not found.announced:
        return notice
    return election if found.nominees else "nominate"


VIEW = Needs(OBJECT, PanelAction.VIEW)
ROUND = "/rounds/{round_id:uuid}"

ROUTES = (
    Route(
        "GET", ROUND + "/formation", VIEW, answer, api=True, answer=FormationAnswer, summary="评议小组的推选"
    ),
    Route("GET", ROUND + "/formation", VIEW, show),
    Route("GET", ROUND + "/papers/{kind:str}", VIEW, show_paper),
)
