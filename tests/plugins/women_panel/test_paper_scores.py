"""Score forms on paper: two people enter every form for themselves; the published totals give the trimmed mean again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser

from core.settings import Keyring
from core.storage.embedded import Urls
from core.tenancy.tenants import Tenant
from core.web.csrf import token_for
from plugins.women_panel import published, recount
from tests.browser.serving import findings, overflow, shoot
from tests.builders.installation import House, Somebody
from tests.plugins.women_panel.phones import phones
from tests.plugins.women_panel.village import Village, a_house, a_village

pytestmark = pytest.mark.anyio

SCORED: dict[str, Any] = {
    "paper_ballots": True, "ballot": "score", "criteria": ["困难=3", "劳力=1"], "score_min": 0, "score_max": 10,
    "score_trim": 1, "score_mark": "6",
}  # fmt: skip
SHEETS = [[8, 6], [9, 5], [10, 10], [2, 0], [7, 7], [8, 8], [6, 9], [7, 5]]
"""Totals 7.50, 8.00, 10.00, 1.50, 7.00, 8.00, 6.75, 6.50: without the highest and the lowest 43.75 ÷ 6 = 7.29."""


@pytest.fixture(scope="module")
async def place(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring
) -> AsyncIterator[tuple[House, Tenant]]:
    async with a_house(database_urls, tmp_path_factory.mktemp("scores"), keys, **SCORED) as made:
        yield made


@pytest.fixture
async def village(place: tuple[House, Tenant]) -> Village:
    return await a_village(*place)


async def on_paper(village: Village) -> str:
    session = await village.open_session()
    turned = await village.post(village.host, f"{session}/cases/{village.cases[0]}/paper")
    assert turned.status_code == 200, turned.text
    return session


async def enter(
    village: Village, who: Somebody, session: str, sheets: Sequence[Sequence[int]], **more: Any
) -> httpx.Response:
    form = {"agree": 0, "disagree": 0, "abstain": 1, "sheets": sheets, **more}
    return await village.post(who, f"{session}/cases/{village.cases[0]}/paper-entries", form)


async def test_two_who_take_the_same_forms_from_the_box_in_any_order_agree(village: Village) -> None:
    case, session = village.cases[0], await on_paper(village)
    assert (await enter(village, village.observer, session, SHEETS)).json()["standing"] == "first"
    assert (await village.close(session, case)).status_code == 409
    assert (await enter(village, village.clerk, session, SHEETS[::-1])).json()["standing"] == "agreed"
    told = (await village.close(session, case)).json()
    assert (told["mean"], told["result"], told["agree"], told["abstain"]) == ("7.29", "passed", 7, 1)
    body = (await village.get(village.observer, f"{session}/cases/{case}/record")).content
    record = published.read(body)
    assert [line.total for line in record.ballots if line.total] == [
        "1.50", "6.50", "6.75", "7.00", "7.50", "8.00", "8.00", "10.00",
    ]  # fmt: skip
    assert recount.said(body)[0]
    page = await village.get(
        village.observer, f"{village.pages}/sessions/{session.rpartition('/')[2]}/cases/{case}/record"
    )
    assert "按分数排" in page.text


async def test_fewer_forms_in_the_box_than_the_quorum_are_no_result(village: Village) -> None:
    case, session = village.cases[0], await on_paper(village)
    for who in (village.observer, village.clerk):
        assert (await enter(village, who, session, [[10, 10]], abstain=0)).status_code == 201
    told = (await village.close(session, case)).json()
    assert (told["result"], told["mean"], told["agree"]) == ("no_quorum", "", 0)
    body = (await village.get(village.observer, f"{session}/cases/{case}/record")).content
    assert published.read(body).ballots == ()
    assert recount.said(body)[0]


async def test_one_score_that_differs_calls_a_third(village: Village) -> None:
    session = await on_paper(village)
    await enter(village, village.observer, session, SHEETS)
    odd = [[8, 7], *SHEETS[1:]]
    assert (await enter(village, village.clerk, session, odd)).json()["standing"] == "differs"
    assert (await enter(village, village.host, session, odd)).json()["standing"] == "agreed"


async def test_scores_that_are_no_form_are_refused(village: Village) -> None:
    session = await on_paper(village)
    beyond = await enter(village, village.observer, session, [[11, 3]])
    assert (beyond.status_code, "第 1 张：每一项打 0 到 10 分" in beyond.text) == (422, True)
    counted = await enter(village, village.observer, session, [], agree=8)
    assert (counted.status_code, "请逐张录入分数" in counted.text) == (422, True)
    many = await enter(village, village.observer, session, [[5, 5]] * 11)
    assert (many.status_code, "一共录了 12 张" in many.text) == (422, True)


async def test_the_page_takes_a_row_per_form_and_says_which_row_is_half_filled(village: Village) -> None:
    session = await on_paper(village)
    path = f"{village.pages}/sessions/{session.rpartition('/')[2]}/cases/{village.cases[0]}"
    page = await village.get(village.observer, f"{path}/paper")
    assert 'name="s10_1"' in page.text

    async def sent(form: dict[str, str]) -> httpx.Response:
        data = {
            "_csrf": token_for(village.observer.token),
            "agree": "0",
            "disagree": "0",
            "abstain": "0",
        } | form
        headers = village.observer.headers
        return await village.house.client.post(f"{path}/paper-entries", data=data, headers=headers)

    half = await sent({"s0_0": "8", "s0_1": "6", "s3_0": "9", "s3_1": ""})
    assert (half.status_code, "第 4 张还有没填的分数" in half.text) == (422, True)
    full = await sent({"s0_0": "8", "s0_1": "6", "s1_0": "", "s1_1": "", "s3_0": "9", "s3_1": "5"})
    assert full.status_code == 303, full.text
    other = await enter(village, village.clerk, session, [[9, 5], [8, 6]], abstain=0)
    assert other.json()["standing"] == "agreed"


@pytest.mark.browser
async def test_the_page_for_score_forms_fits_a_phone_and_has_no_axe_findings(
    village: Village, browser: Browser
) -> None:
    session = await on_paper(village)
    path = f"/sessions/{session.rpartition('/')[2]}/cases/{village.cases[0]}/paper"
    async with phones(browser, village) as gang:
        page = await gang.at(village.observer, path)
        await shoot(page, "panel-paper-scores")
        assert await page.get_by_text("困难", exact=True).count() > 0
        assert [await findings(page), await overflow(page) > 0, gang.complaints] == [[], False, []]
