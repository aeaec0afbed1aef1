"""Objections to a posting: from anybody, on line or told to a clerk; they hold the case, and the posting, until answered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.stages.expired_postings import take_down_over
from core.web.csrf import token_for
from core.web.visit import COOKIE
from tests.builders.casework import JPEG, Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.integration.complaints.speaking import SECRET_NAME, SECRET_PHONE, lines, standing, walk

pytestmark = pytest.mark.anyio

REVIEWER = "township_reviewer"
CONTENT = "这家的儿子在城里有房，每月都寄钱回来。"


async def posted(bureau: Bureau, suffix: str) -> tuple[Case, str]:
    """A case whose posting hangs, and its address."""
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), suffix)), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    async with bureau.house.inside(bureau.district) as tx:
        token = await tx.fetchval("SELECT token FROM posting WHERE process_id = $1", case.id)
    return case, str(token)


async def object_to(bureau: Bureau, token: str, **more: Any) -> Any:
    form = {"entry": 1, "content": CONTENT, **more}
    return await bureau.house.client.post(bureau.url(f"/p/postings/{token}/object"), json=form)


async def test_an_objection_on_line_holds_the_case_and_its_answer_is_read_with_the_receipt(
    bureau: Bureau,
) -> None:
    case, token = await posted(bureau, "戊")
    answers = [{"entry": "1"}, {"content": CONTENT}, {"name": SECRET_NAME}, {"phone": ""}]
    page = await walk(bureau, f"/p/postings/{token}/object", answers, [JPEG])
    assert "受理回执" in page.text, page.text
    await bureau.house.work_off()
    read = await bureau.read(case)
    assert read["state"] == "objected"
    cookie = {"cookie": f"{COOKIE}={bureau.staff['township_reviewer'].token}"}
    seen = (await bureau.house.client.get(f"/d/{bureau.district.code}{case.path}", headers=cookie)).text
    assert CONTENT in seen, "investigators must know what is alleged"
    assert SECRET_NAME not in seen
    [line] = await lines(bureau, "township_reviewer")
    reply = {"outcome": "unfounded", "reply": "经查不属实，维持原来的意见。"}
    here = await bureau.post("township_reviewer", f"/complaints/{line['id']}/reply", reply)
    assert here.status_code == 409, "it is answered on the case"
    await bureau.do("visitor", case, "record_reinvestigation", {"findings": "走访了单位，情况不属实"})
    await bureau.do(
        "township_reviewer", case, "answer_objection", {"well_founded": False, "reply": reply["reply"]}
    )
    [line] = await lines(bureau, "township_reviewer", "answered")
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT outcome FROM complaint") == "unfounded"


async def test_who_objected_to_a_clerk_lies_in_the_register_and_not_on_the_file(bureau: Bureau) -> None:
    case, _ = await posted(bureau, "己")
    form = {"channel": "in_person", "content": CONTENT, "objector": SECRET_NAME, "phone": SECRET_PHONE}
    taken = await bureau.act("observer", case, "record_objection", form)
    assert taken.status_code == 200, taken.text
    slip = taken.json()["complaint"]
    assert (await standing(bureau, slip["code"])).json()["number"] == slip["number"]
    for who in ("confirming_officer", "township_reviewer", "visitor"):
        shown = (await bureau.get(who, case.path)).text
        assert SECRET_NAME not in shown
        assert SECRET_PHONE not in shown
    [line] = await lines(bureau, "township_reviewer")
    looked = await bureau.post(
        "township_reviewer", f"/complaints/{line['id']}/complainant", {"purpose": "电话答复"}
    )
    assert looked.json() == {"name": SECRET_NAME, "phone": SECRET_PHONE}


async def test_a_complaint_told_on_a_case_gets_its_receipt_and_goes_past_whoever_it_speaks_of(
    bureau: Bureau,
) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "卯")), "submitted")
    cookie = {"cookie": f"{COOKIE}={bureau.staff['observer'].token}"}
    address = f"/d/{bureau.district.code}{case.path}/do/register_complaint"
    version = (await bureau.read(case))["version"]
    said = {"channel": "phone", "content": f"{REVIEWER}和这户是亲戚，照顾他们。", "reporter": SECRET_NAME}
    typed = {
        **said,
        "phone": SECRET_PHONE,
        "_version": str(version),
        "_key": "told-once",
        "_csrf": token_for(bureau.staff["observer"].token),
    }
    pages = [await bureau.house.client.post(address, data=typed, headers=cookie) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200], pages[0].text
    codes = [re.search(r'class="secret">([A-Z0-9-]+)<', page.text) for page in pages]
    assert codes[0] is not None
    assert codes[1] is not None
    assert codes[0][1] == codes[1][1], "sent once more, it is the same receipt"
    seen = (await standing(bureau, codes[0][1])).json()
    assert (seen["state"], seen["level"]) == ("open", "乡镇")
    assert await lines(bureau, REVIEWER, "all") == [], "spoken of, and so kept out"
    assert len(await lines(bureau, f"{REVIEWER} 2")) == 1


async def test_a_posting_does_not_end_over_an_objection_nobody_has_answered(bureau: Bureau) -> None:
    """Also in the moments before the worker has put it on the case."""
    case, token = await posted(bureau, "庚")
    bureau.house.later(days=7)
    receipt = (await object_to(bureau, token)).json()
    bureau.house.later(days=1)
    refused = await bureau.act("village_clerk", case, "end_posting", {"photos": [bureau.photo]})
    assert (refused.status_code, receipt["number"] in refused.text) == (403, True)


async def test_a_clerk_hands_over_a_receipt_for_what_was_told_on_the_phone(bureau: Bureau) -> None:
    _, token = await posted(bureau, "辛")
    form = {"channel": "phone", "entry": 0, "content": CONTENT}
    entered = await bureau.post("village_clerk", f"/postings/{token}/object", form)
    assert entered.status_code == 201, entered.text
    assert (await standing(bureau, entered.json()["code"])).json()["about"] == "公示异议"
    assert (await object_to(bureau, token, entry=9)).status_code == 422


async def test_a_posting_comes_down_by_itself_and_is_then_for_the_areas_staff_alone(bureau: Bureau) -> None:
    case, token = await posted(bureau, "壬")
    bureau.house.later(days=9)
    await bureau.house.zhunbao.upkeep.postings()
    async with bureau.house.inside(bureau.district) as tx:
        down = await tx.fetchval("SELECT taken_down_on FROM posting WHERE process_id = $1", case.id)
        assert down is not None
        assert await take_down_over(tx, bureau.today) == 0
    assert (await object_to(bureau, token)).status_code == 404
    base, client = f"/d/{bureau.district.code}", bureau.house.client
    assert (await client.get(f"{base}/p/postings/{token}")).status_code == 404
    name = case.facts.applicant.name
    for path in ("/postings?tab=past", f"/postings/{token}"):
        assert (await client.get(f"{base}{path}")).status_code == 303
        page = await client.get(f"{base}{path}", headers=bureau.staff["township_clerk"].headers)
        assert page.status_code == 200
        assert token in page.text or "?" not in path
    assert name in page.text
    elsewhere = await bureau.house.person(bureau.district, "township_clerk", "620802002000")
    assert (await client.get(f"{base}/postings/{token}", headers=elsewhere.headers)).status_code == 404


async def test_a_long_term_posting_comes_down_when_the_household_leaves_the_rolls(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "癸")), "active")
    async with bureau.house.inside(bureau.district) as tx:
        hanging = "SELECT count(*) FROM posting WHERE process_id = $1 AND kind = 'long_term' AND taken_down_on IS NULL"
        assert await tx.fetchval(hanging, case.id) == 1
        await take_down_over(tx, bureau.today)
        assert await tx.fetchval(hanging, case.id) == 1
        await tx.execute(
            "UPDATE benefit SET until_month = from_month WHERE household_id = (SELECT subject_id FROM process WHERE id = $1)",
            case.id,
        )
        await tx.execute("UPDATE benefit SET until_month = '2026-01-01'")
        await take_down_over(tx, bureau.today)
        assert await tx.fetchval(hanging, case.id) == 0


async def test_robots_are_kept_out_of_everything(bureau: Bureau) -> None:
    robots = await bureau.house.client.get("/robots.txt")
    assert robots.text == "User-agent: *\nDisallow: /\n"
    for path in ("/p/postings", "/p/complaints", "/p/complaints/new", "/p/policy"):
        page = await bureau.house.client.get(f"/d/{bureau.district.code}{path}")
        assert "noindex" in page.headers["x-robots-tag"]
        assert 'name="robots" content="noindex' in page.text
        assert "0933-8210000" in page.text, "the supervision phone stands on every public page"
