"""Before the curtain: accounts and roles for the whole cast, and the existing rolls taken over."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from core.simulate.cast import OFFICES, Cast, Player, Stage
from core.simulate.client import together
from core.simulate.household import member_form
from core.simulate.people import Villager
from core.simulate.village import Plan, Story
from core.simulate.world import Track, World

BATCH = 100


async def engage(stage: Stage, cast: Cast, world: World) -> None:
    """Make every office's accounts, and applicants' for the households that apply by themselves."""
    staff, women = iter(world.village.staff), iter(world.village.women)
    for role, people, digits in OFFICES:
        area = world.village.area_code[:digits].ljust(12, "0")
        who = women if role == "panel_member" else staff
        cast.by_role[role] = [_player(world, role, n, next(who)) for n in range(1, people + 1)]
        await together(_account(stage, cast, p, role, area) for p in cast.by_role[role])
    for track in world.tracks:
        if track.plan.self_service and not track.plan.existing:
            player = _player(world, "applicant", track.plan.key, track.plan.household.applicant)
            cast.applicants[track.plan.key] = player
    area = world.village.area_code
    await together(_account(stage, cast, p, "applicant", area) for p in cast.applicants.values())
    await together(stage.enter(p) for players in cast.by_role.values() for p in players)
    for track in world.tracks:
        track.kin = kin_of(cast, track.plan)


def kin_of(cast: Cast, plan: Plan) -> list[Player]:
    """Whose sister or brother the household's applicant is, where the story says so."""
    if plan.story is Story.PANEL_RELATIVE:
        return [cast.all("panel_member")[plan.key % 10]]
    if plan.story is Story.STAFF_RELATIVE:
        return [cast.all("township_clerk")[plan.key % 2]]
    return []


def _player(world: World, role: str, n: int, person: Villager) -> Player:
    short = "".join(part[:4] for part in role.split("_"))
    username = f"{short}{n}.{world.village.area_code[-6:]}.{world.seed}"
    return Player(username, person.name, role, first_secret(), person)


def first_secret() -> str:
    """A temporary password; whoever gets it changes it at the first sign-in."""
    return f"{secrets.token_urlsafe(12)}-Aa1"


async def _account(stage: Stage, cast: Cast, player: Player, role: str, area: str) -> None:
    assert player.person is not None
    form = {
        "username": player.username, "name": player.name, "password": player.secret,
        "id_number": player.person.id_number,
    }  # fmt: skip
    made = await stage.post(cast.system_admin, "/api/accounts", form)
    player.account_id = made["id"]
    grant = {"role": role, "area_code": area}
    path = f"/api/accounts/{player.account_id}/grants"
    await stage.post(cast.security_admin, path, grant, name="/api/accounts/{id}/grants")


async def import_rolls(world: World, today: date) -> None:
    """The households that were on the rolls before, as the district takes them over; nobody new gets in that way."""
    tracks = [t for t in world.tracks if t.plan.existing]
    officer = world.player("district_officer")
    for start in range(0, len(tracks), BATCH):
        entries = [_entry(world, t, today) for t in tracks[start : start + BATCH]]
        answer = await world.stage.post(officer, "/api/rolls/import", {"entries": entries})
        world.check(
            answer["households"] == len(entries), f"导入在册户 {answer['households']}，应为 {len(entries)}"
        )
        world.counts["imported"] += answer["households"]
    if tracks:
        again = {"entries": [_entry(world, tracks[0], today)]}
        await world.refused("同一户导入两次", (422,), officer, "/api/rolls/import", again)
    fresh = next((t for t in world.tracks if not t.plan.existing), None)
    if fresh is not None:
        entry = _entry(world, fresh, today) | {"from_month": date(today.year + 1, 1, 1).isoformat()}
        await world.refused("把新户当在册户导入", (422,), officer, "/api/rolls/import", {"entries": [entry]})


def _entry(world: World, track: Track, today: date) -> dict[str, Any]:
    household, before = track.plan.household, track.plan.on_rolls
    return {
        "area_code": world.village.area_code,
        "members": [member_form(m) for m in household.members],
        "category": before.category if before else "一类",
        "mode": world.terms.mode,
        "amount": str(before.amount if before else 100),
        "from_month": today.replace(day=1, year=today.year - 1).isoformat(),
        "group_name": household.group,
        "address": household.address,
        "bank_account": household.bank_account,
    }
