"""A phone that several women use, one that shows two pages, one whose household is voted on again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from core.web.visit import COOKIE
from tests.browser.serving import findings, overflow, shoot
from tests.builders.installation import House, Somebody
from tests.plugins.women_panel.phones import phones
from tests.plugins.women_panel.test_phone_ballot import kept, page_of, press, reads, ready, vote_on_screen
from tests.plugins.women_panel.test_restarts import restarted
from tests.plugins.women_panel.village import Village, a_house

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    """A district whose panels go on after a member has left, on paper too."""
    folder = tmp_path_factory.mktemp("house")
    async with a_house(database_urls, folder, keys, size_min=9, paper_ballots=True) as made:
        yield made


async def signs_in(context: BrowserContext, village: Village, who: Somebody) -> None:
    """On the same phone, in another tab: pages that stand open stay as they are."""
    district = f"/d/{village.district.code}"
    await context.add_cookies([{"name": COOKIE, "value": who.token, "domain": "127.0.0.1", "path": district}])


async def looks_again(page: Page) -> None:
    """She takes the phone up: the page asks then, and every 20 to 30 seconds while she looks at it."""
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


async def sound(page: Page, name: str) -> None:
    await shoot(page, name)
    assert [await findings(page), await overflow(page) > 0] == [[], False]


@pytest.mark.parametrize("seat", ["another member", "somebody who may not vote"])
async def test_what_one_woman_left_on_the_phone_is_sent_when_she_herself_signs_in(
    two_households: Village, seat: str, browser: Browser
) -> None:
    village, session = two_households, await two_households.open_session()
    hers, other = village.members[1], village.members[2] if seat == "another member" else village.clerk
    async with phones(browser, village) as gang:
        page = await gang.at(hers, f"{page_of(session)}/vote")
        await ready(page)
        polls = page.locator(".poll")
        first, second = [str(await polls.nth(n).get_attribute("data-case")) for n in range(2)]
        await page.context.set_offline(True)
        await page.get_by_text("我和这户是亲戚").locator("visible=true").click()
        await press(page, "我回避这一户")
        await press(page, "下一户")
        await vote_on_screen(page, "同意")
        await signs_in(page.context, village, other)
        await page.context.set_offline(False)
        said = f"这部手机上有{hers.actor.name}的票还没送出，请{hers.actor.name}登录后送出。"
        await reads(page, said)
        await sound(page, "panel-anothers-ballots")
        assert [row["state"] for row in await kept(page)] == ["waiting", "waiting"]
        if seat == "another member":
            for case in village.cases:
                assert (await village.line(other, session, case))["mine"] == "may_vote"
            own = await page.context.new_page()
            await own.goto(page.url)
            await reads(own, said)
        await signs_in(page.context, village, hers)
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator("#ballots-waiting")).to_be_hidden(timeout=20_000)
        await expect(page.locator("#another")).to_be_hidden()
        lines = {str(c): (await village.line(hers, session, c))["mine"] for c in village.cases}
        assert (lines[first], lines[second]) == ("recused", "voted")


async def test_a_second_page_of_the_same_phone_keeps_the_tracker_of_what_was_taken(
    village: Village, browser: Browser
) -> None:
    session, me = await village.open_session(), village.members[1]
    async with phones(browser, village) as gang:
        page = await gang.at(me, f"{page_of(session)}/vote")
        second = await page.context.new_page()
        await second.goto(page.url)
        await second.wait_for_load_state("networkidle")
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        before = await kept(page)
        await vote_on_screen(second, "不同意")
        await reads(second, "以先前封好的那张为准")
        assert await kept(page) == before
        assert before[0]["state"] == "sent"


async def test_a_household_voted_on_again_is_offered_again_in_calm_words(
    village: Village, browser: Browser
) -> None:
    session, case, me = await village.open_session(), village.cases[0], village.members[1]
    async with phones(browser, village) as gang:
        page = await gang.at(me, f"{page_of(session)}/vote", clock=True)
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        await restarted(village, session)
        await gang.later(page, 30)
        await expect(page.locator("#started-again")).to_be_visible()
        await reads(page, "先前那张票不算了，不是您投错了")
        await sound(page, "panel-started-again")
        await expect(page.locator("#vote-count")).to_have_text("您已投 0 户，共 1 户")
        await press(page, "现在重新投")
        await reads(page, "这一户要重新投一次")
        await expect(page.locator("#started-again")).to_be_hidden()
        await vote_on_screen(page, "不同意")
        await reads(page, "已经送到")
        assert sorted((row["attempt"], row["state"]) for row in await kept(page)) == [
            (1, "sent"),
            (2, "sent"),
        ]
        await press(page, "下一户")
        await expect(page.locator(".phone-ballot")).to_have_count(1)
        assert (await village.line(me, session, case))["voted_count"] == 1
        assert gang.complaints == []


async def test_a_page_opened_after_she_voted_fetches_the_household_anew(
    village: Village, browser: Browser
) -> None:
    session, me = await village.open_session(), village.members[1]
    await village.vote(me, session, village.cases[0], "agree")
    async with phones(browser, village) as gang:
        page = await gang.at(me, f"{page_of(session)}/vote")
        assert await page.locator(".poll").count() == 0
        await restarted(village, session)
        await looks_again(page)
        await press(page, "现在重新投")
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        await expect(page.locator("#started-again")).to_be_hidden()


async def test_a_ballot_from_a_stale_page_leads_back_to_the_household(
    village: Village, browser: Browser
) -> None:
    session, me = await village.open_session(), village.members[1]
    async with phones(browser, village) as gang:
        page = await gang.at(me, f"{page_of(session)}/vote")
        await restarted(village, session)
        await vote_on_screen(page, "同意")
        await press(page, "重新投这一户")
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        assert sorted((row["attempt"], row["state"]) for row in await kept(page)) == [
            (1, "void"),
            (2, "sent"),
        ]
        await expect(page.locator("#ballots-refused")).to_be_hidden()


async def test_a_household_that_turned_to_paper_is_told_and_not_offered(
    village: Village, browser: Browser
) -> None:
    session, case, me = await village.open_session(), village.cases[0], village.members[1]
    async with phones(browser, village) as gang:
        page = await gang.at(me, f"{page_of(session)}/vote")
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        assert (await village.post(village.host, f"{session}/cases/{case}/paper")).status_code == 200
        await looks_again(page)
        await reads(page, "请在会场填纸票")
        await expect(page.locator("#started-again")).to_be_hidden()
        await press(page, "下一户")
        assert await page.locator(".poll:visible").count() == 0


async def test_a_tracker_of_a_void_attempt_raises_no_alarm_on_the_record(
    village: Village, browser: Browser
) -> None:
    session, case, me = await village.open_session(), village.cases[0], village.members[1]
    async with phones(browser, village) as gang:
        page = await gang.at(me, f"{page_of(session)}/vote")
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        await restarted(village, session)
        # The others, and she herself on another phone.
        await village.votes(session, case, village.members[1:], *["agree"] * 6, *["disagree"] * 4)
        assert (await village.close(session, case)).status_code == 200
        await page.goto(f"{gang.address}{village.pages}{page_of(session)}/cases/{case}/record")
        await reads(page, "只有先前作废的那张票的查票号")
        await expect(page.locator("#mine")).to_be_hidden()
        assert await page.get_by_text("名单里没有这个号").locator("visible=true").count() == 0
        await sound(page, "panel-record-void")
