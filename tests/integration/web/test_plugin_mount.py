"""Plugins' pages, API, panels, numbers and menu lines: behind the platform's guard, within the district's frame."""

from __future__ import annotations

import pytest

from tests.builders.casework import Bureau
from tests.builders.households import elderly_couple
from tests.builders.installation import House
from tests.integration.web.browsing import Browser, words
from tests.integration.web.sample_plugin import NAME, SEEN

pytestmark = pytest.mark.anyio

API = f"/x/{NAME}"


async def test_a_page_of_a_plugin_stands_in_the_districts_frame(bureau: Bureau) -> None:
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    answer = await clerk.get(f"/x/{NAME}/notes?said=你好")
    assert "便条：你好" in words(answer.text)
    assert 'href="/d/620802/"' in answer.text
    assert f'action="/d/620802/x/{NAME}/notes"' in answer.text
    assert "elsewhere.test" not in answer.text


async def test_a_district_that_has_not_enabled_a_plugin_has_none_of_it(house: House) -> None:
    district = await house.district("620802-kongtong")
    clerk = await house.person(district, "township_clerk")
    browser = Browser(house, district, clerk)
    assert (await browser.get(f"/x/{NAME}/notes")).status_code == 404
    assert (await house.client.get(f"/d/620802/api/x/{NAME}/open/7")).status_code == 404
    assert "便条" not in await browser.see("/work")


async def test_a_plugins_page_asks_what_its_route_declares(bureau: Bureau) -> None:
    stranger = Browser(bureau.house, bureau.district)
    assert (await stranger.get(f"/x/{NAME}/notes")).status_code == 303
    applicant = await bureau.house.person(bureau.district, "applicant", "620802001001")
    assert (
        await Browser(bureau.house, bureau.district, applicant).get(f"/x/{NAME}/notes")
    ).status_code == 403
    assert (await bureau.post("observer", f"{API}/notes", {"text": "好的", "stars": 3})).status_code == 403


async def test_a_form_of_a_plugin_needs_the_pages_token_and_brings_files_as_bytes(bureau: Bureau) -> None:
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    refused = await clerk.post(f"/x/{NAME}/notes", {"a": "1"}, token=False)
    assert refused.status_code == 403
    SEEN.clear()
    taken = await clerk.post(f"/x/{NAME}/notes", {"rows-0-name": "王桂兰", "_key": "k1"})
    assert taken.headers["location"] == f"/d/620802/x/{NAME}/notes?said=ok"
    assert SEEN[0].typed == {"rows": [{"name": "王桂兰"}]}
    assert SEEN[0].own["_key"] == "k1"
    assert SEEN[0].actor.account_id == bureau.staff["township_clerk"].id


async def test_a_plugin_cannot_send_people_out_of_the_district(bureau: Bureau) -> None:
    clerk = Browser(bureau.house, bureau.district, bureau.staff["township_clerk"])
    assert (await clerk.post(f"/x/{NAME}/stray", {})).status_code == 500


async def test_an_api_form_of_a_plugin_is_decoded_with_every_error_at_once(bureau: Bureau) -> None:
    wrong = await bureau.post("township_clerk", f"{API}/notes", {"text": "短"[:1], "stars": 9})
    assert wrong.status_code == 422
    assert {e["field"] for e in wrong.json()["errors"]} == {"text", "stars"}
    right = await bureau.post("township_clerk", f"{API}/notes", {"text": "好的", "stars": 3}, key="n1")
    assert (right.status_code, right.json()["text"]) == (201, "好的")
    assert SEEN[-1].idempotency_key == "n1"


async def test_a_public_route_answers_strangers_and_knows_who_is_signed_in(bureau: Bureau) -> None:
    stranger = await bureau.house.client.get(bureau.url(f"{API}/open/7"))
    assert stranger.json() == {"visitor": None, "number": 7}
    known = await bureau.get("visitor", f"{API}/open/7")
    assert known.json()["visitor"] == "visitor"


async def test_what_a_plugin_sends_as_html_is_a_download(bureau: Bureau) -> None:
    answer = await Browser(bureau.house, bureau.district, bureau.staff["visitor"]).get(f"/x/{NAME}/paper")
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_a_plugins_refusal_is_told_and_its_crash_is_not(
    bureau: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(bureau.house, bureau.district, bureau.staff["visitor"])
    assert "评议还没有开始，不能投票。" in await browser.see(f"/x/{NAME}/refused", 403)
    crashed = await bureau.get("visitor", f"{API}/broken?typed=%E7%8E%8B%E6%A1%82%E5%85%B0")
    assert crashed.status_code == 500
    assert "王桂兰" not in crashed.text
    assert "RuntimeError" in caplog.text
    assert "王桂兰" not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("core."))


async def test_plugins_routes_are_in_the_schema(bureau: Bureau) -> None:
    schema = (await bureau.house.client.get("/schema")).json()
    path = schema["paths"][f"/d/{{district}}/api/x/{NAME}/notes"]["post"]
    assert path["summary"] == "写一条"
    assert any(p["name"] == "Idempotency-Key" for p in path["parameters"])
    number = schema["paths"][f"/d/{{district}}/api/x/{NAME}/open/{{number}}"]["get"]
    assert {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}} in number[
        "parameters"
    ]
    assert number.get("security") == []


async def test_the_menu_has_a_plugins_lines_for_those_who_hold_what_they_need(bureau: Bureau) -> None:
    page = await Browser(bureau.house, bureau.district, bureau.staff["township_clerk"]).see("/work")
    assert "便条" in page
    assert "便条管理" not in page


async def test_a_panel_that_fails_leaves_a_box_that_names_its_plugin(bureau: Bureau) -> None:
    case = await bureau.application(elderly_couple())
    page = await Browser(bureau.house, bureau.district, bureau.staff["township_clerk"]).see(
        f"/cases/{case.id}"
    )
    assert "township_clerk看的case" in page
    assert "“便条”的内容没有显示出来" in page


async def test_a_plugins_number_stands_in_the_overview(bureau: Bureau) -> None:
    page = await Browser(bureau.house, bureau.district, bureau.staff["district_officer"]).see("/overview")
    assert "1,234 便条数 地区 全区" in page
