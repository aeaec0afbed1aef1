"""Whom an objection speaks of neither looks into it nor answers it, and whoever objected is not named on the file by their own words."""

from __future__ import annotations

import pytest

from core.web.visit import COOKIE
from tests.builders.casework import Bureau
from tests.integration.complaints.speaking import SECRET_NAME, SECRET_PHONE, lines
from tests.integration.complaints.test_objections import object_to, posted

pytestmark = pytest.mark.anyio

REVIEWER = "township_reviewer"
FOUND = {"findings": "走访了单位，情况不属实"}
ANSWER = {"well_founded": False, "reply": "经查不属实，维持原来的意见。"}


async def page(bureau: Bureau, who: str, path: str) -> str:
    cookie = {"cookie": f"{COOKIE}={bureau.staff[who].token}"}
    return (await bureau.house.client.get(f"/d/{bureau.district.code}{path}", headers=cookie)).text


async def test_who_is_accused_in_an_objection_neither_looks_into_it_nor_answers_it(bureau: Bureau) -> None:
    case, token = await posted(bureau, "子")
    told = await object_to(bureau, token, content=f"{REVIEWER}和visitor都收了这家的礼，名单是他们定的。")
    assert told.status_code == 201, told.text
    await bureau.house.work_off()
    refused = await bureau.act("visitor", case, "record_reinvestigation", FOUND)
    assert (refused.status_code, "说到了您" in refused.text) == (403, True), refused.text
    await bureau.do("visitor 2", case, "record_reinvestigation", FOUND)
    offered = {a["name"]: a for a in (await bureau.get(REVIEWER, case.path)).json()["actions"]}
    assert not offered["answer_objection"]["open"], "the page says so before anything is typed"
    refused = await bureau.act(REVIEWER, case, "answer_objection", ANSWER)
    assert (refused.status_code, "57号 37" in refused.text) == (403, True), refused.text
    excused = {"account": str(bureau.staff[REVIEWER].id), "reason": "本镇只有这一名审核人，区级复核"}
    assert (await bureau.act("district_officer", case, "override_recusal", excused)).status_code == 200
    await bureau.do(REVIEWER, case, "answer_objection", ANSWER)


async def test_what_an_objector_says_of_themself_is_not_on_the_file(bureau: Bureau) -> None:
    said = f"我是隔壁的{SECRET_NAME}，电话{SECRET_PHONE}，这家儿子在城里有房。"
    case, token = await posted(bureau, "丑")
    await object_to(bureau, token, content=said, name=SECRET_NAME, phone=SECRET_PHONE)
    await bureau.house.work_off()
    other, _ = await posted(bureau, "寅")
    form = {"channel": "in_person", "content": said, "objector": SECRET_NAME, "phone": SECRET_PHONE}
    await bureau.do("observer", other, "record_objection", form)
    for one in (case, other):
        seen = await page(bureau, "township_clerk", one.path)
        assert "这家儿子在城里有房" in seen
        assert SECRET_NAME not in seen
        assert SECRET_PHONE not in seen
    [first, second] = await lines(bureau, REVIEWER)
    for line in (first, second):
        assert said in (await bureau.get(REVIEWER, f"/complaints/{line['id']}")).json()["content"]
