"""What raises a finding, at its exact limits, in every variant districts use (domain §3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.rules.assets import DepositKind, EntityRole, HouseKind, PayrollKind, VehicleKind
from core.rules.decision import Status, decide
from core.rules.facts import HouseholdFacts, Living
from core.rules.five_haves import Finding, FindingStatus, findings_of
from core.rules.five_haves_columns import FiveHave
from core.rules.five_haves_rules import (
    DepositRule,
    EntityRule,
    FiveHaves,
    HousingRule,
    PayrollRule,
    VehicleRule,
)
from core.rules.parameters import ParameterSet
from core.rules.worksheet import worksheet
from tests.builders.households import ACCEPTED, AHousehold, a_household, p1, person

D = Decimal
WHO = "王建国"


def rules(**changes: Any) -> ParameterSet:
    """P1 with other thresholds."""
    return p1(five_haves=msgspec.structs.replace(FiveHaves(), **changes))


def kinds(household: AHousehold, params: ParameterSet | None = None) -> list[FiveHave]:
    return [s.kind for s in findings_of(household.facts, params or p1())]


# --- Vehicles ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "value", "found"),
    [
        (VehicleRule(at_least=D(50000)), "49999.99", False),
        (VehicleRule(at_least=D(50000)), "50000.00", True),
        (VehicleRule(more_than=D(80000)), "80000.00", False),
        (VehicleRule(more_than=D(80000)), "80000.01", True),
    ],
)
def test_a_vehicle_counts_from_or_above_its_limit(rule: VehicleRule, value: str, found: bool) -> None:
    assert bool(kinds(a_household().with_vehicle(WHO, "甘L1", value), rules(vehicle=rule))) is found


def test_the_limit_is_per_vehicle_and_each_is_a_finding_of_its_own() -> None:
    two = a_household().with_vehicle(WHO, "甘L1", 30000).with_vehicle(WHO, "甘L2", 30000)
    assert kinds(two) == []
    dear = a_household().with_vehicle(WHO, "甘L1", 60000).with_vehicle(WHO, "甘L2", 70000)
    assert [s.key for s in findings_of(dear.facts, p1())] == ["vehicle:甘L1", "vehicle:甘L2"]


def test_a_disability_aid_is_exempt_only_where_the_district_says_so() -> None:
    aid = a_household().with_vehicle(WHO, "甘L1", 60000, disability_aid=True)
    assert kinds(aid) == [FiveHave.VEHICLE]
    any_vehicle = VehicleRule(any_of=(VehicleKind.CAR,), disability_aid_exempt=True)
    assert kinds(aid, rules(vehicle=any_vehicle)) == []
    assert kinds(a_household().with_vehicle(WHO, "甘L1", 1), rules(vehicle=any_vehicle)) == [FiveHave.VEHICLE]


def test_a_value_nobody_knows_is_suspected_and_not_passed() -> None:
    assert kinds(a_household().with_vehicle(WHO, "甘L1", None)) == [FiveHave.VEHICLE]


# --- Deposits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "found"), [("19999.99", False), ("20000.00", True)])
def test_deposits_securities_and_surrender_values_of_all_members_count_together(
    amount: str, found: bool
) -> None:
    family = (
        a_household()
        .with_member("李秀英", "妻", "1980-01-01")
        .with_deposit("李秀英", 6000, kind=DepositKind.SECURITIES)
        .with_deposit("李秀英", 4000, kind=DepositKind.INSURANCE)
        .with_deposit(WHO, amount)
    )
    assert bool(kinds(family)) is found


@pytest.mark.parametrize(("amount", "found"), [("22320.00", False), ("22320.01", True)])
def test_per_person_deposits_are_the_households_total_over_its_members(amount: str, found: bool) -> None:
    """24 monthly standards of 465 yuan are 11,160 a head; two members."""
    family = a_household().with_member("李秀英", "妻", "1980-01-01").with_deposit(WHO, amount)
    assert bool(kinds(family, rules(deposits=DepositRule(per_person_months=24)))) is found


def test_what_somebody_in_special_care_owns_is_not_the_households() -> None:
    family = a_household().with_member("老王", "父", "1945-01-01", living=Living.SPECIAL_CARE)
    assert kinds(family.with_deposit("老王", 90000).with_vehicle("老王", "甘L1", 90000)) == []


# --- Houses -----------------------------------------------------------------------------------------------------------


def test_bought_housing_counts_and_resettlement_and_policy_housing_do_not() -> None:
    for kind in HouseKind:
        found = kinds(a_household().with_house(WHO, "证1", kind, 90))
        assert bool(found) is (kind is HouseKind.COMMERCIAL)
    shop = a_household().with_house(WHO, "证1", HouseKind.SHOP, 20)
    assert kinds(shop, rules(housing=HousingRule(shops=True))) == [FiveHave.HOUSING]


@pytest.mark.parametrize(
    ("areas", "found"), [((29,), False), ((30,), True), ((20, 10), True), ((20, 9), False)]
)
def test_small_dwellings_are_judged_together(areas: tuple[int, ...], found: bool) -> None:
    """15 m² a head, two members: under 30 m² in all is no finding."""
    family = a_household().with_member("李秀英", "妻", "1980-01-01")
    for n, area in enumerate(areas):
        kind = HouseKind.COMMERCIAL if n == 0 else HouseKind.SELF_BUILT
        family = family.with_house(WHO, f"证{n}", kind, area)
    assert bool(kinds(family, rules(housing=HousingRule(small_per_person=D(15))))) is found


# --- Entities and posts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", EntityRole)
def test_owners_and_shareholders_count_dormant_or_not_and_cooperative_members_do_not(
    role: EntityRole,
) -> None:
    found = kinds(a_household().with_entity(WHO, "91620802", role=role, dormant=True))
    assert bool(found) is (role is not EntityRole.COOPERATIVE_MEMBER)


@pytest.mark.parametrize(
    ("profit", "employees", "found"),
    [("11160.00", 0, False), ("11160.01", 0, True), ("0", 1, True), ("0", None, True), (None, 0, True)],
)
def test_a_business_counts_by_profit_or_employees(
    profit: str | None, employees: int | None, found: bool
) -> None:
    """Twice the monthly standard of 465 yuan is 930 a month, 11,160 a year."""
    value = None if profit is None else D(profit)
    trading = a_household().with_entity(WHO, "91620802", profit=value, employees=employees)
    assert bool(kinds(trading, rules(entity=EntityRule(when="profit")))) is found


def test_equity_counts_only_where_dividends_were_really_paid() -> None:
    params = rules(entity=EntityRule(when="dividends"))
    assert kinds(a_household().with_entity(WHO, "1", dividends=D(0)), params) == []
    assert kinds(a_household().with_entity(WHO, "1", dividends=D("0.01")), params) == [FiveHave.ENTITY]
    assert kinds(a_household().with_entity(WHO, "1"), params) == [FiveHave.ENTITY]


@pytest.mark.parametrize(("pay", "found"), [("29999.99", False), ("30000.00", True)])
def test_a_state_enterprise_job_counts_from_its_yearly_pay(pay: str, found: bool) -> None:
    post = a_household().with_post(WHO, "国企", kind=PayrollKind.STATE_ENTERPRISE, amount=D(pay))
    assert kinds(post) == []
    assert bool(kinds(post, rules(payroll=PayrollRule(state_enterprise_at_least=D(30000))))) is found


@pytest.mark.parametrize("consents", [True, False])
def test_a_supporters_post_counts_by_parameter_and_with_consent_only(consents: bool) -> None:
    more: dict[str, Any] = {"household_per_capita": D(1)} if consents else {}
    household = a_household(children=1).with_supporter(
        "小王", "儿子", WHO, consent=consents, person_id=person("小王"), **more
    )
    household = household.with_post("小王", "某局", kind=PayrollKind.FISCAL)
    assert kinds(household) == []
    looked_at = rules(payroll=PayrollRule(supporters=True))
    assert bool(kinds(household, looked_at)) is consents


# --- What a finding does ----------------------------------------------------------------------------------------------


def judged(facts: HouseholdFacts, *findings: Finding) -> Status:
    return decide(worksheet(facts, p1(), ACCEPTED), facts, findings, p1()).status


def test_an_open_finding_suspends_also_where_income_alone_would_refuse() -> None:
    rich = a_household().with_wages(WHO, 9000).with_vehicle(WHO, "甘L1", 60000).facts
    assert judged(rich) is Status.SUSPENDED


def test_one_upheld_finding_is_enough_and_all_must_be_cleared() -> None:
    facts = a_household().with_vehicle(WHO, "甘L1", 60000).with_deposit(WHO, 40000).facts
    car, savings = findings_of(facts, p1())
    cleared = Finding(car, FindingStatus.CLEARED, "已卖")
    assert judged(facts, cleared) is Status.SUSPENDED
    assert judged(facts, cleared, Finding(savings, FindingStatus.UPHELD, "属实")) is Status.INELIGIBLE
    assert judged(facts, cleared, Finding(savings, FindingStatus.CLEARED, "过账")) is Status.ELIGIBLE
