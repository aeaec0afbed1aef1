"""The steps of a village round in the words of its own stages: what is done in each, and how it is closed.

Which step comes next is read from the round itself, so a district that appraises after the visits, or posts once
instead of twice, is played as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.simulate import applying, by_hand, deciding, investigating, lottery, panel, posting
from core.simulate.client import together
from core.simulate.household import opening_form
from core.simulate.moves import Move, household, take, work
from core.simulate.village import Story
from core.simulate.world import Form, State, Track, World

Phase = Callable[[World, State], Awaitable[None]]
UNTIL_REVIEW = (*applying.MOVES, *investigating.MOVES)
REVIEWING = (*UNTIL_REVIEW, deciding.OPINION)
EVERYTHING = (*REVIEWING, *deciding.FINAL)
ANSWER_DAYS = 6
PAUSE = 0.5


async def mobilise(world: World, state: State) -> None:
    """R1: the assembly."""
    clerk = world.player("village_clerk")
    chance = world.tracks[0].chance
    total = 3 * len(world.tracks) + 20
    form = {
        "held_on": state.answer["entered_on"], "place": "村委会院内", "households": total * 4 // 5,
        "agenda": ["讲解政策标准", "说明申请办法", "答复提问"], "households_total": total,
        "photos": [await world.photo(clerk, chance)], "materials": ["低保政策明白纸"],
        "questions": "问：子女在外打工的能不能申请？答：都可以申请，按核算结果定。",
        "sign_in": [await world.paper(clerk, chance)],
    }  # fmt: skip
    await world.act_round(clerk, state, "record_mobilisation", form)


def closing(action: str, role: str, form: Form | None = None) -> Phase:
    """A step that only needs to be closed."""

    async def close(world: World, state: State) -> None:
        await world.act_round(world.player(role), state, action, form or {})

    return close


async def apply(world: World, state: State) -> None:
    """R2: the households on the rolls are listed for re-appraisal, the others apply; everything is accepted."""
    clerk = world.player("township_clerk")
    if any(t.plan.existing for t in world.tracks):
        await world.act_round(clerk, state, "import_existing", {})
        await _find_existing(world)
    await together(_open(world, t) for t in world.tracks if not t.plan.existing)
    await together(_name_members(world, t) for t in world.tracks)
    await work(world, applying.MOVES)
    await world.act_round(clerk, await world.read_round(clerk), "close_applications", {})


async def _open(world: World, track: Track) -> None:
    player = world.household(track)
    form = opening_form(track.plan.household, world.village.area_code, world.round_id)
    receipt = await world.stage.post(player, "/api/cases", form)
    track.case_id, track.number = receipt["process_id"], receipt["number"]
    world.counts["cases"] += 1


async def _find_existing(world: World) -> None:
    clerk = world.player("township_clerk")
    by_name = {t.plan.household.applicant.name: t for t in world.tracks if t.plan.existing}
    page, pages = 1, 1
    while page <= pages:
        path = f"/api/cases?tab=all&round={world.round_id}&page={page}"
        listing = await world.stage.get(clerk, path, name="/api/cases")
        for row in listing["rows"]:
            if track := by_name.get(row["title"]):
                track.case_id, track.number = row["id"], row["number"]
                world.counts["cases"] += 1
        page, pages = page + 1, listing["pages"]
    missing = [str(t) for t in by_name.values() if not t.case_id]
    world.check(not missing, f"在册户没有列入复评：{missing}")


async def _name_members(world: World, track: Track) -> None:
    clerk = world.player("township_clerk", track)
    members = await world.stage.get(clerk, f"{track.path}/members", name="/api/cases/{id}/members")
    by_name: dict[str, list[str]] = {}
    for member in members:
        by_name.setdefault(member["name"], []).append(member["person_id"])
    track.person_ids = [by_name[m.person.name].pop(0) for m in track.plan.household.members]


async def appraise(world: World, _: State) -> None:
    """R4: the panel votes on every household."""
    await work(world, UNTIL_REVIEW)
    await panel.meet(world)
    host = world.player("panel_host")
    await world.act_round(host, await world.read_round(host), "close_appraisal", {})


async def _withdrawal(world: World, track: Track, _: State) -> Form:
    return {
        "reason": "孩子找到了工作，自愿撤回申请。",
        "signed": [await world.paper(world.household(track), track.chance)],
    }


WITHDRAW = Move("withdraw", household, lambda _, __: True, _withdrawal)


async def investigate(world: World) -> None:
    """Whatever of visits, reports, notices and rechecks is due now, until nothing more moves but by waiting."""
    await work(world, UNTIL_REVIEW)
    if world.by_hand:
        await work(world, (by_hand.REPORT, *UNTIL_REVIEW))
    await _reports(world)
    unanswered = [t for t in world.tracks if "uphold_uncontested" in t.waiting]
    if unanswered:
        await world.advance(ANSWER_DAYS)
        await work(world, UNTIL_REVIEW, unanswered)


async def _reports(world: World) -> None:
    """Verification answers when it answers: look again until every report is in, up to the limit.

    Sources that stay silent are asked again by the system after a while; a day later they have been.
    """
    loop = asyncio.get_running_loop()
    until, next_day = loop.time() + world.patience, loop.time() + world.patience / 3
    while loop.time() < until:
        waiting = [t for t in world.tracks if "complete_investigation" in t.waiting]
        if not waiting:
            return
        if loop.time() > next_day:
            await world.advance(1)
            world.counts["asked_again"] += 1
            next_day = loop.time() + world.patience / 3
        await asyncio.sleep(PAUSE)
        await work(world, UNTIL_REVIEW, waiting)
    for track in world.tracks:
        if why := track.waiting.get("complete_investigation"):
            world.check(False, f"{track}: 等了 {world.patience:.0f} 秒，调查还不能结束：{why}")


async def visit(world: World, _: State) -> None:
    """R5: every household is visited by two; one withdraws at the door."""
    for track in world.tracks:
        if track.plan.story is Story.WITHDRAWN:
            world.check(await take(world, WITHDRAW, track), f"{track}: 不能撤回")
    await investigate(world)
    clerk = world.player("township_clerk")
    await world.act_round(clerk, await world.read_round(clerk), "complete_visits", {})


async def deliberate(world: World, _: State) -> None:
    """R6: the wider appraisal over income, labour capacity and ballots."""
    await investigate(world)
    clerk = world.player("township_clerk")
    await panel.weigh(world, clerk)
    world.counts["round.complete_appraisal"] += 1


async def village_list(world: World, state: State) -> None:
    """R7: the village's preliminary list."""
    await posting.hang(world, state, "start_village_posting")
    await posting.look(world, "village_list", [t for t in world.tracks if t.plan.ending == "active"])
    await posting.too_early(world, "end_village_posting")
    await world.advance(posting.DAYS)
    await posting.take_down(world, "end_village_posting")


async def review(world: World, _: State) -> None:
    """R8: the township's opinion on every household."""
    await work(world, REVIEWING)
    reviewer = world.player("township_reviewer")
    await world.act_round(reviewer, await world.read_round(reviewer), "complete_review", {})


async def verify(world: World, _: State) -> None:
    """R9: the verification centre's step, with notices and rechecks where something was found."""
    await investigate(world)
    await work(world, REVIEWING)
    officer = world.player("verification_officer")
    await world.act_round(officer, await world.read_round(officer), "complete_verification", {})


async def second_list(world: World, state: State) -> None:
    """R10: the statutory seven days for all, an objection among them."""
    await posting.hang(world, state, "start_second_posting")
    await posting.look(world, "statutory", [t for t in world.tracks if t.plan.ending == "active"])
    await posting.private_without_signing_in(world)
    await posting.too_early(world, "end_second_posting")
    if not await posting.objections(world):
        await world.advance(posting.DAYS)
    await posting.take_down(world, "end_second_posting")


async def decide(world: World, state: State) -> None:
    """R11–R12: the draw anybody can recompute, visits, decisions, hearings, publication."""
    officer = world.player("district_officer")
    if not state.offers("draw_sample"):
        await _complete(world)
        return
    sealed = await world.stage.api.get(f"{world.path}/draw", name="/api/rounds/{id}/draw")
    world.check(sealed["draw"] is None, "还没有抽样，抽样记录却已经公开")
    states = {t.number: await world.read(officer, t) for t in world.tracks if t.case_id}
    await world.act_round(officer, state, "draw_sample", {})
    await _recompute(world, sealed["commitment"], states)
    await work(world, EVERYTHING)
    await _complete(world)


async def _recompute(world: World, commitment: str, states: dict[str, State]) -> None:
    published = await world.stage.api.get(f"{world.path}/draw", name="/api/rounds/{id}/draw")
    frame = [n for n, s in states.items() if not s.ended]
    must = [n for n in frame if states[n].marks & {"relative_flag", "complaint"}]
    for fault in lottery.faults_in(published["draw"], commitment, frame, must):
        world.check(False, f"抽样重算：{fault}")
    world.check(True, "抽样重算")
    body: dict[str, Any] = {"expected_version": 0, "form": {}}
    officer = world.player("district_officer")
    body["expected_version"] = (await world.read_round(officer)).version
    await world.refused("重抽", (403, 409), officer, f"{world.path}/actions/draw_sample", body)
    world.counts["drawn"] = len(published["draw"]["drawn"])
    world.counts["mandatory"] = published["draw"]["mandatory_count"]


async def _complete(world: World) -> None:
    officer = world.player("district_officer")
    state = await world.read_round(officer)
    await world.act_round(officer, state, "complete_round", {"summary": "整村认定办结。"})


PHASES: tuple[tuple[str, Phase], ...] = (
    ("record_mobilisation", mobilise),
    ("open_applications", closing("open_applications", "township_clerk")),
    ("close_applications", apply),
    ("form_panel", panel.form_panel),
    ("close_appraisal", appraise),
    ("complete_visits", visit),
    ("complete_appraisal", deliberate),
    ("start_village_posting", village_list),
    ("complete_review", review),
    ("complete_verification", verify),
    ("start_second_posting", second_list),
    ("draw_sample", decide),
    ("complete_round", decide),
)
"""By the step that closes it, as the round offers it."""


def phase_of(state: State) -> tuple[str, Phase] | None:
    """What is to be done now; None when the round offers nothing this simulation knows."""
    return next(((name, phase) for name, phase in PHASES if state.offers(name)), None)
