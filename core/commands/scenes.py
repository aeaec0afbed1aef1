"""Beside a demo's rounds: what villagers complain of, who has been told of the scheme, what verification has found."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx

from core.demo import people
from core.registry.verification import Source
from core.simulate.cast import Player, Stage
from core.simulate.client import Api
from core.simulate.investigating import MOVES
from core.simulate.moves import work
from core.simulate.platform import truth
from core.simulate.village import Village
from core.simulate.world import Track, World

REQUEST = tuple(move for move in MOVES if move.action == "request_verification")
BLANK = Source.HOUSING_FUND
"""The source that has nothing on the first household."""

CAR = {"reference": "甘L62817", "kind": "car", "value": "62000"}
REPORT_SECONDS, PAUSE = 60.0, 0.4
AT_THE_MEETING, VISITED, LISTED = 18, 6, 30


async def verified(world: World, platform: str, as_of: date) -> None:
    """One report lacks a source and waits for an officer's note; another tells of a car nobody declared or saw."""
    blank, hit, *_ = (t for t in world.tracks if not t.plan.household.cars and t.plan.ending == "active")
    known, owner = truth(world.village), hit.plan.household.applicant.id_number
    known[owner]["vehicles"] = [CAR]
    async with httpx.AsyncClient(base_url=platform, timeout=10, trust_env=False) as client:
        (await client.put("/truth", json=known)).raise_for_status()
    await set_source(platform, BLANK, "no_data", as_of)
    try:
        await _reported(world, blank)
    finally:
        await set_source(platform, BLANK, "up", as_of)
    await _reported(world, hit)


async def set_source(platform: str, source: Source, state: str, as_of: date) -> None:
    """How the stand-in platform answers for one of its registries, and of what day that registry is."""
    async with httpx.AsyncClient(base_url=platform, timeout=10, trust_env=False) as client:
        await client.put(f"/sources/{source}", json={"state": state, "as_of": as_of.isoformat()})


async def _reported(world: World, track: Track) -> None:
    await work(world, REQUEST, [track])
    clerk, loop = world.player("township_clerk", track), asyncio.get_running_loop()
    until = loop.time() + REPORT_SECONDS
    while not (await world.read(clerk, track)).did("file_verification_report"):
        if loop.time() > until:
            world.check(False, f"{track}: 核对报告一直没有来")
            return
        await asyncio.sleep(PAUSE)


async def villagers(address: str, village: Village, began: date, today: date) -> None:
    """One complaint by phone is answered, one on line is open; a village's households are told, and asked what they know."""
    api = Api(address, "620802", at_once=2)
    stage = Stage(api, people.PASSWORD)
    try:
        await _complaints(stage, village.area_code)
        await _told(stage, village, began, today)
    finally:
        await api.close()


def _office(username: str) -> Player:
    role = next(one.role for one in people.OFFICES if one.username == username)
    return Player(username, username, role, people.PASSWORD)


async def _complaints(stage: Stage, area_code: str) -> None:
    officer = _office("officer")
    told: dict[str, Any] = {
        "channel": "phone", "about": "procedure", "area_code": area_code, "where": "township", "name": "马守义",
        "phone": "13900000017", "content": "镇上受理以后一个多月没有回音，打电话问也说不清楚办到哪一步。",
    }  # fmt: skip
    receipt = await stage.post(_office("clerk"), "/api/complaints/new", told, key="demo-complaint-phone")
    lines = await stage.get(officer, "/api/complaints?tab=open", name="/api/complaints")
    mine = next((line for line in lines if line["number"] == receipt["number"]), None)
    if mine is not None:
        reply = {
            "outcome": "partly",
            "reply": "经核实，受理后按时入户，但没有及时告知进度。已要求镇里逐户告知，并可凭编号上网查询。",
        }
        await stage.post(officer, f"/api/complaints/{mine['id']}/reply", reply)
    silent = {
        "about": "procedure", "area_code": area_code, "where": "township",
        "content": "公示名单贴在镇政府院里，村里的老人看不到，希望也贴到村口。",
    }  # fmt: skip
    await stage.api.post("/api/p/complaints/new", body=silent)


async def _told(stage: Stage, village: Village, began: date, today: date) -> None:
    clerk, path = _office("village"), f"/api/publicity/{village.area_code}"
    heads = [(p.household.group, p.household.applicant.name) for p in village.plans]
    heads += [(heads[n % len(heads)][0], who.name) for n, who in enumerate(village.staff)]
    households = [_line(n, *head, began) for n, head in enumerate(list(dict.fromkeys(heads))[:LISTED])]
    await stage.post(clerk, f"{path}/households", {"households": households})
    survey = {"held_on": today.isoformat(), "asked": 15, "criteria": 13, "steps": 11, "phone": 9}
    await stage.post(clerk, f"{path}/surveys", survey)


def _line(n: int, group: str, head: str, began: date) -> dict[str, Any]:
    how = "meeting" if n < AT_THE_MEETING else "visit" if n < AT_THE_MEETING + VISITED else ""
    return {
        "group_name": group,
        "head": head,
        "how": how,
        "told_on": began.isoformat() if how else None,
    }
