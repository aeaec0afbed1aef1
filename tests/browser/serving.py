"""An installation answering on a real port, and people's browsers at it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from core.settings import Keyring
from core.storage.embedded import Urls
from core.web.assets import NODE_MODULES
from core.web.visit import COOKIE
from tests.builders import phones
from tests.builders.casework import Bureau, a_bureau, start_on
from tests.builders.installation import House, Somebody

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("ZHUNBAO_SHOTS", "")
"""A folder to leave screenshots in, for people to look at."""

_RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (rules) => (await axe.run(document, {runOnly: rules})).violations.map(
            (v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" | ")}`)"""


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@asynccontextmanager
async def answering(house: House) -> AsyncIterator[str]:
    """The installation's own application on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(house.zhunbao.litestar, address="127.0.0.1", port=port, interface=Interfaces.ASGINL)
    running = asyncio.create_task(server.serve())
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                await client.get(f"{address}/healthz")
                break
            await asyncio.sleep(0.05)
    try:
        yield address
    finally:
        server.stop()
        await asyncio.wait({running}, timeout=5)


class Desk:
    """People's browsers at one installation; what their consoles complain about is kept."""

    def __init__(self, browser: Browser, address: str, bureau: Bureau) -> None:
        self._browser = browser
        self._address = address
        self.bureau = bureau
        self.complaints: list[str] = []

    async def page(self, somebody: str | Somebody | None, size: dict[str, int], **more: Any) -> Page:
        context = await self._browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", **more
        )  # type: ignore[arg-type]
        if somebody is not None:
            await _sign_in(context, self.bureau.who(somebody), self.bureau.district.code)
        page = await context.new_page()
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self._heard("error", str(error)))
        return page

    def url(self, path: str) -> str:
        return f"{self._address}/d/{self.bureau.district.code}{path}"

    def at(self, address: str) -> str:
        """The whole address of a path from the installation's root."""
        return f"{self._address}{address}"

    async def open(self, page: Page, path: str) -> None:
        await self.go(page, self.url(path))

    async def go(self, page: Page, address: str, status: int = 200) -> None:
        """Raises AssertionError for another answer; returns when the network is quiet."""
        answer = await page.goto(address)
        assert answer is not None
        assert answer.status == status, f"{address}: {answer.status}"
        await page.wait_for_load_state("networkidle")

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


async def _sign_in(context: BrowserContext, somebody: Somebody, district: str) -> None:
    await context.add_cookies(
        [{"name": COOKIE, "value": somebody.token, "domain": "127.0.0.1", "path": f"/d/{district}"}]
    )


@asynccontextmanager
async def a_chromium() -> AsyncIterator[Browser]:
    """A browser nobody has used yet; each person's window is a context of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        )
        try:
            yield browser
        finally:
            await browser.close()


async def close_windows(browser: Browser) -> None:
    """What the test before left open."""
    for context in browser.contexts:
        await context.close()


@asynccontextmanager
async def browsers(browser: Browser, house: House, bureau: Bureau) -> AsyncIterator[Desk]:
    async with answering(house) as address:
        try:
            yield Desk(browser, address, bureau)
        finally:
            await close_windows(browser)


@asynccontextmanager
async def villagers(browser: Browser, urls: Urls, folder: Path, keys: Keyring) -> AsyncIterator[Desk]:
    """Browsers at a district whose villagers have phones that get what is sent to them."""
    start_on(folder, date(2026, 9, 7))
    async with phones.with_phones(urls, folder, keys) as house:
        bureau = await a_bureau(house, await house.district("620802-kongtong", phones.ON))
        async with browsers(browser, house, bureau) as desk:
            yield desk


async def findings(page: Page) -> list[str]:
    """What axe-core has against the page."""
    await page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = await page.evaluate(_RUN, _RULES)
    return found


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


async def shoot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
