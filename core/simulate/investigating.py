"""R5, R6, R9: visits in pairs, verification, the notice of what was found, its recheck, and the income worksheet."""

from __future__ import annotations

from core.simulate.household import facts_form
from core.simulate.moves import Move, household, office
from core.simulate.village import Story
from core.simulate.world import Form, State, Track, World

FOUND = ("record_visit", "file_verification_report", "resolve_finding", "uphold_uncontested")
"""Steps after which an income worksheet is out of date."""


async def _visit(world: World, track: Track, state: State) -> Form:
    first = world.player("visitor", track)
    second = world.player("visitor", track, besides=(first,))
    cars = track.plan.household.cars
    differences = [
        {
            "field": "车辆",
            "declared": "无",
            "visited": f"{c.plate}，约 {c.value} 元",
            "reason": "入户看到，申请时没有填",
        }
        for c in cars
    ]
    return {
        "second_investigator": second.account_id,
        "interviewee": track.plan.household.applicant.name,
        "facts": facts_form(track.plan.household, track.person_ids, "visited"),
        "photos": [await world.photo(first, track.chance), await world.photo(first, track.chance)],
        "signatures": [await world.paper(first, track.chance)],
        "differences": differences,
        "notes": "入户情况与申报一致。" if not cars else "",
    }


async def _alone(world: World, track: Track, state: State) -> None:
    """One investigator is not enough (57号 16)."""
    if track.plan.key % 5:
        return
    visitor = world.player("visitor", track)
    form = await _visit(world, track, state) | {"second_investigator": visitor.account_id}
    await world.refuses("一个人入户", visitor, track, "record_visit", form, 422)


async def _neighbours(_: World, track: Track, __: State) -> Form:
    return {"neighbours": ["邻居甲", "邻居乙"], "notes": "邻居说这家日子确实紧，平时靠打零工。"}


def _wants_neighbours(track: Track, state: State) -> bool:
    return track.plan.key % 4 == 0 and not state.did("record_neighbour_inquiry")


def _wants_visit(_: Track, state: State) -> bool:
    """The first visit, and another one whenever the case was sent back for it."""
    return state.last("record_visit") <= state.last("start_investigation", "return_case", "send_back")


def _wants_verification(_: Track, state: State) -> bool:
    return not state.did("request_verification")


def _may_complete(_: Track, state: State) -> bool:
    return state.did("record_visit")


async def _served(world: World, track: Track, _: State) -> Form:
    clerk = world.player("township_clerk", track)
    return {"served_by": "in_person", "receipt": [await world.photo(clerk, track.chance)]}


def _to_be_served(_: Track, state: State) -> bool:
    told, found = (
        state.last("serve_verification_notice"),
        state.last("complete_investigation", "complete_recheck"),
    )
    return told <= found


async def _explanation(world: World, track: Track, _: State) -> Form:
    paper = await world.paper(world.household(track), track.chance)
    return {"explanation": "车三年前已经卖给外村的人，没有过户，有协议。", "papers": [paper]}


def _contests(track: Track, state: State) -> bool:
    """Who is told of something explains it, but for those whose story it is not to."""
    told = state.last("serve_verification_notice")
    return track.plan.story is not Story.UNCONTESTED and told > state.last("contest_finding")


def _open(state: State) -> str:
    return next((str(f["id"]) for f in state.findings if f["status"] == "open"), "")


def _to_resolve(_: Track, state: State) -> bool:
    return bool(_open(state))


async def _resolution(world: World, track: Track, state: State) -> Form:
    """Cleared with a paper where the story says so, else upheld; always by a person, with a reason."""
    finding = _open(state)
    if track.plan.story is Story.UPHELD:
        return {
            "finding": finding,
            "status": "upheld",
            "code": "confirmed",
            "reason": "车辆仍在使用，协议不实。",
        }
    officer = world.player("verification_officer", track)
    return {
        "finding": finding,
        "status": "cleared",
        "code": "sold_not_transferred",
        "reason": "有卖车协议和收款凭证，车辆在外地使用。",
        "papers": [await world.paper(officer, track.chance)],
    }


async def _without_paper(world: World, track: Track, state: State) -> None:
    """A suspicion is cleared with a paper or not at all."""
    if track.plan.story is Story.CLEARED:
        form = await _resolution(world, track, state) | {"papers": []}
        officer = world.player("verification_officer", track)
        await world.refuses("没有凭证排除疑点", officer, track, "resolve_finding", form, 422)


def _resolved(_: Track, state: State) -> bool:
    return not _open(state) and state.last("resolve_finding") > state.last("complete_recheck")


async def _unexplained(_: World, __: Track, ___: State) -> Form:
    return {"reason": "告知期满没有说明，也没有提交材料。"}


def _uncontested(track: Track, state: State) -> bool:
    told = state.last("serve_verification_notice")
    return track.plan.story is Story.UNCONTESTED and told > state.last("uphold_uncontested")


def _out_of_date(_: Track, state: State) -> bool:
    return state.did("record_visit") and state.last(*FOUND, "start_review") > state.last("prepare_worksheet")


MOVES = (
    Move("record_visit", office("visitor"), _wants_visit, _visit, _alone),
    Move("record_neighbour_inquiry", office("visitor"), _wants_neighbours, _neighbours),
    Move("serve_verification_notice", office("township_clerk"), _to_be_served, _served),
    Move("contest_finding", household, _contests, _explanation),
    Move("resolve_finding", office("verification_officer"), _to_resolve, _resolution, _without_paper),
    Move("complete_recheck", office("verification_officer"), _resolved),
    Move("uphold_uncontested", office("township_reviewer"), _uncontested, _unexplained),
    Move("prepare_worksheet", office("township_clerk"), _out_of_date),
    Move("complete_investigation", office("township_clerk"), _may_complete),
    Move("request_verification", office("township_clerk"), _wants_verification),
)
