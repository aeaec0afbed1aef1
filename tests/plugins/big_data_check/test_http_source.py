"""The HTTP source against the simulated platform in its own process: what is not a clear answer is silence."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import anyio
import httpx
import pytest

from core.registry.verification import Source
from plugins.big_data_check.config import Platform
from plugins.big_data_check.matching import Wanted
from plugins.big_data_check.sources import Answer, Found, Later, NoData, Question, Silent
from plugins.big_data_check.sources.circuit import Circuit
from plugins.big_data_check.sources.guarded import Guarded, at_once
from plugins.big_data_check.sources.http import HttpSource, http_client
from plugins.big_data_check.sources.vendors import NotInstalled, vendor_client
from tests.plugins.big_data_check.held_circuits import HeldCircuits
from tests.plugins.big_data_check.platform_process import KEY, SimulatedPlatform
from tests.plugins.big_data_check.test_matching import number, old_number

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
BORN = date(1951, 1, 1)
WANTED = Wanted(uuid4(), "王建国", number(BORN), BORN, "620802001001")


class Asking:
    """An HTTP source with its circuits at hand."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client = client
        self.settings = Platform(
            url=url, key_id="620802", read_seconds=0.5, connect_seconds=0.5, attempts=3, breaker_failures=2
        )
        self.circuits = HeldCircuits(most=2)

    def source(self, key: str = KEY, now: datetime = NOW) -> Guarded:
        source = HttpSource(self.client, self.settings, key.encode())
        return Guarded(source, self.circuits, now, at_once)

    async def ask(self, question: Question, key: str = KEY) -> Answer:
        return await self.source(key).ask(question)


@pytest.fixture
async def asking(simulated: SimulatedPlatform) -> AsyncIterator[Asking]:
    async with http_client(Platform(url=simulated.url, read_seconds=0.5)) as client:
        yield Asking(client, simulated.url)


def question(source: Source = Source.VEHICLES, ticket: str = "") -> Question:
    return Question(uuid4(), source, WANTED, "620802-2026-000001", "SQ-1", "低保核对", ticket)


async def test_a_record_is_found_and_carries_case_and_purpose(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.knows(
        {WANTED.id_number: {"name": "王建国", "vehicles": {"reference": "甘L1", "value": "62000"}}}
    )
    answer = await asking.ask(question())
    assert isinstance(answer, Found)
    [record] = answer.records
    assert (record.identity.name, record.values["value"]) == ("王建国", "62000.00")
    [line] = simulated.asked()
    assert (line["case"], line["purpose"], line["authorisation"]) == (
        "620802-2026-000001",
        "低保核对",
        "SQ-1",
    )


async def test_nothing_on_file_is_an_answer_and_no_data_is_another(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.source("tax", state="no_data")
    found = await asking.ask(question())
    assert isinstance(found, Found)
    assert found.records == ()
    assert isinstance(await asking.ask(question(Source.TAX)), NoData)


async def test_old_numbers_and_namesakes_come_back_for_matching(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.knows(
        {
            old_number(BORN): {"name": "王建国", "vehicles": {"reference": "甘L1"}},
            "no number": {"name": "王建国", "birth_date": "1951-01-01", "area_code": "620802", "vehicles": {"reference": "甘L2"}},
            number(BORN, 9): {"name": "王建国", "vehicles": {"reference": "甘L3"}},
        }
    )  # fmt: skip
    answer = await asking.ask(question())
    assert isinstance(answer, Found)
    assert {r.values["reference"] for r in answer.records} == {"甘L1", "甘L2"}


@pytest.mark.parametrize(("state", "said"), [("down", "暂时不能答复"), ("garbled", "读不懂")])
async def test_a_source_that_is_down_or_babbles_is_silent_after_three_tries(
    simulated: SimulatedPlatform, asking: Asking, state: str, said: str
) -> None:
    simulated.source("vehicles", state=state)
    answer = await asking.ask(question())
    assert isinstance(answer, Silent)
    assert said in answer.reason
    assert len(simulated.asked()) == 3


async def test_a_source_that_hangs_is_given_up_in_time(simulated: SimulatedPlatform, asking: Asking) -> None:
    simulated.faults(hanging=1.0)
    began = time.monotonic()
    answer = await asking.ask(question())
    assert isinstance(answer, Silent)
    assert "按时" in answer.reason
    assert time.monotonic() - began < 5


async def test_an_answer_to_somebody_elses_query_is_not_taken(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.faults(swapped=1.0)
    answer = await asking.ask(question())
    assert answer == Silent("来源答复的不是这次查询")


async def test_records_that_break_the_vocabulary_make_the_source_silent_without_their_content(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.knows({WANTED.id_number: {"vehicles": {"reference": "甘L1", "value": "很贵"}}})
    answer = await asking.ask(question())
    assert isinstance(answer, Silent)
    assert "评估价值" in answer.reason
    assert "很贵" not in answer.reason


async def test_an_answer_promised_for_later_is_fetched_by_its_ticket(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.faults(late=1.0)
    first = question()
    promised = await asking.ask(first)
    assert isinstance(promised, Later)
    again = await asking.ask(Question(first.id, first.source, WANTED, "", "", "", promised.ticket))
    assert again == promised
    await anyio.sleep(0.4)
    fetched = Question(first.id, first.source, WANTED, "", "", "", promised.ticket)
    assert isinstance(await asking.ask(fetched), Found)
    assert await asking.ask(fetched) == await asking.ask(fetched), "fetched twice, it is the same answer"


async def test_a_wrong_or_missing_key_asks_nobody_anything(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    refused = await asking.ask(question(), key="wrong")
    assert isinstance(refused, Silent)
    assert "签名" in refused.reason
    assert isinstance(await asking.ask(question(), key=""), Silent)
    assert simulated.asked() == []


async def test_a_failing_source_is_left_alone_and_the_others_are_not(
    simulated: SimulatedPlatform, asking: Asking
) -> None:
    simulated.source("vehicles", state="down")
    for _ in range(3):
        assert isinstance(await asking.ask(question()), Silent)
    assert len(simulated.asked()) == 6, "the third question was not even sent"
    assert isinstance(await asking.ask(question(Source.TAX)), Found)
    simulated.source("vehicles", state="up")
    later = asking.source(now=NOW + timedelta(seconds=61))
    assert isinstance(await later.ask(question()), Found)
    assert asking.circuits.held[Source.VEHICLES] == Circuit()


async def test_nobody_listening_is_silence_too(asking: Asking) -> None:
    asking.settings = Platform(url="http://127.0.0.1:9", attempts=1)
    answer = await asking.ask(question())
    assert answer == Silent("连不上来源")


class FromAVendor:
    async def ask(self, question: Question) -> Answer:
        return NoData("厂商说没有")


async def test_a_vendors_class_is_found_by_its_entry_point_and_a_missing_one_is_silent() -> None:
    class Point:
        name = "gansu_tax"

        def load(self) -> type[FromAVendor]:
            return FromAVendor

    client = vendor_client("gansu_tax", [Point()])  # type: ignore[list-item]
    assert await client.ask(question(Source.TAX)) == NoData("厂商说没有")
    missing = vendor_client("other", [Point()])  # type: ignore[list-item]
    assert isinstance(missing, NotInstalled)
    assert isinstance(await missing.ask(question(Source.TAX)), Silent)
