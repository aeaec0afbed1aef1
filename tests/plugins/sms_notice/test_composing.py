"""The finished text: right values, right phone, and never anything personal of anybody in the household."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.stage import Filed, Record, Records
from core.sdk import OfficeFacts
from core.sdk.household import (
    EndedWithoutHearing,
    GraceDecision,
    Household,
    PostingStart,
    ReportedChange,
    ReviewStart,
    VerificationNotice,
)
from plugins.sms_notice.composing import because, compose, deadline, gives_away, mobile, personal_values
from plugins.sms_notice.notices import NOTICES, Notice, causable, caused_by
from plugins.sms_notice.wording import Variable, Wording
from plugins.sms_notice.wordings import standard
from tests.plugins.sms_notice.builders import NOW, a_household, a_person, a_process, households

OFFICE = OfficeFacts("平凉市崆峒区民政局", "0933-8210000")


def records(*kept: Record) -> Records:
    return Records(tuple(Filed(n, NOW, uuid4(), record) for n, record in enumerate(kept, 1)))


@given(st.sampled_from(sorted(NOTICES.values(), key=lambda n: n.name)), households)
def test_no_text_holds_anything_personal_of_the_household(notice: Notice, household: Household) -> None:
    made = compose(notice, standard(notice), household, a_process(), records(), "调查核对", OFFICE)
    said = made.text.replace(OFFICE.name, "").replace(OFFICE.phone, "")
    assert not [value for value in personal_values(household) if value in said]
    for member in household.members:
        assert member.person.private.id_number not in made.text
        assert member.person.private.phone not in made.text


@given(st.sampled_from(sorted(NOTICES.values(), key=lambda n: n.name)), households, households, st.data())
def test_a_text_tells_two_households_apart_by_initial_and_number_and_nothing_else(
    notice: Notice, one: Household, other: Household, data: st.DataObject
) -> None:
    """Every built-in wording, every step that causes it: whatever else differs, the text is the same."""
    action, outcome = data.draw(st.sampled_from(sorted(notice.steps)))
    assert caused_by("case", action, outcome, notice.because) is notice
    head = other.applicant.person
    called = replace(head, name=one.applicant.person.name[0] + head.name[1:])
    other = replace(
        other,
        members=(
            replace(other.applicant, person=called),
            *(m for m in other.members if m.person is not head),
        ),
    )
    process, step = a_process(), data.draw(st.sampled_from(["调查核对", "公示", "确认"]))
    texts = [
        compose(notice, standard(notice), household, process, records(), step, OFFICE)
        for household in (one, other)
    ]
    for made, household in zip(texts, (one, other), strict=True):
        if made.reason == "personal_detail":  # only where our own words happen to be somebody's name
            assert any(value in standard(notice).text + step for value in personal_values(household))
    said = {made.text for made in texts if made.reason != "personal_detail"}
    assert len(said) <= 1
    for text in said:
        kept = text.replace(f"{called.name[0]}**", "").replace(process.number, "")
        assert kept == standard(notice).fill(
            {
                Variable.NAME: "",
                Variable.NUMBER: "",
                Variable.STEP: step,
                Variable.OFFICE: OFFICE.name,
                Variable.PHONE: OFFICE.phone,
                Variable.DEADLINE: deadline(notice.name, process, records()),
            }
        )


@given(households, st.data())
def test_a_wording_that_would_give_somebody_away_is_not_sent(
    household: Household, data: st.DataObject
) -> None:
    member = data.draw(st.sampled_from(household.members))
    text = f"您的申请有新情况，联系人{member.person.name}，请留意。"
    made = compose(
        NOTICES["visit"], Wording(text, frozenset()), household, a_process(), records(), "", OFFICE
    )
    assert (made.text, made.reason) == ("", "personal_detail")


def test_what_the_office_says_of_itself_gives_nobody_away() -> None:
    household = a_household(a_person("民政"), address="崆峒区")
    made = compose(
        NOTICES["visit"], standard(NOTICES["visit"]), household, a_process(), records(), "", OFFICE
    )
    assert made.reason == ""
    assert not gives_away("请到崆峒区民政局", ["崆峒区"], ["崆峒区民政局"])
    assert gives_away("请到崆峒区民政局", ["崆峒区"])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("13800000001", "13800000001"), ("+86 138-0000-0001", "13800000001"), ("0086 13800000001", "13800000001"),
        ("0933-8210000", ""), ("12345678901", ""), ("", ""), ("1380000000", ""), ("138000000012", ""),
    ],
)  # fmt: skip
def test_only_a_mobile_number_is_texted(written: str, read: str) -> None:
    assert mobile(written) == read


@pytest.mark.parametrize(
    ("phone", "reason"), [("", "no_phone"), ("0933-8210000", "not_mobile"), ("13800000001", "")]
)
def test_why_nothing_can_be_sent_is_kept(phone: str, reason: str) -> None:
    household = a_household(a_person("王秀英", phone))
    made = compose(
        NOTICES["visit"], standard(NOTICES["visit"]), household, a_process(), records(), "", OFFICE
    )
    assert made.reason == reason


def test_each_notice_speaks_of_its_own_day() -> None:
    process = a_process(total_due=date(2026, 10, 30), stage_due=date(2026, 9, 24))
    kept = records(
        VerificationNotice(("f1",), "in_person", date(2026, 9, 15)),
        PostingStart(date(2026, 9, 10), date(2026, 9, 17)),
        GraceDecision(1326, date(2026, 10, 1), date(2027, 3, 1), date(2027, 4, 1), 7956, "就业"),  # type: ignore[arg-type]
    )
    days = {
        name: deadline(name, process, kept)
        for name in ("accepted", "supplement", "findings", "posting", "grace")
    }
    assert days == {
        "accepted": "2026年10月30日", "supplement": "2026年9月24日", "findings": "2026年9月15日",
        "posting": "2026年9月17日", "grace": "2027年3月",
    }  # fmt: skip
    assert deadline("supplement", a_process(), records()) == "规定期限"


def test_an_accepted_application_reads_like_this() -> None:
    process = a_process(total_due=date(2026, 10, 30))
    made = compose(
        NOTICES["accepted"], standard(NOTICES["accepted"]), a_household(), process, records(), "", OFFICE
    )
    assert made.text == (
        "王**，您的低保申请（SQ-620802001001-2026-0001）已受理，2026年10月30日前办结。有疑问请拨打0933-8210000。"
    )
    assert made.phone == "13800000001"


def test_a_step_causes_at_most_one_notice_and_a_round_none() -> None:
    steps = [(step, notice.because) for notice in NOTICES.values() for step in notice.steps]
    assert len(steps) == len(set(steps))
    found = caused_by("case", "accept", "accepted")
    assert found is NOTICES["accepted"]
    assert caused_by("round", "accept", "accepted") is None
    assert caused_by("case", "save_draft", "stay") is None


@pytest.mark.parametrize(
    ("kept", "notice"),
    [
        ([ReviewStart("due")], "terminated"),
        ([ReportedChange("moved", "搬去了县城"), ReviewStart("change")], "moved"),
        ([ReportedChange("employed", "找到了工作"), ReviewStart("change")], "terminated"),
        ([ReportedChange("moved", "搬去了县城"), ReviewStart("due")], "terminated"),
        (
            [ReportedChange("moved", "搬去了县城"), ReviewStart("change"), ReportedChange("employed", "打工"), ReviewStart("change")],
            "terminated",
        ),
        ([], "terminated"),
    ],
)  # fmt: skip
def test_a_household_that_moved_away_is_told_where_it_may_apply(kept: list[Record], notice: str) -> None:
    assert caused_by("case", "decide_termination", "terminated", because(records(*kept))) is NOTICES[notice]


@pytest.mark.parametrize(("way", "notice"), [("death", "deceased"), ("waiver", "waived")])
def test_an_end_without_a_hearing_has_its_own_words(way: str, notice: str) -> None:
    kept = records(EndedWithoutHearing(way, ("0" * 64,), date(2026, 10, 1)))
    found = caused_by("case", "end_without_hearing", "ended_without_hearing", because(kept))
    assert found is NOTICES[notice]


def test_no_text_about_an_end_says_why_where_that_is_the_households_own_affair() -> None:
    for name in ("terminated", "moved", "deceased", "grace_over", "reduced", "increased"):
        said = standard(NOTICES[name]).text
        assert not [
            word for word in ("去世", "死亡", "病", "残", "收入", "就业", "迁", "搬") if word in said
        ], name


def test_every_outcome_that_changes_what_is_paid_is_told() -> None:
    """Whoever adds a step that puts a household on the rolls, changes or ends what it gets, says what it is told."""
    paid = {
        ("confirm", "confirmed"), ("conclude_review", "increase"), ("decide_reduction", "reduced"), ("decide_grace", "grace"),
        ("end_grace", "ended"), ("decide_termination", "terminated"), ("end_without_hearing", "ended_without_hearing"),
    }  # fmt: skip
    assert [step for step in paid if not causable("case", *step)] == []


def test_every_step_that_causes_a_notice_exists() -> None:
    from core.stages.catalogue import CASE_STAGES
    from plugins.big_data_check.stages import STAGES

    offered = {
        (action.name, outcome)
        for stage in (*CASE_STAGES, *STAGES)
        for action in stage.actions
        for outcome in action.outcomes
    }
    assert {step for notice in NOTICES.values() for step in notice.steps} <= offered


def test_a_notice_offers_every_variable_its_wording_needs() -> None:
    for notice in NOTICES.values():
        assert standard(notice).variables <= notice.variables
        assert Variable.NAME in standard(notice).variables
