"""R8, R10–R12: the township's opinion, an objection and its answer, sample visits, the decision, and what follows it."""

from __future__ import annotations

from core.simulate.comparing import settle_differences
from core.simulate.moves import Move, office, once
from core.simulate.village import Story
from core.simulate.world import Form, State, Track, World


def _eligible(track: Track, state: State) -> bool:
    """What the worksheet and the findings come to, as the reviewer reads them."""
    decision = state.decision
    upheld = any(f["status"] == "upheld" for f in state.findings)
    return decision is not None and decision["status"] == "eligible" and not upheld


async def _opinion(_: World, track: Track, state: State) -> Form:
    if _eligible(track, state):
        return {"opinion": "approve", "reason": "家庭人均收入低于标准，财产符合规定，建议确认。"}
    return {"opinion": "deny", "reason": "经核算或核对不符合条件，建议不予确认。"}


async def _against_the_worksheet(world: World, track: Track, state: State) -> None:
    """An opinion that contradicts worksheet and findings is refused."""
    await settle_differences(world, track, state)
    if track.plan.story in (Story.UPHELD, Story.WELL_OFF, Story.PLAIN):
        form = await _opinion(world, track, state)
        form = form | {"opinion": "deny" if form["opinion"] == "approve" else "approve"}
        reviewer = world.player("township_reviewer", track)
        await world.refuses("与核算相反的初审意见", reviewer, track, "give_opinion", form, 422)


def _wants_objection(track: Track, state: State) -> bool:
    posted = state.last("posted_by_round", "start_posting")
    return track.plan.story is Story.OBJECTED and posted > 0 and not state.did("record_objection")


async def _objection(_: World, __: Track, ___: State) -> Form:
    return {"channel": "in_person", "content": "听说这家儿子在外面挣钱，不该享受低保。", "objector": "某村民"}


def _wants_reinvestigation(_: Track, state: State) -> bool:
    return state.last("record_objection") > state.last("record_reinvestigation")


async def _reinvestigation(world: World, track: Track, _: State) -> Form:
    visitor = world.player("visitor", track)
    photos = [await world.photo(visitor, track.chance)]
    return {"findings": "走访三户邻居和务工单位，家庭收入与调查一致。", "photos": photos}


async def _answer(_: World, __: Track, ___: State) -> Form:
    return {"well_founded": False, "reply": "经重新调查，所反映的情况不属实，维持原意见。"}


def _posts_alone(_: Track, state: State) -> bool:
    """A case posted again by itself after an objection; the others hang with the village's list."""
    return "objected" in state.marks


async def _posting(world: World, track: Track, _: State) -> Form:
    return {"photos": [await world.photo(world.player("village_clerk", track), track.chance)]}


def _wants_visit(track: Track, state: State) -> bool:
    """Whom the law or the lot wants visited is visited before anything is decided."""
    return bool(state.marks & {"relative_flag", "complaint", "drawn"}) and not state.did("record_spot_check")


async def _spot_check(world: World, track: Track, _: State) -> Form:
    first = world.player("spot_checker", track)
    second = world.player("spot_checker", track, besides=(first,))
    return {
        "second_checker": second.account_id,
        "agrees": True,
        "findings": "入户查看，人口、收入、住房与上报一致。",
        "photos": [await world.photo(first, track.chance)],
    }


def _checked(state: State) -> bool:
    due = bool(state.marks & {"relative_flag", "complaint", "drawn"})
    return not due or state.did("record_spot_check")


def _entitled(track: Track, state: State) -> bool:
    return _eligible(track, state) and track.plan.story is not Story.REDUCED and _checked(state)


async def _unvisited(world: World, track: Track, state: State) -> None:
    """Before the due visit nothing can be confirmed (57号 20)."""
    officer = world.player("confirming_officer", track)
    await world.refuses("没有抽查就确认", officer, track, "confirm", {}, 403)


def _denied(track: Track, state: State) -> bool:
    return not track.plan.existing and not _eligible(track, state) and _checked(state)


async def _grounds(_: World, __: Track, ___: State) -> Form:
    return {"reason": "家庭人均收入或者财产不符合低保条件。"}


def _to_be_heard(track: Track, state: State) -> bool:
    less = track.plan.existing and (not _eligible(track, state) or track.plan.story is Story.REDUCED)
    return less and _checked(state) and not state.did("open_hearing")


async def _proposal(_: World, __: Track, ___: State) -> Form:
    return {"reason": "重新核算后收入高于原来，拟调整待遇，先听取意见。"}


async def _without_hearing(world: World, track: Track, _: State) -> None:
    """Nothing is taken from a household on the rolls before it was heard (SAL 48)."""
    officer = world.player("confirming_officer", track)
    await world.refuses("对在册户直接不予确认", officer, track, "deny", await _grounds(world, track, _), 403)


async def _unheard(world: World, track: Track, _: State) -> None:
    officer = world.player("confirming_officer", track)
    for action in ("decide_termination", "decide_grace", "decide_reduction"):
        await world.refuses(
            f"没有听取意见就办理 {action}", officer, track, action, {"reason": "待遇调整"}, 403
        )


async def _hearing(world: World, track: Track, _: State) -> Form:
    officer = world.player("district_officer", track)
    return {
        "present": track.plan.household.applicant.name,
        "said": "知道孩子找到工作了，希望缓几个月再停。",
        "signed": [await world.paper(officer, track.chance)],
    }


def _decides(story: Story) -> Move:
    action = {
        Story.GRACE: "decide_grace",
        Story.STOPPED: "decide_termination",
        Story.REDUCED: "decide_reduction",
    }[story]

    def wanted(track: Track, state: State) -> bool:
        return track.plan.story is story and state.last("record_hearing") > state.last("open_hearing")

    async def reason(_: World, __: Track, ___: State) -> Form:
        return {"reason": "已听取家庭意见，按核算结果调整待遇。"}

    return Move(action, office("confirming_officer"), wanted, reason)


async def _refusal(world: World, track: Track, _: State) -> Form:
    clerk = world.player("township_clerk", track)
    return {"served_by": "in_person", "receipt": [await world.photo(clerk, track.chance)]}


def _always(_: Track, __: State) -> bool:
    return True


OPINION = Move("give_opinion", office("township_reviewer"), _always, _opinion, _against_the_worksheet)
"""Kept apart: in a round the township reviews when all are there."""

OBJECTING = (
    Move("record_objection", office("observer"), _wants_objection, _objection),
    Move("record_reinvestigation", office("visitor"), _wants_reinvestigation, _reinvestigation),
    Move("answer_objection", office("township_reviewer"), _always, _answer),
    OPINION,
    Move("start_posting", office("village_clerk"), _posts_alone, _posting),
    Move("end_posting", office("village_clerk"), _posts_alone, _posting),
)
FINAL = (
    Move("send_to_spot_check", office("district_officer"), _wants_visit, probe=_unvisited),
    Move("record_spot_check", office("spot_checker"), once("record_spot_check"), _spot_check),
    Move("open_hearing", office("confirming_officer"), _to_be_heard, _proposal, _without_hearing),
    Move("record_hearing", office("district_officer"), once("record_hearing"), _hearing, _unheard),
    _decides(Story.GRACE),
    _decides(Story.STOPPED),
    _decides(Story.REDUCED),
    Move("confirm", office("confirming_officer"), _entitled, unblock=settle_differences),
    Move("deny", office("confirming_officer"), _denied, _grounds),
    Move("publish", office("township_clerk"), once("publish")),
    Move("serve_refusal", office("township_clerk"), once("serve_refusal"), _refusal),
)
