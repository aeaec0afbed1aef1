"""What waits for a person: a case she is kept out of, or whose steps others must take, is not on her list."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.registry import kin
from tests.builders.casework import Bureau, Case
from tests.builders.households import elderly_couple
from tests.builders.installation import TOWNSHIP, Somebody
from tests.integration.web.browsing import Browser

pytestmark = pytest.mark.anyio


def of(bureau: Bureau, who: str | Somebody) -> Browser:
    return Browser(bureau.house, bureau.district, bureau.who(who))


async def own(bureau: Bureau, who: str | Somebody) -> int:
    """How many cases are on somebody's list."""
    return int((await bureau.get(who, "/cases?tab=mine")).json()["total"])


async def relative_of(bureau: Bureau, case: Case, role: str) -> Somebody:
    """Somebody with this role whose daughter's husband is the applicant."""
    ids = [UUID(p) for p in case.people.values()]
    async with bureau.house.inside(bureau.district) as tx:
        mine = UUID(int=4711)
        await tx.execute(
            """INSERT INTO person (tenant_id, id, name, name_key, id_number_index, private)
               VALUES ($1, $2, '甲', 'jia', 'x', 'x')""",
            tx.tenant, mine,
        )  # fmt: skip
        await kin.declare(tx, [(mine, ids[0], "parent")], bureau.staff["township_clerk"].id)
    return await bureau.house.person(bureau.district, role, TOWNSHIP, person_id=mine)


async def test_a_relatives_case_is_not_on_ones_list_and_its_page_says_why(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    father = await relative_of(bureau, case, "township_clerk")
    assert await own(bureau, "township_clerk") == 1
    assert await own(bureau, father) == 0
    assert "我要办的 0" in await of(bureau, father).see("/work")
    page = await of(bureau, father).see(f"/cases/{case.id}")
    assert "亲属关系（父母）" in page or "亲属关系（子女）" in page
    assert "您已回避" in page


async def test_an_exception_puts_the_relatives_case_back_on_the_list(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "submitted")
    father = await relative_of(bureau, case, "township_clerk")
    await bureau.do(
        "district_officer", case, "override_recusal",
        {"account": str(father.id), "reason": "全镇只有这一名经办人"},
    )  # fmt: skip
    assert await own(bureau, father) == 1


async def test_whom_the_file_names_as_a_relative_has_it_no_longer_on_the_list(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(elderly_couple()), "accepted")
    other = await bureau.house.person(bureau.district, "township_clerk", TOWNSHIP)
    assert await own(bureau, other) == 1
    line = {
        "member": next(iter(case.people.values())), "relative": "某某", "relation": "sibling",
        "position": "民政办经办人", "account": str(other.id),
    }  # fmt: skip
    await bureau.do("township_clerk", case, "declare_relatives", {"relatives": [line]})
    assert await own(bureau, other) == 0
    assert await own(bureau, "township_clerk") == 1


async def test_a_step_for_somebody_else_by_separation_of_duties_is_not_on_the_list(bureau: Bureau) -> None:
    me = UUID(int=4712)
    clerk = await bureau.house.person(bureau.district, "township_clerk", TOWNSHIP, person_id=me)
    reviewer = await bureau.house.person(bureau.district, "township_reviewer", TOWNSHIP, person_id=me)
    case = await bureau.application(elderly_couple(), by=clerk)
    await bureau.do(clerk, case, "submit", bureau.submission(case))
    await bureau.take(case, "assessed")
    assert await own(bureau, "township_reviewer") == 1
    assert await own(bureau, reviewer) == 0
    page = await of(bureau, reviewer).see(f"/cases/{case.id}")
    before_the_rest = page.split("为什么不能办其他")[0]
    assert "这一户的申请是您录入的" in before_the_rest
