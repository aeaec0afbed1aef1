"""57号 34 through the API: three recorded refusals, a hearing, and one member's share less; the others keep theirs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import family_with_employed_son

pytestmark = pytest.mark.anyio

SON = "何刚"
STOP = {"reason": "连续三次无正当理由拒绝人社部门介绍的工作"}


def offer(bureau: Bureau, case: Case, name: str, answer: str = "refused") -> dict[str, Any]:
    return {
        "member": case.people[name], "offered_on": bureau.today.isoformat(), "answer": answer,
        "job": "镇供水站抄表员，月工资 1900 元", "suitable": "在本镇，活不重，半劳力能做", "said": "嫌工资低",
        "papers": [bureau.photo],
    }  # fmt: skip


async def paid(bureau: Bureau, case: Case) -> tuple[Decimal, int]:
    async with bureau.house.inside(bureau.district) as tx:
        row = await tx.fetchrow(
            """SELECT amount, b.persons FROM benefit b JOIN process p ON p.subject_id = b.household_id
               WHERE p.id = $1 AND b.until_month IS NULL""",
            case.id,
        )
    assert row is not None
    return row["amount"], row["persons"]


async def test_the_third_refusal_lets_one_members_share_be_stopped_after_a_hearing(bureau: Bureau) -> None:
    facts = renamed(family_with_employed_son(employed=False), "拒")
    case = await bureau.take(await bureau.application(facts), "active")
    son, mother = SON + "拒", facts.applicant.name
    assert await paid(bureau, case) == (Decimal("1326.00"), 3)
    unable = await bureau.act("township_clerk", case, "record_work_offer", offer(bureau, case, mother))
    assert (unable.status_code, "没有劳动能力" in unable.text) == (422, True)
    bare = offer(bureau, case, son) | {"papers": []}
    assert (await bureau.act("township_clerk", case, "record_work_offer", bare)).status_code == 422

    for answer in ("refused", "refused", "excused", "refused", "refused"):
        await bureau.do("township_clerk", case, "record_work_offer", offer(bureau, case, son, answer))
    await bureau.do("township_clerk", case, "start_review", {"cause": "refused_work"})
    form = STOP | {"member": case.people[son]}
    early = await bureau.act("township_reviewer", case, "propose_member_stop", form)
    assert (early.status_code, "连续 3 次" in early.text) == (403, True)
    await bureau.do("township_clerk", case, "record_work_offer", offer(bureau, case, son))
    other = await bureau.act(
        "township_reviewer", case, "propose_member_stop", STOP | {"member": case.people[mother]}
    )
    assert (other.status_code, "57号 34" in other.text) == (422, True)

    await bureau.do("township_reviewer", case, "propose_member_stop", form)
    unheard = await bureau.act("confirming_officer", case, "decide_reduction", STOP)
    assert (unheard.status_code, "社会救助法 48" in unheard.text) == (403, True)
    heard = {"present": "母子二人", "said": "儿子说嫌工资低", "signed": [bureau.photo]}
    await bureau.do("township_clerk", case, "record_hearing", heard)
    await bureau.do("confirming_officer", case, "decide_reduction", STOP)
    assert await paid(bureau, case) == (Decimal("884.00"), 2), "the son's 442 less, nobody else's"

    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    await bureau.investigate(case)
    restored = {"outcome": "increase", "reason": "重新核算后情况没有变化"}
    assert (await bureau.act("township_reviewer", case, "conclude_review", restored)).status_code == 422
    await bureau.do("township_clerk", case, "record_work_offer", offer(bureau, case, son, "taken"))
    await bureau.do("township_reviewer", case, "conclude_review", restored)
    assert await paid(bureau, case) == (Decimal("1326.00"), 3)
