"""One village round from its preparation to its end, and the reckoning afterwards."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

import httpx

from core.simulate import outcomes, setting
from core.simulate.cast import Cast, Player, Stage
from core.simulate.client import Api, ApiError
from core.simulate.expectation import Terms
from core.simulate.phases import phase_of
from core.simulate.platform import provide
from core.simulate.report import Report, report_of
from core.simulate.village import Village, village
from core.simulate.world import World

MOST_PHASES = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be simulated. `secrets` are never printed."""

    url: str
    district: str
    village: str
    households: int
    seed: int
    system_admin: str
    system_secret: str
    security_admin: str
    security_secret: str
    new_secret: str
    terms: Terms
    at_once: int = 8
    platform_url: str = ""
    patience: float = 90.0
    today: date | None = None
    """The day ages are made up for; None: the system's."""
    until: str = ""
    """The step before which the round is left standing; empty: it goes to its end."""
    at_rest: Callable[[World], Awaitable[None]] | None = None
    """What is still played where the round is left standing."""


async def simulate(wanted: Wanted, transport: httpx.AsyncBaseTransport | None = None) -> Report:
    """Play the round. Never raises for what the system does wrong: that is in the report."""
    began = time.perf_counter()
    api = Api(wanted.url, wanted.district, at_once=wanted.at_once, transport=transport)
    stage = Stage(api, wanted.new_secret)
    cast = Cast(
        Player(wanted.system_admin, wanted.system_admin, "system_admin", wanted.system_secret),
        Player(wanted.security_admin, wanted.security_admin, "security_admin", wanted.security_secret),
    )
    world = World(stage, cast, Village(wanted.village, (), ()), wanted.terms, wanted.seed, wanted.patience)
    world.by_hand = not wanted.platform_url
    try:
        today = wanted.today or await world.today()
        world.move_in(village(wanted.village, wanted.households, wanted.seed, today, wanted.terms))
        await _play(world, wanted, today)
    except (ApiError, httpx.HTTPError, RuntimeError) as error:
        world.mismatches.append(f"中途停下：{error}")
    finally:
        await api.close()
    return report_of(world, time.perf_counter() - began)


async def _play(world: World, wanted: Wanted, today: date) -> None:
    await setting.engage(world.stage, world.cast, world)
    if wanted.platform_url:
        await provide(wanted.platform_url, world.village)
    await setting.import_rolls(world, today)
    await _open_round(world)
    clerk = world.player("township_clerk")
    for _ in range(MOST_PHASES):
        state = await world.read_round(clerk)
        phase = phase_of(state)
        if phase is None:
            break
        name, play = phase
        if name == wanted.until:
            if wanted.at_rest is not None:
                await wanted.at_rest(world)
            return
        await play(world, state)
        after = await world.read_round(clerk)
        if after.version == state.version:
            raise RuntimeError(f"整村认定停在“{after.answer['state_label']}”（{name}）")
    await outcomes.compare(world)


async def _open_round(world: World) -> None:
    clerk = world.player("township_clerk")
    form = {"area_code": world.village.area_code}
    receipt = await world.stage.post(clerk, "/api/rounds", form)
    world.round_id, world.number = receipt["process_id"], receipt["number"]
    await world.refused("同一个村再开一轮", (409,), clerk, "/api/rounds", form)
