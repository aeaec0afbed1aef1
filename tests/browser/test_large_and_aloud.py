"""Larger letters that stay, and reading aloud by the device itself."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Busy
from tests.browser.serving import DESK, PHONE

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

VOICES = """(() => {
  const said = [], listeners = [];
  window.said = said;
  let voices = [];
  window.arrive = (given) => { voices = given; listeners.forEach((tell) => tell()); };
  class Utterance { constructor(text) { this.text = text; } }
  Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Utterance, configurable: true });
  Object.defineProperty(window, "speechSynthesis", { configurable: true, value: {
    getVoices: () => voices, cancel: () => { said.push("(silence)"); }, speak: (one) => { said.push(one.text); window.last = one; },
    addEventListener: (name, tell) => listeners.push(tell),
  } });
})();"""
"""A browser whose voices come when we say so, and which writes down what it is to speak."""
LOCAL = {"lang": "zh-CN", "name": "本机", "localService": True}
REMOTE = {"lang": "zh-CN", "name": "网上", "localService": False}


async def _smallest(page: Page) -> float:
    """The smallest letters of sentences in the page's main part, in CSS pixels."""
    found: float = await page.evaluate(
        """Math.min(...[...document.querySelectorAll("main p, main li, main dd, main td, main label, main .btn, main .big-link strong")]
             .filter((el) => el.offsetParent && !el.closest(".small, .quiet") && el.textContent.trim())
             .map((el) => parseFloat(getComputedStyle(el).fontSize)))"""
    )
    return found


@pytest.mark.parametrize("size", [PHONE, pytest.param(DESK, marks=pytest.mark.slow)], ids=["phone", "desk"])
async def test_large_print_is_one_tap_away_everywhere_and_stays(busy: Busy, size: dict[str, int]) -> None:
    page = await busy.desk.page(None, size)
    await busy.desk.go(page, busy.desk.at("/"))
    normal = float(await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))
    await page.get_by_role("button", name="大字").click()
    for place in busy.places:
        await busy.desk.go(page, busy.desk.at(place.address), place.status)
        assert await page.get_by_role("button", name="普通字").is_visible(), place
        large = float(await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))
        assert large >= max(20, normal + 2), place
        assert await _smallest(page) >= 18, place
    await page.get_by_role("button", name="普通字").click()
    await page.get_by_role("button", name="大字").wait_for()
    await page.context.close()


async def _offered(page: Page) -> bool:
    return await page.get_by_role("button", name="朗读").is_visible()


async def test_reading_aloud_is_offered_when_the_device_has_a_voice_of_its_own(busy: Busy) -> None:
    page = await busy.desk.page(None, PHONE)
    await page.add_init_script(VOICES)
    await busy.desk.open(page, "/p/policy")
    assert not await _offered(page)
    await page.evaluate("arrive", [REMOTE])
    assert not await _offered(page), "a voice on somebody's server would be sent what is read"
    await page.evaluate("arrive", [REMOTE, LOCAL])
    assert await _offered(page)
    await page.context.close()


async def _said(page: Page) -> list[str]:
    found: list[Any] = await page.evaluate("said")
    return [text for text in found if text != "(silence)"]


async def _reading(busy: Busy, path: str) -> Page:
    page = await busy.desk.page(None, PHONE)
    await page.add_init_script(VOICES)
    await busy.desk.open(page, path)
    await page.evaluate("arrive", [LOCAL])
    await page.get_by_role("button", name="朗读").click()
    return page


async def test_policy_is_read_sentence_by_sentence_and_nothing_leaves_the_device(busy: Busy) -> None:
    sent: list[str] = []
    page = await busy.desk.page(None, PHONE)
    await page.add_init_script(VOICES)
    await busy.desk.open(page, "/p/policy")
    await page.evaluate("arrive", [LOCAL])
    page.on("request", lambda request: sent.append(request.url))
    await page.get_by_role("button", name="朗读").click()
    said = await _said(page)
    assert "政策明白纸" in said[1:3]
    assert any("谁可以申请" in text for text in said)
    assert max(map(len, said)) < 200
    assert await page.evaluate("last.voice.localService")
    assert sent == []
    await page.context.close()


async def test_reading_stops_at_the_button_with_escape_and_at_the_end(busy: Busy) -> None:
    page = await _reading(busy, "/p/policy")
    stop = page.get_by_role("button", name="停止")
    assert await stop.get_attribute("aria-pressed") == "true"
    await stop.click()
    assert await page.evaluate("said[said.length - 1]") == "(silence)"
    await page.get_by_role("button", name="朗读").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="朗读").click()
    await page.evaluate("last.onend()")
    assert await page.get_by_role("button", name="朗读").get_attribute("aria-pressed") == "false"
    await page.context.close()


async def test_a_posting_is_explained_aloud_without_reading_out_its_names(busy: Busy) -> None:
    token = busy.prepared.postings[0]
    page = await _reading(busy, f"/p/postings/{token}")
    said = " ".join(await _said(page))
    shown = await page.locator("td.lead").all_inner_texts()
    assert shown
    assert "有不同意见" in said
    assert not any(name in said for name in shown)
    await page.context.close()


async def test_without_speech_there_is_no_button(busy: Busy) -> None:
    busy.desk.complaints.clear()  # of pages looked at before that rightly answer 404
    page = await busy.desk.page(None, PHONE)
    await page.add_init_script(
        "delete window.speechSynthesis; Object.defineProperty(window, 'speechSynthesis', { value: undefined });"
    )
    await busy.desk.open(page, "/p/policy")
    assert not await _offered(page)
    assert busy.desk.complaints == []
    await page.context.close()
