"""A district re-checks its rolls: the officer starts it, the worker works, cases go to review, nobody is removed."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from core.sdk.household import ReviewStart
from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from plugins.big_data_check.bulk.answering import NOTHING
from tests.builders.casework import Case, id_numbers
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.registers import snapshot
from tests.plugins.big_data_check.files import manifest_of
from tests.plugins.big_data_check.office import Office, an_office

pytestmark = pytest.mark.anyio

SETTINGS = {
    "http_sources": [],
    "file_sources": ["vehicles"],
    "not_connected": {s.value: "全省未接入，由入户调查了解" for s in Source if s is not Source.VEHICLES},
}


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("bulk"), keys, values=SETTINGS) as office:
        yield office


@pytest.fixture(scope="module")
async def paid(district: Office) -> Case:
    """A couple that is paid."""
    facts = elderly_couple()
    return await district.bureau.take(await district.bureau.application(facts), "active")


def inbox_of(office: Office) -> Path:
    z = office.bureau.house.zhunbao
    return z.settings.data / "plugins" / "big_data_check" / office.bureau.district.code / "inbox"


def deliver(office: Office, source: Source, rows: list[dict[str, Any]], **manifest: Any) -> None:
    """A snapshot with its manifest into the inbox, of today and the whole district unless the manifest says otherwise."""
    inbox = inbox_of(office)
    path = inbox / f"{source.value}.parquet"
    snapshot(path, source, rows)
    manifest = {"format": "parquet", "as_of": office.bureau.today, **manifest}
    made = manifest_of(path.read_bytes(), len(rows), source=source, **manifest)
    (inbox / f"{source.value}.manifest.json").write_bytes(made.canonical())


async def recheck(office: Office) -> Any:
    started = await office.post(office.officer, "/bulk")
    assert started.status_code == 200, started.text
    await office.bureau.house.work_off()
    answer = await office.get(office.officer, f"/bulk/{started.json()['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_death_and_a_new_car_become_one_review_and_no_exit(district: Office, paid: Case) -> None:
    numbers = id_numbers(paid.facts)
    deliver(
        district,
        Source.HOUSEHOLD_REGISTRATION,
        [{"id_number": numbers[1], "status": "deceased", "died_on": date(2026, 7, 1)}],
    )
    deliver(
        district,
        Source.VEHICLES,
        [{"id_number": numbers[0], "reference": "甘L55555", "kind": "car", "value": Decimal("62000.00")}],
    )

    answer = await recheck(district)

    assert answer["run"]["state"] == "done", answer
    assert answer["run"]["persons"] == 2
    assert sorted(a["kind"] for a in answer["alerts"]) == ["death", "vehicle"]
    assert {a["state"] for a in answer["alerts"]} == {"filed"}
    case = await district.bureau.read(paid, "district_officer")
    assert case["state"] == "reviewing"
    assert "甘L55555" not in str(case)
    assert "62000" not in str(case)
    told = await note_of(district, paid)
    day = district.bureau.today
    assert f"成员登记死亡（1 项）：有成员登记死亡或户口已注销。数据截至 {day}，来自户籍和死亡。请" in told
    assert f"有达到本区标准的车辆、船舶或大型农机具。数据截至 {day}，来自车辆、船舶、农机。请" in told


async def note_of(office: Office, case: Case) -> str:
    async with office.bureau.house.inside(office.bureau.district) as tx:
        actor = office.bureau.staff["district_officer"].actor
        situation = await office.bureau.house.zhunbao.situations.load(tx, actor, case.id)
    start = situation.view.records.last(ReviewStart)
    assert start is not None
    return start.notes


async def test_the_same_registries_a_month_later_bring_nothing_up_again(district: Office, paid: Case) -> None:
    answer = await recheck(district)

    assert answer["run"]["state"] == "done"
    assert answer["alerts"] == []


async def test_what_comes_up_during_a_review_waits_for_its_end(district: Office, paid: Case) -> None:
    number = id_numbers(paid.facts)[0]
    deliver(
        district,
        Source.MARKET_ENTITIES,
        [{"id_number": number, "reference": "91620802X", "role": "owner", "status": "open"}],
    )

    answer = await recheck(district)

    assert [(a["kind"], a["state"]) for a in answer["alerts"]] == [("entity", "waiting")]
    assert "复核中" in answer["alerts"][0]["reason"]


async def test_the_run_leaves_no_personal_data_behind(district: Office, paid: Case) -> None:
    folder = (
        district.bureau.house.zhunbao.settings.data
        / "plugins"
        / "big_data_check"
        / district.bureau.district.code
    )

    assert list((folder / "runs").iterdir()) == []
    kept = b"".join(p.read_bytes() for p in (folder / "state").rglob("*") if p.is_file())
    for number in id_numbers(paid.facts):
        assert number.encode() not in kept


async def test_the_page_and_the_excel_say_what_was_not_checked_and_why(district: Office, paid: Case) -> None:
    answer = await recheck(district)
    run_id = answer["run"]["id"]

    page = await district.page(district.officer, f"/bulk/{run_id}")
    book = await district.page(district.officer, f"/bulk/{run_id}/excel")

    assert page.status_code == 200, page.text
    assert "没有核对的" in page.text
    wanted = answer["alerts"] != []
    assert (page.text.index("需要复核的") < page.text.index("没有核对的")) is wanted
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_name("没有核对的").to_python()
    )
    assert [Source.DEPOSITS.label, 2, NOTHING] in rows


async def test_a_broken_snapshot_is_said_and_the_rest_is_checked(district: Office, paid: Case) -> None:
    inbox, broken = inbox_of(district), b"PAR1 cut off"
    (inbox / "tax.parquet").write_bytes(broken)
    made = manifest_of(broken, 1, source=Source.TAX, format="parquet", as_of=district.bureau.today)
    (inbox / "tax.manifest.json").write_bytes(made.canonical())

    answer = await recheck(district)

    assert answer["run"]["state"] == "done"
    assert any("损坏" in p["why"] for p in answer["run"]["problems"])


async def test_two_re_checks_do_not_run_side_by_side(district: Office, paid: Case) -> None:
    first = await district.post(district.officer, "/bulk")
    second = await district.post(district.officer, "/bulk")

    assert first.status_code == 200
    assert second.status_code == 409
    await district.bureau.house.work_off()


async def test_a_stopped_re_check_ends_as_stopped(district: Office, paid: Case) -> None:
    started = (await district.post(district.officer, "/bulk")).json()["id"]
    await district.post(district.officer, f"/bulk/{started}/stop")
    await district.bureau.house.work_off()

    answer = (await district.get(district.officer, f"/bulk/{started}")).json()

    assert answer["run"]["state"] == "cancelled"


async def test_the_panel_sees_nothing_of_it(district: Office, paid: Case) -> None:
    answer = await district.get(district.host, "/bulk")

    assert answer.status_code in (403, 404)
