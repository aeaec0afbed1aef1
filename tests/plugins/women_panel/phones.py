"""Members' phones: a real Chromium at a village's meeting, whose network can be cut.

async with phones(browser, village) as gang:
    page = await gang.at(member, f"/sessions/{session}/vote")
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page

from core.web.visit import COOKIE
from tests.browser.serving import PHONE, answering, close_windows
from tests.builders.installation import Somebody
from tests.plugins.women_panel.village import Village


@dataclass
class Phones:
    browser: Browser
    address: str
    village: Village
    complaints: list[str] = field(default_factory=list)

    async def at(self, who: Somebody, path: str, before: str = "", clock: bool = False, **more: Any) -> Page:
        """A phone of her own, opened at a page of the panel. `before` is a script that runs ahead of the page's own."""
        context = await self.browser.new_context(viewport=PHONE, locale="zh-CN", **more)  # type: ignore[arg-type]
        district = f"/d/{self.village.district.code}"
        await context.add_cookies(
            [{"name": COOKIE, "value": who.token, "domain": "127.0.0.1", "path": district}]
        )
        if before:
            await context.add_init_script(before)
        if clock:
            await context.clock.install()
        page = await context.new_page()
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self._heard("error", str(error)))
        await page.goto(f"{self.address}{self.village.pages}{path}")
        await page.wait_for_load_state("networkidle")
        return page

    async def later(self, page: Page, seconds: int) -> None:
        """Her phone's clock goes on, and whatever a page does by the clock is done. Only where `clock=True` opened it."""
        await page.clock.fast_forward(seconds * 1000)

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "ERR_INTERNET_DISCONNECTED" not in text and "409" not in text:
            self.complaints.append(text)


@asynccontextmanager
async def phones(browser: Browser, village: Village) -> AsyncIterator[Phones]:
    async with answering(village.house) as address:
        try:
            yield Phones(browser, address, village)
        finally:
            await close_windows(browser)
