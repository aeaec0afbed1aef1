"""One level up is another desk: what the district answered or left lying goes to the province, once, whatever happens meanwhile."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.complaints.raising import Raising
from tests.builders.casework import Bureau
from tests.integration.complaints.speaking import complain, lines, standing
from tests.integration.complaints.test_complaints import REPLY
from tests.integration.complaints.test_objections import object_to, posted

pytestmark = pytest.mark.anyio

ABOUT_THE_TOWNSHIP = {"about": "procedure", "where": "township"}


async def rate(bureau: Bureau, code: str, **more: Any) -> Any:
    form = {"code": code, "rating": "1", "review": True, **more}
    return await bureau.house.client.post(bureau.url("/p/complaints/rating"), json=form)


async def answered_by_the_district(bureau: Bureau) -> tuple[str, str]:
    """The receipt's code, and the complaint's path."""
    receipt = await complain(bureau, **ABOUT_THE_TOWNSHIP)
    [line] = await lines(bureau, "district_officer")
    path = f"/complaints/{line['id']}"
    assert (await bureau.post("district_officer", f"{path}/reply", REPLY)).status_code == 200
    return receipt["code"], path


async def in_the_province(bureau: Bureau) -> list[tuple[str, str]]:
    async with bureau.house.zhunbao.database.platform() as tx:
        province = await tx.fetchval("SELECT id FROM tenant WHERE code = '62'")
    async with bureau.house.zhunbao.database.transaction(province) as tx:
        rows = await tx.fetch("SELECT state, origin FROM complaint WHERE tenant_id = $1", province)
    return [(row["state"], row["origin"]) for row in rows]


async def alone(bureau: Bureau, *, parent: bool) -> None:
    """Takes the province above away, or puts it back."""
    async with bureau.house.zhunbao.database.platform() as tx:
        await tx.execute(
            "UPDATE tenant SET status = $1 WHERE code = '62'", "active" if parent else "suspended"
        )


async def test_a_review_of_what_the_district_answered_is_the_provinces(bureau: Bureau) -> None:
    code, path = await answered_by_the_district(bureau)
    assert (await standing(bureau, code)).json()["may_review"] is True
    rated = await rate(bureau, code)
    assert (rated.json()["state"], rated.json()["level"]) == ("open", "省级")
    again = await bureau.post("district_officer", f"{path}/reply", REPLY)
    assert again.status_code == 404, "those who answered it do not look at it again"
    await bureau.house.work_off()
    assert await in_the_province(bureau) == [("open", "620802")]
    assert await lines(bureau, "district_officer", "all") == []
    seen = (await standing(bureau, code)).json()
    assert (seen["state"], seen["level"], seen["may_review"]) == ("open", "省级", False)


async def test_a_district_that_stands_alone_offers_no_review_and_says_what_is_left(bureau: Bureau) -> None:
    code, _ = await answered_by_the_district(bureau)
    await alone(bureau, parent=False)
    try:
        assert (await standing(bureau, code)).json()["may_review"] is False
        refused = await rate(bureau, code)
        assert (refused.status_code, "行政复议" in refused.text) == (409, True)
        assert (await rate(bureau, code, review=False)).status_code == 200
    finally:
        await alone(bureau, parent=True)


async def test_an_objection_the_district_leaves_lying_goes_to_the_province_and_holds_the_posting_until_answered(
    bureau: Bureau,
) -> None:
    """Its case is not asked: the objection is to the list as a whole."""
    case, token = await posted(bureau, "上")
    receipt = (await object_to(bureau, token, entry=0)).json()
    async with bureau.house.inside(bureau.district) as tx:
        await tx.execute("UPDATE complaint SET case_id = NULL WHERE tenant_id = $1", bureau.district.id)
    for _ in range(2):
        bureau.house.later(days=30)
        await bureau.house.zhunbao.upkeep.overdue()
    await bureau.house.work_off()
    assert (await standing(bureau, receipt["code"])).json()["level"] == "省级"
    refused = await bureau.act("village_clerk", case, "end_posting", {"photos": [bureau.photo]})
    assert (refused.status_code, receipt["number"] in refused.text) == (403, True)
    async with bureau.house.zhunbao.database.platform() as tx:
        province = await tx.fetchval("SELECT id FROM tenant WHERE code = '62'")
    async with bureau.house.zhunbao.database.transaction(province) as tx:
        parts = bureau.house.zhunbao.complaints
        complaint: UUID = await tx.fetchval("SELECT id FROM complaint WHERE tenant_id = $1", province)
        row = await parts.register.load(tx, complaint)
        await parts.register.answer(tx, row, "unfounded", REPLY["reply"], parts.clock())
    told = {"tenant": str(province), "complaint": str(complaint)}
    for _ in range(2):
        await bureau.house.zhunbao.upkeep.following.follow(told)
    ended = await bureau.act("village_clerk", case, "end_posting", {"photos": [bureau.photo]})
    assert ended.status_code == 200, ended.text


async def test_once_it_is_overdue_at_the_district_it_is_answered_above_and_nowhere_twice(
    bureau: Bureau,
) -> None:
    """In the moment between the clock's work and the province's register, and when the answer came first."""
    late = await complain(bureau, **ABOUT_THE_TOWNSHIP)
    [line] = await lines(bureau, "district_officer")
    bureau.house.later(days=30)
    await bureau.house.zhunbao.upkeep.overdue()
    answer = await bureau.post("district_officer", f"/complaints/{line['id']}/reply", REPLY)
    assert answer.status_code == 404
    await bureau.house.work_off()
    assert await in_the_province(bureau) == [("open", "620802")]
    assert (await standing(bureau, late["code"])).json()["state"] == "open"
    code, path = await answered_by_the_district(bureau)
    raising = Raising(bureau.house.zhunbao.complaints)
    await raising.carry(bureau.district.id, UUID(path.rpartition("/")[2]))
    assert len(await in_the_province(bureau)) == 1
    assert (await standing(bureau, code)).json()["state"] == "answered"
