"""Work list and lists: whose they are, what is due, filters in the address, how far one sees."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from core.web.workbook import workbook
from tests.builders.casework import Bureau
from tests.builders.households import elderly_couple, family_with_relative_on_panel
from tests.builders.installation import OTHER_VILLAGE, VILLAGE
from tests.integration.web.browsing import Browser

pytestmark = pytest.mark.anyio


def of(bureau: Bureau, who: str) -> Browser:
    return Browser(bureau.house, bureau.district, bureau.staff[who])


async def test_the_work_list_is_home_and_shows_what_waits_for_me(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "submitted")
    await bureau.take(await bureau.application(family_with_relative_on_panel()), "assessed")
    assert (await of(bureau, "township_reviewer").get("/")).headers["location"] == "/d/620802/work"
    page = await of(bureau, "township_reviewer").see("/work")
    assert "我要办的 1" in page
    assert "赵强" in page
    assert "马德福" not in page
    assert "等别人办 1" in page


async def test_due_and_overdue_are_said_in_working_days(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "submitted")
    clerk = of(bureau, "township_clerk")
    assert "个工作日（9月" in await clerk.see("/work")
    bureau.house.later(days=30)
    page = await clerk.see("/work?tab=overdue")
    assert "已超期" in page
    assert "马德福" in page


async def test_a_decided_case_has_no_total_deadline_any_more(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "active")
    bureau.house.later(days=90)
    assert "马德福" not in await of(bureau, "township_clerk").see("/work?tab=overdue")
    assert [d["label"] for d in (await bureau.read(case))["deadlines"]] == ["定期核查到期"]


async def test_one_sees_cases_of_ones_own_area_only(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "submitted")
    here = await bureau.house.person(bureau.district, "village_clerk", VILLAGE)
    there = await bureau.house.person(bureau.district, "village_clerk", OTHER_VILLAGE)
    assert "马德福" in await Browser(bureau.house, bureau.district, here).see("/cases")
    assert "马德福" not in await Browser(bureau.house, bureau.district, there).see("/cases")


async def test_administrators_list_no_cases_over_the_api_either(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "submitted")
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute("UPDATE account SET must_change = '' WHERE tenant_id = $1", tx.tenant)
    admin = await bureau.house.administrator(bureau.district, "security_admin")
    assert (await bureau.get(admin, "/cases?tab=all")).json()["rows"] == []


async def test_filters_stand_in_the_address_and_nonsense_in_it_is_ignored(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "submitted")
    clerk = of(bureau, "township_clerk")
    assert "马德福" in await clerk.see("/cases?q=马德")
    assert "马德福" in await clerk.see("/cases?state=submitted&area=620802001")
    empty = await clerk.see("/cases?q=没有这个人")
    assert "没有符合条件的" in empty
    assert "马德福" in await clerk.see("/cases?page=x&tab=nonsense&unknown=1")
    assert (await bureau.get("township_clerk", "/cases?page=x")).status_code == 422


async def test_the_overview_counts_new_removed_and_adjusted_with_the_households_behind(
    bureau: Bureau,
) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "active")
    bureau.house.later(days=40)
    officer = of(bureau, "district_officer")
    page = await officer.see("/overview")
    assert "1 在册户数 2 保障人数 930.00 当月发放（元）" in page
    month = bureau.today.isoformat()[:7]
    first = "2026-10"
    assert "马德福" in await officer.see(f"/overview/households?month={first}&change=new")
    assert "没有符合条件的家庭" in await officer.see(f"/overview/households?month={month}&change=removed")
    province = await bureau.house.person(bureau.district, "province_operator")
    seen = Browser(bureau.house, bureau.district, province)
    assert "930.00" in await seen.see("/overview")
    assert (await seen.get("/overview/households")).status_code == 403


async def test_a_list_exports_as_excel_what_the_person_sees_on_it(bureau: Bureau) -> None:
    await bureau.take(await bureau.application(elderly_couple()), "active")
    bureau.house.later(days=40)
    answer = await of(bureau, "township_clerk").get("/export/cases.xlsx?tab=all")
    assert sheet(answer.content)[1][:3] == ["620802-2026-000001", "马德福", 2.0]
    assert "attachment" in answer.headers["content-disposition"]
    rolls = await of(bureau, "district_officer").get("/export/households.xlsx?month=2026-10&change=new")
    assert sheet(rolls.content)[1][0] == "马德福"
    there = await bureau.house.person(bureau.district, "village_clerk", OTHER_VILLAGE)
    empty = await Browser(bureau.house, bureau.district, there).get("/export/cases.xlsx?tab=all")
    assert len(sheet(empty.content)) == 1


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    rows = sheet(workbook("表", ("姓名",), [("=HYPERLINK(1)",)]))
    assert rows[1][0] == "=HYPERLINK(1)"


def sheet(data: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
