"""Whom a re-check asks about: nobody without a good signature on the day, each of them logged, and no relative looks on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, NoReturn
from uuid import UUID

import pytest

from core.registry import kin
from core.registry.people import PersonPrivate
from core.sdk import NotFound
from core.sdk.house import Bound
from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk import engine_process, jobs
from plugins.big_data_check.bulk.asked import PURPOSE
from plugins.big_data_check.bulk.gathering import NO_FILE, NOT_SIGNED
from plugins.big_data_check.bulk.gauge import Gauge, Stopped
from tests.builders.casework import Case, id_numbers, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import DISTRICT, Somebody
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, deliver, recheck
from tests.plugins.big_data_check.office import Office, an_office, plugin_context
from tests.plugins.big_data_check.test_taking_back import taken_back

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("gather"), keys, values=SETTINGS) as office:
        yield office


@pytest.fixture(scope="module")
async def paid(district: Office) -> Case:
    return await district.bureau.take(await district.bureau.application(elderly_couple()), "active")


def a_car(office: Office, case: Case, plate: str, **manifest: Any) -> None:
    deliver(
        office,
        Source.VEHICLES,
        [{"id_number": id_numbers(case.facts)[0], "reference": plate, "kind": "car"}],
        **manifest,
    )


def of_rolls(answer: Any) -> list[tuple[int, str]]:
    return [(p["count"], p["why"]) for p in answer["run"]["problems"] if p["where"] == "在保名册"]


async def logged(office: Office, run: str, event: str) -> list[Any]:
    return await office.rows(
        """SELECT process_id, person_id, actor_id, purpose, outcome FROM big_data_check_log
           WHERE tenant_id = $1 AND request_id = $2 AND event = $3""",
        UUID(run),
        event,
    )


async def test_each_person_asked_about_is_logged_once_with_case_purpose_and_sources(
    district: Office, paid: Case
) -> None:
    a_car(district, paid, "甘L90001")

    answer = await recheck(district)

    rows = await logged(district, answer["run"]["id"], "asked")
    assert {str(r["person_id"]) for r in rows} == set(paid.people.values())
    assert {(r["process_id"], r["purpose"], r["outcome"], r["actor_id"]) for r in rows} == {
        (paid.id, PURPOSE, Source.VEHICLES.label, district.officer.id)
    }
    looked = await logged(district, answer["run"]["id"], "looked")
    assert paid.id in {r["process_id"] for r in looked}
    assert {r["actor_id"] for r in looked} == {district.officer.id}


async def unmade(office: Office, who: Somebody) -> list[str]:
    """What the desk says of changes that became no review."""
    answer = await office.bureau.get(who, "/work")
    return [item["label"] for item in answer.json()["beside"] if "登记变化" in item["label"]]


async def test_a_relative_sees_neither_the_alerts_of_the_household_nor_how_many_they_are(
    district: Office, paid: Case
) -> None:
    run = (await district.get(district.officer, "/bulk")).json()[0]["run"]["id"]
    house, applicant = district.bureau.house, next(iter(paid.people.values()))
    async with house.inside(district.bureau.district) as tx:
        private = PersonPrivate("62080219800101109X", date(1980, 1, 1), "male")
        person = await house.zhunbao.registry.put_person(tx, "核对员甲", private)
        await kin.declare(tx, [(person, UUID(applicant), "sibling")], district.officer.id)
    related = await house.person(district.bureau.district, "verification_officer", DISTRICT, person_id=person)

    theirs = (await district.get(related, f"/bulk/{run}")).json()
    others = (await district.get(district.officer, f"/bulk/{run}")).json()

    assert len(others["alerts"]) == 1
    assert (theirs["alerts"], theirs["counts"]) == ([], {})
    assert (await district.get(related, "/bulk")).json()[0]["counts"] == {}
    number = others["alerts"][0]["case_number"]
    assert number not in (await district.page(related, f"/bulk/{run}")).text
    assert number in (await district.page(district.officer, f"/bulk/{run}")).text
    assert (await district.page(district.officer, f"/bulk/{run}/excel")).status_code == 200
    looks = await logged(district, run, "looked")
    assert "下载批量复核" in {r["purpose"] for r in looks if r["process_id"] == paid.id}
    assert related.id not in {r["actor_id"] for r in looks if r["process_id"] == paid.id}

    async with house.inside(district.bureau.district) as tx:
        await tx.execute(
            "UPDATE big_data_check_bulk_alert SET state = 'failed' WHERE tenant_id = $1 AND run_id = $2",
            tx.tenant,
            UUID(run),
        )
    assert await unmade(district, district.officer) == ["1 项登记变化没有提请成复核，请看原因"]
    assert await unmade(district, related) == []


async def test_a_household_whose_file_is_gone_is_counted_and_said(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any, **__: Any) -> NoReturn:
        raise NotFound("没有找到这件事项")

    with monkeypatch.context() as away:
        away.setattr(Bound, "situation", gone)
        answer = await recheck(district)

    assert of_rolls(answer) == [(2, NO_FILE)]
    assert answer["run"]["persons"] == 0


async def test_a_run_taken_up_on_another_day_asks_only_whose_signature_is_still_good(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """What a killed worker leaves behind is what it had written by then."""

    async def killed(*_: Any, **__: Any) -> NoReturn:
        raise Killed

    a_car(district, paid, "甘L90002")
    run = (await district.post(district.officer, "/bulk")).json()["id"]
    with monkeypatch.context() as struck:
        struck.setattr(engine_process, "run", killed)
        with pytest.raises(Killed):
            await jobs.run_bulk(await plugin_context(district), {"run": run})
    assert len(await logged(district, run, "asked")) == 2
    district.bureau.house.later(days=400)
    a_car(district, paid, "甘L90003")

    await jobs.run_bulk(await plugin_context(district), {"run": run})

    answer = (await district.get(district.officer, f"/bulk/{run}")).json()
    assert (answer["run"]["state"], answer["run"]["persons"], answer["alerts"]) == ("done", 0, [])
    assert of_rolls(answer) == [(2, NOT_SIGNED)]
    assert len(await logged(district, run, "asked")) == 2, "nobody was asked about once more"
    await district.bureau.house.work_off()


async def test_who_signed_more_than_a_year_ago_is_left_out_and_counted(district: Office, paid: Case) -> None:
    answer = await recheck(district)

    assert of_rolls(answer) == [(2, NOT_SIGNED)]
    assert answer["run"]["persons"] == 0
    assert await logged(district, answer["run"]["id"], "asked") == []


async def test_who_withdraws_while_the_registries_are_compared_is_not_brought_up_and_the_next_time_not_asked_about(
    district: Office, paid: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = await district.bureau.take(
        await district.bureau.application(renamed(elderly_couple(), "撤批")), "active"
    )
    one, other = theirs.people.values()
    numbers = id_numbers(theirs.facts)
    cars = [{"id_number": n, "reference": f"甘L9100{k}", "kind": "car"} for k, n in enumerate(numbers)]
    deliver(district, Source.VEHICLES, cars)
    really = engine_process.run

    async def meanwhile(*args: Any, **more: Any) -> Any:
        await taken_back(district, theirs, one)
        return await really(*args, **more)

    with monkeypatch.context() as slow:
        slow.setattr(engine_process, "run", meanwhile)
        answer = await recheck(district)

    run = answer["run"]["id"]
    brought = await district.rows(
        "SELECT person_id FROM big_data_check_bulk_alert WHERE tenant_id = $1 AND run_id = $2 AND process_id = $3",
        UUID(run),
        theirs.id,
    )
    assert [str(row["person_id"]) for row in brought] == [other]

    answer = await recheck(district)
    asked = {str(r["person_id"]) for r in await logged(district, answer["run"]["id"], "asked")}
    assert (one in asked, other in asked) == (False, True)
    assert of_rolls(answer) == [(3, NOT_SIGNED)], "two whose year is over, one who withdrew"


async def test_gathering_beats_tells_the_time_left_and_hears_of_a_stop() -> None:
    heard = list[dict[str, Any]]()
    seconds = iter([0.0, 10.0, 10.2, 20.0])

    async def told(**columns: Any) -> bool:
        heard.append(columns)
        return bool(columns["done"] >= 50)

    gauge = Gauge(told, lambda: next(seconds))
    gauge.total = 100
    await gauge.on("people", 25)
    await gauge.on("people", 5)  # too soon to be told
    with pytest.raises(Stopped):
        await gauge.on("people", 20)

    assert [(h["done"], h["total"], h["seconds_left"]) for h in heard] == [(25, 100, 30.0), (50, 100, 20.0)]


async def test_what_takes_long_in_a_thread_beats_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from plugins.big_data_check.bulk import gauge as gauges

    monkeypatch.setattr(gauges, "PAUSE", 0.02)
    heard = list[str]()

    async def told(**columns: Any) -> bool:
        heard.append(columns["step"])
        return False

    assert await Gauge(told).beside("registries", asyncio.sleep(0.2, "read")) == "read"
    assert len(heard) > 2
