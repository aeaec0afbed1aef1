"""The worksheet: boundaries of domain §3, one each, and what must hold for every household."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from core.rules.facts import (
    DisabilityClass,
    HouseholdFacts,
    IncomeKind,
    Labour,
    LabourCapacity,
    Living,
)
from core.rules.labour import coefficient
from core.rules.parameters import AgeBand, ImputedWage, ParameterSet
from core.rules.worksheet import Totals, Worksheet, period, worksheet
from tests.builders.households import (
    ACCEPTED,
    FULL,
    HALF,
    NONE,
    a_household,
    a_member,
    elderly_couple,
    p1,
    p1_income,
)

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


def test_the_period_is_the_twelve_calendar_months_before_the_month_of_acceptance() -> None:
    assert period(date(2026, 8, 10)) == (date(2025, 8, 1), date(2026, 7, 31))
    assert period(date(2026, 1, 1)) == (date(2025, 1, 1), date(2025, 12, 31))
    assert period(date(2028, 3, 31)) == (date(2027, 3, 1), date(2028, 2, 29))


# --- Labour -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "expected"),
    [("2008-08-11", 0), ("2008-08-10", 1), ("1966-08-11", 1), ("1966-08-10", 0), ("1940-01-01", 0)],
)
def test_age_counts_on_the_day_of_acceptance(born: str, expected: int) -> None:
    assert coefficient(a_member("甲", "本人", born, labour=FULL), ACCEPTED)[0] == expected


def test_someone_born_on_29_february_comes_of_age_on_1_march() -> None:
    leap = a_member("甲", "本人", "2008-02-29", labour=FULL)
    assert leap.age(date(2026, 2, 28)) == 17
    assert leap.age(date(2026, 3, 1)) == 18


@pytest.mark.parametrize("kind", DisabilityClass)
def test_the_severely_disabled_of_any_class_have_no_labour_capacity_whatever_was_assessed(
    kind: DisabilityClass,
) -> None:
    for grade, expected in ((1, 0), (2, 0), (3, 1), (4, 1)):
        member = a_member("甲", "本人", "1980-01-01", labour=FULL, disability=(kind, grade))
        assert coefficient(member, ACCEPTED)[0] == expected


def test_a_full_time_student_counts_zero_whatever_she_earns() -> None:
    student = a_household("甲", "2005-01-01", student=True).with_wages("甲", 500)
    assert totals(student.facts).labour_total == 0
    assert totals(student.facts).total == D("4800.00")


def test_labour_capacity_nobody_assessed_blocks_the_worksheet() -> None:
    assert missing(a_household(labour=None).facts) == {"members.0.labour"}


# --- Members ----------------------------------------------------------------------------------------------------------


def test_students_away_count_and_people_in_special_care_do_not() -> None:
    family = (
        a_household()
        .with_member("小王", "子", "2006-01-01", student=True, living=Living.STUDYING_AWAY)
        .with_member("老王", "父", "1945-01-01", living=Living.SPECIAL_CARE)
        .with_income(IncomeKind.PENSION, 6000, "老王")
    )
    assert totals(family.facts).persons == 2
    assert totals(family.facts).total == 0
    line = next(x for x in worksheet(family.facts, p1(), ACCEPTED).lines if x.code == "pension")
    assert (line.counted, line.amount) == (False, 0)
    assert "特困供养" in line.formula


def test_a_household_without_counted_members_is_blocked() -> None:
    assert missing(a_household(living=Living.SPECIAL_CARE).facts) == {"members"}


# --- Income -----------------------------------------------------------------------------------------------------------


def test_a_business_loss_reduces_the_total_and_the_total_stops_at_zero() -> None:
    loss = a_household().with_income(IncomeKind.BUSINESS, -5000, "王建国")
    assert totals(loss.with_wages("王建国", 1000).facts).total == D("4600.00")
    found = totals(loss.facts)
    assert (found.before_floor, found.total, found.gap) == (D("-5000.00"), 0, D("465.00"))


def test_transfers_paid_come_off_in_full() -> None:
    family = a_household().with_wages("王建国", 1000).with_income(IncomeKind.TRANSFER_PAID, 600, "王建国")
    assert totals(family.facts).total == D("9000.00")


@pytest.mark.parametrize(
    "kind",
    [
        IncomeKind.PREFERENTIAL_PENSION,
        IncomeKind.FAMILY_PLANNING,
        IncomeKind.SCHOLARSHIP,
        IncomeKind.BRAVERY_AWARD,
        IncomeKind.ASSISTANCE,
    ],
)
def test_what_the_law_excludes_is_shown_and_never_counted(kind: IncomeKind) -> None:
    family = a_household().with_income(kind, 9999, "王建国").facts
    assert totals(family).total == 0
    assert "9,999.00 元" in worksheet(family, p1(), ACCEPTED).lines[0].formula


def test_a_local_exclusion_counts_only_under_the_name_the_district_gave_it() -> None:
    family = (
        a_household().with_income(IncomeKind.LOCALLY_EXCLUDED, 800, "王建国", local_rule="高龄津贴").facts
    )
    assert missing(family) == {"income.0.local_rule"}
    assert totals(family, p1_income(local_exclusions=("高龄津贴",))).total == 0


@pytest.mark.parametrize(
    ("until", "total"), [(date(2025, 12, 31), D("4750.00")), (ACCEPTED, D("2110.00")), (None, D("2110.00"))]
)
def test_the_basic_pension_is_exempt_until_the_dated_switch_turns(until: date | None, total: Decimal) -> None:
    params = p1_income(basic_pension_exempt_until=until)
    assert totals(elderly_couple(), params).total == total
    later = p1_income(basic_pension_exempt_from=date(2026, 9, 1))
    assert totals(elderly_couple(), later).total == D("4750.00")


def test_undocumented_medical_costs_are_shown_and_not_deducted() -> None:
    family = a_household().with_wages("王建国", 1000).with_medical_cost("王建国", 3000, documented=False)
    assert totals(family.facts).total == D("9600.00")
    assert "没有票据" in worksheet(family.facts, p1(), ACCEPTED).lines[-1].formula


# --- Imputed wages ----------------------------------------------------------------------------------------------------

BY_COEFFICIENT = p1_income(imputed_wage=ImputedWage("coefficient", D(1800)))
BY_AGE = p1_income(imputed_wage=ImputedWage("age", D(1800), (AgeBand(18, 49, 100), AgeBand(50, 59, 50))))


def test_wages_are_imputed_only_where_the_district_says_so() -> None:
    idle = a_household(labour=HALF).facts
    assert totals(idle).total == 0
    assert totals(idle, BY_COEFFICIENT).total == D("10800.00")


@pytest.mark.parametrize(("born", "total"), [("1980-01-01", 21600), ("1970-01-01", 10800)])
def test_imputed_wages_may_go_by_age(born: str, total: int) -> None:
    assert totals(a_household(born=born, labour=HALF).facts, BY_AGE).total == total


def test_nothing_is_imputed_for_whoever_earns_or_cannot_work() -> None:
    assert totals(a_household(labour=NONE).facts, BY_COEFFICIENT).total == 0
    assert totals(a_household().with_wages("王建国", 100).facts, BY_COEFFICIENT).total == D("960.00")
    trading = a_household().with_income(IncomeKind.BUSINESS, 50, "王建国")
    assert totals(trading.facts, BY_COEFFICIENT).total == D("50.00")


def test_a_loss_a_crop_or_the_familys_business_is_no_result_of_ones_own() -> None:
    assert totals(a_household().farming(1).facts, BY_COEFFICIENT).total == D("21700.00")
    losing = a_household().with_income(IncomeKind.BUSINESS, -100, "王建国")
    assert totals(losing.facts, BY_COEFFICIENT).total == D("21500.00")
    shared = a_household().with_income(IncomeKind.BUSINESS, 100)
    assert totals(shared.facts, BY_COEFFICIENT).total == D("21700.00")


def test_no_employment_cost_comes_off_imputed_wages() -> None:
    assert code(worksheet(a_household().facts, BY_COEFFICIENT, ACCEPTED), "employment_cost") == []


def test_no_wage_is_imputed_to_whoever_really_cannot_find_work() -> None:
    hard = Labour(LabourCapacity.FULL, "身体健康", hard_to_employ="独自照料重残家人")
    member = msgspec.structs.replace(a_household().facts.members[0], labour=hard)
    sheet = worksheet(HouseholdFacts((member,)), BY_COEFFICIENT, ACCEPTED)
    assert code(sheet, "imputed_wage") == [D("0.00")]
    assert "独自照料" in sheet.lines[0].formula


# --- Land -------------------------------------------------------------------------------------------------------------


def test_a_crop_without_a_value_blocks_the_worksheet() -> None:
    assert missing(a_household().farming(2, "ginseng").facts) == {"land.0.crop"}
    assert missing(a_household().farming(2, "").facts) == {"land.0.crop"}


def test_leased_out_land_counts_at_its_actual_rent() -> None:
    assert totals(a_household().leasing_out("2.5", "333.33").facts).total == D("833.33")


# --- Support ----------------------------------------------------------------------------------------------------------
