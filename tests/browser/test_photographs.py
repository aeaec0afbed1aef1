"""A photograph that does not arrive while applying: sent again with a tap, or dropped; never lost in silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route

from core.kernel.forms import describe
from core.settings import Keyring
from core.stages.application import SubmitForm
from core.storage.embedded import Urls
from core.web import stepwise
from core.web.app import LARGEST_BODY
from core.web.asked import asked
from tests.browser.cameras import photograph_with_a_place
from tests.browser.serving import PHONE, Desk, findings, overflow, shoot, villagers
from tests.builders.casework import JPEG
from tests.builders.villagers import COUPLE, opening, villager

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SENT = "**/api/evidence"


@pytest.fixture
async def desk(fresh_urls: Urls, tmp_path: Path, keys: Keyring, browser: Browser) -> AsyncIterator[Desk]:
    async with villagers(browser, fresh_urls, tmp_path, keys) as opened:
        yield opened


async def at_the_papers(desk: Desk) -> Page:
    """A villager's phone at the question for papers; the questions before it were answered another day."""
    me = await villager(desk.bureau, "13900001234")
    case = (await me.post("/cases", opening(*COUPLE))).json()["process_id"]
    parts = [part.name for part in stepwise.parts_of(asked(describe(SubmitForm)))]
    kept = await me.post(
        f"/cases/{case}/typed", {"content": {"reason": "年老多病"}, "page": parts.index("papers")}
    )
    assert kept.status_code == 200, kept.text
    page = await desk.page(me, PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    await desk.open(page, f"/cases/{case}/do/submit")
    await page.get_by_role("heading", name="有没有我们查不到的材料？").wait_for()
    return page


async def choose(page: Page, name: str) -> None:
    await page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": JPEG + name.encode()}
    )


async def lose(route: Route) -> None:
    await route.abort()


async def test_what_did_not_arrive_is_sent_again_dropped_and_never_left_behind_unnoticed(desk: Desk) -> None:
    page = await at_the_papers(desk)
    hidden, again = page.locator(".photo input[type=hidden]"), page.get_by_role("button", name="再传一次")
    await page.route(SENT, lose)
    await choose(page, "one.jpg")
    await again.wait_for()
    assert await page.get_by_role("status").inner_text() == "照片没有传上去，已经留在这里。"
    await shoot(page, "photographs-failed")
    assert await findings(page) == []
    assert await overflow(page) <= 0
    await page.get_by_role("button", name="继续").tap()
    await page.get_by_text("有照片没有传上去").wait_for()
    assert await page.get_by_role("heading", name="有没有我们查不到的材料？").count() == 1, (
        "it stays on the page"
    )
    await page.unroute(SENT)
    await again.tap()
    await hidden.wait_for(state="attached")
    assert await page.get_by_role("status").inner_text() == ""
    await page.route(SENT, lose)
    await choose(page, "two.jpg")
    await again.wait_for()
    await page.locator(".photo").nth(1).get_by_role("button", name="删去").tap()
    assert await page.locator(".photo").count() == 1
    assert await page.get_by_role("status").inner_text() == "", "nothing is left that failed"
    await page.unroute(SENT)
    await page.get_by_role("button", name="继续").tap()
    await page.get_by_role("heading", name="赡养人的核对授权").wait_for()
    await page.get_by_role("button", name="上一步").tap()
    await page.get_by_role("heading", name="有没有我们查不到的材料？").wait_for()
    assert await page.locator(".photo").count() == 1, "kept with the page"
    await page.get_by_role("button", name="删去").tap()
    await page.get_by_role("button", name="继续").tap()
    await page.get_by_role("heading", name="赡养人的核对授权").wait_for()
    await page.get_by_role("button", name="上一步").tap()
    await page.get_by_role("heading", name="有没有我们查不到的材料？").wait_for()
    assert await page.locator(".photo").count() == 0


async def test_six_photographs_off_a_phone_go_with_a_complaint(desk: Desk) -> None:
    """As taken they are several megabytes each, far more than one form takes; they are made smaller where they were chosen."""
    page = await desk.page(None, PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    taken = await photograph_with_a_place(page)
    assert 6 * len(taken) > LARGEST_BODY
    await desk.open(page, "/p/complaints")
    await page.get_by_role("link", name="我要反映问题").tap()
    await page.get_by_label("办事的程序、公示、评议等").tap()
    for heading in (
        "这件事在哪个村？",
        "反映的是谁，哪一户？",
        "这个人、这件事是哪一级的？",
        "请把情况说清楚",
    ):
        await page.get_by_role("button", name="继续").tap()
        await page.get_by_role("heading", name=heading).wait_for()
        if heading == "这件事在哪个村？":
            await page.locator("select").select_option(index=1)
    await page.get_by_label("请把情况说清楚").fill("公示没有贴在村口")
    for heading in ("您怎么称呼？", "您的手机号？", "请核对后提交"):
        await page.get_by_role("button", name="继续").tap()
        await page.get_by_role("heading", name=heading).wait_for()
    await page.locator("#f-papers").set_input_files(
        [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": taken} for n in range(6)]
    )
    await page.get_by_role("button", name="提交").tap()
    await page.get_by_role("heading", name="受理回执").wait_for()
    assert await page.get_by_text("6 份").count() == 1
    assert desk.complaints == []
