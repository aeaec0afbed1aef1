"""How sources are treated: no faster than they allow, whatever the number of workers; left alone while they fail."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from core.registry.verification import Source
from plugins.big_data_check.circuits import KeptCircuits
from plugins.big_data_check.config import Platform
from plugins.big_data_check.pace import Pace
from plugins.big_data_check.sources import Answer, Found, Question, Silent
from plugins.big_data_check.sources.circuit import Circuit
from plugins.big_data_check.sources.guarded import RESTING, Guarded, at_once
from plugins.big_data_check.sources.http import HttpSource
from tests.plugins.big_data_check.held_circuits import HeldCircuits
from tests.plugins.big_data_check.office import Office, plugin_context, results
from tests.plugins.big_data_check.test_files_and_notes import without_car
from tests.plugins.big_data_check.test_http_source import WANTED

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)


def question(source: Source = Source.TAX) -> Question:
    return Question(uuid4(), source, WANTED, "620802-2026-000001", "SQ-1", "低保核对")


class Scripted:
    """Answers as it was told to, one after another; an exception is raised."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.asked = 0

    async def ask(self, _: Question) -> Answer:
        self.asked += 1
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_vendors_class_that_raises_or_is_silent_is_left_alone_after_a_while() -> None:
    found = Found(date(2026, 8, 31))
    vendor = Scripted(Silent("断线"), RuntimeError("oops"), found)
    circuits = HeldCircuits(most=2)
    guarded = Guarded(vendor, circuits, NOW, at_once)
    assert isinstance(await guarded.ask(question()), Silent)
    with pytest.raises(RuntimeError):
        await guarded.ask(question())
    assert await guarded.ask(question()) == RESTING
    assert vendor.asked == 2
    later = Guarded(vendor, circuits, NOW.replace(hour=3), at_once)
    assert await later.ask(question()) == found
    assert circuits.held[Source.TAX] == Circuit()


async def test_several_workers_together_ask_no_faster_than_the_source_allows(office: Office) -> None:
    house, district = office.bureau.house, office.bureau.district
    async with house.inside(district) as tx:
        scope = await house.zhunbao.runtimes.scope(tx)
    platform = house.zhunbao.host.context(scope, "big_data_check").platform
    workers = [Pace(platform, {"tax": 20.0}) for _ in range(3)]
    turns: list[float] = []

    async def one(worker: Pace) -> None:
        await worker.turn(Source.TAX)
        turns.append(time.monotonic())

    began = time.monotonic()
    await asyncio.gather(*(one(worker) for worker in workers for _ in range(3)))
    assert turns[-1] - began >= 8 / 20 - 0.02
    await workers[0].turn(Source.MARRIAGE)
    rows = await office.rows("SELECT source FROM big_data_check_pace WHERE tenant_id = $1")
    assert [row["source"] for row in rows] == ["tax"]


async def test_every_try_takes_a_turn_and_comes_no_sooner_than_the_platform_asked_for() -> None:
    moments: list[float] = []

    def busy(request: httpx.Request) -> httpx.Response:
        moments.append(time.monotonic())
        return httpx.Response(429, headers={"Retry-After": "1"})

    turns: list[Source] = []

    async def turn(source: Source) -> None:
        turns.append(source)

    async with httpx.AsyncClient(transport=httpx.MockTransport(busy)) as client:
        settings = Platform(url="https://platform.example", attempts=2)
        answer = await HttpSource(client, settings, b"key", turn=turn).ask(question())
    assert isinstance(answer, Silent)
    assert "429" in answer.reason
    assert turns == [Source.TAX, Source.TAX]
    assert moments[1] - moments[0] >= 0.99


async def test_an_answer_of_the_platform_names_its_host(office: Office) -> None:
    case = await office.investigated(without_car("台"))
    answered = results(await office.newest(case), "tax")
    assert {(r["channel"], r["answered_by"], r["delivery_id"]) for r in answered} == {
        ("platform", "127.0.0.1", None)
    }


class Slow:
    """Silent after a moment; counts who came."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, _: Question) -> Answer:
        self.asked += 1
        await asyncio.sleep(0.05)
        return Silent("断线")


async def test_after_the_pause_one_of_many_tries_and_no_failure_is_lost(office: Office) -> None:
    platform = (await plugin_context(office)).platform
    assert platform is not None
    settings = Platform(breaker_failures=6, breaker_seconds=60)
    vendor = Slow()

    async def ask(times: int, now: datetime) -> list[Answer]:
        clients = [Guarded(vendor, KeptCircuits(platform, settings), now, at_once) for _ in range(times)]
        return list(await asyncio.gather(*(client.ask(question()) for client in clients)))

    await ask(6, NOW)
    [kept] = await office.rows(
        "SELECT failures, open_until FROM big_data_check_circuit WHERE tenant_id = $1 AND source = 'tax'"
    )
    assert (kept["failures"], kept["open_until"]) == (6, NOW + timedelta(seconds=60))
    assert await ask(3, NOW) == [RESTING] * 3
    answers = await ask(8, NOW + timedelta(seconds=61))
    assert vendor.asked == 7
    assert answers.count(RESTING) == 7
    assert await ask(2, NOW + timedelta(seconds=62)) == [RESTING] * 2
    async with office.bureau.house.inside(office.bureau.district) as tx:
        await tx.execute("DELETE FROM big_data_check_circuit WHERE tenant_id = $1", tx.tenant)
