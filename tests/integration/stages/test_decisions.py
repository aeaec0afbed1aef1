"""What must be there before the district decides: answers of every source, the visit, the posting, the hearing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.kernel.deadline import add_working_days, official_calendar
from core.registry.verification import Source
from tests.builders.casework import Bureau, Case, renamed
from tests.builders.households import elderly_couple
from tests.builders.steps import forms_of

pytestmark = pytest.mark.anyio


async def a_case(bureau: Bureau, state: str) -> Case:
    return await bureau.take(await bureau.application(renamed(elderly_couple(), uuid4().hex[:6])), state)


def with_result(bureau: Bureau, case: Case, source: Source, **answer: Any) -> dict[str, Any]:
    """A report in which one source answered otherwise for everybody."""
    report = bureau.report(case)
    report["results"] = [r | (answer if r["source"] == source.value else {}) for r in report["results"]]
    return report


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"result": "unavailable"}, "未答复的来源不能当作“没有”"),
        ({"result": "no_data"}, "来源无数据的，由核对人员写明说明"),
    ],
)
async def test_a_source_that_did_not_answer_is_not_passed(
    bureau: Bureau, answer: dict[str, Any], said: str
) -> None:
    case = await a_case(bureau, "investigating")
    await bureau.investigate(case, report=with_result(bureau, case, Source.DEPOSITS, **answer))
    refused = await bureau.act("township_clerk", case, "complete_investigation")
    assert refused.status_code == 403
    problem = refused.json()
    assert "银行存款" in problem["detail"]
    assert said in problem["detail"] + problem["hint"]

    later = with_result(bureau, case, Source.DEPOSITS, result="no_data", note="县里没有接入，入户时看了存折")
    await bureau.do("verification_officer", case, "file_verification_report", later)
    await bureau.do("township_clerk", case, "complete_investigation")


async def test_a_report_that_comes_late_with_a_silent_source_holds_up_the_confirmation(
    bureau: Bureau,
) -> None:
    case = await a_case(bureau, "reported")
    silent = with_result(bureau, case, Source.VEHICLES, result="unavailable")
    await bureau.do("verification_officer", case, "file_verification_report", silent)
    refused = await bureau.act("confirming_officer", case, "confirm")
    assert (refused.status_code, "车辆" in refused.text) == (403, True)
    await bureau.do("verification_officer", case, "file_verification_report", bureau.report(case))
    assert (await bureau.act("confirming_officer", case, "confirm")).status_code == 200


async def test_a_report_that_ran_out_is_asked_for_again(bureau: Bureau) -> None:
    case = await a_case(bureau, "reported")
    short = bureau.report(case, valid_until=(bureau.today + timedelta(days=5)).isoformat())
    await bureau.do("verification_officer", case, "file_verification_report", short)
    bureau.house.later(days=6)
    refused = await bureau.act("confirming_officer", case, "confirm")
    assert (refused.status_code, "过期" in refused.text) == (403, True)


async def test_a_finding_that_comes_late_holds_up_confirmation_and_denial_alike(bureau: Bureau) -> None:
    case = await a_case(bureau, "reported")
    owner = next(iter(case.people.values()))
    finding = {"id": "vehicle:甘L1", "kind": "vehicle", "item": "甘L1", "person_id": owner, "value": "62000"}
    await bureau.do(
        "verification_officer", case, "file_verification_report", bureau.report(case, findings=[finding])
    )
    for action, form in (("confirm", {}), ("deny", {"reason": "有车辆，不符合条件"})):
        refused = await bureau.act("confirming_officer", case, action, form)
        assert (refused.status_code, "疑点还没有结论" in refused.text or "核对疑点" in refused.text) == (
            403,
            True,
        ), action


async def test_nobody_is_queried_who_has_not_signed(bureau: Bureau) -> None:
    case = await a_case(bureau, "investigating")
    await bureau.do("township_clerk", case, "request_verification")
    stranger = bureau.report(case)
    stranger["results"][0]["person_id"] = str(uuid4())
    refused = await bureau.act("verification_officer", case, "file_verification_report", stranger)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "results.0.person_id"


async def test_there_is_no_investigation_without_a_visit_by_two(bureau: Bureau) -> None:
    case = await a_case(bureau, "investigating")
    await bureau.do("township_clerk", case, "request_verification")
    await bureau.do("verification_officer", case, "file_verification_report", bureau.report(case))
    refused = await bureau.act("township_clerk", case, "complete_investigation")
    assert (refused.status_code, "入户调查" in refused.text) == (403, True)
    alone = bureau.visit(case) | {"second_investigator": str(bureau.staff["visitor"].id)}
    refused = await bureau.act("visitor", case, "record_visit", alone)
    assert (refused.status_code, "57号 16" in refused.text) == (422, True)


async def test_a_posting_stands_its_seven_days_to_the_last_hour(bureau: Bureau) -> None:
    case = await a_case(bureau, "posted")
    photos = {"photos": [bureau.photo]}
    await bureau.do("village_clerk", case, "start_posting", photos)
    bureau.house.later(days=7)
    early = await bureau.act("village_clerk", case, "end_posting", photos)
    assert (early.status_code, "57号 19" in early.text) == (403, True)
    bureau.house.later(days=1)
    await bureau.do("village_clerk", case, "end_posting", photos)


async def test_a_complaint_makes_the_districts_visit_compulsory(bureau: Bureau) -> None:
    case = await a_case(bureau, "posted")
    complaint = {"channel": "phone", "content": "这家有人在外打工", "reporter": "李四"}
    await bureau.do("observer", case, "register_complaint", complaint)
    await bureau.take(case, "reported")
    refused = await bureau.act("confirming_officer", case, "confirm")
    assert (refused.status_code, "必须先入户抽查" in refused.text) == (403, True)
    await bureau.do("district_officer", case, "send_to_spot_check")
    await bureau.do("spot_checker", case, "record_spot_check", bureau.spot_check(agrees=False))
    refused = await bureau.act("confirming_officer", case, "confirm")
    assert (refused.status_code, "不一致" in refused.text) == (403, True)
    seen = await bureau.get("visitor", case.path)
    assert "李四" not in seen.text, "who complained is known to those alone who answer"


async def test_missing_papers_are_asked_for_once_and_never_what_can_be_looked_up(bureau: Bureau) -> None:
    case = await a_case(bureau, "submitted")
    refused = await bureau.act(
        "township_clerk", case, "request_supplement", {"items": ["房产证明", "病历复印件"]}
    )
    assert [e["field"] for e in refused.json()["errors"]] == ["items.0"]
    await bureau.do("township_clerk", case, "request_supplement", {"items": ["病历复印件"]})
    await bureau.do("township_clerk", case, "supply", {"papers": [bureau.photo]})
    again = await bureau.act("township_clerk", case, "request_supplement", {"items": ["学生证明"]})
    assert (again.status_code, "57号 10" in again.text) == (403, True)
    new = {"items": ["学生证明"], "new_facts": "孩子上个月考上了大学"}
    assert (await bureau.act("township_clerk", case, "request_supplement", new)).status_code == 200


async def test_an_objection_extends_the_total_and_is_answered_before_anything_goes_on(bureau: Bureau) -> None:
    case = await a_case(bureau, "posted")
    await bureau.do("village_clerk", case, "start_posting", {"photos": [bureau.photo]})
    before = {d["label"]: d["due"] for d in (await bureau.read(case))["deadlines"]}
    objection = {"channel": "phone", "content": "这家儿子有工资", "objector": "王五"}
    await bureau.do("observer", case, "record_objection", objection)
    read = await bureau.read(case)
    after = {d["label"]: d["due"] for d in read["deadlines"]}
    assert read["state"] == "objected"
    assert after["全部办结"] > before["全部办结"]
    own_day = add_working_days(bureau.today, 10, official_calendar()).date
    assert after["本环节"] == own_day.isoformat(), "ten working days, where the district says nothing else"
    answer = {"well_founded": False, "reply": "经查不属实，维持"}
    early = await bureau.act("township_reviewer", case, "answer_objection", answer)
    assert (early.status_code, "重新调查" in early.text) == (403, True)
    await bureau.do("visitor", case, "record_reinvestigation", {"findings": "走访了单位，情况不属实"})
    await bureau.do("township_reviewer", case, "answer_objection", answer)
    assert (await bureau.read(case))["state"] == "reassessed"


async def test_the_last_members_death_or_a_signed_waiver_ends_without_a_hearing_and_only_with_the_paper(
    bureau: Bureau,
) -> None:
    case = await a_case(bureau, "active")
    await bureau.do("township_clerk", case, "start_review", {"cause": "death"})
    waiver, without, death = forms_of(bureau, case)["end_without_hearing"]
    assert (await bureau.act("confirming_officer", case, "end_without_hearing", without)).status_code == 422
    refused = await bureau.act("confirming_officer", case, "end_without_hearing", death)
    assert (refused.status_code, "其他成员" in refused.text) == (422, True)
    receipt = await bureau.do("confirming_officer", case, "end_without_hearing", waiver)
    assert receipt["state"] == "terminated"
