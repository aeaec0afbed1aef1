"""Without sign-in: what is posted, with the allowed fields and nothing else, while the period runs; printable, with its QR."""

from __future__ import annotations

import re

import pytest

from tests.builders.casework import Bureau
from tests.builders.households import elderly_couple
from tests.integration.web.browsing import Browser, words

pytestmark = pytest.mark.anyio


async def token_of(bureau: Bureau) -> str:
    postings = (await bureau.house.client.get(bureau.url("/postings"))).json()
    return str(postings[0]["token"])


async def test_a_posting_shows_the_allowed_fields_to_anybody(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple(), address="水桥村三组 12 号"), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    anybody = Browser(bureau.house, bureau.district)
    assert "审核公示" in await anybody.see("/p/postings")
    token = await token_of(bureau)
    page = await anybody.see(f"/p/postings/{token}")
    for shown in ("马德福", "930.00", "0933-8210000", "2026年9月7日 至 2026年9月14日"):
        assert shown in page
    for hidden in ("李秀英", "三组", "肢体", "残疾", "1951", "12 号", "620802-"):
        assert hidden not in page, hidden


async def test_the_notice_prints_with_a_code_that_leads_back(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    token = await token_of(bureau)
    anybody = Browser(bureau.house, bureau.district)
    clerk = Browser(bureau.house, bureau.district, bureau.staff["village_clerk"])
    notice = await clerk.get(f"/postings/{token}/notice")
    assert f"/d/620802/p/postings/{token}/qr.svg" in notice.text
    assert "崆峒区东关街道办事处" in words(notice.text), "the township posts what it proposes (57号 19)"
    assert (await anybody.get(f"/p/postings/{token}/qr.svg")).text.startswith("<svg")
    assert (await clerk.get(f"/postings/{token}/notice.pdf")).content.startswith(b"%PDF-")


async def test_a_posting_that_is_over_is_gone_for_everybody(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    token = await token_of(bureau)
    bureau.house.later(days=9)
    anybody = Browser(bureau.house, bureau.district)
    gone = await anybody.see(f"/p/postings/{token}", 404)
    assert "可能已经期满撤下" in gone
    assert "现在没有公示" in await anybody.see("/p/postings")


async def test_an_unchanged_page_is_not_sent_twice(bureau: Bureau) -> None:
    anybody = Browser(bureau.house, bureau.district)
    first = await anybody.get("/p/postings")
    tag = first.headers["etag"]
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    second = await bureau.house.client.get("/d/620802/p/postings", headers={"if-none-match": tag})
    assert (second.status_code, second.content) == (304, b"")


async def test_the_front_pages_lead_to_the_district_and_speak_english_when_asked(bureau: Bureau) -> None:
    front = await bureau.house.client.get("/")
    assert re.search(r'href="/d/620802/"', front.text)
    assert "崆峒区" in words(front.text)
    english = await bureau.house.client.get("/d/620802/", headers={"cookie": "zhunbao_language=en"})
    assert 'lang="en"' in english.text
    assert "See what is posted" in words(english.text)


async def test_a_page_rendered_once_still_comes_down_and_follows_the_readers_settings(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    address = f"/d/620802/p/postings/{await token_of(bureau)}"
    first = await bureau.house.client.get(address)
    assert (await bureau.house.client.get(address)).content == first.content
    large = await bureau.house.client.get(address, headers={"cookie": "zhunbao_large=1"})
    assert 'class="large"' in large.text
    unchanged = await bureau.house.client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await bureau.do("observer", case, "record_objection", {"channel": "phone", "content": "反映情况"})
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute("UPDATE posting SET taken_down_on = '2026-09-08'")
    assert (await bureau.house.client.get(address)).status_code == 404
