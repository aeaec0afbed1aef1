"""A villager with a phone applies from beginning to end: by touch and keyboard, with the session lost half-way."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.browser.cameras import photograph_with_a_place, size_of, with_notes
from tests.browser.serving import PHONE, Desk, findings, overflow, shoot, villagers
from tests.builders import phones
from tests.builders.casework import JPEG

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

NUMBER = "13900001234"


@pytest.fixture
async def desk(fresh_urls: Urls, tmp_path: Path, keys: Keyring, browser: Browser) -> AsyncIterator[Desk]:
    async with villagers(browser, fresh_urls, tmp_path, keys) as opened:
        yield opened


async def come_in(desk: Desk, page: Page) -> None:
    """Phone, code: typed, sent with Enter."""
    await page.get_by_label("手机号").fill(NUMBER)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="短信里的 6 位数字是多少？").wait_for()
    await page.get_by_label("短信验证码").fill(await phones.code_on(desk.bureau.house, NUMBER))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="我的申请").wait_for()


async def go_on(page: Page, heading: str) -> None:
    await page.get_by_role("button", name="继续").tap()
    await page.get_by_role("heading", name=heading).wait_for()


async def looked_at(page: Page, name: str) -> list[str]:
    await shoot(page, f"apply-{name}")
    wide = await overflow(page)
    small = await page.evaluate(
        "[...document.querySelectorAll('main .btn, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not(.visually-hidden), main select')]"
        ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 36).map((e) => e.outerHTML.slice(0, 80))"
    )
    return [
        f"{name}: {f}"
        for f in (*await findings(page), *([f"{wide} px too wide"] if wide > 0 else []), *small)
    ]


async def test_a_villager_applies_loses_the_session_goes_on_and_follows_the_receipts_code(desk: Desk) -> None:
    page = await desk.page(None, PHONE, has_touch=True, is_mobile=True)
    wrong: list[str] = []
    await desk.open(page, "/")
    wrong += await looked_at(page, "00-welcome")
    await page.get_by_role("link", name="我家要申请").tap()
    await page.get_by_label("手机号").wait_for()
    wrong += await looked_at(page, "01-phone")
    await come_in(desk, page)
    wrong += await looked_at(page, "02-mine")
    await page.get_by_role("link", name="给自己家申请").tap()
    await page.locator("select").select_option(desk.bureau.village)
    wrong += await looked_at(page, "03-village")
    await go_on(page, "家里一共有谁？")
    await page.get_by_label("姓名").fill("马德福")
    await page.get_by_label("身份证号").fill("620802195001010012")
    await page.get_by_role("button", name="继续").tap()
    await page.locator(".error-summary").wait_for()
    assert "最后一位按前面算应当是 1" in await page.locator(".error-summary").inner_text()
    wrong += await looked_at(page, "04-wrong-number")
    await page.get_by_label("身份证号").fill("620802195001010011")

    await _session_lost(desk, page, wrong)
    await go_on(page, "您家是哪个村民小组？")
    await go_on(page, "家在什么位置？")
    await go_on(page, "钱发到哪个账号？")
    await page.get_by_role("button", name="下一步").tap()
    await page.wait_for_url("**/do/submit")
    await _application(desk, page, wrong)
    wrong += await looked_at(page, "09-receipt")
    code = (await page.locator(".code").inner_text()).replace("-", "")
    stranger = await desk.page(None, PHONE)
    await desk.open(stranger, f"/s/{code}")
    await stranger.get_by_text("我们最晚在2026年9月14日前").wait_for()
    wrong += await looked_at(stranger, "10-standing")
    assert "马德福" not in await stranger.content()
    assert wrong == []


async def _session_lost(desk: Desk, page: Page, wrong: list[str]) -> None:
    """Half-way, with an ID number just corrected: signed out, let in again, and it is all still there."""
    await page.context.clear_cookies()  # the session is over; what stands on this page is on the phone
    await page.get_by_role("button", name="继续").tap()
    await page.get_by_role("heading", name="登录").wait_for()
    await page.get_by_role("link", name="用手机号进入，不用账号").tap()
    async with desk.bureau.house.inside(desk.bureau.district) as tx:
        await tx.execute("DELETE FROM sign_in_attempt")
    await page.get_by_label("手机号").fill(NUMBER)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="短信里的 6 位数字是多少？").wait_for()
    await page.get_by_label("短信验证码").fill(await phones.code_on(desk.bureau.house, NUMBER))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="家里一共有谁？").wait_for()
    assert await page.get_by_label("姓名").input_value() == "马德福"
    await page.get_by_text("已经放回来了").wait_for()
    assert await page.get_by_label("身份证号").input_value() == "620802195001010011"
    wrong += await looked_at(page, "05-gone-on")


async def _application(desk: Desk, page: Page, wrong: list[str]) -> None:
    """The second form: a photograph, the pledge, check your answers, hand in."""
    asked = []
    for _ in range(20):
        heading = await page.locator("h1").inner_text()
        asked.append(heading)
        if heading == "家里有什么困难？":
            await page.locator("textarea").fill("年老多病，没有收入")
        elif heading.startswith("您承诺"):
            await page.get_by_label("是", exact=True).check()
        elif heading.startswith("有没有我们查不到的材料"):
            await _photograph(desk, page, wrong)
        last = await page.get_by_role("button", name="核对后提交").count()
        async with page.expect_navigation():
            await page.get_by_role("button", name="核对后提交" if last else "继续").tap()
        await page.wait_for_load_state("networkidle")
        if await page.locator(".error-summary").count():
            pytest.fail(f"{heading}: {await page.locator('.error-summary').inner_text()}")
        if last or await page.get_by_role("heading", name="请核对后办理").count():
            break
    await page.get_by_role("heading", name="请核对后办理").wait_for()
    wrong += await looked_at(page, "08-check")
    await page.get_by_role("button", name="确认提交申请").tap()
    await page.get_by_role("heading", name="申请回执").wait_for()


async def _photograph(desk: Desk, page: Page, wrong: list[str]) -> None:
    large = await photograph_with_a_place(page)
    assert len(large) > 3_000_000
    assert len(large) < 8 * 1024 * 1024
    await page.locator("input[type=file]").set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": large}  # type: ignore[arg-type]
    )
    hidden = page.locator(".photo input[type=hidden]")
    await hidden.wait_for(state="attached", timeout=60_000)
    wrong += await looked_at(page, "07-photograph")
    name = await hidden.get_attribute("value") or ""
    data = await desk.bureau.house.zhunbao.objects.get(desk.bureau.district.id, name)
    assert len(data) < len(large) / 2
    assert size_of(data) == (1200, 1600), "drawn the right way up"
    assert b"Exif" not in data


async def test_without_network_nothing_typed_is_lost_and_one_press_goes_on_later(desk: Desk) -> None:
    """A clerk at the door with a tablet: the whole form on one page."""
    page = await desk.page("township_clerk", {"width": 820, "height": 1180}, has_touch=True)
    await desk.open(page, "/cases/new")
    await page.locator("select").first.select_option(desk.bureau.village)
    await page.get_by_label("姓名").fill("王老五")
    await page.context.set_offline(True)
    await page.get_by_label("身份证号").fill("620802201503030037")
    await page.get_by_label("与申请人关系").fill("本人")
    await page.get_by_role("button", name="下一步").tap()
    await page.get_by_text("现在没有网络。填的都存在这部手机上").wait_for()
    assert await page.get_by_label("姓名").input_value() == "王老五"
    await page.wait_for_timeout(400)
    await page.context.set_offline(False)
    await desk.open(page, "/cases/new")
    await page.get_by_text("已经放回来了").wait_for()
    assert await page.get_by_label("姓名").input_value() == "王老五"
    assert await page.get_by_label("身份证号").input_value() == "620802201503030037"
    await page.get_by_role("button", name="下一步").tap()
    await page.wait_for_url("**/cases/*-*")
    left = await page.evaluate(
        "Object.keys(localStorage).filter((k) => k.startsWith('zhunbao-typed')).length"
    )
    assert left == 0 or await page.get_by_role("heading", name="王老五").count()


def test_the_way_up_survives_where_the_rest_of_a_cameras_notes_is_dropped() -> None:
    from core.complaints.attachments import unsigned
    from core.registry.photographs import orientation_of, upright

    large = with_notes(JPEG)
    assert orientation_of(large) == 6
    kept = upright(unsigned(large, "image/jpeg"), orientation_of(large))
    assert orientation_of(kept) == 6
    assert struct.pack(">IIII", 35, 1, 32, 1) in large
    assert struct.pack(">IIII", 35, 1, 32, 1) not in kept
    assert orientation_of(b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00") == 1
