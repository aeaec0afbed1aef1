"""A province watches its districts' re-checks: progress, time left, counts of changes; never a person, a case or a value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.commands.progress import said, work_of
from core.problems import NotFound
from core.sdk import LongWork
from core.sdk.verification import Source
from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import by_code
from plugins.big_data_check.bulk import share
from plugins.big_data_check.bulk.province_pages import summed
from plugins.big_data_check.bulk.share import Share
from tests.builders.casework import Case, id_numbers
from tests.builders.households import elderly_couple
from tests.builders.installation import Somebody
from tests.plugins.big_data_check.bulk.test_bulk_office import SETTINGS, deliver, recheck
from tests.plugins.big_data_check.office import Office, an_office, plugin_context

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)


def a_share(district: str, state: Any, done: int = 0, total: int = 0, **kinds: int) -> Share:
    return Share(
        uuid4(), state, NOW - timedelta(minutes=10), NOW, None, "", done, total, None, 100, total, 0, kinds,
        sum(kinds.values()), 0, 0, district,
    )  # fmt: skip


def test_a_province_is_as_far_as_its_districts_are_together() -> None:
    shares = {
        "620802": a_share("620802", "done", vehicle=2, death=1),
        "620822": a_share("620822", "computing", 40, 100, vehicle=1),
    }
    names = {"620802": "崆峒区", "620822": "灵台县", "621122": "陇西县"}
    found = summed("2026-12", names, shares, NOW)
    assert (found.percent, found.begun, found.ended) == (50, 2, 1)
    assert found.kinds == {"vehicle": 3, "death": 1}
    assert found.seconds_left == pytest.approx(600)
    assert [(d.name, d.share is None) for d in found.districts] == [
        ("崆峒区", False),
        ("灵台县", False),
        ("陇西县", True),
    ]


def test_without_a_pace_no_time_is_promised_and_none_when_all_is_over() -> None:
    begun = summed("2026-12", {}, {"620802": a_share("620802", "queued")}, NOW)
    assert (begun.percent, begun.seconds_left) == (0, None)
    over = summed("2026-12", {}, {"620802": a_share("620802", "failed")}, NOW)
    assert (over.percent, over.seconds_left) == (100, None)


@pytest.fixture(scope="module")
async def district(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[Office]:
    async with an_office(database_urls, tmp_path_factory.mktemp("province"), keys, values=SETTINGS) as office:
        yield office


@pytest.fixture(scope="module")
async def paid(district: Office) -> Case:
    facts = elderly_couple()
    return await district.bureau.take(await district.bureau.application(facts), "active")


@pytest.fixture(scope="module")
async def operator(district: Office) -> Somebody:
    return await operator_of(district)


async def operator_of(office: Office) -> Somebody:
    """Who works at the province."""
    house = office.bureau.house
    async with house.zhunbao.database.platform() as tx:
        province = await by_code(tx, "62")
    assert province is not None
    if province.id not in house.administrators:
        await house._administrators(province)
    return await house.person(province, "province_operator", "620000000000")


async def seen(district: Office, operator: Somebody) -> Any:
    answer = await district.bureau.house.client.get(
        "/d/62/api/x/big_data_check/province", headers=operator.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.anyio
async def test_the_operator_sees_how_far_a_district_is_and_what_came_of_it_in_counts(
    district: Office, paid: Case, operator: Somebody
) -> None:
    before = await seen(district, operator)
    assert [(d["code"], d["share"]) for d in before["districts"]] == [("620802", None)]
    number = id_numbers(paid.facts)[0]
    rows = [{"id_number": number, "reference": "甘L66666", "kind": "car", "value": Decimal("62000.00")}]
    deliver(district, Source.VEHICLES, rows)
    run = await recheck(district)
    assert run["run"]["state"] == "done"

    found = await seen(district, operator)
    assert (found["percent"], found["ended"], found["persons"], found["kinds"]) == (100, 1, 2, {"vehicle": 1})
    mine = found["districts"][0]["share"]
    assert (mine["state"], mine["filed"], mine["failed"]) == ("done", 1, 0)
    assert mine["unchecked"] == len(run["run"]["problems"])
    page = await district.bureau.house.client.get("/d/62/x/big_data_check/province", headers=operator.headers)
    assert page.status_code == 200, page.text
    assert "崆峒区" in page.text
    assert "1 / 1 个区县已完成" in page.text
    case = await district.bureau.read(paid, "district_officer")
    for secret in (number, "甘L66666", case["number"], paid.facts.applicant.name, str(paid.id)):
        assert secret not in page.text + str(found)


@pytest.mark.anyio
async def test_the_terminal_shows_a_bar_for_the_province_and_each_district(
    district: Office, paid: Case, operator: Somebody
) -> None:
    """`long_work`, as `zhunbao progress` says it."""
    z = district.bureau.house.zhunbao
    lines = said(await work_of(z, "62")).splitlines()
    assert [line.split()[1] for line in lines] == ["100%", "100%"]
    assert "1 / 1 个区县已完成，登记变化 1 项" in lines[0]
    assert "崆峒区" in lines[1]
    own = said(await work_of(z, district.bureau.district.code))
    assert "批量复核 · 已完成；没有核对的：户籍" in own
    assert " 2 人" in own
    queued = (await district.post(district.officer, "/bulk")).json()["id"]
    assert "░ 0% 批量复核 · 排队中".replace(" 0%", "   0%") in said(
        await work_of(z, district.bureau.district.code)
    )
    await district.post(district.officer, f"/bulk/{queued}/stop")
    await district.bureau.house.work_off()
    with pytest.raises(NotFound):
        await work_of(z, "999999")


def test_a_bar_says_the_time_left_in_words() -> None:
    line = said([LongWork("崆峒区", 50, 300.0, "正在核对"), LongWork("灵台县", 99, 12.4)])
    assert line.splitlines()[0] == f"{'█' * 15}{'░' * 15}  50% 崆峒区 · 正在核对 · 还剩约 5 分钟"
    assert line.splitlines()[1].endswith("99% 灵台县 · 还剩约 12 秒")


@pytest.mark.anyio
async def test_an_older_message_that_comes_late_takes_nothing_back(
    district: Office, paid: Case, operator: Somebody
) -> None:
    mine = (await seen(district, operator))["districts"][0]["share"]
    late = {**mine, "state": "computing", "told_at": mine["asked_at"], "done": 1, "total": 9}
    context = await province_context(district, operator)
    await share.run_share(context, late)
    assert (await seen(district, operator))["districts"][0]["share"] == mine


async def province_context(office: Office, operator: Somebody) -> Any:
    z = office.bureau.house.zhunbao
    async with z.database.transaction(operator.actor.tenant_id) as tx:
        scope = await z.runtimes.scope(tx)
    return z.host.context(scope, "big_data_check")


@pytest.mark.anyio
async def test_a_province_makes_no_re_check_of_its_own(district: Office, operator: Somebody) -> None:
    from plugins.big_data_check.bulk.jobs import run_due

    context = await province_context(district, operator)
    await run_due(context, {})
    async with district.bureau.house.zhunbao.database.transaction(operator.actor.tenant_id) as tx:
        assert await tx.fetchval("SELECT count(*) FROM big_data_check_bulk_run") == 0


@pytest.mark.anyio
async def test_nobody_in_a_district_sees_the_province_and_the_operator_sees_no_district(
    district: Office, paid: Case, operator: Somebody
) -> None:
    for who in (district.officer, district.bureau.staff["district_officer"], district.host):
        assert (await district.get(who, "/province")).status_code == 403
    base = f"/d/{district.bureau.district.code}/api/x/big_data_check"
    for path in ("/bulk", "/authorisations", f"/cases/{paid.id}"):
        answer = await district.bureau.house.client.get(base + path, headers=operator.headers)
        assert answer.status_code in (401, 403, 404), path


@pytest.mark.anyio
async def test_without_a_province_nothing_is_handed_up(district: Office, operator: Somebody) -> None:
    context = await province_context(district, operator)
    platform = context.platform
    async with platform.transaction() as tx:
        assert not await platform.hand_up(tx, share.JOB, {}, key="none")
    async with (await plugin_context(district)).platform.transaction() as tx:  # type: ignore[union-attr]
        assert await (await plugin_context(district)).platform.districts(tx) == {}  # type: ignore[union-attr]
