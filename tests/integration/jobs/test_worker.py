"""What the worker does: nothing of a refused step, an event delivered twice counts once, every district's root at night."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec
import pytest

from core.jobs.deliveries import Deliveries
from core.jobs.worker import Timed
from core.kernel import audit
from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import Bureau, a_bureau, renamed, start_on
from tests.builders.households import elderly_couple
from tests.builders.installation import an_installation

pytestmark = pytest.mark.anyio

EFFECTS = (
    "sms_notice_message", "big_data_check_request", "big_data_check_query", "big_data_check_report", "journal", "benefit",
)  # fmt: skip


@pytest.fixture
async def bureau(
    fresh_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Bureau]:
    folder = tmp_path_factory.mktemp("installation")
    start_on(folder, date(2026, 3, 2))
    async with an_installation(fresh_urls, folder, keys) as house:
        yield await a_bureau(house, await house.district("620802-kongtong"))


def deliveries(bureau: Bureau) -> Deliveries:
    house = bureau.house.zhunbao
    return Deliveries(house.database, house.host, house.runtimes.scope)


async def queued(bureau: Bureau) -> list[dict[str, Any]]:
    """What waits for the worker."""
    async with bureau.house.zhunbao.database.platform() as tx:
        rows = await tx.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'process_event' ORDER BY id")
    return [msgspec.json.decode(row["payload"]) for row in rows]


async def counted(bureau: Bureau) -> dict[str, int]:
    async with bureau.house.inside(bureau.district) as tx:
        return {table: await tx.fetchval(f"SELECT count(*) FROM {table}") for table in EFFECTS}


async def test_a_refused_step_leaves_nothing_for_the_worker(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "拒")), "accepted")
    before = await queued(bureau)
    assert (await bureau.act("township_clerk", case, "start_investigation")).status_code == 403
    assert (await bureau.act("visitor", case, "accept")).status_code in (403, 409)
    assert await queued(bureau) == before


async def test_an_event_carries_ids_and_nothing_of_a_person(bureau: Bureau) -> None:
    case = await bureau.take(
        await bureau.application(elderly_couple(), address="槐树巷19号"), "investigating"
    )
    events = await queued(bureau)
    assert [e["seq"] for e in events if e["process"] == str(case.id)] == list(range(1, len(events) + 1))
    for event in events:
        assert set(event) == {
            "tenant",
            "process",
            "seq",
            "kind",
            "action",
            "from_state",
            "to_state",
            "outcome",
        }
        assert "马德福" not in str(event)


async def test_events_delivered_twice_count_once(bureau: Bureau) -> None:
    """As after a worker that was killed between doing and saying so: every plugin hears everything again."""
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "两")), "investigating")
    await bureau.do("visitor", case, "record_visit", bureau.visit(case))
    await bureau.do("township_clerk", case, "request_verification")
    events = await queued(bureau)
    await bureau.house.work_off()
    once = await counted(bureau)
    assert once["big_data_check_request"] == 1
    again = deliveries(bureau)
    for event in events:
        for plugin in ("big_data_check", "sms_notice"):
            await again.deliver_event({**event, "plugin": plugin})
    await bureau.house.work_off()
    assert await counted(bureau) == once


async def test_every_night_keeps_a_root_of_every_district_once(bureau: Bureau) -> None:
    house = bureau.house.zhunbao
    longxi = await bureau.house.district("621122-longxi")
    await bureau.take(await bureau.application(renamed(elderly_couple(), "夜")), "accepted")
    yesterday = bureau.today
    bureau.house.later(days=1)
    timed = Timed(house.database, deliveries(bureau), house.due_reviews, house.policies, house.clock)
    await timed.journal_roots()
    kept = await roots(bureau)
    await timed.journal_roots()
    assert await roots(bureau) == kept
    assert [(day, processes) for day, _, processes in kept] == [(yesterday, 1)]
    async with bureau.house.inside(longxi) as tx:
        assert await tx.fetchval("SELECT count(*) FROM journal_root") == 1
    async with bureau.house.inside(bureau.district) as tx:
        assert [d async for d in audit.verify(tx, house.records, house.objects)] == []


async def roots(bureau: Bureau) -> list[tuple[date, bytes, int]]:
    async with bureau.house.inside(bureau.district) as tx:
        rows = await tx.fetch("SELECT day, root, processes FROM journal_root ORDER BY day")
    return [(row["day"], bytes(row["root"]), row["processes"]) for row in rows]
