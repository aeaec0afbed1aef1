"""What stages do with where the procedure leads: the panel's result, ways back, one clock, and the draw before decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from core.kernel.clockwork import set_clocks
from core.kernel.deadline import official_calendar
from core.kernel.procedure import STAY, ProcedureSet, ProcedureSpec
from core.kernel.process import Process, move
from core.kernel.stage import ActorRef, Filed, Record, Records, View
from core.problems import Invalid
from core.stages.assessment import SendBackForm, send_back
from core.stages.ballot import BallotResultForm, record_ballot_result
from core.stages.context import CaseSubject
from core.stages.district_review import SAMPLED, posted_clean, sampled
from core.stages.investigation import asked_before, verification_due
from core.stages.posting import Objection, ObjectionAnswer, PostingEnd, PostingStart, list_first, posted_again
from core.stages.round_opening import RoundNote
from core.stages.round_posting import now_hanging
from core.stages.withdrawal import not_on_rolls
from tests.builders.bundles import DISTRICTS, PROVINCE, resolved

NOW = datetime(2026, 7, 10, 2, tzinfo=UTC)
TODAY = date(2026, 7, 10)
CLERK = ActorRef(UUID(int=1), "经办人", frozenset({"township_clerk"}))
KONGTONG, LINGTAI, _ = DISTRICTS


def spec_of(bundle: str, name: str) -> ProcedureSpec:
    return msgspec.convert(resolved(bundle)["procedure"], ProcedureSet).procedures[name]


def a_process(state: str, **given: Any) -> Process:
    fields: dict[str, Any] = {
        "id": uuid4(), "tenant_id": uuid4(), "kind": "case", "procedure": "application", "config_number": 1,
        "state": state, "version": 3, "area_code": "620802100200", "number": "620802-2026-000001", "title": "某户",
        "opened_at": NOW, "opened_by": CLERK.account_id, "entered_on": date(2026, 7, 1),
    }  # fmt: skip
    return Process(**{**fields, **given})


def a_view(bundle: str, name: str, state: str, *records: Record, **given: Any) -> View:
    spec = spec_of(bundle, name)
    filed = tuple(Filed(seq, NOW, CLERK.account_id, record) for seq, record in enumerate(records, start=1))
    return View(
        process=a_process(state), procedure=spec, stage=spec.stages[state], records=Records(filed), actor=CLERK,
        now=NOW, today=TODAY, **given,
    )  # fmt: skip


BALLOT = BallotResultForm("一次", 11, 10, 7, 8, 6, 6, 1, 1, "passed")


def test_the_panels_result_moves_a_case_only_where_the_procedure_waits_for_it() -> None:
    assert record_ballot_result(a_view(KONGTONG, "village_case", "accepted"), BALLOT).to == STAY
    assert record_ballot_result(a_view(LINGTAI, "application", "appraisal"), BALLOT).to == "appraised"


def test_a_failed_ballot_lets_the_case_go_on_all_the_same() -> None:
    failed = msgspec.structs.replace(BALLOT, result="failed")
    assert record_ballot_result(a_view(LINGTAI, "application", "appraisal"), failed).to == "appraised"


def test_sending_back_to_where_the_procedure_does_not_lead_names_the_ways_there_are() -> None:
    view = a_view(PROVINCE, "application", "assessed")
    with pytest.raises(Invalid) as refused:
        send_back(view, SendBackForm("reappraise", "再评议一次"))
    assert refused.value.fields[0].message == "本区流程里可以退回的是：重新调查、先告知核对疑点"
    assert send_back(view, SendBackForm("returned", "情况不清")).to == "returned"


def test_there_must_be_a_finding_to_tell_of() -> None:
    with pytest.raises(Invalid, match="没有要告知的疑点"):
        send_back(a_view(PROVINCE, "application", "assessed"), SendBackForm("suspected", "先告知"))


def test_a_village_that_verifies_after_the_review_does_not_ask_before() -> None:
    household = type("H", (), {"members": (), "person_ids": ()})()
    subject = CaseSubject(household)
    early = verification_due(a_view(KONGTONG, "village_case", "investigating", subject=subject))
    assert early is not None
    assert "乡镇审核之后再核对" in early.reason
    assert verification_due(a_view(KONGTONG, "village_case", "verifying", subject=subject)) is None
    assert verification_due(a_view(PROVINCE, "application", "investigating", subject=subject)) is None
    again = asked_before(a_view(KONGTONG, "village_case", "reported", subject=subject))
    assert again is not None


def test_the_spot_check_goes_on_with_the_districts_ten_days() -> None:
    spec, calendar = spec_of(PROVINCE, "application"), official_calendar()
    posted = a_process("posted")
    reported = set_clocks(spec, posted, move(spec, posted, "ended_clean", TODAY), (), calendar, TODAY)
    assert reported.stage_due == date(2026, 7, 24)
    later = date(2026, 7, 20)
    checked = set_clocks(spec, reported, move(spec, reported, "spot_check", later), (), calendar, later)
    assert (checked.state, checked.stage_due) == ("spot_check", date(2026, 7, 24))


def test_in_a_round_nothing_is_decided_before_the_draw() -> None:
    view = a_view(KONGTONG, "village_case", "reported")
    assert sampled(view) is None
    village = a_process("final_review", kind="round")
    blocked = sampled(replace(view, parent=village))
    assert blocked is not None
    assert "抽样之前不能作决定" in blocked.reason
    assert sampled(replace(view, parent=replace(village, marks=frozenset({SAMPLED})))) is None


START = PostingStart(date(2026, 7, 1), date(2026, 7, 8))
OBJECTION, ANSWER = Objection("phone", "有车"), ObjectionAnswer(False, "查过了，没有")


def test_a_posting_is_clean_when_it_stood_its_time() -> None:
    assert posted_clean(a_view(PROVINCE, "application", "reported", START)) is not None
    assert posted_clean(a_view(PROVINCE, "application", "reported", START, PostingEnd(TODAY))) is None
    again = (START, PostingEnd(TODAY), PostingStart(TODAY, date(2026, 7, 17)))
    assert posted_clean(a_view(PROVINCE, "application", "reported", *again)) is not None


def test_where_nothing_is_posted_again_the_answer_and_seven_days_do() -> None:
    records = (START, OBJECTION, ANSWER)
    view = a_view(LINGTAI, "application", "reported", *records)
    assert posted_clean(view) is None
    assert posted_clean(replace(view, today=date(2026, 7, 8))) is not None
    assert posted_clean(a_view(LINGTAI, "application", "reported", START, OBJECTION)) is not None


def test_whether_a_district_posts_again_is_read_from_its_procedure() -> None:
    assert posted_again(a_view(PROVINCE, "application", "posted"))
    assert not posted_again(a_view(LINGTAI, "application", "posted"))


def test_a_case_of_a_round_is_first_posted_with_its_village() -> None:
    alone = a_view(KONGTONG, "village_case", "posted")
    assert list_first(alone) is None
    within = replace(alone, parent=a_process("second_posting", kind="round"))
    assert list_first(within) is not None
    answered = replace(
        within, records=a_view(KONGTONG, "village_case", "posted", START, OBJECTION, ANSWER).records
    )
    assert list_first(answered) is None


def test_a_village_list_that_was_disputed_no_longer_hangs() -> None:
    hanging = a_view(KONGTONG, "village_round", "village_posting", START)
    assert now_hanging(hanging) == START
    sent_back = a_view(KONGTONG, "village_round", "village_posting", START, RoundNote("disputed", "有争议"))
    assert now_hanging(sent_back) is None


def test_a_household_on_the_rolls_cannot_withdraw_from_its_reappraisal() -> None:
    household: Any = object()
    view = a_view(KONGTONG, "village_case", "assessed", subject=CaseSubject(household, running=household))
    blocked = not_on_rolls(view)
    assert blocked is not None
    assert "复评不能撤回" in blocked.reason
    assert not_on_rolls(replace(view, subject=CaseSubject(household))) is None
