"""From records to suspicions by the district's rules; what may explain one is said beside it and decides nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.verification import FindingKind, Result, Source, SourceResult, Suspicion
from core.rules.five_haves_rules import DepositRule, FiveHaves, VehicleRule
from core.rules.parameters import ParameterSet
from plugins.big_data_check.findings import NAMESAKE_NOTE, suspicions
from tests.builders.households import a_household, p1, person

TODAY = date(2026, 9, 1)
WHO = person("王建国")
FACTS = a_household().with_member("李梅", "妻", "1982-01-01").facts


def hit(source: Source, note: str = "身份证号一致", **values: str) -> SourceResult:
    return SourceResult(WHO, source, Result.HIT, TODAY, values, note)


def car(value: str = "62000.00", reference: str = "甘L12345", **more: str) -> SourceResult:
    return hit(Source.VEHICLES, reference=reference, kind="car", value=value, **more)


def account(balance: str, **more: str) -> SourceResult:
    return hit(Source.DEPOSITS, institution="信用社", balance=balance, **more)


def found(*results: SourceResult, parameters: ParameterSet | None = None) -> tuple[Suspicion, ...]:
    return suspicions(FACTS, results, parameters or p1(), TODAY)


@pytest.mark.parametrize(("value", "flagged"), [("49999.99", False), ("50000.00", True)])
def test_a_vehicle_is_flagged_from_exactly_50000_yuan(value: str, flagged: bool) -> None:
    assert bool(found(car(value))) is flagged


@given(st.decimals("0", "200000", places=2))
def test_a_vehicle_is_flagged_exactly_when_it_reaches_the_limit(value: Decimal) -> None:
    raised = found(car(f"{value:f}"))
    assert bool(raised) == (value >= 50000)
    assert all((s.kind, s.value, s.limit) == (FindingKind.VEHICLE, value, Decimal(50000)) for s in raised)


@given(st.lists(st.decimals("-5000", "40000", places=2), max_size=5))
def test_deposits_are_summed_over_all_accounts_and_an_overdraft_takes_nothing_away(
    balances: list[Decimal],
) -> None:
    raised = found(*(account(f"{b:f}") for b in balances))
    total = sum((max(b, Decimal(0)) for b in balances), Decimal(0))
    assert [s.value for s in raised] == ([total] if total >= 30000 else [])


def test_nothing_is_found_where_a_source_was_silent_or_had_no_data() -> None:
    silent = (
        SourceResult(WHO, Source.VEHICLES, Result.UNAVAILABLE),
        SourceResult(WHO, Source.DEPOSITS, Result.NO_DATA, note="已到银行查询"),
    )
    assert found(*silent) == ()


def test_a_finding_keeps_its_id_in_every_later_report() -> None:
    first = found(car("62000.00"), account("40000.00"))
    later = found(car("58000.00", inspected_until="2020-01-01"), account("31000.00"), account("1.00"))
    assert [s.id for s in first] == [s.id for s in later]
    assert len({s.id for s in first}) == 2


def test_two_cars_are_two_findings_and_one_car_registered_twice_is_one() -> None:
    assert len(found(car(), car(reference="甘L54321"))) == 2
    assert len(found(car(), car(reference=" 甘l12345"))) == 1


@pytest.mark.parametrize(
    ("record", "hint"),
    [
        (car(inspected_until="2024-01-31"), "没有过户"),
        (car(insured_until="2026-08-01"), ""),
        (hit(Source.MARKET_ENTITIES, reference="91X", role="owner", last_filed_year="2021"), "没有实际经营"),
        (hit(Source.MARKET_ENTITIES, reference="91X", role="owner", status="dormant"), "没有实际经营"),
        (account("35000.00", inflow="30000.00", outflow="29500.00"), "过账资金"),
        (account("35000.00", inflow="30000.00", outflow="1000.00"), ""),
        (hit(Source.VEHICLES, f"{NAMESAKE_NOTE}：登记里没有身份证号", reference="甘A1", kind="car", value="90000"), "同名"),
    ],
)  # fmt: skip
def test_a_trap_is_pointed_out_and_the_finding_stays(record: SourceResult, hint: str) -> None:
    [one] = found(record)
    assert (hint in one.item) if hint else ("（可能" not in one.item and "可能" not in one.item)


def test_a_closed_company_is_no_finding_and_neither_is_a_member_of_a_cooperative() -> None:
    assert found(hit(Source.MARKET_ENTITIES, reference="91X", role="owner", status="closed")) == ()
    assert found(hit(Source.MARKET_ENTITIES, reference="91X", role="cooperative_member")) == ()


def test_bought_housing_is_found_and_resettlement_housing_is_not() -> None:
    bought = hit(Source.REAL_ESTATE, reference="产1", kind="commercial", area="90")
    moved = hit(Source.REAL_ESTATE, reference="产2", kind="resettlement", area="90")
    assert [s.kind for s in found(bought, moved)] == [FindingKind.HOUSING]


def test_a_fiscally_paid_member_is_found_by_the_payroll() -> None:
    [one] = found(hit(Source.PAYROLL, employer="某镇中学", kind="fiscal", annual_pay="60000.00"))
    assert (one.kind, one.source) == (FindingKind.PAYROLL, Source.PAYROLL)


def with_rules(**more: Any) -> ParameterSet:
    return p1(five_haves=msgspec.structs.replace(FiveHaves(), **more))


def test_another_districts_limits_give_other_findings() -> None:
    strict = with_rules(vehicle=VehicleRule(at_least=Decimal(30000)))
    lenient = with_rules(vehicle=VehicleRule(more_than=Decimal(80000)))
    assert [bool(found(car("40000"), parameters=p)) for p in (p1(), strict, lenient)] == [False, True, False]
    per_head = with_rules(deposits=DepositRule(per_person_months=24))
    [one] = found(account("40000"), parameters=per_head)
    assert one.limit == Decimal("22320.00")  # 24 × 465 × 2 persons
