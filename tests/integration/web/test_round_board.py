"""The village board: counts that lead to their cases, the calendar, and what the calendar would breach."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.builders.casework import Bureau, Case
from tests.builders.households import elderly_couple, family_with_relative_on_panel
from tests.builders.village_round import VillageRound, a_round
from tests.integration.web.browsing import Browser

pytestmark = pytest.mark.anyio


async def test_a_round_is_opened_from_its_page_with_a_calendar(bureau: Bureau) -> None:
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    assert "每个环节计划哪天办完" in await clerk.see("/rounds/new")
    form = {"area_code": bureau.village, "calendar-visits": "2026-09-30", "calendar-final": ""}
    opened = await clerk.post("/rounds/new", form)
    assert opened.status_code == 303, opened.text
    board = await clerk.see(opened.headers["location"].removeprefix("/d/620802"))
    assert "2026-09-30" in board
    again = await clerk.post("/rounds/new", form)
    assert again.status_code == 409
    assert "已有一轮正在进行" in again.text


async def test_the_board_counts_households_and_leads_to_them(bureau: Bureau) -> None:
    village = await a_round(bureau)
    for facts in (elderly_couple(), family_with_relative_on_panel()):
        await village.application(facts)
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    board = await clerk.see(f"/rounds/{village.round.id}")
    assert "2 新申请" in board
    assert "已受理 2" in board
    listed = await clerk.see(f"/cases?tab=all&round={village.round.id}&only=new")
    assert "共 2 条" in listed
    assert "这里没有事项" in await clerk.see(f"/cases?tab=all&round={village.round.id}&only=existing")


async def test_a_calendar_that_breaches_a_households_total_warns_before_it_happens(bureau: Bureau) -> None:
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    opened = await clerk.post("/rounds/new", {"area_code": bureau.village, "calendar-visits": "2026-12-30"})
    path = opened.headers["location"].partition("?")[0].removeprefix("/d/620802")
    opened_round = Case(UUID(path.rpartition("/")[2]), None, "round")  # type: ignore[arg-type]
    village = VillageRound(bureau, opened_round, [], bureau.staff["observer"])
    await village.open_applications()
    case = await village.application(elderly_couple())
    due = (await bureau.read(case))["deadlines"][-1]["due"]
    board = await clerk.see(path)
    assert "按现在的日程（到 2026年12月30日），1 户会超过法定总期限：" in board
    assert f"（{due}）" in board
    bureau.house.later(days=60)
    assert "1 户已经超过法定总期限：" in await clerk.see(path)


async def test_a_round_is_not_offered_to_go_on_while_households_are_open(bureau: Bureau) -> None:
    village = await a_round(bureau)
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    path = f"/rounds/{village.round.id}"
    assert f'href="/d/620802{path}/do/close_applications"' in (await clerk.get(path)).text
    case = await bureau.application(elderly_couple(), round=str(village.round.id))
    page = await clerk.get(path)
    assert "/do/close_applications" not in page.text
    assert "本村还有没办完的：“填写申请”1 户" in await clerk.see(path)
    await bureau.take(case, "accepted")
    assert "/do/close_applications" in (await clerk.get(path)).text


async def test_only_villages_of_ones_own_area_are_offered(bureau: Bureau) -> None:
    offered = (
        await Browser(bureau.house, bureau.district, bureau.staff["township_clerk"]).get("/cases/new")
    ).text
    assert '<option value="620802001001"' in offered
    assert '<option value="620802101200"' not in offered
