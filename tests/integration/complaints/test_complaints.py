"""Complaints: routed away from whom they accuse, answered to whoever holds the receipt, told to nobody else."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest

from core.web.visit import COOKIE
from tests.builders.casework import JPEG, Bureau, renamed
from tests.builders.households import elderly_couple
from tests.builders.installation import TOWNSHIP, House
from tests.integration.complaints.speaking import (
    CONTENT,
    SECRET_NAME,
    SECRET_PHONE,
    complain,
    lines,
    standing,
    walk,
)

pytestmark = pytest.mark.anyio

EXIF = b"Exif\0\0somewhere in the village"
JPEG_WITH_PLACE = JPEG[:2] + b"\xff\xe1" + (len(EXIF) + 2).to_bytes(2, "big") + EXIF + JPEG[2:]
"""As a phone writes it: with place and device."""
REPLY = {"outcome": "founded", "reply": "经入户核实，反映的车辆属实，已转入复核。"}


async def test_a_household_is_complained_of_answered_and_the_answer_rated(bureau: Bureau) -> None:
    receipt = await complain(bureau, name=SECRET_NAME, phone=SECRET_PHONE)
    assert receipt["level"] == "乡镇"
    [line] = await lines(bureau, "township_reviewer")
    assert (line["number"], line["named"], line["overdue"]) == (receipt["number"], True, False)
    assert (await standing(bureau, receipt["code"])).json()["state"] == "open"
    answered = await bureau.post("township_reviewer", f"/complaints/{line['id']}/reply", REPLY)
    assert answered.status_code == 200, answered.text
    seen = (await standing(bureau, receipt["code"].lower().replace("-", " "))).json()
    assert (seen["outcome"], seen["reply"]) == ("属实", REPLY["reply"])
    rating = {"code": receipt["code"], "rating": "3"}
    rated = await bureau.house.client.post(bureau.url("/p/complaints/rating"), json=rating)
    assert (rated.status_code, rated.json()["rating"]) == (200, 3)
    again = await bureau.house.client.post(bureau.url("/p/complaints/rating"), json=rating)
    assert again.status_code == 409
    overview = await _page(bureau, "district_officer", "/overview")
    assert "投诉举报和异议" in overview
    assert "100%" in overview


async def test_the_level_is_right_also_in_a_process_nobody_has_signed_in_to_yet(bureau: Bureau) -> None:
    bureau.house.zhunbao.policies._compiled.clear()
    assert (await complain(bureau))["level"] == "乡镇"


async def test_who_complained_is_shown_for_a_purpose_alone_and_never_without_a_trace(bureau: Bureau) -> None:
    await complain(bureau, name=SECRET_NAME, phone=SECRET_PHONE)
    [line] = await lines(bureau, "township_reviewer")
    path = f"/complaints/{line['id']}"
    for text in (
        (await bureau.get("township_reviewer", path)).text,
        await _page(bureau, "township_reviewer", path),
    ):
        assert CONTENT in text
        assert SECRET_NAME not in text
        assert SECRET_PHONE not in text
    refused = await bureau.post("township_reviewer", f"{path}/complainant", {"purpose": "看"})
    assert refused.status_code == 422
    looked = await bureau.post("township_reviewer", f"{path}/complainant", {"purpose": "电话答复反映人"})
    assert looked.json() == {"name": SECRET_NAME, "phone": SECRET_PHONE}
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT count(*) FROM access_log WHERE event = 'looked'") == 1
        rows = await tx.fetch("SELECT c.*, c::text AS whole FROM complaint c")
        assert all(SECRET_NAME not in row["whole"] and CONTENT not in row["whole"] for row in rows)
    named = REPLY | {"reply": f"{SECRET_NAME}您好，反映的情况属实，已经处理。"}
    refused = await bureau.post("township_reviewer", f"{path}/reply", named)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reply")


@pytest.mark.parametrize(
    ("form", "sees", "never"),
    [
        ({"about": "official", "whom": "村干部", "where": "village"}, "township_reviewer", "district_officer"),
        ({"about": "procedure", "where": "township"}, "district_officer", "township_reviewer"),
        ({"about": "official", "where": "village", "whom": "township_clerk"}, "district_officer", "township_reviewer"),
    ],
)  # fmt: skip
async def test_the_level_above_answers_what_concerns_a_level(
    bureau: Bureau, form: dict[str, str], sees: str, never: str
) -> None:
    """The last one: the office holder named serves higher than the complainant thought."""
    await complain(bureau, **form)
    [line] = await lines(bureau, sees)
    assert await lines(bureau, never, "all") == []
    assert (await bureau.get(never, f"/complaints/{line['id']}")).status_code == 404
    assert (await bureau.get("village_clerk", "/complaints")).status_code == 403


async def test_what_concerns_the_district_goes_to_the_province_and_out_of_the_districts_sight(bureau: Bureau) -> None:  # fmt: skip
    receipt = await complain(bureau, about="official", where="district", whom="某局长", name=SECRET_NAME)
    assert receipt["level"] == "省级"
    assert await lines(bureau, "district_officer", "all") == []
    async with bureau.house.inside(bureau.district) as tx:
        assert await tx.fetchval("SELECT count(*) FROM complaint") == 0
    assert (await standing(bureau, receipt["code"])).json()["state"] == "open"
    async with bureau.house.zhunbao.database.platform() as tx:
        province = await tx.fetchval("SELECT id FROM tenant WHERE code = '62'")
    async with bureau.house.zhunbao.database.transaction(province) as tx:
        row = await tx.fetchrow("SELECT level, origin FROM complaint")
    assert row is not None
    assert tuple(row) == ("province", "620802")


async def test_relatives_of_the_household_never_answer_a_complaint_about_it(
    bureau: Bureau, house: House
) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "甲")), "submitted")
    name = case.facts.applicant.name
    reviewer = bureau.staff["township_reviewer"]
    relative = await house.person(bureau.district, "township_reviewer", TOWNSHIP, name="亲属")
    async with house.inside(bureau.district) as tx:
        person = await tx.fetchval(
            """INSERT INTO person (tenant_id, id, name, name_key, id_number_index, private)
               VALUES ($1, gen_random_uuid(), '亲属', 'qin shu', '\\x00', '\\x00') RETURNING id""",
            tx.tenant,
        )
        await tx.execute("UPDATE account SET person_id = $2 WHERE tenant_id = $1 AND id = $3", tx.tenant, person, relative.id)  # fmt: skip
        await tx.execute(
            """INSERT INTO kinship (tenant_id, person_a, person_b, relation, declared_by)
               SELECT $1, $2, m.person_id, 'parent', $3 FROM household_member m
               JOIN process p ON p.tenant_id = m.tenant_id AND p.subject_id = m.household_id
               WHERE p.tenant_id = $1 AND p.id = $4 LIMIT 1""",
            tx.tenant, person, relative.id, case.id,
        )  # fmt: skip
    await complain(bureau, whom=f"{name}家")
    assert len(await lines(bureau, reviewer)) == 1
    assert await lines(bureau, relative) == []


async def test_a_complaint_about_a_household_makes_the_districts_visit_compulsory_and_is_noted_when_answered(
    bureau: Bureau,
) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "乙")), "submitted")
    await complain(bureau, whom=case.facts.applicant.name, name=SECRET_NAME)
    await bureau.house.work_off()
    read = await bureau.read(case)
    assert "complaint" in read["marks"]
    [line] = await lines(bureau, "township_reviewer")
    await bureau.post("township_reviewer", f"/complaints/{line['id']}/reply", REPLY)
    await bureau.house.work_off()
    seen = (await bureau.get("township_clerk", case.path)).text
    assert line["number"] in seen
    assert CONTENT not in seen, "what was said lies in the register, not on the file"
    applicant = case.facts.applicant.name
    party = await bureau.house.person(
        bureau.district, "applicant", bureau.village, name=applicant, person_id=UUID(case.people[applicant])
    )
    own = await bureau.get(party, case.path)
    assert own.status_code == 200
    assert "complaint" not in str(own.json().get("steps", ())), "the household is not told"
    assert line["number"] not in own.text
    assert SECRET_NAME not in seen


async def test_what_is_not_answered_in_time_goes_one_level_up_and_then_to_the_province(
    bureau: Bureau,
) -> None:
    receipt = await complain(bureau)
    bureau.house.later(days=30)
    assert "已超期 " in await _page(bureau, "township_reviewer", "/complaints")
    await bureau.house.zhunbao.upkeep.overdue()
    assert await lines(bureau, "township_reviewer", "all") == []
    [line] = await lines(bureau, "district_officer")
    assert line["overdue"] is False
    bureau.house.later(days=30)
    await bureau.house.zhunbao.upkeep.overdue()
    assert await lines(bureau, "district_officer", "all") == [], "from this moment it is the province's"
    assert (await standing(bureau, receipt["code"])).json()["level"] == "省级"
    await bureau.house.work_off()
    await bureau.house.zhunbao.upkeep.overdue()
    assert await lines(bureau, "district_officer", "all") == []
    seen = (await standing(bureau, receipt["code"])).json()
    assert (seen["level"], seen["number"]) == ("省级", receipt["number"])


async def test_whoever_is_not_satisfied_gets_the_level_above_once(bureau: Bureau) -> None:
    receipt = await complain(bureau)
    [line] = await lines(bureau, "township_reviewer")
    await bureau.post("township_reviewer", f"/complaints/{line['id']}/reply", REPLY)
    rating = {"code": receipt["code"], "rating": "1", "review": True}
    rated = await bureau.house.client.post(bureau.url("/p/complaints/rating"), json=rating)
    assert (rated.json()["state"], rated.json()["level"]) == ("open", "区县")
    await bureau.post("district_officer", f"/complaints/{line['id']}/reply", REPLY)
    seen = (await standing(bureau, receipt["code"])).json()
    assert (seen["may_rate"], seen["may_review"]) == (True, False)


async def test_a_handler_who_is_concerned_hands_it_on_and_sees_it_no_more(bureau: Bureau) -> None:
    await complain(bureau)
    [line] = await lines(bureau, "township_reviewer")
    await bureau.post("township_reviewer", f"/complaints/{line['id']}/pass-up", {"reason": "concerned"})
    assert (await bureau.get("township_reviewer", f"/complaints/{line['id']}")).status_code == 404
    assert len(await lines(bureau, "district_officer")) == 1


async def test_the_public_page_takes_it_one_question_at_a_time_with_papers_that_tell_no_place(bureau: Bureau) -> None:  # fmt: skip
    answers = [
        {"about": "household"}, {"area_code": bureau.village}, {"whom": "张三家"}, {"where": "village"}, {"content": CONTENT},
        {"name": SECRET_NAME}, {"phone": ""},
    ]  # fmt: skip
    page = await walk(bureau, "/p/complaints/new", answers, [JPEG_WITH_PLACE])
    assert page.status_code == 200, page.text
    assert "受理回执" in page.text
    [line] = await lines(bureau, "township_reviewer")
    paper = await bureau.get("township_reviewer", f"/complaints/{line['id']}/papers/0")
    assert paper.headers["content-type"] == "image/jpeg"
    assert b"Exif" in JPEG_WITH_PLACE
    assert b"Exif" not in paper.content
    assert (await bureau.get("township_reviewer", f"/complaints/{line['id']}/papers/1")).status_code == 404
    bad = await walk(bureau, "/p/complaints/new", answers, [b"MZ\x90 not a picture"])
    assert (bad.status_code, CONTENT in bad.text) == (422, True)
    assert len(await lines(bureau, "township_reviewer")) == 1


async def test_sent_twice_it_is_taken_once_and_the_receipt_is_the_same(bureau: Bureau) -> None:
    first = await complain(bureau, key="key-of-a-browser")
    assert await complain(bureau, key="key-of-a-browser") == first
    assert await complain(bureau, key="key-of-another") != first
    assert len(await lines(bureau, "township_reviewer")) == 2


async def test_a_clerk_enters_what_is_told_on_the_phone_and_hands_over_the_receipt(bureau: Bureau) -> None:
    form = {"channel": "phone", "about": "official", "area_code": bureau.village, "content": CONTENT, "whom": "township_clerk"}  # fmt: skip
    entered = await bureau.post("township_clerk", "/complaints/new", form)
    assert entered.status_code == 201, entered.text
    assert (await standing(bureau, entered.json()["code"])).status_code == 200
    assert (await bureau.get("township_clerk", "/complaints")).status_code == 403
    assert len(await lines(bureau, "district_officer")) == 1


async def test_a_wrong_code_tells_nothing_and_is_not_tried_for_long(bureau: Bureau) -> None:
    wrong = [await standing(bureau, f"22222{n:05d}".replace("0", "Z").replace("1", "Y")) for n in range(41)]
    assert {a.status_code for a in wrong[:40]} == {404}
    assert len({a.json()["detail"] for a in wrong[:40]}) == 1
    assert wrong[40].status_code == 429


async def test_one_phone_and_one_address_may_not_flood_the_office(bureau: Bureau) -> None:
    url = bureau.url("/p/complaints/new")
    form = {"about": "procedure", "area_code": bureau.village, "content": CONTENT, "phone": SECRET_PHONE}
    answers = [await bureau.house.client.post(url, json=form) for _ in range(8)]
    assert [a.status_code for a in answers] == [201] * 6 + [429] * 2
    form.pop("phone")
    answers = [await bureau.house.client.post(url, json=form) for _ in range(24)]
    assert answers[-1].status_code == 429
    async with bureau.house.inside(bureau.district) as tx:
        keys = await tx.fetch("SELECT key::text AS key FROM sign_in_attempt")
    assert all(SECRET_PHONE not in row["key"] and "127.0.0.1" not in row["key"] for row in keys)


async def test_logs_and_queued_jobs_name_nobody(bureau: Bureau, caplog: pytest.LogCaptureFixture) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "丙")), "submitted")
    with caplog.at_level(logging.DEBUG):
        await complain(bureau, whom=case.facts.applicant.name, name=SECRET_NAME, phone=SECRET_PHONE)
        async with bureau.house.inside(bureau.district) as tx:
            jobs = await tx.fetch("SELECT convert_from(payload, 'utf8') AS sent FROM pgqueuer")
        await bureau.house.work_off()
    told = caplog.text + "".join(row["sent"] for row in jobs)
    for word in (SECRET_NAME, SECRET_PHONE, CONTENT):
        assert word not in told
    async with bureau.house.inside(bureau.district) as tx:
        journal = "".join(str(dict(row)) for row in await tx.fetch("SELECT * FROM journal"))
    assert SECRET_NAME not in journal
    assert CONTENT not in journal


@pytest.fixture
def house(bureau: Bureau) -> House:
    return bureau.house


async def _page(bureau: Bureau, who: str, path: str) -> str:
    headers = {"cookie": f"{COOKIE}={bureau.staff[who].token}"}
    answer = await bureau.house.client.get(f"/d/{bureau.district.code}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text
