"""The host's console while people vote: its figures follow the room, and a count is never begun on figures of before."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.serving import findings, shoot
from tests.plugins.women_panel.phones import phones
from tests.plugins.women_panel.test_pages import at, press
from tests.plugins.women_panel.village import Village

pytestmark = pytest.mark.anyio


async def seen(village: Village, session: str) -> dict[str, str]:
    """What the host's page sends along with the count of its first household."""
    page = (await village.get(village.host, at(village, session))).text
    form = page.partition('/close"')[2].partition("</form>")[0]
    return dict(re.findall(r'name="(attempt|voted|waiting)" value="(\d+)"', form))


async def test_a_household_is_not_counted_on_figures_that_no_longer_hold(village: Village) -> None:
    case, session = village.cases[0], await village.open_session(present=9)
    await village.votes(session, case, village.members[:9], *["agree"] * 9)
    before = await seen(village, session)
    assert before == {"attempt": "1", "voted": "9", "waiting": "0"}
    await village.attend(session, village.members)
    there = at(village, session, f"/cases/{case}/close")
    refused = await press(village, village.host, there, **before)
    assert refused.status_code == 409
    assert "现在已投 9 人，在场还有 2 人没有投" in refused.text
    assert "逐户评议" in refused.text, "the console itself, with the figures of now"
    assert (await village.line(village.host, session, case))["state"] == "open"
    told = await village.post(
        village.host, f"{session}/cases/{case}/close", {"seen": {"attempt": 1, "voted": 9, "waiting": 0}}
    )
    assert (told.status_code, told.json()["code"]) == (409, "household_changed")
    assert (
        await press(village, village.host, there, attempt="1", voted="many", waiting="")
    ).status_code == 422
    counted = await press(village, village.host, there, **await seen(village, session))
    assert counted.status_code == 303
    again = await press(village, village.host, there, **before)
    assert again.status_code == 303, "counted already: the same count, whatever the old page says"


@pytest.mark.browser
async def test_the_rows_follow_the_room_and_keep_what_the_host_is_typing(
    two_households: Village, browser: Browser
) -> None:
    village = two_households
    session = await village.open_session(present=10)
    async with phones(browser, village) as gang:
        page = await gang.at(village.host, f"/sessions/{session.rpartition('/')[2]}")
        await page.evaluate("window.here = true")
        first, second = (page.locator(f"#c-{case}") for case in village.cases)
        await first.get_by_text("结束投票").click()
        await expect(first).to_contain_text("还没有人投票")
        await page.get_by_text("暂停评议会").click()
        await page.get_by_label("为什么暂停").fill("停电了")
        await second.get_by_text("更多").click()
        await second.get_by_label("这家自己写的情况说明").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xd9"}
        )
        await village.votes(session, village.cases[0], village.members[:9], *["agree"] * 8, "disagree")
        await expect(first).to_contain_text("还有 1 位在场的人没有投票", timeout=20_000)
        await village.votes(session, village.cases[0], village.members[9:10], "disagree")
        await expect(first).to_contain_text("在场的人都投完了", timeout=20_000)
        await shoot(page, "panel-console-live")
        shown = await page.locator("main").inner_text()
        assert "8 – 2" not in shown, "no tally before the close"
        assert await page.get_by_label("为什么暂停").input_value() == "停电了"
        assert await second.get_by_label("这家自己写的情况说明").evaluate("(one) => one.files.length") == 1
        assert await page.evaluate("window.here"), "the page was never loaded anew"
        assert [await findings(page), gang.complaints] == [[], []]
        await first.get_by_role("button", name="结束并计票").click()
        await expect(first).to_contain_text("8 – 2 – 0")


async def test_kin_and_members_of_other_panels_read_nothing_a_household_says_of_itself(
    village: Village,
) -> None:
    case, session = village.cases[0], await village.open_session()
    page, sister = at(village, session, f"/cases/{case}"), village.members[-1]
    words = "家里 1 口人"
    assert words in (await village.get(village.members[0], page)).text
    assert words in (await village.get(sister, at(village, session, "/vote"))).text
    await village.sisters(sister, village.applicants[0])
    for path in (f"/cases/{case}", "/vote"):
        shown = await village.get(sister, at(village, session, path))
        assert (shown.status_code, words in shown.text) == (200, False), path
    assert "按规定回避" in (await village.get(sister, page)).text
    assert (await village.line(sister, session, case))["mine"] == "recused"
    await press(village, village.members[1], f"{page}/conflict")
    assert words not in (await village.get(village.members[1], page)).text
    assert words not in (await village.get(await village.newcomer("外组成员"), page)).text
