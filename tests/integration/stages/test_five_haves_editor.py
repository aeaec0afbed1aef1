"""A district's five-haves tables: read aloud, edited row by row, checked, and saved as a new version from a day on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.web.csrf import token_for
from tests.builders.casework import Bureau, renamed
from tests.builders.households import family_with_vehicle
from tests.builders.installation import Somebody

pytestmark = pytest.mark.anyio

PAGE = "/admin/config/five-haves"


async def get(bureau: Bureau, who: Somebody, path: str) -> httpx.Response:
    return await bureau.house.client.get(f"/d/{bureau.district.code}{path}", headers=who.headers)


async def send(bureau: Bureau, who: Somebody, kind: str, **typed: Any) -> httpx.Response:
    number = (await get(bureau, who, "/api" + PAGE)).json()["number"]
    form = {
        "start": bureau.today.isoformat(), "reason": "按市局新规定", "_csrf": token_for(who.token), "_read": number,
    }  # fmt: skip
    return await bureau.house.client.post(
        f"/d/{bureau.district.code}{PAGE}/{kind}", data=form | typed, headers=who.headers
    )


def rows(*cells: dict[str, str]) -> dict[str, str]:
    """As the page's inputs send them."""
    basic = {"outcome": "look_at", "label": "", "law": "57号 14"}
    return {f"rows-{n}-{k}": v for n, row in enumerate(cells) for k, v in (basic | row).items()}


async def tables(bureau: Bureau, who: Somebody) -> dict[str, Any]:
    answer = (await get(bureau, who, "/api" + PAGE)).json()
    return {one["kind"]: one for one in answer["tables"]}


async def test_the_tables_in_force_are_read_aloud(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    page = await get(bureau, admin, PAGE)
    assert page.status_code == 200
    assert "达到 50,000 元" in page.text
    assert "达到 30,000 元" in page.text
    officer = bureau.staff["township_clerk"]
    assert (await get(bureau, officer, PAGE)).status_code == 403


async def test_rows_are_added_and_put_in_order_without_losing_what_was_typed(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    typed = rows({"value": "达到 30000 元"}, {"kind": "大型农机具", "outcome": "let_off"})
    added = await send(bureau, admin, "vehicle", **typed, _row="add")
    assert 'name="rows-2-value"' in added.text
    moved = (await send(bureau, admin, "vehicle", **typed, _row="up-1")).text
    assert moved.index("大型农机具") < moved.index("达到 30000 元")
    fewer = await send(bureau, admin, "vehicle", **typed, _row="remove-0")
    assert "达到 30000 元" not in fewer.text


async def test_a_check_reads_the_rows_aloud_and_stores_nothing(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    before = await tables(bureau, admin)
    typed = rows({"kind": "大型农机具", "value": "低于 8 0000", "outcome": "let_off"}, {"value": "≥30000"})
    wrong = await send(bureau, admin, "vehicle", **typed, _step="check")
    assert wrong.status_code == 422
    assert 'id="e-rows-0-value"' in wrong.text
    typed["rows-0-value"] = "低于 80,000 元"
    checked = await send(bureau, admin, "vehicle", **typed, reason="", _step="check")
    assert checked.status_code == 200, checked.text
    assert "种类：大型农机具；价值：低于 80,000 元" in checked.text
    assert "重叠" in checked.text
    assert await tables(bureau, admin) == before
    unsaid = await send(bureau, admin, "vehicle", **typed, reason="", _step="save")
    assert unsaid.status_code == 422
    assert 'id="e-reason"' in unsaid.text


async def test_a_check_counts_whom_the_table_would_ask(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    case = await bureau.take(await bureau.application(renamed(family_with_vehicle(), "影")), "investigating")
    await bureau.do("visitor", case, "record_visit", bureau.visit(case))
    typed = rows({"value": "达到 900000"})
    checked = await send(bureau, admin, "vehicle", **typed, _step="check")
    assert "不用再说明的 1 户" in checked.text
    assert "新增要说明的 0 户" in checked.text
    again = await send(bureau, admin, "vehicle", **rows({"value": "达到 50000"}), _step="check")
    assert "不用再说明的 0 户" in again.text


async def test_a_saved_table_holds_from_its_day_and_says_who_and_why(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    later = bureau.today + timedelta(days=2)
    typed = rows({"per_person_months": "超过 24"}) | {"start": later.isoformat()}
    saved = await send(bureau, admin, "deposits", **typed, _step="save")
    assert saved.status_code == 303, saved.text
    assert (await tables(bureau, admin))["deposits"]["rows"][0]["asks"] == [["全家合计", "达到 30,000 元"]]
    bureau.on(later)
    found = (await tables(bureau, admin))["deposits"]
    assert found["rows"][0]["asks"][0][1].startswith("超过 24 个月的低保标准（11,160.00 元）")
    assert not found["short_form"]


async def test_whoever_was_overtaken_is_told_and_loses_nothing(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    typed = rows({"value": "达到 45000"})
    overtaken = await send(bureau, admin, "vehicle", **typed, _step="save", _read="999")
    assert overtaken.status_code == 409
    assert "达到 45000" in overtaken.text


async def test_the_api_refuses_by_cell_and_saves(bureau: Bureau) -> None:
    admin = await bureau.house.person(bureau.district, "system_admin")
    address = f"/d/{bureau.district.code}/api{PAGE}/housing"
    form = {"start": bureau.today.isoformat(), "reason": "按市局新规定", "rows": [{"kind": '"villa"'}]}
    refused = await bureau.house.client.post(address, json=form, headers=admin.headers)
    assert refused.status_code == 422
    assert [e["field"] for e in refused.json()["errors"]] == ["rows.0.kind"]
    form["rows"] = [
        {"outcome": "let_off", "area_per_person": "< 15"},
        {"kind": '"commercial","shop"', "label": "家里买了房"},
    ]
    saved = await bureau.house.client.post(address, json=form, headers=admin.headers)
    assert saved.status_code == 200, saved.text
    assert [row["looks"] for row in saved.json()["rows"]] == [False, True]
