"""The officer's pages say what is to do, print the report, and put the four values side by side."""

from __future__ import annotations

import pytest

from tests.builders.casework import renamed
from tests.builders.households import elderly_couple, family_with_vehicle
from tests.plugins.big_data_check.office import Office

pytestmark = pytest.mark.anyio


async def test_the_list_shows_who_waits_for_a_source_and_leads_to_the_case(office: Office) -> None:
    office.simulated.source("tax", state="down")
    case = await office.investigated(renamed(elderly_couple(), "列"))
    page = await office.page(office.officer, "/?tab=silent")
    assert page.status_code == 200
    assert "马德福列" in page.text
    assert f"/x/big_data_check/cases/{case.id}" in page.text
    assert "2 项未答复" in page.text
    listed = (await office.get(office.officer, "/requests?tab=silent")).json()
    [line] = [row for row in listed["rows"] if row["case_id"] == str(case.id)]
    assert (line["silent"], line["state"]) == (2, "waiting")
    for tab in ("open", "blank", "findings", "all", "nonsense"):
        assert (await office.page(office.officer, f"/?tab={tab}&page=99")).status_code == 200


async def test_the_case_page_shows_records_in_words_and_the_finding_with_its_hint(office: Office) -> None:
    facts = renamed(family_with_vehicle(), "页")
    office.register(
        facts, "陈建军页", vehicles={"reference": "甘L12345", "value": "62000", "insured_until": "2023-01-01"}
    )
    case = await office.investigated(facts)
    page = await office.page(office.officer, f"/cases/{case.id}")
    assert page.status_code == 200
    for word in ("甘L12345", "评估价值", "62,000.00 元", "没有过户", "身份证号一致", "四方对照"):
        assert word in page.text
    core_page = await office.bureau.house.client.get(
        f"/d/{office.bureau.district.code}/cases/{case.id}", headers=office.officer.headers
    )
    assert "信息核对进度" in core_page.text
    assert "已答复 36 / 36 项" in core_page.text


async def test_the_report_is_a_sheet_with_number_authorisation_and_conclusion(office: Office) -> None:
    case = await office.investigated(renamed(elderly_couple(), "单"))
    page = await office.page(office.officer, f"/cases/{case.id}/report")
    assert page.status_code == 200
    [report] = (await office.newest(case))["reports"]
    for word in ("家庭经济状况核对报告", report["number"], report["conclusion"], "SQ-", "第十八条"):
        assert word in page.text
    missing = await office.page(office.officer, f"/cases/{case.id}/report?number=HD-0")
    assert missing.status_code == 404


async def test_the_comparison_puts_declared_visited_and_registered_side_by_side(office: Office) -> None:
    facts = renamed(family_with_vehicle(), "照")
    office.register(facts, "陈建军照", vehicles={"reference": "甘L12345", "value": "70000"})
    case = await office.investigated(facts)
    reviewer = office.bureau.staff["township_reviewer"]
    rows = (await office.get(reviewer, f"/cases/{case.id}/comparison")).json()
    [car] = [r for r in rows if r["topic"] == "车辆、农机"]
    assert (car["declared"], car["archived"], car["visited"], car["registry"]) == (
        "汽车 62,000.00 元", None, "汽车 62,000.00 元", "汽车 70,000.00 元",
    )  # fmt: skip
    assert car["differs"]
    page = await office.page(reviewer, f"/cases/{case.id}/comparison")
    assert "70,000.00 元" in page.text
    assert "不一致" in page.text


async def test_the_overview_counts_open_findings_and_silent_queries(office: Office) -> None:
    office.simulated.source("vehicles", state="down")
    await office.investigated(renamed(elderly_couple(), "数"))
    page = await office.bureau.house.client.get(
        f"/d/{office.bureau.district.code}/overview", headers=office.bureau.staff["district_officer"].headers
    )
    assert page.status_code == 200
    for word in ("待处理的核对疑点", "未答复的核对查询"):
        assert word in page.text


async def test_the_officer_has_a_menu_line_and_the_village_clerk_has_none(office: Office) -> None:
    address = f"/d/{office.bureau.district.code}/work"
    client = office.bureau.house.client
    seen = await client.get(address, headers=office.officer.headers)
    assert "/x/big_data_check/" in seen.text
    other = await client.get(address, headers=office.bureau.staff["village_clerk"].headers)
    assert "/x/big_data_check/" not in other.text
