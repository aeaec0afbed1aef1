"""The ballot on a real phone browser: sealed there, kept through an hour without network, counted once, found again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from plugins.women_panel import published
from tests.browser.serving import findings, overflow, shoot
from tests.plugins.women_panel.phones import Phones, phones
from tests.plugins.women_panel.village import Village

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


def page_of(session: str) -> str:
    return f"/sessions/{session.rpartition('/')[2]}"


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).locator("visible=true").first.click()


async def vote_on_screen(page: Page, choice: str) -> None:
    await press(page, choice)
    await press(page, "封存这张票")


async def kept(page: Page) -> list[dict[str, Any]]:
    """What the phone has in its own storage."""
    found: list[dict[str, Any]] = await page.evaluate(
        "async () => { const d = new Dexie('zhunbao-panel'); await d.open(); return d.table('ballots').toArray(); }"
    )
    return found


async def reads(page: Page, text: str) -> None:
    await expect(page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=20_000)


async def ready(page: Page) -> None:
    """The worker has what it needs to do without network."""
    await page.evaluate("navigator.serviceWorker.ready")
    await page.wait_for_function(
        "async () => Boolean(await (await caches.open('zhunbao-panel-1')).match(location.href.split('#')[0]))"
    )


async def test_an_hour_without_network_loses_no_ballot_and_counts_none_twice(
    two_households: Village, browser: Browser
) -> None:
    village = two_households
    member, others, session = village.members[0], village.members[1:], await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(member, f"{page_of(session)}/vote")
        await ready(page)
        await page.context.set_offline(True)
        await vote_on_screen(page, "不同意")
        await reads(page, "先放在这部手机里")
        await shoot(page, "panel-kept-on-phone")
        await page.reload()
        await reads(page, "户还存在手机里")
        await vote_on_screen(page, "同意")
        stored = await kept(page)
        assert [row["state"] for row in stored] == ["waiting", "waiting"]
        assert not {"agree", "disagree"} & set(json.dumps(stored).split('"')), (
            "a choice lies open on the phone"
        )
        for case in village.cases:
            line = await village.line(village.host, session, case)
            assert (line["voted_count"], line["waiting"]) == (0, 11)

        await page.context.set_offline(False)
        await expect(page.locator("#ballots-waiting")).to_be_hidden(timeout=20_000)
        second = await page.context.new_page()
        await second.goto(page.url)
        await second.evaluate("dispatchEvent(new Event('online'))")
        for case in village.cases:
            assert (await village.line(village.host, session, case))["voted_count"] == 1
            await village.votes(session, case, others, *["abstain"] * 10)
            told = (await village.close(session, case)).json()
            assert told["agree"] + told["disagree"] == 1
        assert gang.complaints == []


async def test_a_ballot_sealed_in_a_pause_waits_in_the_phone_and_goes_when_the_meeting_goes_on(
    village: Village, browser: Browser
) -> None:
    case, member, session = village.cases[0], village.members[0], await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(member, f"{page_of(session)}/vote", clock=True)
        assert (await village.post(village.host, f"{session}/pause", {"reason": "停电了"})).status_code == 200
        await vote_on_screen(page, "同意")
        await reads(page, "评议会暂停了")
        await expect(page.locator("#ballots-waiting")).to_be_visible()
        await expect(page.locator("#ballots-refused")).to_be_hidden()
        await press(page, "现在送")
        assert [row["state"] for row in await kept(page)] == ["waiting"]
        assert (await village.post(village.host, f"{session}/resume", {})).status_code == 200
        await gang.later(page, 15)
        await expect(page.locator("#ballots-waiting")).to_be_hidden()
        assert [row["state"] for row in await kept(page)] == ["sent"]
        assert (await village.line(village.host, session, case))["voted_count"] == 1


async def test_a_ballot_that_comes_after_the_close_is_refused_in_words_and_stays_on_the_phone(
    village: Village, browser: Browser
) -> None:
    case, member, session = village.cases[0], village.members[0], await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(member, f"{page_of(session)}/vote")
        await ready(page)
        await page.context.set_offline(True)
        await vote_on_screen(page, "同意")
        await village.votes(session, case, village.members[1:], *["agree"] * 10)
        told = (await village.close(session, case)).json()
        assert told["agree"] == 10
        await page.context.set_offline(False)
        await press(page, "下一户")
        await expect(page.locator("#ballots-refused")).to_be_visible(timeout=20_000)
        await reads(page, "这一户已经结束投票")
        await shoot(page, "panel-refused-late")
        (row,) = await kept(page)
        assert row["state"] == "refused"
        assert row["sealed"], "the host's paper procedure still finds it"
        assert (await village.line(village.host, session, case))["result"]["agree"] == 10


async def test_she_changes_her_mind_before_sealing_and_finds_her_ballot_in_the_published_list(
    village: Village, browser: Browser
) -> None:
    case, member, session = village.cases[0], village.members[0], await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(member, f"{page_of(session)}/vote")
        await shoot(page, "panel-ballot")
        problems = [*await findings(page), *([] if await overflow(page) <= 0 else ["too wide"])]
        await press(page, "不同意")
        await shoot(page, "panel-check")
        problems += await findings(page)
        await press(page, "改一改")
        await vote_on_screen(page, "同意")
        await reads(page, "已经送到")
        await reads(page, "您已投 1 户")
        await shoot(page, "panel-sealed")
        await press(page, "下一户")
        await reads(page, "您的票都投完了")
        await shoot(page, "panel-done")
        await village.votes(session, case, village.members[1:], *["disagree"] * 9, "abstain")
        assert (await village.close(session, case)).json()["agree"] == 1
        assert (problems, await hers(gang, page, session, str(case))) == ([], [])
        assert gang.complaints == []


async def hers(gang: Phones, page: Page, session: str, case: str) -> list[str]:
    """The record page on her own phone: her tracker only when asked for, and it can point elsewhere."""
    (row,) = await kept(page)
    await page.goto(f"{gang.address}{gang.village.pages}{page_of(session)}/cases/{case}/record")
    await reads(page, "票数、结果和校验码都对得上")
    assert await page.locator("tr.is-mine").count() == 0
    await shoot(page, "panel-record")
    await press(page, "看我的查票号")
    assert await page.locator("tr.is-mine").get_attribute("data-row") == row["tracker"]
    await expect(page.locator("tr.is-mine")).to_contain_text("同意")
    await shoot(page, "panel-my-ballot")
    problems = await findings(page)
    await page.get_by_text("有人逼我给他看").click()
    other = page.locator("tr[data-row]", has_text="不同意").first
    wanted = await other.get_attribute("data-row")
    await other.click()
    await page.wait_for_function("(n) => document.querySelector('tr.is-mine')?.dataset.row === n", arg=wanted)
    (row,) = await kept(page)
    assert row["tracker"] == wanted
    return problems


async def test_two_women_share_one_phone_and_neither_sends_the_others_ballot(
    village: Village, browser: Browser
) -> None:
    """Ballots wait for the account they were sealed for; another's session does not even try them."""
    first, second = village.members[:2]
    session = await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(first, f"{page_of(session)}/vote")
        await ready(page)
        await page.context.set_offline(True)
        await vote_on_screen(page, "同意")
        await reads(page, "先放在这部手机里")
        (row,) = await kept(page)
        case = village.cases[0]
        stolen = await village.post(
            second, f"{session}/cases/{case}/sealed-ballots", {"sealed": row["sealed"]}, "stolen-key"
        )
        assert stolen.status_code == 422
        assert "打不开" in stolen.json()["detail"]
        sent = await village.post(
            first, f"{session}/cases/{case}/sealed-ballots", {"sealed": row["sealed"]}, row["key"]
        )
        assert sent.status_code == 201
        await page.context.set_offline(False)
        await expect(page.locator("#ballots-waiting")).to_be_hidden(timeout=20_000)
        (row,) = await kept(page)
        assert (row["state"], row["sealed"], row["key"]) == ("sent", "", ""), (
            "nothing is left to ask about it with"
        )
        await village.votes(session, case, village.members[1:], *["agree"] * 10)
        await village.close(session, case)
        record = published.read((await village.get(first, f"{session}/cases/{case}/record")).content)
        assert row["tracker"] in {line.tracker for line in record.ballots}
        assert len(record.ballots) == 11


SPEECH = """(() => { window.said = [];
  const fake = { speaking: false, cancel() { this.speaking = false; }, speak(u) { window.said.push([u.text, u.lang]); this.speaking = true; } };
  Object.defineProperty(window, 'speechSynthesis', { value: fake, configurable: true }); })()"""
SILENT = "delete window.speechSynthesis; delete Window.prototype.speechSynthesis"


async def test_the_phone_reads_the_households_own_words_aloud_and_stops_when_told(
    village: Village, browser: Browser
) -> None:
    session = await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(village.members[0], f"{page_of(session)}/vote", before=SPEECH)
        shown = await page.locator(".poll [data-say]:visible").all_inner_texts()
        await press(page, "念给我听")
        ((text, language),) = await page.evaluate("window.said")
        assert language == "zh-CN"
        assert "申请人1家" in text
        assert "您同意这一户享受低保吗" in text
        assert all("".join(part.split()) in "".join(text.split()) for part in shown)
        await press(page, "念给我听")
        assert len(await page.evaluate("window.said")) == 1
        assert not await page.evaluate("speechSynthesis.speaking")
        assert gang.complaints == []


async def test_a_phone_that_cannot_speak_offers_no_reading(village: Village, browser: Browser) -> None:
    session = await village.open_session()
    async with phones(browser, village) as gang:
        page = await gang.at(village.members[0], f"{page_of(session)}/vote", before=SILENT)
        assert not await page.evaluate("'speechSynthesis' in window")
        assert await page.get_by_role("button", name="念给我听").locator("visible=true").count() == 0
        assert gang.complaints == []
