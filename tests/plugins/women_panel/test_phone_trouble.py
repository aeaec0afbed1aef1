"""What goes wrong around a ballot on the phone: a network that never answers, a conflict told without one, a photograph
that fails, somebody who looks at the phone afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.browser.serving import findings, overflow, shoot
from tests.plugins.women_panel.phones import phones
from tests.plugins.women_panel.test_phone_ballot import (
    SPEECH,
    kept,
    page_of,
    press,
    reads,
    ready,
    vote_on_screen,
)
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def never(_: Route) -> None:
    """A mast that took the request and says nothing any more."""


async def test_a_network_that_never_answers_does_not_hold_up_the_next_household(
    two_households: Village, browser: Browser
) -> None:
    village = two_households
    member, session = village.members[0], await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(member, f"{page_of(session)}/vote", service_workers="block")
        await page.route("**/sealed-ballots", never)
        started = time.monotonic()
        await vote_on_screen(page, "同意")
        await expect(page.get_by_text("先放在这部手机里").locator("visible=true")).to_be_visible(
            timeout=4_000
        )
        await press(page, "下一户")
        await vote_on_screen(page, "不同意")
        await expect(page.get_by_text("先放在这部手机里").locator("visible=true")).to_be_visible(
            timeout=4_000
        )
        assert time.monotonic() - started < 10, "both were sealed before the first request gave up"
        await page.unroute("**/sealed-ballots")
        await expect(page.get_by_text("已经送到").locator("visible=true")).to_be_visible(timeout=30_000)
        assert [row["state"] for row in await kept(page)] == ["sent", "sent"]
        for case in village.cases:
            assert (await village.line(village.host, session, case))["voted_count"] == 1


async def test_a_conflict_declared_without_network_goes_before_her_ballots_and_takes_the_household_away(
    two_households: Village, browser: Browser
) -> None:
    village = two_households
    member, session = village.members[0], await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(member, f"{page_of(session)}/vote")
        second = await page.context.new_page()
        await second.goto(page.url)
        await ready(page)
        sent: list[str] = []
        page.context.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
        await page.context.set_offline(True)
        polls = page.locator(".poll")
        cases = [str(await polls.nth(n).get_attribute("data-case")) for n in range(2)]
        await vote_on_screen(page, "同意")
        await press(page, "下一户")
        await page.get_by_text("我和这户是亲戚").locator("visible=true").click()
        await press(page, "我回避这一户")
        await reads(page, "有网络就自动告诉主持人")
        await shoot(page, "panel-declared-offline")
        assert [await findings(page), await overflow(page) > 0] == [[], False]
        await press(page, "下一户")
        await reads(page, "您的票都投完了")
        await expect(page.locator("#vote-count")).to_have_text("您已投 1 户，共 1 户")
        # A page that stood open with this household: it can't be sealed there any more either.
        await second.evaluate("location.hash = ''")
        other = second.locator(f'.poll[data-case="{cases[1]}"]')
        await second.evaluate(
            "(id) => document.querySelectorAll('.poll').forEach((one) => { one.hidden = one.dataset.case !== id; })",
            cases[1],
        )
        await other.get_by_role("button", name="同意", exact=True).click()
        await other.get_by_role("button", name="封存这张票").click()
        await expect(other.get_by_text("您已经声明回避这一户")).to_be_visible()
        await second.close()
        assert sorted((bool(row.get("conflict")), row["state"]) for row in await kept(page)) == [
            (False, "waiting"), (True, "waiting"),
        ]  # fmt: skip
        await page.context.set_offline(False)
        await expect(page.locator("#ballots-waiting")).to_be_hidden(timeout=20_000)
        taken = [address.rpartition("/")[2] for address in sent][-2:]
        assert taken == ["conflict", "sealed-ballots"]
        lines = {c: await village.line(member, session, c) for c in village.cases}  # type: ignore[misc]
        assert [lines[c]["mine"] for c in village.cases if str(c) == cases[1]] == ["recused"]
        assert [lines[c]["mine"] for c in village.cases if str(c) == cases[0]] == ["voted"]
        assert gang.complaints == []


async def test_one_photograph_that_fails_does_not_keep_the_rest_from_being_kept(
    village: Village, browser: Browser
) -> None:
    case, session = village.cases[0], await village.open_session()
    lost = await village.post(village.host, f"{session}/cases/{case}/summary", {"photo": "0" * 64})
    assert lost.status_code == 200, lost.text
    async with phones(browser, village) as gang:
        page = await gang.at(village.members[0], f"{page_of(session)}/vote")
        await ready(page)
        await page.context.set_offline(True)
        await page.reload()
        await vote_on_screen(page, "同意")
        await reads(page, "先放在这部手机里")


async def residue(page: Page) -> dict[str, Any]:
    """What the page itself still says of her choice."""
    found: dict[str, Any] = await page.evaluate(
        """() => ({ chosen: [...document.querySelectorAll('[data-chosen]')].map((one) => one.textContent).join(''),
                    picked: document.querySelectorAll('input:checked').length,
                    scores: [...document.querySelectorAll('.poll select')].map((one) => one.value).join('') })"""
    )
    return found


CLEAN = {"chosen": "", "picked": 0, "scores": ""}


async def test_nothing_on_the_page_tells_the_choice_once_it_is_sealed(
    village: Village, browser: Browser
) -> None:
    session = await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(village.members[0], f"{page_of(session)}/vote")
        await press(page, "不同意")
        await page.locator(".poll label.pick:visible").first.click()
        assert await residue(page) == {"chosen": "不同意", "picked": 1, "scores": ""}
        await press(page, "封存这张票")
        await reads(page, "已经送到")
        assert await residue(page) == CLEAN


async def test_a_score_form_is_said_aloud_and_leaves_no_score_on_the_page(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring, browser: Browser
) -> None:
    form = {"ballot": "score", "criteria": ("家里困难的程度=3", "劳力=2"), "score_mark": "6"}
    async with a_house(fresh_urls, tmp_path, keys, **form) as (house, district):
        village = await a_village(house, district)
        session = await village.open_session()
        async with phones(browser, village) as gang:
            page = await gang.at(village.members[0], f"{page_of(session)}/vote", before=SPEECH)
            await press(page, "念给我听")
            ((text, _),) = await page.evaluate("window.said")
            for part in ("家里困难的程度", "劳力", "打好了", "弃权"):
                assert part in text
            await shoot(page, "panel-score-form")
            for pick in await page.locator(".poll select").all():
                await pick.select_option("7")
            await press(page, "打好了")
            await shoot(page, "panel-score-check")
            assert (await residue(page))["scores"] == "77"
            await press(page, "封存这张票")
            await reads(page, "已经送到")
            assert await residue(page) == CLEAN


async def test_who_cannot_read_hears_which_button_is_which_and_every_reason(
    village: Village, browser: Browser
) -> None:
    session = await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(village.members[0], f"{page_of(session)}/vote", before=SPEECH)
        await press(page, "念给我听")
        ((text, _),) = await page.evaluate("window.said")
        places = [
            text.index(said) for said in ("打勾的，是：同意", "打叉的，是：不同意", "画圈加斜杠的，是：弃权")
        ]
        assert places == sorted(places)
        await press(page, "不同意")
        assert not await page.evaluate("speechSynthesis.speaking"), "it stops when she has chosen"
        await press(page, "念给我听")
        _, (text, _) = await page.evaluate("window.said")
        reasons = await page.locator(".poll label.pick:visible").all_inner_texts()
        assert len(reasons) == 4, "those of who disagrees, and the one for everybody"
        assert "主要劳动力缺失" not in text
        for said in (*(one.strip() for one in reasons), "封存这张票", "改一改"):
            assert said in text, said
        assert gang.complaints == []
