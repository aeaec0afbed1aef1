"""At the end: every household where its story says it should be, with the amount that was reckoned outside the system."""

from __future__ import annotations

from decimal import Decimal

from core.simulate.client import together
from core.simulate.posting import look
from core.simulate.village import Plan
from core.simulate.world import State, Track, World

LAST_STEPS = {
    "active": ("publish", "decide_reduction"),
    "refused": ("serve_refusal",),
    "withdrawn": ("withdraw",),
    "grace": ("decide_grace",),
    "terminated": ("decide_termination",),
}
"""The step that brings a household where it ends."""
SUPERVISING = frozenset({"file_verification_report", "register_complaint"})


async def compare(world: World) -> None:
    """Each case against its plan, and the long-term posting against all."""
    await together(_case(world, t) for t in world.tracks)
    state = await world.read_round(world.player("district_officer"))
    world.check(state.did("complete_round"), "整村认定没有办结")
    active = [t for t in world.tracks if t.plan.ending == "active"]
    if "long_term" in await _kinds(world):  # some districts have none
        await look(world, "long_term", active)


async def _kinds(world: World) -> set[str]:
    path = f"/api/postings?area={world.village.area_code}"
    return {p["kind"] for p in await world.stage.api.get(path, name="/api/postings")}


async def _case(world: World, track: Track) -> None:
    if not track.case_id:
        world.check(False, f"{track}: 没有立案")
        return
    state = await world.read(world.player("district_officer", track), track)
    ending = ending_of(state)
    world.counts[f"ending.{ending}"] += 1
    world.check(
        ending == track.plan.ending,
        f"{track}: 结果是 {ending}（{state.state}），应为 {track.plan.ending}{_why(track)}",
    )
    if track.plan.ending == "withdrawn":
        return
    for fault in differences(track.plan, state):
        world.check(False, f"{track}: {fault}")
    world.check(True, "核算")
    _story(world, track, state)


def ending_of(state: State) -> str:
    """Where a case stands, told by the last step of its journal that decides anything."""
    steps = [row["action"] for row in state.answer["journal"]]
    decided = [
        (steps.index(step), ending) for ending, lasts in LAST_STEPS.items() for step in lasts if step in steps
    ]
    return max(decided)[1] if decided else "open"


def differences(plan: Plan, state: State) -> list[str]:
    """The system's decision beside the expectation: entitled or not, category, amount, persons, to the fen."""
    decision, expected = state.decision, plan.expected
    if decision is None:
        return ["没有核算结果"]
    upheld = any(f["status"] == "upheld" for f in state.findings)
    found = []
    entitled = decision["status"] == "eligible"
    if entitled is not (expected.entitled and not upheld):
        found.append(f"核算结论 {decision['status']}，应为{'符合' if expected.entitled else '不符合'}条件")
    if int(decision["persons"]) != expected.persons:
        found.append(f"人数 {decision['persons']}，应为 {expected.persons}")
    if entitled and decision["category"] != expected.category:
        found.append(f"类别 {decision['category']}，应为 {expected.category}")
    if entitled and Decimal(str(decision["amount"])) != expected.amount:
        found.append(f"金额 {decision['amount']}，应为 {expected.amount}")
    if entitled and sum(Decimal(str(s["amount"])) for s in decision["shares"]) != expected.amount:
        found.append("各人份额之和不等于户金额")
    if not entitled and not upheld and bool(decision["marginal"]) is not expected.marginal:
        found.append(f"低保边缘 {decision['marginal']}，应为 {expected.marginal}")
    return found


def _story(world: World, track: Track, state: State) -> None:
    """What the story promised really happened on the way."""
    must = bool(state.marks & {"relative_flag", "complaint", "drawn"})
    world.check(must is state.did("record_spot_check"), f"{track}: 该抽查的和抽查了的不一致")
    registered = bool(state.marks & {"relative_flag", "complaint"})
    world.check(registered is track.plan.mandatory, f"{track}: 必查与否不对：{sorted(state.marks)}")
    for step in _promised(track):
        world.check(state.did(step), f"{track}: 没有办过 {step}")


def _promised(track: Track) -> tuple[str, ...]:
    return {
        "supplement": ("request_supplement", "supply"),
        "cleared": ("serve_verification_notice", "contest_finding", "resolve_finding"),
        "upheld": ("serve_verification_notice", "contest_finding", "resolve_finding"),
        "uncontested": ("serve_verification_notice", "uphold_uncontested"),
        "objected": ("record_objection", "record_reinvestigation", "answer_objection"),
        "grace": ("open_hearing", "record_hearing"),
        "stopped": ("open_hearing", "record_hearing"),
        "reduced": ("open_hearing", "record_hearing"),
    }.get(track.plan.story.value, ())


def _why(track: Track) -> str:
    return f"；停在：{track.waiting}" if track.waiting else ""
