"""What the panel adds to others' pages: parts of the round's and the case's page, figures."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import (
    Actor,
    CasePanel,
    Indicator,
    PluginContext,
    Process,
    Transaction,
    platform_of,
)
from plugins.women_panel import agendas, answers, records
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene
from plugins.women_panel.stages import PANEL_FORMATION


async def panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    """On a round: the panel and its sessions. On a case: the count, never for kin of the household."""
    scene = Scene(platform_of(context), actor, context.now)
    if not scene.may(PanelAction.VIEW, process.area_code):
        return ()
    address = f"/d/{context.district}/x/{context.plugin}"
    async with scene.platform.transaction() as tx:
        if process.kind == "round":
            return await _of_round(scene, tx, process, address)
        return await _of_case(scene, tx, process, address)


async def _of_round(scene: Scene, tx: Transaction, process: Process, address: str) -> Sequence[CasePanel]:
    found = await answers.round_answer(scene, tx, process.id)
    if not found.members and not found.sessions:
        round_ = await scene.platform.situation(tx, process.id)
        if PANEL_FORMATION.name not in round_.spec.types_at(process.state):
            return ()
    busy = found.meets and (found.pending > 0 or any(held.state == "open" for held in found.sessions))
    return (
        CasePanel("评议小组", "women_panel/on_round.html", {"found": found, "panel": address}, leads=busy),
    )


async def _of_case(scene: Scene, tx: Transaction, process: Process, address: str) -> Sequence[CasePanel]:
    closed = await agendas.last_closed(tx, process.id)
    if closed is None:
        return ()
    session, entry = closed
    declared = (await agendas.recusals(tx, session.id)).get(process.id, {})
    if scene.actor.account_id in declared or await answers.related(scene, tx, session.round_id, process.id):
        return ()
    assert entry.tally is not None
    values = {
        "result": answers.result_of(entry.tally, entry.reasons), "number": session.number,
        "held_on": session.opened_at, "minutes": f"{address}/sessions/{session.id}/minutes",
    }  # fmt: skip
    return (CasePanel("小组评议（供参考）", "women_panel/on_case.html", values),)


async def figures(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    """Sessions held and households appraised, in an area."""
    platform, address = platform_of(context), f"/d/{context.district}/x/{context.plugin}/"
    async with platform.transaction() as tx:
        held, appraised = await records.figures(tx, prefix_of(area_code))
        differ = sum(n for _, n in (await platform.appraised(tx, prefix_of(area_code))).values())
    return (
        Indicator("评议会", held, address, "次"),
        Indicator("已评议", appraised, address, "户次"),
        Indicator("评议与核算不一致", differ, f"{address}variances?area={area_code}", "户，按村列出"),
    )


def prefix_of(area_code: str) -> str:
    """The part of an area code that covers what lies below it: district 6, township 9, village 12 digits."""
    if area_code.endswith("0" * 6):
        return area_code[:6]
    return area_code[:9] if area_code.endswith("000") else area_code
