"""Support payments from outside the household, rounding, and what must hold for every worksheet."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.facts import (
    HouseholdFacts,
    IncomeKind,
)
from core.rules.parameters import ParameterSet
from core.rules.worksheet import Totals, Worksheet, worksheet
from tests.builders.households import (
    ACCEPTED,
    a_household,
    p1,
    person,
)
from tests.unit.rules.strategies import households

D = Decimal


def totals(facts: HouseholdFacts, params: ParameterSet | None = None) -> Totals:
    sheet = worksheet(facts, params or p1(), ACCEPTED)
    assert sheet.totals is not None, sheet.missing
    return sheet.totals


def missing(facts: HouseholdFacts, params: ParameterSet | None = None) -> set[str]:
    sheet = worksheet(facts, params or p1(), ACCEPTED)
    assert (sheet.totals is None) == bool(sheet.missing)
    return {m.field for m in sheet.missing}


def code(sheet: Worksheet, name: str) -> list[Decimal]:
    return [x.amount for x in sheet.lines if x.code == name]


def supported(children: int | None = 1, **more: object) -> HouseholdFacts:
    return (
        a_household("老马", "1950-01-01", children=children)
        .with_supporter("小马", "儿子", "老马", **more)  # type: ignore[arg-type]
        .facts
    )


@pytest.mark.parametrize(
    ("children", "expected"), [(1, D("1710.00")), (2, D("1710.00")), (3, D("1368.00")), (5, D("1368.00"))]
)
def test_the_rate_follows_the_number_of_the_supported_persons_children(
    children: int, expected: Decimal
) -> None:
    assert totals(supported(children, household_per_capita=D(9000))).total == expected


def test_support_is_divided_by_all_whom_the_supporter_must_support() -> None:
    facts = supported(household_per_capita=D(9000), persons_supported=3)
    assert totals(facts).total == D("570.00")
    facts = supported(household_per_capita=D("9000.01"), persons_supported=7)
    (support,) = [x for x in worksheet(facts, p1(), ACCEPTED).lines if x.code == "support"]
    assert support.value == Fraction(D("3420.01")) / 2 / 7
    assert Fraction(support.exact) == support.value


def test_a_supporter_at_or_below_the_standard_owes_nothing() -> None:
    assert totals(supported(household_per_capita=D(5580))).total == 0
    assert totals(supported(household_per_capita=D(100))).total == 0


def test_a_court_decision_goes_before_formula_and_consent() -> None:
    facts = supported(consent=False, decided_amount=D(2400), decided_basis="（2025）甘0802民初1号")
    sheet = worksheet(facts, p1(), ACCEPTED)
    assert code(sheet, "support_decided") == [D("2400.00")]
    assert sheet.flags == ()


def test_an_income_used_without_consent_is_refused() -> None:
    assert missing(supported(consent=False, household_per_capita=D(9000))) == {
        "supporters.0.household_per_capita"
    }


def test_a_consenting_supporter_not_looked_into_or_unknown_children_block_the_worksheet() -> None:
    assert missing(supported()) == {"supporters.0.household_per_capita"}
    assert missing(supported(None, household_per_capita=D(9000))) == {"members.0.children"}


def test_a_district_without_the_formula_imputes_no_support() -> None:
    assert totals(supported(household_per_capita=D(99999)), p1(support=None)).total == 0


# --- Rounding ---------------------------------------------------------------------------------------------------------


def test_the_total_is_rounded_once_and_half_up() -> None:
    thirds = (
        a_household("甲", "1950-01-01", children=1)
        .with_supporter("乙", "女儿", "甲", household_per_capita=D("5580.01"), persons_supported=1)
        .with_supporter("丙", "女儿", "甲", household_per_capita=D("5580.01"), persons_supported=1)
    )
    assert [x.amount for x in worksheet(thirds.facts, p1(), ACCEPTED).lines] == [D("0.01"), D("0.01")]
    assert totals(thirds.facts).total == D("0.01")


def test_facts_that_do_not_add_up_block_with_every_problem_at_once() -> None:
    wrong = (
        a_household()
        .with_member("王建国", "本人", "2030-01-01")
        .with_income(IncomeKind.WAGES, "NaN")
        .with_income(IncomeKind.PENSION, "-1", "谁也不是", new_job=True)
        .with_medical_cost("谁也不是", "1E+400000")
        .leasing_out(1, "-1")
        .with_supporter("丁", "子", "王建国", "王建国", persons_supported=1)
        .with_deposit("谁也不是", 1)
        .applying_alone("谁也不是")
    )
    assert missing(wrong.facts) == {
        "members",
        "members.1",
        "members.1.birth_date",
        "alone",
        "income.0.amount",
        "income.0.owner",
        "income.1.amount",
        "income.1.owner",
        "income.1.new_job",
        "deductions.0.amount",
        "deductions.0.owner",
        "land.0.rent_per_mu",
        "supporters.0.supports",
        "supporters.0.persons_supported",
        "assets",
    }


# --- For every household ----------------------------------------------------------------------------------------------


@given(households())
def test_the_total_is_never_negative_and_is_the_sum_of_the_lines(facts: HouseholdFacts) -> None:
    sheet = worksheet(facts, p1(), ACCEPTED)
    assert sheet.totals is not None
    t = sheet.totals
    exact = sum((x.value for x in sheet.lines), Fraction(0))
    assert t.total >= 0
    assert abs(Fraction(t.total) - max(exact, Fraction(0))) <= Fraction(1, 200)
    assert -t.total.as_tuple().exponent == 2  # type: ignore[operator]


@given(households())
def test_lines_that_are_not_counted_add_nothing_and_say_why(facts: HouseholdFacts) -> None:
    for line in worksheet(facts, p1(), ACCEPTED).lines:
        assert line.label
        assert line.formula
        if not line.counted:
            assert line.value == 0
            assert "不" in line.formula


@given(households())
def test_the_gap_is_what_is_missing_to_the_standard(facts: HouseholdFacts) -> None:
    t = totals(facts)
    missing_yearly = Fraction(t.standard) * t.persons - Fraction(t.total)
    assert (t.gap > 0) <= t.below(1)
    assert abs(Fraction(t.gap) * 12 - max(missing_yearly, Fraction(0))) <= Fraction(12, 200)


@given(households(), st.integers(1, 50000))
def test_more_wages_never_mean_a_smaller_total(facts: HouseholdFacts, more: int) -> None:
    earner = facts.counted[0]
    richer = msgspec.structs.replace(
        facts,
        income=(
            *facts.income,
            replace(a_household()).with_income(IncomeKind.WAGES, more, earner.name).facts.income[0],
        ),
    )
    assert person(earner.name) == earner.person_id
    assert totals(richer).total >= totals(facts).total
