"""Single entry, reviews, grace and its schedule, at the edges of domain §3 and §7."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.problems import Refused
from core.rules.decision import Decision, Status, decide
from core.rules.exits import (
    Entitlement,
    ReviewOutcome,
    add_months,
    grace_refused,
    grace_schedule,
    propose,
    without_share_of,
)
from core.rules.facts import DisabilityClass, HouseholdFacts, IncomeKind
from core.rules.parameters import GraceRule
from core.rules.reviews import next_review, review_after_death, verification_valid_until
from core.rules.worksheet import worksheet
from tests.builders.households import (
    ACCEPTED,
    NONE,
    AHousehold,
    a_household,
    family_with_employed_son,
    marginal_family,
    p1,
    person,
)

D = Decimal


def judged(facts: HouseholdFacts) -> Decision:
    return decide(worksheet(facts, p1(), ACCEPTED), facts, (), p1())


def refused(facts: HouseholdFacts, **changes: Any) -> str:
    params = p1(**changes)
    return grace_refused(worksheet(facts, params, ACCEPTED), facts, (), params)


# --- Marginal households and single entry -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yearly", "status", "marginal"),
    [
        ("5579.99", Status.ELIGIBLE, False),
        ("5580.00", Status.INELIGIBLE, True),
        ("8369.99", Status.INELIGIBLE, True),
        ("8370.00", Status.INELIGIBLE, False),
    ],
)
def test_marginal_is_from_the_standard_to_below_one_and_a_half_times_it(
    yearly: str, status: Status, marginal: bool
) -> None:
    found = judged(a_household().with_income(IncomeKind.PENSION, yearly, "王建国").facts)
    assert (found.status, found.marginal) == (status, marginal)


@pytest.mark.parametrize(
    ("disability", "ill", "may"),
    [
        ((DisabilityClass.LIMB, 2), False, True),
        ((DisabilityClass.LIMB, 3), False, False),
        ((DisabilityClass.INTELLECTUAL, 3), False, True),
        ((DisabilityClass.MENTAL, 3), False, True),
        ((DisabilityClass.MENTAL, 4), False, False),
        (None, True, True),
        (None, False, False),
    ],
)
def test_who_may_enter_alone_goes_by_grade_class_or_illness(
    disability: tuple[DisabilityClass, int] | None, ill: bool, may: bool
) -> None:
    more: dict[str, Any] = {"disability": disability, "serious_illness": ill, "labour": None}
    if disability is None or disability[1] > 2:
        more["labour"] = NONE
    family = (
        a_household("吴海", "1983-01-20")
        .with_member("郑芳", "妻", "1985-02-25", **more)
        .with_wages("吴海", 1200)
        .with_income(IncomeKind.OTHER, 2000)
    )
    found = judged(family.facts)
    assert found.marginal
    assert [s.name for s in found.single_entries] == (["郑芳"] if may else [])


@pytest.mark.parametrize(("own", "status"), [("5579.99", Status.ELIGIBLE), ("5580.00", Status.INELIGIBLE)])
def test_whoever_enters_alone_is_judged_by_their_own_income(own: str, status: Status) -> None:
    family = AHousehold(marginal_family(alone=True)).changed(land=(), income=()).with_wages("吴海", 1500)
    assert judged(family.with_income(IncomeKind.TRANSFER, own, "郑芳").facts).status is status


# --- Reviews ----------------------------------------------------------------------------------------------------------


def test_review_is_half_yearly_with_labour_capacity_and_yearly_without() -> None:
    assert next_review(date(2026, 8, 31), D("0.5"), p1()) == date(2027, 2, 28)
    assert next_review(date(2026, 8, 31), D(0), p1()) == date(2027, 8, 31)


def test_months_end_on_their_last_day_where_they_are_shorter() -> None:
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert review_after_death(date(2026, 11, 30)) == date(2027, 2, 28)
    assert verification_valid_until(date(2026, 3, 10), p1()) == date(2026, 9, 10)


def test_a_review_waits_while_the_new_decision_is_suspended() -> None:
    facts = AHousehold(family_with_employed_son()).with_vehicle("何刚", "甘L1", 60000).facts
    sheet = worksheet(facts, p1(), ACCEPTED)
    with pytest.raises(Refused, match="待遇不变"):
        propose(Entitlement("二类", D(1326), 3), judged(facts), sheet, facts, (), p1())


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ("1326.00", ReviewOutcome.KEEP),
        ("1325.99", ReviewOutcome.INCREASE),
        ("1326.01", ReviewOutcome.PROPOSE_REDUCE),
    ],
)
def test_a_review_compares_to_the_fen(before: str, outcome: ReviewOutcome) -> None:
    facts = family_with_employed_son(employed=False)
    sheet = worksheet(facts, p1(), ACCEPTED)
    found = propose(Entitlement("二类", D(before), 3), judged(facts), sheet, facts, (), p1())
    assert found.outcome is outcome
    assert found.needs_hearing is (outcome is ReviewOutcome.PROPOSE_REDUCE)


# --- Grace ------------------------------------------------------------------------------------------------------------


def test_grace_is_for_a_new_job_that_alone_carries_the_household_over_the_standard() -> None:
    family = AHousehold(family_with_employed_son())
    assert refused(family.facts) == ""
    assert "没有超过" in refused(family_with_employed_son(employed=False))
    old_job = msgspec.structs.replace(family.facts.income[0], new_job=False)
    assert "不是因为新就业" in refused(family.changed(income=(old_job,)).facts)
    rich = family.with_income(IncomeKind.PENSION, 16740, "冯玉兰")
    assert "不算新就业的工资" in refused(rich.facts)
    assert "没有设渐退期" in refused(family.facts, grace=GraceRule(months=0))


def test_at_exactly_the_standard_grace_is_possible() -> None:
    """S × 3 = 16,740 a year; wages of 20,925 less a fifth are exactly that."""
    family = AHousehold(family_with_employed_son(employed=False))
    facts = family.with_income(IncomeKind.WAGES, 20925, "何刚", new_job=True).facts
    assert judged(facts).status is Status.INELIGIBLE
    assert refused(facts) == ""


@pytest.mark.parametrize("months", [0, 7, -1])
def test_grace_is_one_to_six_months(months: int) -> None:
    with pytest.raises(Refused, match="1 到 6 个月"):
        grace_schedule(date(2026, 9, 10), D(1326), GraceRule(), months)


def test_a_shorter_or_smaller_grace_is_reckoned_to_the_fen() -> None:
    found = grace_schedule(date(2026, 12, 31), D("1326.01"), GraceRule(months=3, percent=50))
    assert found.months == (date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1))
    assert (found.monthly, found.total) == (D("663.01"), D("1989.03"))
    assert found.ends_on == date(2027, 4, 1)


def test_whoever_refuses_work_loses_their_own_share_alone() -> None:
    decision = judged(family_with_employed_son(employed=False))
    left = without_share_of(Entitlement("二类", D(1326), 3), decision, frozenset({person("何刚")}))
    assert (left.amount, left.persons) == (D("884.00"), 2)
