"""A villager without a mouse, or whose browser runs no scripts: reads what is posted, objects, complains, asks how it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Busy
from tests.browser.looking import cut, focused, tab_to
from tests.browser.serving import DESK, PHONE, findings, overflow

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

Press = Callable[[Page, str], Awaitable[None]]


async def by_keys(page: Page, name: str) -> None:
    """To a link, button or choice with Tab, and press it."""
    await tab_to(page, name)
    at = await focused(page)
    assert at is not None
    await page.keyboard.press("Space" if at["kind"] in ("radio", "checkbox") else "Enter")


async def by_touch(page: Page, name: str) -> None:
    one = (
        page.get_by_role("link", name=name)
        .or_(page.get_by_role("button", name=name))
        .or_(page.get_by_label(name))
    )
    await one.first.click()


async def _on(page: Page, press: Press, heading: str, judge: bool) -> None:
    """On to the next page, which is as good as any other."""
    await press(page, "继续")
    await page.get_by_role("heading", name=heading).wait_for()
    if judge:
        assert (await findings(page), await cut(page), await overflow(page)) == ([], [], 0), heading


async def _type(page: Page, press: Press, label: str, text: str) -> None:
    if press is by_keys:
        await tab_to(page, label)
        await page.keyboard.type(text)
    else:
        await page.locator("main .form-control").fill(text)


async def _object(page: Page, press: Press, judge: bool) -> None:
    """From the list of postings to the receipt."""
    await press(page, "审核公示")
    await page.get_by_role("link", name="我有异议").wait_for()
    await press(page, "我有异议")
    await page.get_by_role("heading", name="对哪一户有不同意见？").wait_for()
    await press(page, "整份名单，或者名单上没有的家庭")
    await _on(page, press, "请把情况说清楚", judge)
    await _type(page, press, "请把情况说清楚", "邻居家更困难，名单上没有")
    await _on(page, press, "您怎么称呼？", judge)
    await _on(page, press, "您的手机号？", judge)
    await _on(page, press, "请核对后提交", judge)


async def _complain(page: Page, press: Press, judge: bool) -> None:
    await press(page, "我要反映问题")
    await page.get_by_role("heading", name="您要反映什么？").wait_for()
    await press(page, "办事的程序、公示、评议等")
    await _on(page, press, "这件事在哪个村？", judge)
    if press is by_keys:
        await tab_to(page, "这件事在哪个村？")
        await page.keyboard.press("ArrowDown")
    else:
        await page.locator("select").select_option(index=1)
    await _on(page, press, "反映的是谁，哪一户？", judge)
    await _on(page, press, "这个人、这件事是哪一级的？", judge)
    await _on(page, press, "请把情况说清楚", judge)
    await _type(page, press, "请把情况说清楚", "公示没有贴在村口")
    await _on(page, press, "您怎么称呼？", judge)
    await _on(page, press, "您的手机号？", judge)
    await _on(page, press, "请核对后提交", judge)


async def _receipt(page: Page, press: Press, judge: bool) -> str:
    await press(page, "提交")
    await page.get_by_role("heading", name="受理回执").wait_for()
    if judge:
        assert (await findings(page), await cut(page), await overflow(page)) == ([], [], 0)
    return (await page.locator(".secret").inner_text()).strip()


async def _ask(page: Page, press: Press, code: str) -> None:
    await press(page, "查办理结果")
    await page.get_by_role("heading", name="查办理结果").wait_for()
    await _type(page, press, "查询码", code)
    await press(page, "查询")
    await page.get_by_text("最迟答复").wait_for()
    assert (await findings(page), await cut(page), await overflow(page)) == ([], [], 0)


async def test_somebody_objects_and_asks_how_it_stands_by_keyboard_alone(busy: Busy) -> None:
    page = await busy.desk.page(None, DESK)
    await busy.desk.open(page, "/p/postings")
    await _object(page, by_keys, judge=True)
    await _ask(page, by_keys, await _receipt(page, by_keys, judge=True))
    assert busy.desk.complaints == []


async def test_somebody_complains_by_keyboard_alone_on_a_phone(busy: Busy) -> None:
    page = await busy.desk.page(None, PHONE)
    await busy.desk.open(page, "/p/complaints")
    await _complain(page, by_keys, judge=True)
    assert len(await _receipt(page, by_keys, judge=True)) >= 8
    assert busy.desk.complaints == []


async def test_everything_public_works_without_scripts(busy: Busy) -> None:
    page = await busy.desk.page(None, PHONE, java_script_enabled=False)
    await busy.desk.open(page, "/p/postings")
    await page.get_by_role("button", name="大字").click()
    await page.get_by_role("button", name="普通字").wait_for()
    await _object(page, by_touch, judge=False)
    code = await _receipt(page, by_touch, judge=False)
    await page.get_by_role("link", name="查办理结果").click()
    await page.get_by_label("查询码").fill(code)
    await page.get_by_role("button", name="查询").click()
    await page.get_by_text("最迟答复").wait_for()
    await busy.desk.open(page, "/p/complaints")
    await _complain(page, by_touch, judge=False)
    assert len(await _receipt(page, by_touch, judge=False)) >= 8
    assert await page.locator("html.large").count() == 1
    assert await page.get_by_role("button", name="朗读").count() == 0


async def test_the_first_tab_skips_to_the_content(busy: Busy) -> None:
    page = await busy.desk.page(None, DESK)
    await busy.desk.open(page, "/p/policy")
    await page.keyboard.press("Tab")
    at = await focused(page)
    assert at is not None
    assert (at["name"], at["inside"], at["ring"]) == ("跳到正文", True, True)
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.keyboard.press("Tab")
    assert await page.evaluate("Boolean(document.activeElement.closest('main'))")


async def test_the_menu_of_a_signed_in_person_opens_by_key_and_closes_with_escape(busy: Busy) -> None:
    page = await busy.desk.page("township_clerk", DESK)
    await busy.desk.open(page, "/work")
    menu = page.locator("details.who")
    await menu.locator("summary").focus()
    await page.keyboard.press("Enter")
    assert await menu.get_attribute("open") is not None
    await page.keyboard.press("Tab")
    assert await page.evaluate("Boolean(document.activeElement.closest('details.who .panel'))")
    await page.keyboard.press("Escape")
    assert await menu.get_attribute("open") is None
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"


async def test_the_work_list_is_walked_with_j_and_k(busy: Busy) -> None:
    page = await busy.desk.page("township_clerk", DESK)
    await busy.desk.open(page, "/work")
    rows = await page.locator("tr[data-href]").count()
    assert rows > 2
    here = "[...document.querySelectorAll('tr[data-href]')].findIndex((row) => row.classList.contains('focused'))"
    seen: list[Any] = []
    for key in ("j", "j", "k", "k"):
        await page.keyboard.press(key)
        seen.append(await page.evaluate(here))
    assert seen == [0, 1, 0, 0]
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cases/*")
    await page.go_back()
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "q"
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.id") != "q"
