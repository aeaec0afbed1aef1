"""R2: applications on paper and by phone, the one notice of what is missing, acceptance, near relatives on file."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.simulate.household import facts_form
from core.simulate.moves import Move, household, office, once
from core.simulate.village import Story
from core.simulate.world import Form, State, Track, World

ADULT = 18


def application(world: World, track: Track, day: date) -> Form:
    """What the household declares; about its cars it keeps quiet."""
    members = track.plan.household.members
    guardian = members[0].person.name
    return {
        "facts": facts_form(track.plan.household, track.person_ids, "declared", cars=False),
        "pledge": True,
        "authorisations": [
            {
                "person_id": person,
                "signed_on": day.isoformat(),
                "guardian": guardian if m.person.age(day) < ADULT else "",
            }
            for m, person in zip(members, track.person_ids, strict=True)
        ],
        "reason": "家里收入少，有病人和上学的孩子，申请低保。",
        "papers": [],
    }


async def _application(world: World, track: Track, state: State) -> Form:
    # Signed the day the case was opened: never later than the day it is handed in.
    signed = date.fromisoformat(str(state.answer["entered_on"]))
    form = application(world, track, signed)
    form["papers"] = [await world.paper(world.household(track), track.chance)]
    return form


async def _incomplete(world: World, track: Track, state: State) -> None:
    """An application without the pledge and without one member's authorisation is refused with both fields at once."""
    if track.plan.story is not Story.SUPPLEMENT:
        return
    form = application(world, track, date.fromisoformat(str(state.answer["entered_on"])))
    form |= {"pledge": False, "authorisations": form["authorisations"][:-1]}
    await world.refuses("没有承诺和授权的申请", world.household(track), track, "submit", form, 422)


async def _missing(world: World, track: Track, _: State) -> Form:
    return {"items": ["病历或诊断证明复印件", "学生在读证明"]}


async def _demanding(world: World, track: Track, _: State) -> None:
    """What verification can find must not be asked for (SAL 62)."""
    form = {"items": ["房产证明", "银行流水"]}
    clerk = world.player("township_clerk", track)
    await world.refuses("索要能核对的材料", clerk, track, "request_supplement", form, 422)


async def _supply(world: World, track: Track, _: State) -> Form:
    return {"papers": [await world.paper(world.household(track), track.chance)], "notes": "已补交"}


async def _second_notice(world: World, track: Track, state: State) -> None:
    """Missing items are told once (57号 10)."""
    if state.did("request_supplement"):
        clerk = world.player("township_clerk", track)
        form = {"items": ["申请人近期照片"]}
        await world.refuses("第二次要求补充材料", clerk, track, "request_supplement", form, 403)


async def _relatives(world: World, track: Track, _: State) -> Form:
    if not track.kin:
        return {"none": True}
    return {"relatives": [_relative(track, kin.name, kin.role, kin.account_id) for kin in track.kin]}


def _relative(track: Track, name: str, role: str, account: str) -> dict[str, Any]:
    panel = role == "panel_member"
    return {
        "member": track.person_ids[0],
        "relative": name,
        "relation": "sibling",
        "position": "妇女评议小组成员" if panel else "乡镇民政办经办人",
        "account": account,
        "office": "panel" if panel else "staff",
    }


def _wants_supplement(track: Track, state: State) -> bool:
    return track.plan.story is Story.SUPPLEMENT and not state.did("request_supplement")


async def _complaint(_: World, __: Track, ___: State) -> Form:
    return {"channel": "phone", "content": "有村民反映这户家里有人在外打工，请核实。", "reporter": ""}


def _wants_complaint(track: Track, state: State) -> bool:
    return track.plan.story is Story.COMPLAINT and state.did("accept") and not state.did("register_complaint")


MOVES = (
    Move("submit", household, once("submit"), _application, _incomplete),
    Move("request_supplement", office("township_clerk"), _wants_supplement, _missing, _demanding),
    Move("supply", household, once("supply"), _supply),
    Move("accept", office("township_clerk"), once("accept"), probe=_second_notice),
    Move("declare_relatives", office("township_clerk"), once("declare_relatives"), _relatives),
    Move("register_complaint", office("observer"), _wants_complaint, _complaint),
    Move("start_investigation", office("township_clerk"), once("start_investigation")),
)
