"""What the panel adds to others' pages and decisions: parts of the round's and the case's page, vetoes, figures."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.sdk import (
    Actor,
    CasePanel,
    Indicator,
    Platform,
    PluginContext,
    Process,
    Transaction,
    Transition,
    Veto,
    platform_of,
)
from plugins.women_panel import agendas, answers, records
from plugins.women_panel.appraisal import store
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.formation.filed import Election
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import with_ballot
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
    if scene.actor.account_id in declared or await answers.related(scene, tx, process.id):
        return ()
    assert entry.tally is not None
    values = {
        "result": answers.result_of(entry.tally, entry.reasons), "number": session.number,
        "held_on": session.opened_at, "minutes": f"{address}/sessions/{session.id}/minutes",
    }  # fmt: skip
    return (CasePanel("小组评议（供参考）", "women_panel/on_case.html", values),)


async def veto(tx: Transaction, transition: Transition, context: PluginContext) -> Veto | None:
    """Closing the appraisal waits for every household; a result on file comes from a counted vote."""
    platform = platform_of(context)
    if transition.process_kind == "round" and transition.action == "close_appraisal":
        return await _not_all_appraised(platform, tx, transition.process_id)
    if transition.process_kind == "round" and transition.action == "form_panel":
        return await _watched_by_applicants(platform, tx, transition.process_id)
    if transition.process_kind == "round" and transition.action == "complete_appraisal":
        return await _still_weighing(tx, transition.process_id)
    if transition.process_kind == "round" and transition.action == "replace_member":
        return await _sitting(tx, transition.process_id)
    if transition.action == "record_ballot_result" and transition.parent_id is not None:
        config = context.config
        by_hand = isinstance(config, PanelConfig) and config.paper_ballots
        if not by_hand and not await agendas.being_filed(tx, transition.process_id):
            return Veto(
                "评议结果由评议会投票后自动记入，不能手工填写。",
                "投票保密与完整",
                "请在评议会上对这一户投票并结束投票",
            )
    return None


async def _watched_by_applicants(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """At least one villager who watched the election belongs to no household of the round (domain part 4)."""
    election = (await platform.situation(tx, round_id)).view.records.last(Election)
    if election is None:
        return None
    villagers = [line.account for line in election.observers if line.kind == "villager"]
    people = {account: who.person_id for account, who in (await platform.colleagues(tx, villagers)).items()}
    applying: set[UUID] = set()
    for case in await platform.cases_of(tx, round_id):
        if case.subject_id is not None and not case.ended:
            applying |= (await platform.household(tx, case.subject_id)).person_ids
    if not people or any(person not in applying for person in people.values()):
        return None
    return Veto(
        "来自村民的监督员自己家里都有申请或在册，不能算“没有申请的村民”。", "全程监督",
        "请另请一名家里没有申请的村民到场监督，重新登记推选结果",
    )  # fmt: skip


async def _still_weighing(tx: Transaction, round_id: UUID) -> Veto | None:
    """An appraisal that was opened here ends here, with an opinion on every household and its minutes sealed."""
    if all(held.closed_at is not None for held in await store.of_round(tx, round_id)):
        return None
    return Veto(
        "综合评议正在进行，还没有结束。",
        "综合评议",
        "请在“综合评议”页面逐户登记意见，收齐签名，再“结束综合评议”",
    )


async def _sitting(tx: Transaction, round_id: UUID) -> Veto | None:
    """Who sits is settled for a session: somebody who leaves meanwhile is taken out of it, her substitute waits."""
    if not any(session.state == "open" for session in await records.sessions_of(tx, round_id)):
        return None
    return Veto(
        "评议会正在进行，不能换人。",
        "评议规则",
        "请先在评议会上登记“有成员退出小组”，散会后再让候补递补，另开一次评议会",
    )


async def _not_all_appraised(platform: Platform, tx: Transaction, round_id: UUID) -> Veto | None:
    """No quorum is an outcome as well: it is on file, and the household goes on without a result."""
    round_ = await platform.situation(tx, round_id)
    without = await with_ballot(platform, tx, round_, frozenset({""}))
    if not without:
        return None
    listed = "、".join(f"{case.title}（{case.number}）" for case in without[:5]) + (
        "等" if len(without) > 5 else ""
    )
    return Veto(
        f"还有 {len(without)} 户没有评议结果：{listed}。", "整村认定流程",
        "请开评议会逐户投票；到会人数不够的，也要结束投票，记明没有达到法定人数",
    )  # fmt: skip


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
