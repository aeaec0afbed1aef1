"""What a demo shows: a finished village round, others at telling steps, complaints and publicity; played over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from core.app import build
from core.clock import MovableClock, local_date
from core.commands import scenes
from core.demo import people
from core.registry.verification import Source
from core.settings import Settings
from core.simulate.expectation import Terms
from core.simulate.platform import provide
from core.simulate.round import Wanted, simulate
from core.simulate.village import Village, village
from core.simulate.world import World

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """`until` is the step before which the round stands still; empty: it goes to its end. `seed` makes up the village."""

    village: str
    title: str
    households: int
    seed: int
    until: str = ""


MEETING = StoryLine("620802101203", "正要评议", 8, 17, "close_appraisal")

LINES = (
    StoryLine("620802101200", "走完一轮", 12, 7),
    StoryLine("620802101201", "走到入户调查", 10, 11, "complete_visits"),
    MEETING,
    StoryLine("620802101204", "走到区级核对", 6, 19, "complete_verification"),
    StoryLine("620802101202", "刚刚筹备", 8, 13, "record_mobilisation"),
)


async def tell(settings: Settings, address: str, platform: str, say: Say) -> None:
    """Play the rounds that are missing, and tell the stand-in platform what it forgot when it was stopped.

    A round that was cut off is left as it stands.
    """
    file = settings.data / "demo-rounds.json"
    told: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    clock = MovableClock(settings.data / "clock")
    for line in LINES:
        began = told.get(line.village)
        if began is not None:
            await provide(platform, _village(line, date.fromisoformat(began)))
            continue
        say(f"演示整村认定（{line.title}，{line.households} 户）…")
        today = local_date(clock())
        await _date_registries(platform, today - timedelta(days=1))
        await _play(address, platform, line, today, say)
        told[line.village] = today.isoformat()
        file.write_text(json.dumps(told), "utf-8")
    await _relate(settings)
    _catch_up(settings.data, clock)
    today = local_date(clock())
    await _date_registries(platform, today - timedelta(days=1))
    if "villagers" not in told:
        say("演示投诉举报和政策宣传 …")
        since = date.fromisoformat(told[LINES[0].village])
        await scenes.villagers(address, _village(LINES[0], since), since, today)
        told["villagers"] = today.isoformat()
        file.write_text(json.dumps(told), "utf-8")


async def _relate(settings: Settings) -> None:
    z = build(settings)
    await z.database.open()
    try:
        district = await z.tenants.find("620802")
        if district is not None:
            await people.relate(z, district, LINES[1].village)
    finally:
        await z.database.close()


def _village(line: StoryLine, today: date) -> Village:
    return village(line.village, line.households, line.seed, today, Terms())


async def _date_registries(platform: str, as_of: date) -> None:
    """The stand-in's registries are as old as the story, not as the machine's clock has it."""
    for source in Source:
        await scenes.set_source(platform, source, "up", as_of)


async def _play(address: str, platform: str, line: StoryLine, today: date, say: Say) -> None:
    async def at_rest(world: World) -> None:
        if line.until == "complete_verification":
            await scenes.verified(world, platform, today - timedelta(days=1))

    wanted = Wanted(
        url=address, district="620802", village=line.village, households=line.households, seed=line.seed,
        system_admin=people.ADMINS["system_admin"][0], system_secret=people.PASSWORD,
        security_admin=people.ADMINS["security_admin"][0], security_secret=people.PASSWORD,
        new_secret=people.PASSWORD, terms=Terms(), at_once=4, platform_url=platform, patience=240, today=today,
        until=line.until, at_rest=at_rest,
    )  # fmt: skip
    report = await simulate(wanted)
    for mismatch in report.mismatches[:5]:
        say(f"  注意：{mismatch}")
    say(f"  {report.households} 户，{report.requests} 次请求，用时 {report.seconds:.0f} 秒")


def _catch_up(folder: Path, clock: MovableClock) -> None:
    """The story has come to today: from here on the demo's clock is the real one."""
    behind = float((folder / "clock").read_text()) if (folder / "clock").exists() else 0.0
    if behind < 0:
        clock.advance(timedelta(seconds=-behind))


def at_the_meeting() -> tuple[str, str]:
    """Who is about to hold a panel: the host's account, and the first of eleven members'."""
    place = f"{MEETING.village[-6:]}.{MEETING.seed}"
    return f"panehost1.{place}", f"panememb1.{place}"
