"""Separation of duties over the whole case."""

from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.duties import APART, LABELS, Duty, conflict

ANNA, BO = UUID(int=1), UUID(int=2)
accounts = st.sampled_from([ANNA, BO, UUID(int=3)])
histories = st.lists(st.tuples(accounts, st.sampled_from(sorted(Duty))), max_size=8)
duties = st.sampled_from(sorted(Duty))


@pytest.mark.parametrize(
    ("one", "other"), [*permutations([Duty.INVESTIGATE, Duty.REVIEW, Duty.CONFIRM, Duty.SPOT_CHECK], 2)]
)
def test_investigation_review_confirmation_and_spot_check_are_four_people(one: Duty, other: Duty) -> None:
    assert conflict(one, ANNA, [(ANNA, other)]) is not None
    assert conflict(one, ANNA, [(BO, other)]) is None


@pytest.mark.parametrize("approval", [Duty.VERIFY, Duty.REVIEW, Duty.CONFIRM, Duty.SPOT_CHECK])
def test_nobody_approves_what_they_entered(approval: Duty) -> None:
    clash = conflict(approval, ANNA, [(ANNA, Duty.ENTER)])
    assert clash is not None
    assert clash.reason.startswith("这一户的申请是您录入的")


def test_whoever_entered_an_application_may_visit_the_household() -> None:
    assert conflict(Duty.INVESTIGATE, ANNA, [(ANNA, Duty.ENTER)]) is None


def test_the_same_duty_may_be_done_again() -> None:
    assert all(conflict(duty, ANNA, [(ANNA, duty)]) is None for duty in Duty)


def test_the_reason_names_both_duties() -> None:
    clash = conflict(Duty.CONFIRM, ANNA, [(ANNA, Duty.REVIEW)])
    assert clash is not None
    assert clash.reason == "您已经办理过这一户的审核，不能再办理确认：同一户的这两件事必须由不同的人办理。"


def test_a_plugins_own_duty_clashes_with_nothing() -> None:
    assert conflict("host", ANNA, [(ANNA, Duty.REVIEW)]) is None
    assert conflict(Duty.REVIEW, ANNA, [(ANNA, "host")]) is None


def test_every_duty_has_a_chinese_name() -> None:
    assert set(LABELS) == set(Duty)


@given(duties, duties)
def test_which_came_first_does_not_matter(one: Duty, other: Duty) -> None:
    assert (conflict(one, ANNA, [(ANNA, other)]) is None) == (conflict(other, ANNA, [(ANNA, one)]) is None)


@given(duties, accounts, histories, histories)
def test_a_longer_history_never_opens_a_duty(
    duty: Duty, account: UUID, done: list[tuple[UUID, str]], later: list[tuple[UUID, str]]
) -> None:
    if conflict(duty, account, done) is not None:
        assert conflict(duty, account, [*done, *later]) is not None


@given(histories)
def test_a_case_led_by_the_rule_never_has_one_person_in_two_separate_duties(
    steps: list[tuple[UUID, str]],
) -> None:
    done: list[tuple[UUID, str]] = []
    for account, duty in steps:
        if conflict(duty, account, done) is None:
            done.append((account, duty))
    for account in {account for account, _ in done}:
        own = {duty for by, duty in done if by == account}
        assert not any(pair <= own for pair in APART)
