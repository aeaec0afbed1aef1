"""R7 and R10: what hangs in the village and stands on the public page, and nothing that must not be there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.simulate.client import ApiError
from core.simulate.deciding import OBJECTING
from core.simulate.moves import work
from core.simulate.world import State, Track, World

ALLOWED = {"applicant", "group_name", "persons", "amount"}
"""57号 24: the applicant's name, the number of members, the amount; the group where the district puts it on line."""
DAYS = 8


async def hang(world: World, state: State, action: str) -> None:
    """Put the list up and look at the public page as anybody may."""
    clerk = world.player("village_clerk")
    form = {"photos": [await world.photo(clerk, world.tracks[0].chance)], "places": "村务公开栏、村口"}
    await world.act_round(clerk, state, action, form)


async def too_early(world: World, action: str) -> None:
    """Seven full days: a list can't be taken down before."""
    clerk = world.player("village_clerk")
    state = await world.read_round(clerk)
    photos = [await world.photo(clerk, world.tracks[0].chance)]
    body = {"expected_version": state.version, "form": {"photos": photos}}
    await world.refused("公示没满 7 天就撤榜", (403,), clerk, f"{world.path}/actions/{action}", body)


async def take_down(world: World, action: str) -> None:
    clerk = world.player("village_clerk")
    state = await world.read_round(clerk)
    photos = [await world.photo(clerk, world.tracks[0].chance)]
    await world.act_round(clerk, state, action, {"photos": photos})


async def look(world: World, kind: str, expected: list[Track]) -> None:
    """The public page without signing in: the right households with the right figures, only allowed fields."""
    postings = [
        p
        for p in await world.stage.api.get(
            f"/api/postings?area={world.village.area_code}", name="/api/postings"
        )
        if p["kind"] == kind
    ]
    entries = [e for p in postings for e in p["entries"]]
    world.check(bool(entries) or not expected, f"公示网页上没有 {kind}")
    for entry in entries:
        extra = set(entry) - ALLOWED
        world.check(not extra, f"公示里有不该公开的内容：{sorted(extra)}")
    shown = {e["applicant"]: e for e in entries}
    for track in expected:
        _compare(world, track, shown.get(track.plan.household.applicant.name))
    names = {t.plan.household.applicant.name for t in expected}
    world.check(not shown.keys() - names, f"公示了不该公示的户：{len(shown.keys() - names)} 户")
    _nothing_private(world, str(postings))


def _compare(world: World, track: Track, entry: dict[str, Any] | None) -> None:
    if entry is None:
        world.check(False, f"{track}: 应当公示，没有找到")
        return
    expected = track.plan.expected
    world.check(
        entry["persons"] == expected.persons, f"{track}: 公示人数 {entry['persons']}，应为 {expected.persons}"
    )
    if expected.entitled and track.plan.ending != "refused":
        amount = Decimal(str(entry["amount"]))
        world.check(amount == expected.amount, f"{track}: 公示金额 {amount}，应为 {expected.amount}")


def _nothing_private(world: World, text: str) -> None:
    for track in world.tracks:
        household = track.plan.household
        private = [m.person.id_number for m in household.members] + [
            household.bank_account,
            household.address,
        ]
        private += [c.plate for c in household.cars] + [m.person.name for m in household.members[1:]]
        names = {t.plan.household.applicant.name for t in world.tracks}
        found = [p for p in private if p in text and p not in names]
        world.check(not found, f"{track}: 公示里泄露了个人信息（{len(found)} 处）")


async def private_without_signing_in(world: World) -> None:
    """A file is nobody's business who is not signed in."""
    track = next(t for t in world.tracks if t.case_id)
    try:
        await world.stage.api.get(track.path, name="(refused) 未登录看卷宗")
    except ApiError as error:
        world.check(error.status in (401, 404), f"未登录看卷宗：{error}")
    else:
        world.check(False, "未登录就能看卷宗")


async def objections(world: World) -> bool:
    """What villagers object to is looked into and answered; who is posted again hangs for its own seven days.

    True when the clock was moved on for that.
    """
    await work(world, OBJECTING)
    again = [t for t in world.tracks if "end_posting" in t.waiting]
    if again:
        await world.advance(DAYS)
        await work(world, OBJECTING, again)
    return bool(again)
