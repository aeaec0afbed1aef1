"""Namesakes of one group are two households; a mark put down by mistake is taken back, with who and when kept; no day to come."""

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

TODAY = "2026-03-02"


@pytest.fixture
async def bureau(fresh_urls: Urls, tmp_path: Path, keys: Keyring) -> AsyncIterator[Bureau]:
    start_on(tmp_path, date(2026, 3, 2))
    async with an_installation(fresh_urls, tmp_path, keys) as house:
        yield await a_bureau(house, await house.district("620802-kongtong"))


async def bring(bureau: Bureau, *rows: tuple[str, str, str, str]) -> Any:
    """(group, head, what tells namesakes apart, how told)."""
    sent = [dict(zip(("group_name", "head", "apart", "how"), row, strict=True)) for row in rows]
    return await bureau.post("village_clerk", f"/publicity/{bureau.village}/households", {"households": sent})


async def listed(bureau: Bureau) -> dict[tuple[str, str], dict[str, Any]]:
    found = (await bureau.get("village_clerk", f"/publicity/{bureau.village}")).json()
    return {(h["head"], h["apart"]): h for h in found["households"]}


async def test_two_of_one_name_in_one_group_are_two_households(bureau: Bureau) -> None:
    taken = await bring(bureau, ("一组", "马德福", "0011", "visit"), ("一组", "马德福", "013X", ""))
    assert taken.status_code == 200, taken.text
    found = await listed(bureau)
    assert {key: h["how"] for key, h in found.items()} == {
        ("马德福", "0011"): "visit",
        ("马德福", "013X"): "",
    }
    page = await bureau.house.client.get(
        f"/d/{bureau.district.code}/publicity/{bureau.village}", headers=bureau.staff["village_clerk"].headers
    )
    assert "013X" in page.text, "whoever follows up sees which of the two is left"


async def test_namesakes_nothing_tells_apart_are_refused_by_row_instead_of_merged(bureau: Bureau) -> None:
    refused = await bring(
        bureau, ("一组", "马德福", "", "visit"), ("二组", "马德福", "", ""), ("一组", "马德福", "", "")
    )
    assert refused.status_code == 422
    [wrong] = refused.json()["errors"]
    assert wrong["field"] == "households.2.apart"
    assert "第 3 行和第 1 行" in wrong["message"]
    assert await listed(bureau) == {}
    await bring(bureau, ("一组", "马德福", "0011", ""), ("一组", "马德福", "0130", ""))
    refused = await bring(bureau, ("一组", "马德福", "", "visit"))
    assert refused.status_code == 422, "which of the two was visited?"
    assert "0011、0130" in refused.json()["errors"][0]["message"]


async def test_a_list_without_the_column_still_finds_the_one_household_it_means(bureau: Bureau) -> None:
    await bring(bureau, ("一组", "马德福", "", "visit"))
    await bring(bureau, ("一组", "马德福", "0011", ""))
    assert {k: h["how"] for k, h in (await listed(bureau)).items()} == {("马德福", "0011"): "visit"}
    await bring(bureau, ("一组", "马德福", "", "meeting"))
    assert len(await listed(bureau)) == 1
    whole = await bring(bureau, ("一组", "马德福", "620802195001010011", ""))
    assert whole.status_code == 422, "a whole ID number is no list's business"


async def test_the_sheets_out_and_in_keep_namesakes_apart(bureau: Bureau) -> None:
    await bring(bureau, ("一组", "马德福", "0011", "visit"), ("一组", "马德福", "0130", ""))
    base, headers = (
        f"/d/{bureau.district.code}/publicity/{bureau.village}",
        bureau.staff["village_clerk"].headers,
    )
    out = await bureau.house.client.get(f"{base}/households.xlsx", headers=headers)
    assert {(h.head, h.apart, h.how) for h in sheet.read(out.content).households} == {
        ("马德福", "0011", "visit"), ("马德福", "0130", ""),
    }  # fmt: skip
    blank = await bureau.house.client.get(f"{base}/sign-in.xlsx", headers=headers)
    assert "0130" in str(list(sheet._rows(blank.content, sheet.SIGN_IN, sheet.SIGN_IN[:2])))
    clerk = bureau.staff["village_clerk"]
    cookie = {"cookie": f"{COOKIE}={clerk.token}", "sec-fetch-site": "same-origin"}
    own = {"_csrf": token_for(clerk.token), "held_on": TODAY}
    signed = workbook("签到", sheet.SIGN_IN, [("一组", "马德福", "0130", "√")])
    answer = await bureau.house.client.post(
        f"{base}/sign-in/file", data=own, files={"file": ("签到.xlsx", signed)}, headers=cookie
    )
    assert answer.status_code == 303, answer.text
    assert (await listed(bureau))["马德福", "0130"]["how"] == "meeting"
    unclear = workbook("签到", sheet.SIGN_IN, [("一组", "马德福", "", "√")])
    answer = await bureau.house.client.post(
        f"{base}/sign-in/file", data=own, files={"file": ("签到.xlsx", unclear)}, headers=cookie
    )
    assert (answer.status_code, "区分" in answer.text) == (422, True)


async def test_a_mark_is_taken_back_with_who_when_and_why_kept(bureau: Bureau) -> None:
    await bring(bureau, ("一组", "马德福", "", "visit"), ("一组", "李秀英", "", ""))
    home = f"/publicity/{bureau.village}"
    one = (await listed(bureau))["马德福", ""]["id"]
    form = {"households": [one], "reason": "记错了人，去的是邻居家"}
    assert (await bureau.post("observer", f"{home}/take-back", form)).status_code == 403
    back = await bureau.post("village_clerk", f"{home}/take-back", form)
    assert back.json() == {"households": 1}
    found = (await bureau.get("village_clerk", home)).json()
    assert found["numbers"]["not_yet"] == 2
    [kept] = found["taken_back"]
    assert (kept["head"], kept["how"], kept["reason"]) == ("马德福", "visit", form["reason"])
    assert kept["by"] == "village_clerk"
    assert kept["at"].startswith(TODAY)
    again = await bureau.post("village_clerk", f"{home}/take-back", form)
    assert again.status_code == 422, "nothing stands that could be taken back"
    page = await bureau.house.client.get(
        f"/d/{bureau.district.code}{home}", headers=bureau.staff["village_clerk"].headers
    )
    assert form["reason"] in page.text


async def test_taking_back_without_a_reason_keeps_what_was_ticked(bureau: Bureau) -> None:
    await bring(bureau, ("一组", "马德福", "", "visit"), ("一组", "李秀英", "", "visit"))
    one = (await listed(bureau))["马德福", ""]["id"]
    clerk, home = bureau.staff["village_clerk"], f"/d/{bureau.district.code}/publicity/{bureau.village}"
    typed = {"households": one, "reason": "", "_csrf": token_for(clerk.token)}
    page = await bureau.house.client.post(f"{home}/take-back", data=typed, headers=clerk.headers)
    assert page.status_code == 422
    assert f'value="{one}" checked' in page.text
    assert page.text.count(" checked") == 1
    done = await bureau.house.client.post(
        f"{home}/take-back", data=typed | {"reason": "记错了人"}, headers=clerk.headers
    )
    assert done.headers["location"].endswith("?done=back")


async def test_a_visit_taken_back_leaves_the_meeting_and_a_sign_in_is_mended_where_it_was_made(
    bureau: Bureau,
) -> None:
    await bring(bureau, ("一组", "马德福", "", ""))
    home, one = f"/publicity/{bureau.village}", (await listed(bureau))["马德福", ""]["id"]
    await bureau.post("village_clerk", f"{home}/sign-in", {"held_on": TODAY, "households": [one]})
    told = {"households": [one], "how": "visit", "told_on": TODAY}
    await bureau.post("village_clerk", f"{home}/told", told)
    form = {"households": [one], "reason": "没有上门"}
    assert (await bureau.post("village_clerk", f"{home}/take-back", form)).status_code == 200
    assert (await listed(bureau))["马德福", ""]["how"] == "meeting"
    refused = await bureau.post("village_clerk", f"{home}/take-back", form)
    assert refused.status_code == 422
    assert "签到" in refused.json()["errors"][0]["message"]


async def test_a_survey_of_a_day_to_come_is_refused(bureau: Bureau) -> None:
    form = {"held_on": "2026-03-03", "asked": 10, "criteria": 9, "steps": 8, "phone": 7}
    refused = await bureau.post("township_clerk", f"/publicity/{bureau.village}/surveys", form)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "held_on")
    form["held_on"] = TODAY
    assert (
        await bureau.post("township_clerk", f"/publicity/{bureau.village}/surveys", form)
    ).status_code == 200
