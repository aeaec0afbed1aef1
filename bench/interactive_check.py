"""What verification adds to the time the registries themselves take, with a source that answers after a fixed time.

The simulated platform runs in a process of its own. In turn: bare httpx with the same bytes and nothing around them, and
ours. Once for one query (signature, circuit, retries, reading, whose record it is), once for a whole check of a household at
twelve sources: the worker's job from its beginning to the report on the case file, beside the same requests in bare httpx. Processor time is of this process; the database's and the platform's are not in it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import msgspec
import pytest

from bench.ground import Ground, ground
from bench.measurement import Measurement
from core.sdk.verification import Source
from plugins.big_data_check import jobs
from plugins.big_data_check.answers import settled
from plugins.big_data_check.config import Platform
from plugins.big_data_check.matching import Wanted
from plugins.big_data_check.sources import Found, Question
from plugins.big_data_check.sources.guarded import Guarded, at_once
from plugins.big_data_check.sources.http import HttpSource, http_client
from plugins.big_data_check.sources.signing import headers
from plugins.big_data_check.store import Query, Request
from tests.builders.casework import renamed
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.held_circuits import HeldCircuits
from tests.plugins.big_data_check.office import an_office, plugin_context
from tests.plugins.big_data_check.platform_process import KEY, SimulatedPlatform, a_platform

LATENCY_MS = 50
QUERIES, CHECKS, WARM = 300, 20, 3
AT_ONCE = 8
QUERY_ADDS_MS, CHECK_ADDS_MS = 5.0, 500.0
NUMBER = "620802195101010019"
SETTINGS = {"http_sources": [s.value for s in Source], "at_once": AT_ONCE, "not_connected": {}}


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds on the clock and of our processor, one for each repetition."""

    wall: list[float]
    processor: list[float]

    def at(self, share: float) -> float:
        return sorted(self.wall)[min(len(self.wall) - 1, int(len(self.wall) * share))]

    def add(self, one: tuple[float, float], *, warm: bool) -> None:
        """The first repetitions warm up and are left out."""
        if not warm:
            self.wall.append(one[0])
            self.processor.append(one[1])

    @property
    def used(self) -> float:
        return sorted(self.processor)[len(self.processor) // 2]


def measure() -> list[Measurement]:
    with ground() as here, a_platform("--latency-ms", str(LATENCY_MS), "--as-of", "2026-08-09") as platform:
        truth = {"name": "王建国", "vehicles": [{"reference": "甘L12345", "value": "62000"}]}
        platform.knows({NUMBER: truth})
        bare, ours = asyncio.run(_queries(platform))
        bare_check, our_check, asked = asyncio.run(_checks(here, platform))
    return [
        _told("interactive_query_added_ms", QUERY_ADDS_MS, bare, ours, f"{QUERIES} queries of each, one at a time"),
        _told(
            "interactive_check_added_ms", CHECK_ADDS_MS, bare_check, our_check,
            f"{CHECKS} checks of {asked} queries, {AT_ONCE} at once, each with a report and its journal entry",
        ),
    ]  # fmt: skip


def _told(name: str, target: float, bare: Taken, ours: Taken, what: str) -> Measurement:
    added = ours.at(0.5) - bare.at(0.5)
    detail = (
        f"source {LATENCY_MS} ms; bare httpx p50 {bare.at(0.5):.1f} ms, p95 {bare.at(0.95):.1f} ms, {bare.used:.2f} ms of "
        f"processor; ours p50 {ours.at(0.5):.1f} ms, p95 {ours.at(0.95):.1f} ms, {ours.used:.2f} ms of processor; added p50 "
        f"{added:.1f} ms, p95 {ours.at(0.95) - bare.at(0.95):.1f} ms, {ours.used - bare.used:.2f} ms of processor; {what}"
    )
    return Measurement(name, added, target, "lower", "ms", bare.at(0.5), None, ours.at(0.5), detail)


async def _timed(way: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    started, used = time.perf_counter(), time.process_time()
    await way()
    return (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000


async def _queries(platform: SimulatedPlatform) -> tuple[Taken, ...]:
    settings = Platform(url=platform.url, key_id="620802")
    wanted = Wanted(uuid4(), "王建国", NUMBER, date(1951, 1, 1), "620802101203")
    async with http_client(settings) as client, http_client(settings) as plain:
        source = Guarded(
            HttpSource(client, settings, KEY.encode()), HeldCircuits(most=2), datetime.now(UTC), at_once
        )

        async def ours() -> None:
            question = Question(uuid4(), Source.VEHICLES, wanted, "SL-1", "SQ-1", "核对")
            answer = await source.ask(question)
            query = Query(question.id, uuid4(), wanted.person_id, Source.VEHICLES, 1)
            outcome = settled(query, wanted, answer, datetime.now(UTC), date(2026, 8, 10))
            if not isinstance(answer, Found) or len(outcome.hits) != 1:
                raise RuntimeError(f"the platform said {answer}")

        bare, taken = Taken([], []), Taken([], [])
        for n in range(WARM + QUERIES):
            one = await _timed(lambda: _bare(plain, platform, Source.VEHICLES))
            bare.add(one, warm=n < WARM)
            taken.add(await _timed(ours), warm=n < WARM)
    return bare, taken


async def _bare(client: httpx.AsyncClient, platform: SimulatedPlatform, source: Source) -> None:
    """The same bytes on the wire."""
    person = {"name": "王建国", "id_number": NUMBER}
    asked = {"query": str(uuid4()), "source": source.value, "case": "SL-1", "purpose": "核对", "authorisation": "SQ-1", "person": person, "callback": ""}  # fmt: skip
    body, url = msgspec.json.encode(asked), f"{platform.url}/queries"
    signed = headers(
        KEY.encode(), "620802", "POST", urlsplit(url).path, body, int(time.time()), secrets.token_hex(12)
    )
    (await client.post(url, content=body, headers=signed)).raise_for_status().json()


async def _checks(here: Ground, platform: SimulatedPlatform) -> tuple[Taken, Taken, int]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ZHUNBAO_BIG_DATA_CHECK_PLATFORM_KEY", KEY)
        environment.setenv("ZHUNBAO_BIG_DATA_CHECK_PLATFORM_URL", platform.url)
        async with AsyncExitStack() as stack:
            office = await stack.enter_async_context(
                an_office(here.urls, here.folder, here.keys, values=SETTINGS)
            )
            plain = await stack.enter_async_context(http_client(Platform(url=platform.url)))
            cases = [
                await office.visited(renamed(elderly_couple(), f"测{chr(0x4E00 + n)}"))
                for n in range(WARM + CHECKS)
            ]
            await office.bureau.house.work_off()
            asked, opened = list[int](), list[Request]()
            bare, ours = Taken([], []), Taken([], [])

            async def opens(_tx: object, _platform: object, request: Request) -> None:
                opened.append(request)

            environment.setattr(jobs, "ask_soon", opens)
            context = await plugin_context(office)
            for n, case in enumerate(cases):
                await office.bureau.do("township_clerk", case, "request_verification")
                await office.bureau.house.work_off()
                work = {"request": str(opened[-1].id)}
                ours.add(await _timed(lambda: jobs.run_ask(context, work)), warm=n < WARM)  # noqa: B023
                request = await office.newest(case)
                if not request["reports"] or any(r["silent"] for r in request["results"]):
                    raise RuntimeError(f"no full report: {request['state']}")
                asked.append(len(request["results"]))
                sources = [Source(r["source"]) for r in request["results"]]
                bare.add(await _timed(lambda: _all(plain, platform, sources)), warm=n < WARM)  # noqa: B023
    return bare, ours, asked[0]


async def _all(client: httpx.AsyncClient, platform: SimulatedPlatform, sources: Sequence[Source]) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(source: Source) -> None:
        async with limit:
            await _bare(client, platform, source)

    await asyncio.gather(*(one(source) for source in sources))
