"""Every objection gets its own answer (57号 37): what is answered on a case closes what was put on it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders.casework import Bureau, Case
from tests.integration.complaints.speaking import SECRET_NAME, lines, standing
from tests.integration.complaints.test_objections import CONTENT, object_to, posted

pytestmark = pytest.mark.anyio

OTHER = "这户前年就搬走了，不住在村里。"
ON_THE_CASE = "经向单位核实，反映的情况不属实，维持原意见。"
IN_THE_REGISTER = {"outcome": "unfounded", "reply": "经走访，这户常年住在村里，反映的情况不属实。"}


async def answer(bureau: Bureau, case: Case, reply: str) -> Any:
    form = {"well_founded": False, "reply": reply}
    return await bureau.act("township_reviewer", case, "answer_objection", form)


async def two_objectors(bureau: Bureau, suffix: str) -> tuple[Case, str, str]:
    """The case, objected to; the codes of the first, whose objection is on the case, and of the second."""
    case, token = await posted(bureau, suffix)
    first = (await object_to(bureau, token, name=SECRET_NAME)).json()["code"]
    async with bureau.house.inside(bureau.district) as tx:
        row = await tx.fetchrow("SELECT id, tenant_id FROM complaint WHERE case_id = $1", case.id)
    assert row is not None
    second = (await object_to(bureau, token, content=OTHER)).json()["code"]
    told = {"tenant": str(row["tenant_id"]), "complaint": str(row["id"])}
    await bureau.house.zhunbao.upkeep.following.follow(told)  # before the other one's turn comes
    await bureau.house.work_off()
    await bureau.do("visitor", case, "record_reinvestigation", {"findings": "走访了单位，情况不属实"})
    return case, first, second


async def test_the_answer_on_the_case_closes_the_objection_that_is_on_it_and_leaves_the_others_open(
    bureau: Bureau,
) -> None:
    case, first, second = await two_objectors(bureau, "一")
    assert (await answer(bureau, case, ON_THE_CASE)).status_code == 200
    assert (await standing(bureau, first)).json()["reply"] == ON_THE_CASE
    waiting = (await standing(bureau, second)).json()
    assert (waiting["state"], waiting["reply"]) == ("open", "")
    [line] = await lines(bureau, "township_reviewer")
    own = await bureau.post("township_reviewer", f"/complaints/{line['id']}/reply", IN_THE_REGISTER)
    assert own.status_code == 200, own.text
    assert (await standing(bureau, second)).json()["reply"] == IN_THE_REGISTER["reply"]
    assert (await standing(bureau, first)).json()["reply"] == ON_THE_CASE


async def test_an_answer_on_the_case_does_not_say_who_objected_either(bureau: Bureau) -> None:
    case, first, _ = await two_objectors(bureau, "二")
    refused = await answer(bureau, case, f"{SECRET_NAME}您好，经核实不属实。")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reply")
    assert (await standing(bureau, first)).json()["state"] == "open"
    assert (await bureau.read(case))["state"] == "objected"


async def test_an_objection_under_review_is_answered_by_the_level_above_and_not_with_anothers(
    bureau: Bureau,
) -> None:
    """It was on the case once; that answer was given, and the district looks at it anew in the register."""
    case, first, second = await two_objectors(bureau, "三")
    assert (await answer(bureau, case, ON_THE_CASE)).status_code == 200
    rating = {"code": first, "rating": "1", "review": True}
    rated = await bureau.house.client.post(bureau.url("/p/complaints/rating"), json=rating)
    assert (rated.json()["state"], rated.json()["level"]) == ("open", "区县")
    [line] = await lines(bureau, "district_officer")
    again = await bureau.post("district_officer", f"/complaints/{line['id']}/reply", IN_THE_REGISTER)
    assert again.status_code == 200, again.text
    assert (await standing(bureau, second)).json()["state"] == "open"
    assert CONTENT not in (await standing(bureau, first)).text
