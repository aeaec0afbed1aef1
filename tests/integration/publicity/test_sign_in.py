"""A meeting's sign-in, household by household: ticked or read from a sheet, it fills coverage and leaves the follow-up list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.publicity import sheet
from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.csrf import token_for
from core.web.visit import COOKIE
from core.web.workbook import workbook
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import an_installation

pytestmark = pytest.mark.anyio

DAY = "2026-03-02"
HOUSEHOLDS = [("一组", "马德福"), ("一组", "李秀英"), ("二组", "王得贵"), ("二组", "赵强")]


@pytest.fixture
async def bureau(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Bureau]:
    """A village whose list has four households; one of them was visited already."""
    start_on(tmp_path, date(2026, 3, 2))
    async with an_installation(fresh_urls, tmp_path, keys) as house:
        made = await a_bureau(house, await house.district("620802-kongtong"))
        rows = [{"group_name": g, "head": h, "how": "visit" if h == "赵强" else ""} for g, h in HOUSEHOLDS]
        await made.post("village_clerk", f"/publicity/{made.village}/households", {"households": rows})
        yield made


async def village(bureau: Bureau) -> dict[str, Any]:
    found: dict[str, Any] = (await bureau.get("village_clerk", f"/publicity/{bureau.village}")).json()
    return found


async def how(bureau: Bureau) -> dict[str, str]:
    return {h["head"]: h["how"] for h in (await village(bureau))["households"]}


async def ids(bureau: Bureau, *heads: str) -> list[str]:
    return [h["id"] for h in (await village(bureau))["households"] if h["head"] in heads]


async def signed(bureau: Bureau, *heads: str, on: str = DAY) -> Any:
    form = {"held_on": on, "households": await ids(bureau, *heads)}
    return await bureau.post("village_clerk", f"/publicity/{bureau.village}/sign-in", form)


async def test_who_signed_in_was_told_at_the_meeting_and_the_rest_is_left_to_follow_up(
    bureau: Bureau,
) -> None:
    assert (await signed(bureau, "马德福", "赵强")).json() == {"households": 2}
    assert await how(bureau) == {"马德福": "meeting", "李秀英": "", "王得贵": "", "赵强": "visit"}, (
        "a visit is surer"
    )
    found = await village(bureau)
    assert (found["numbers"]["meeting"], found["numbers"]["not_yet"]) == (1, 2)
    assert [len(m["households"]) for m in found["sign_ins"]] == [2]


async def test_a_wrong_tick_is_taken_back_with_what_followed_from_it(bureau: Bureau) -> None:
    await signed(bureau, "马德福", on="2026-03-01")
    await signed(bureau, "马德福", "李秀英")
    await signed(bureau, "王得贵")
    assert await how(bureau) == {"马德福": "meeting", "李秀英": "", "王得贵": "meeting", "赵强": "visit"}
    await signed(bureau)
    assert await how(bureau) == {"马德福": "meeting", "李秀英": "", "王得贵": "", "赵强": "visit"}


async def test_a_day_to_come_and_households_of_elsewhere_are_refused(bureau: Bureau) -> None:
    late = await signed(bureau, "马德福", on="2027-01-01")
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "held_on")
    form = {"held_on": DAY, "households": ["00000000-0000-4000-8000-000000000001"]}
    strange = await bureau.post("village_clerk", f"/publicity/{bureau.village}/sign-in", form)
    assert (strange.status_code, strange.json()["errors"][0]["field"]) == (422, "households")
    assert set((await how(bureau)).values()) == {"", "visit"}
    refused = await bureau.post("observer", f"/publicity/{bureau.village}/sign-in", {"held_on": DAY})
    assert refused.status_code == 403


async def test_the_sheet_goes_out_and_comes_back_and_wrong_rows_are_named(bureau: Bureau) -> None:
    await signed(bureau, "马德福")
    clerk, client = bureau.staff["village_clerk"], bureau.house.client
    base = f"/d/{bureau.district.code}/publicity/{bureau.village}/sign-in"
    cookie = {"cookie": f"{COOKIE}={clerk.token}", "sec-fetch-site": "same-origin"}

    async def sent(*rows: tuple[str, str, str]) -> Any:
        """Sheets handed out earlier have no column for what tells namesakes apart; they are read as ever."""
        file = {"file": ("签到.xlsx", workbook("签到", ("村民小组", "户主", "签到"), rows))}
        own = {"_csrf": token_for(clerk.token), "held_on": DAY}
        return await client.post(f"{base}/file", data=own, files=file, headers=cookie)

    out = await client.get(f"{base}.xlsx?on={DAY}", headers=cookie)
    assert next(row for _, row in sheet._rows(out.content, sheet.SIGN_IN, sheet.SIGN_IN)) == {
        "村民小组": "一组", "户主": "李秀英", "区分": "", "签到": "",
    }  # fmt: skip
    wrong = await sent(("一组", "李秀英", "√"), ("九组", "没有这个人", "到"))
    assert wrong.status_code == 422
    assert "第 3 行：名单里没有“九组 没有这个人”" in wrong.text
    assert (await how(bureau))["李秀英"] == "", "nothing of a sheet with a wrong row is taken"
    taken = await sent(("一组", "马德福", "未到"), ("一组", "李秀英", "√"), ("二组", "王得贵", "1"))
    assert taken.status_code == 303
    assert await how(bureau) == {"马德福": "", "李秀英": "meeting", "王得贵": "meeting", "赵强": "visit"}
    page = (await client.get(f"{base}?on={DAY}", headers=cookie)).text
    assert "到会 2 / 4 户" in page
    assert page.count(" checked") == 2


async def test_ticking_on_the_page_needs_no_script(bureau: Bureau) -> None:
    clerk, client = bureau.staff["village_clerk"], bureau.house.client
    base = f"/d/{bureau.district.code}/publicity/{bureau.village}/sign-in"
    cookie = {"cookie": f"{COOKIE}={clerk.token}", "sec-fetch-site": "same-origin"}
    own = {"_csrf": token_for(clerk.token), "held_on": DAY, "households": (await ids(bureau, "王得贵"))[0]}
    assert (await client.post(base, data=own, headers=cookie)).status_code == 303
    assert (await how(bureau))["王得贵"] == "meeting"
    again = await client.post(base, data={**own, "held_on": "2027-01-01"}, headers=cookie)
    assert again.status_code == 422
    assert again.text.count(" checked") == 1, "what was ticked is still ticked"


async def test_the_rounds_record_of_the_meeting_is_what_was_signed_in(bureau: Bureau) -> None:
    await signed(bureau, "马德福", "李秀英", "王得贵")
    plan = {"area_code": bureau.village, "calendar": {"applications_open": "2026-03-20"}}
    opened = await bureau.post("township_clerk", "/rounds", plan)
    assert opened.status_code == 201, opened.text
    script = await bureau.house.client.get(
        f"/d/{bureau.district.code}/publicity/{bureau.village}/broadcast.txt",
        headers=bureau.staff["village_clerk"].headers,
    )
    assert "到 2026 年 3 月 20 日" in script.text, "the round's dates are on the village's leaflet"
    clerk, client = bureau.staff["village_clerk"], bureau.house.client
    process = opened.json()["process_id"]
    cookie = {"cookie": f"{COOKIE}={clerk.token}", "sec-fetch-site": "same-origin"}
    page = await client.get(
        f"/d/{bureau.district.code}/rounds/{process}/do/record_mobilisation", headers=cookie
    )
    assert 'value="3" id="f-households"' in page.text
    assert f'value="{DAY}"' in page.text
    form = {
        "held_on": DAY, "place": "村委会大院", "agenda": ["讲解政策标准"], "households": 60, "households_total": 60,
        "photos": [bureau.photo],
    }  # fmt: skip
    path = f"/rounds/{process}/actions/record_mobilisation"
    wrong = await bureau.post("village_clerk", path, {"expected_version": 1, "form": form})
    assert wrong.status_code == 422
    assert "这一天签到的是 3 户" in wrong.text
    sent = {"expected_version": 1, "form": form | {"households": 3, "households_total": 4}}
    assert (await bureau.post("village_clerk", path, sent)).status_code == 200
    meeting = (await village(bureau))["meeting"]
    assert sorted(meeting["households_there"]) == sorted(await ids(bureau, "马德福", "李秀英", "王得贵"))
