"""57号 31, through the API: whoever comes on the rolls has a day for the next look, and on that day the review opens."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.kernel.children import Opening
from core.rules.facts import HouseholdFacts
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple, family_with_employed_son

pytestmark = pytest.mark.anyio


async def the_night(bureau: Bureau) -> None:
    """What the clock asks for, and what the worker then does."""
    z = bureau.house.zhunbao
    async with bureau.house.inside(bureau.district) as tx:
        await z.due_reviews.queue_due(tx)
    await bureau.house.work_off()


async def deadlines(bureau: Bureau, case: Case) -> dict[str, str]:
    return {d["label"]: d["due"] for d in (await bureau.read(case))["deadlines"]}


async def listed(bureau: Bureau, case: Case, tab: str) -> dict[str, Any] | None:
    """The case as a line of the clerk's list, if it stands there."""
    address = f"/cases?tab={tab}&q={case.facts.applicant.name}"
    rows = (await bureau.get("township_clerk", address)).json()["rows"]
    return next((row for row in rows if row["id"] == str(case.id)), None)


async def posted(bureau: Bureau, facts: HouseholdFacts) -> list[UUID]:
    """The cases from which the household stands on a posting today."""
    async with bureau.house.inside(bureau.district) as tx:
        rows = await tx.fetch(
            """SELECT process_id FROM posting WHERE tenant_id = $1 AND taken_down_on IS NULL AND ends_on >= $2
               AND entries::text LIKE '%' || $3 || '%'""",
            tx.tenant,
            bureau.today,
            facts.applicant.name,
        )
    return [row["process_id"] for row in rows]


async def in_force(bureau: Bureau, facts: HouseholdFacts) -> tuple[Case, date]:
    """A household on the rolls, and the day it was confirmed."""
    case = await bureau.take(await bureau.application(facts), "active")
    return case, bureau.today


async def reviewed(bureau: Bureau, case: Case) -> None:
    await bureau.investigate(case)
    await bureau.do(
        "township_reviewer", case, "conclude_review", {"outcome": "keep", "reason": "情况没有变化"}
    )


async def test_a_couple_that_cannot_work_is_looked_at_yearly_and_the_review_opens_by_itself(
    bureau: Bureau,
) -> None:
    case, confirmed = await in_force(bureau, renamed(elderly_couple(), "年"))
    due = confirmed.replace(year=confirmed.year + 1)
    assert (await deadlines(bureau, case))["定期核查到期"] == due.isoformat()
    line = await listed(bureau, case, "all")
    assert line is not None
    assert line["due"] == due.isoformat()
    assert line["due_text"].startswith("定期核查到期：")
    bureau.on(due - timedelta(days=1))
    await the_night(bureau)
    assert (await bureau.read(case))["state"] == "active"
    assert await listed(bureau, case, "due") is not None
    bureau.on(due)
    await the_night(bureau)
    opened = await bureau.read(case)
    assert opened["state"] == "reviewing"
    assert opened["journal"][-1]["basis"] == "开始复核：到期复核"
    assert (opened["journal"][-1]["action"], opened["journal"][-1]["who"]) == ("start_review", "系统")
    await reviewed(bureau, case)
    assert (await deadlines(bureau, case))["定期核查到期"] == due.replace(year=due.year + 1).isoformat()


async def test_where_somebody_can_work_it_is_every_half_year_and_a_late_worker_opens_it_once(
    bureau: Bureau,
) -> None:
    case, confirmed = await in_force(bureau, renamed(family_with_employed_son(employed=False), "半"))
    due = date.fromisoformat((await deadlines(bureau, case))["定期核查到期"])
    assert (due.year * 12 + due.month) - (confirmed.year * 12 + confirmed.month) == 6
    bureau.on(due + timedelta(days=9))
    overdue = await listed(bureau, case, "overdue")
    assert overdue is not None
    assert "已超期" in overdue["due_text"]
    payload = {"tenant": str(bureau.district.id), "process": str(case.id)}
    for _ in range(2):
        await the_night(bureau)
        await bureau.house.zhunbao.due_reviews.open_review(payload)
    steps = [step["action"] for step in (await bureau.read(case))["journal"]]
    assert steps.count("start_review") == 1


async def test_a_household_confirmed_anew_is_reviewed_in_its_new_case_alone(bureau: Bureau) -> None:
    facts = renamed(elderly_couple(), "新")
    earlier, _ = await in_force(bureau, facts)
    async with bureau.house.inside(bureau.district) as tx:
        household = await tx.fetchval("SELECT subject_id FROM process WHERE id = $1", earlier.id)
        opening = Opening("case", bureau.village, facts.applicant.name, subject_id=household)
        clerk = bureau.staff["township_clerk"].actor
        opened = await bureau.house.zhunbao.engine.open_in(tx, clerk, opening)
    later = Case(opened.process_id, facts, people=earlier.people)
    assert await posted(bureau, facts) == [earlier.id]
    await bureau.take(later, "active")
    assert await posted(bureau, facts) == [later.id]
    assert await deadlines(bureau, earlier) == {}
    assert "定期核查到期" in await deadlines(bureau, later)
    refused = await bureau.act("township_clerk", earlier, "start_review", {"cause": "change"})
    assert (refused.status_code, "已重新认定" in refused.text) == (403, True)


async def test_an_application_taken_back_while_it_is_posted_comes_off_the_board(bureau: Bureau) -> None:
    facts = renamed(elderly_couple(), "撤")
    case = await bureau.take(await bureau.application(facts), "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    assert await posted(bureau, facts) == [case.id]
    back = {"reason": "儿子接去同住了", "signed": [bureau.photo]}
    await bureau.do("township_clerk", case, "withdraw", back)
    assert await posted(bureau, facts) == []


async def test_the_end_of_a_grace_period_is_a_deadline_overdue_once_passed(bureau: Bureau) -> None:
    poor = renamed(family_with_employed_son(employed=False), "渐")
    case, _ = await in_force(bureau, poor)
    await bureau.do("township_clerk", case, "start_review", {"cause": "change"})
    await bureau.investigate(case, renamed(family_with_employed_son(), "渐"))
    stop = {"outcome": "propose_stop", "reason": "就业后人均收入超过保障标准"}
    await bureau.do("township_reviewer", case, "conclude_review", stop)
    heard = {"present": "家人", "said": "希望缓一缓", "signed": [bureau.photo]}
    await bureau.do("township_clerk", case, "record_hearing", heard)
    await bureau.do("confirming_officer", case, "decide_grace", {"reason": "就业后人均收入超过标准"})
    ends = date.fromisoformat((await deadlines(bureau, case))["渐退期满，办理停发"])
    assert ends.day == 1
    assert (await bureau.act("confirming_officer", case, "end_grace")).status_code == 403
    bureau.on(ends + timedelta(days=5))
    assert await listed(bureau, case, "overdue") is not None
    await bureau.do("confirming_officer", case, "end_grace")


async def test_verification_is_to_begin_within_three_working_days_of_the_request(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "核")), "investigating")
    early = await bureau.act("verification_officer", case, "start_verification")
    assert (early.status_code, "还没有提请核对" in early.text) == (403, True)
    await bureau.do("township_clerk", case, "request_verification")
    due = date.fromisoformat((await deadlines(bureau, case))["启动信息核对"])
    assert 3 <= (due - bureau.today).days <= 12
    line = await listed(bureau, case, "all")
    assert line is not None
    assert line["due_text"].startswith("启动信息核对：")
    bureau.on(due + timedelta(days=1))
    overdue = next(d for d in (await bureau.read(case))["deadlines"] if d["label"] == "启动信息核对")
    assert overdue["urgency"] == "overdue"
    assert await listed(bureau, case, "overdue") is not None
    await bureau.do("verification_officer", case, "start_verification")
    assert "启动信息核对" not in await deadlines(bureau, case)
    again = await bureau.act("verification_officer", case, "start_verification")
    assert (again.status_code, "已经启动" in again.text) == (403, True)


async def test_a_report_shows_that_verification_had_begun(bureau: Bureau) -> None:
    case = await bureau.take(await bureau.application(renamed(elderly_couple(), "报")), "investigating")
    await bureau.do("township_clerk", case, "request_verification")
    await bureau.do("verification_officer", case, "file_verification_report", bureau.report(case))
    assert "启动信息核对" not in await deadlines(bureau, case)
