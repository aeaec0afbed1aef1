"""What people do with the pages in a browser: read, search, fill in, sign; on the phone and at the desk."""

from __future__ import annotations

import pytest

from tests.browser.serving import DESK, PHONE, Desk, findings, overflow, shoot
from tests.builders.casework import JPEG
from tests.builders.households import a_household, elderly_couple, family_with_relative_on_panel
from tests.builders.installation import PASSWORD
from tests.builders.village_round import a_round

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

LONG_NAME = "阿卜杜热合曼·买买提吐尔逊"


async def _scene(desk: Desk) -> dict[str, tuple[str | None, str]]:
    """Something on every page: (who looks, where)."""
    bureau = desk.bureau
    case = await bureau.take(await bureau.application(family_with_relative_on_panel()), "assessed")
    await bureau.application(a_household(LONG_NAME, "1949-04-02").facts)
    hung = await bureau.take(await bureau.application(elderly_couple()), "posted")
    await bureau.do("village_clerk", hung, "start_posting", {"photos": [bureau.photo]})
    village = await a_round(bureau)
    await village.application(a_household("王桂兰", "1951-02-03").facts)
    token = (await bureau.house.client.get(bureau.url("/postings"))).json()[0]["token"]
    return {
        "sign_in": (None, "/sign-in"),
        "work": ("township_clerk", "/work"),
        "case": ("township_reviewer", f"/cases/{case.id}"),
        "form": ("township_reviewer", f"/cases/{case.id}/do/give_opinion"),
        "round": ("township_clerk", f"/rounds/{village.round.id}"),
        "posting": (None, f"/p/postings/{token}"),
        "notice": ("village_clerk", f"/postings/{token}/notice"),
        "postings": ("village_clerk", "/postings"),
        "overview": ("district_officer", "/overview"),
    }


async def test_no_page_has_findings_overflow_or_complaints_on_phone_and_desk(desk: Desk) -> None:
    wrong: list[str] = []
    for name, (who, path) in (await _scene(desk)).items():
        page = await desk.page(who, PHONE)
        await desk.open(page, path)
        for size, tag in ((PHONE, "phone"), (DESK, "desk")):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            await shoot(page, f"{name}-{tag}")
            wrong += [f"{name} {tag}: {found}" for found in await findings(page)]
            if (wide := await overflow(page)) > 0:
                wrong.append(f"{name} {tag}: {wide} px too wide")
        await page.context.close()
    assert wrong + desk.complaints == []


async def test_large_print_stays_within_the_window_and_is_remembered(desk: Desk) -> None:
    await desk.bureau.application(a_household(LONG_NAME, "1949-04-02").facts)
    page = await desk.page("township_clerk", PHONE)
    await desk.open(page, "/cases")
    await page.get_by_label("个人与显示设置").click()
    await page.get_by_role("button", name="大字显示").click()
    await page.wait_for_load_state("networkidle")
    assert await page.locator("html.large").count() == 1
    assert await overflow(page) <= 0
    await desk.open(page, "/work")
    assert await page.locator("html.large").count() == 1
    assert await findings(page) == []


async def test_somebody_signs_in_with_the_keyboard_alone(desk: Desk) -> None:
    page = await desk.page(None, DESK)
    await desk.open(page, "/work")
    await page.get_by_label("账号").focus()
    await page.keyboard.type(desk.bureau.staff["township_clerk"].username)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="工作台").wait_for()
    assert page.url == desk.url("/work")


async def test_the_work_list_is_used_by_keyboard_and_filters_without_leaving(desk: Desk) -> None:
    bureau = desk.bureau
    await bureau.take(await bureau.application(elderly_couple()), "submitted")
    await bureau.take(await bureau.application(family_with_relative_on_panel()), "submitted")
    page = await desk.page("township_clerk", DESK)
    await desk.open(page, "/work")
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "q"
    await page.keyboard.type("赵强")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/work?*q=*")
    assert await page.locator("tr[data-href]").count() == 1
    await page.reload()
    assert await page.locator("tr[data-href]").count() == 1
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/cases/*")
    assert await page.get_by_role("heading", name="赵强").count() == 1
    assert desk.complaints == []


async def test_a_photograph_is_sent_at_once_and_the_posting_begins_after_a_check(desk: Desk) -> None:
    bureau = desk.bureau
    case = await bureau.take(await bureau.application(elderly_couple()), "posted")
    page = await desk.page("village_clerk", PHONE)
    await desk.open(page, f"/cases/{case.id}")
    await page.get_by_role("link", name="开始公示").click()
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": JPEG}
    await page.locator("input[type=file]").set_input_files(photo)  # type: ignore[arg-type]
    await page.locator(".photo input[type=hidden]").wait_for(state="attached")
    await page.get_by_role("button", name="下一步：核对").click()
    await page.get_by_role("heading", name="请核对后办理").wait_for()
    await page.get_by_role("button", name="确认开始公示").click()
    await page.get_by_text("已办理：开始公示。").wait_for()
    assert (await bureau.read(case))["version"] > 1
    assert desk.complaints == []


async def test_errors_take_the_focus_and_keep_what_was_typed(desk: Desk) -> None:
    bureau = desk.bureau
    case = await bureau.take(await bureau.application(elderly_couple()), "assessed")
    page = await desk.page("township_reviewer", DESK)
    await desk.open(page, f"/cases/{case.id}/do/give_opinion")
    await page.get_by_label("理由").fill("已经写好的理由")
    await (
        page.get_by_role("button", name="提出初审意见")
        .or_(page.get_by_role("button", name="下一步"))
        .first.click()
    )
    await page.locator(".error-summary").wait_for()
    assert await page.evaluate("document.activeElement.className") == "error-summary"
    assert await page.get_by_label("理由").input_value() == "已经写好的理由"
    assert await findings(page) == []


async def test_a_villager_adds_a_member_and_goes_on_with_big_buttons(desk: Desk) -> None:
    applicant = await desk.bureau.house.person(
        desk.bureau.district, "applicant", desk.bureau.village, name="王桂兰"
    )
    page = await desk.page(applicant, PHONE)
    await desk.open(page, "/cases/new")
    await page.get_by_role("heading", name="您家住在哪个村？").wait_for()
    await page.locator("select").select_option(desk.bureau.village)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_role("heading", name="家里一共有谁？").wait_for()
    await page.get_by_role("button", name="添加家庭成员").click()
    assert await page.locator("[data-row]").count() == 2
    small = await page.evaluate(
        "[...document.querySelectorAll('main .btn-primary')].filter((b) => b.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    assert await findings(page) == []
    assert desk.complaints == []


async def test_the_notice_prints_on_one_sheet_without_buttons(desk: Desk) -> None:
    scene = await _scene(desk)
    page = await desk.page(None, DESK)
    await desk.open(page, scene["notice"][1])
    await page.emulate_media(media="print")
    assert not await page.get_by_role("button", name="打印").is_visible()
    printed = await page.pdf(format="A4")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 1
