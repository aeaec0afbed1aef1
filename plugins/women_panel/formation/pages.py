"""The formation on one page, in the order it happens, with what to do next; its papers as PDF; the same over JSON."""

from __future__ import annotations

from core.sdk import Call, Json, Needs, NotFound, Page, Reply, Route, Situation
from core.sdk.documents import pdf, qr_svg
from plugins.women_panel.formation import filed
from plugins.women_panel.formation.answers import FormationAnswer, formation_answer
from plugins.women_panel.formation.papers import PAPERS, paper_of
from plugins.women_panel.permissions import OBJECT, PanelAction
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import a_round

STEPS = (
    "announce_election",
    "nominate",
    "record_election",
    "declare_member_kin",
    "form_panel",
    "replace_member",
)


async def show(call: Call) -> Reply:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await formation_answer(scene, tx, call.path["round_id"])
        offered = _offered(await a_round(scene, tx, found.round_id))
    values = {
        "found": found, "panel": call.here, "offered": offered, "answers": filed.ANSWERS, "standings": filed.STANDINGS,
        "next": _next(found, offered),
    }  # fmt: skip
    return Page("women_panel/formation.html", values)


async def show_paper(call: Call) -> Reply:
    """Raises NotFound for a paper there is not, Conflict for one that says what is not on file yet."""
    scene, kind = Scene.of(call), call.path["kind"]
    if kind not in PAPERS:
        raise NotFound("没有这种表格")
    async with scene.platform.transaction() as tx:
        found = await formation_answer(scene, tx, call.path["round_id"])
    qr = qr_svg(f"{call.origin}{call.here}/rounds/{found.round_id}/formation")
    return await pdf(paper_of(kind, found, scene.platform.office, scene.today, qr), scene.now)


async def answer(call: Call) -> Json:
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        return Json(await formation_answer(scene, tx, call.path["round_id"]))


def _offered(round_: Situation) -> frozenset[str]:
    """The formation's steps this person may take now."""
    return frozenset(
        a.action.name for a in round_.available() if a.blocked is None and a.action.name in STEPS
    )


def _next(found: FormationAnswer, offered: frozenset[str]) -> str:
    """The step that comes next, where the actor may take it."""
    if found.members and "form_panel" not in offered:
        step = "replace_member" if found.short else ""
    elif found.meeting is not None:
        step = "form_panel" if found.relations or not found.full else "declare_member_kin"
    elif found.nominees:
        step = "record_election"
    else:
        step = "nominate" if found.notice else "announce_election"
    return step if step in offered else ""


VIEW = Needs(OBJECT, PanelAction.VIEW)
ROUND = "/rounds/{round_id:uuid}"

ROUTES = (
    Route(
        "GET", ROUND + "/formation", VIEW, answer, api=True, answer=FormationAnswer, summary="评议小组的推选"
    ),
    Route("GET", ROUND + "/formation", VIEW, show),
    Route("GET", ROUND + "/papers/{kind:str}", VIEW, show_paper),
)
