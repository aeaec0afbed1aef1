"""Rows a district writes itself: what they find, what is never let off in doubt, what is said, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from core.rules.assets import HouseKind, PayrollKind, VehicleKind
from core.rules.cell_words import cell_of, reading, typed_of
from core.rules.five_haves import Suspicion, findings_of
from core.rules.five_haves_columns import FACTS, FiveHave
from core.rules.five_haves_rules import (
    DepositRow,
    DepositRule,
    EntityRow,
    EntityRule,
    FiveHaves,
    HouseRow,
    HousingRule,
    Outcome,
    PayrollRule,
    VehicleRow,
    VehicleRule,
)
from core.rules.five_haves_tables import notes_of, problems_of
from core.rules.unary import CellError, parse
from tests.builders.households import AHousehold, a_household, p1

D = Decimal
WHO = "王建国"
LET_OFF = Outcome.LET_OFF


def found(household: AHousehold, **rules: Any) -> list[Suspicion]:
    params = p1(five_haves=msgspec.structs.replace(FiveHaves(), **rules))
    return list(findings_of(household.facts, params))


def vehicle(*rows: VehicleRow) -> dict[str, Any]:
    return {"vehicle": VehicleRule(rows=rows)}


def wrong(**rules: Any) -> dict[str, str]:
    haves = msgspec.structs.replace(FiveHaves(), **rules)
    return {p.field: p.message for p in problems_of(haves, "five_haves")}


# --- What rows find ---------------------------------------------------------------------------------------------------


def test_the_first_row_that_matches_counts() -> None:
    rows = (
        VehicleRow(LET_OFF, kind='"farm_machine"', value="< 80000"),
        VehicleRow(value=">= 50000"),
    )
    tractor = a_household().with_vehicle(WHO, "甘L1", 60000, kind=VehicleKind.FARM_MACHINE)
    assert found(tractor, **vehicle(*rows)) == []
    assert len(found(a_household().with_vehicle(WHO, "甘L1", 60000), **vehicle(*rows))) == 1


def test_what_nobody_knows_is_never_let_off_and_always_looked_at() -> None:
    unknown = a_household().with_vehicle(WHO, "甘L1", None)
    let_off_first = (VehicleRow(LET_OFF, value="< 50000"), VehicleRow(value="> 900000"))
    assert len(found(unknown, **vehicle(*let_off_first))) == 1
    whatever_it_is_worth = (VehicleRow(LET_OFF, kind='"car"'), VehicleRow(value=">= 1"))
    assert found(unknown, **vehicle(*whatever_it_is_worth)) == []


def test_a_row_may_be_for_what_nobody_knows_alone() -> None:
    rows = (
        VehicleRow(LET_OFF, value="< 50000"),
        VehicleRow(LET_OFF, value=">= 50000"),
        VehicleRow(label="请先评估"),
    )
    assert wrong(**vehicle(*rows)) == {}
    assert found(a_household().with_vehicle(WHO, "甘L1", 60000), **vehicle(*rows)) == []
    assert len(found(a_household().with_vehicle(WHO, "甘L1", None), **vehicle(*rows))) == 1


@pytest.mark.parametrize(("value", "there"), [("46500.00", False), ("46500.01", True)])
def test_a_value_may_be_given_in_months_of_the_standard(value: str, there: bool) -> None:
    """100 months of 465 yuan."""
    rows = vehicle(VehicleRow(value_months="> 100"))
    assert bool(found(a_household().with_vehicle(WHO, "甘L1", value), **rows)) is there


@pytest.mark.parametrize(("area", "there"), [(60, False), (61, True)])
def test_houses_go_by_their_own_area_and_by_the_households_together(area: int, there: bool) -> None:
    rows = (HouseRow(LET_OFF, area_per_person="<= 30"), HouseRow(kind='"commercial","policy"', area="> 50"))
    family = a_household().with_member("李秀英", "妻", "1980-01-01")
    family = family.with_house(WHO, "证1", HouseKind.POLICY, area)
    assert bool(found(family, housing=HousingRule(rows=rows))) is there


def test_large_families_may_have_a_limit_of_their_own() -> None:
    rows = (DepositRow(LET_OFF, persons=">= 2", total="< 60000"), DepositRow(total=">= 30000"))
    alone = a_household().with_deposit(WHO, 40000)
    assert len(found(alone, deposits=DepositRule(rows=rows))) == 1
    assert found(alone.with_member("李秀英", "妻", "1980-01-01"), deposits=DepositRule(rows=rows)) == []


def test_a_dormant_company_may_be_let_off() -> None:
    rows = (EntityRow(LET_OFF, dormant="true", employees="0"), EntityRow())
    sleeping = a_household().with_entity(WHO, "91620802", dormant=True, employees=0)
    assert found(sleeping, entity=EntityRule(rows=rows)) == []
    unknown = a_household().with_entity(WHO, "91620802", dormant=True)
    assert len(found(unknown, entity=EntityRule(rows=rows))) == 1


# --- What is said -----------------------------------------------------------------------------------------------------


def texts(household: AHousehold, **rules: Any) -> list[str]:
    return [s.text for s in found(household, **rules)]


def test_a_finding_says_the_amount_and_the_limit_that_was_passed() -> None:
    car = a_household().with_vehicle(WHO, "甘L1", 62000)
    assert texts(car) == ["王建国名下汽车（甘L1），价值 62,000.00 元，达到 50,000 元。"]
    assert texts(car, vehicle=VehicleRule(more_than=D(60000))) == [
        "王建国名下汽车（甘L1），价值 62,000.00 元，超过 60,000 元。"
    ]
    assert texts(car, **vehicle(VehicleRow(value_months="> 100"))) == [
        "王建国名下汽车（甘L1），价值 62,000.00 元，超过 100 个月的低保标准（46,500.00 元）。"
    ]
    assert texts(a_household().with_vehicle(WHO, "甘L1", None)) == [
        "王建国名下汽车（甘L1），价值还不清楚，请先评估。"
    ]
    any_car = VehicleRule(any_of=(VehicleKind.CAR,))
    assert texts(car, vehicle=any_car) == ["王建国名下汽车（甘L1），按规定有这类车辆需要说明。"]


def test_the_districts_own_words_take_the_place_of_the_limit() -> None:
    row = VehicleRow(value=">= 30000", label="家里有三万元以上的汽车", law="区民发〔2026〕3号")
    (one,) = found(a_household().with_vehicle(WHO, "甘L1", 62000), **vehicle(row))
    assert one.text == "王建国名下汽车（甘L1），价值 62,000.00 元，家里有三万元以上的汽车。"
    assert (one.law, one.limit) == ("区民发〔2026〕3号", D(30000))


def test_deposits_say_the_limit_a_head() -> None:
    (one,) = found(a_household().with_deposit(WHO, 40000), deposits=DepositRule(per_person_months=24))
    assert (
        one.text
        == "全家存款和金融资产合计 40,000.00 元（1 人），人均超过 24 个月的低保标准（11,160.00 元）。"
    )
    family = a_household().with_member("李秀英", "妻", "1980-01-01").with_deposit(WHO, 40000)
    assert found(family, deposits=DepositRule(per_person_months=24))[0].limit == D("22320.00")


def test_a_business_says_what_counts_and_what_nobody_knows() -> None:
    profit = {"entity": EntityRule(when="profit")}
    trading = a_household()
    assert texts(trading.with_entity(WHO, "91", profit=D(20000), employees=0), **profit) == [
        "王建国是“91”的业主，年利润 20,000.00 元，月均超过 2 个月的低保标准（930.00 元）。"
    ]
    assert texts(trading.with_entity(WHO, "91", profit=D(0), employees=3), **profit) == [
        "王建国是“91”的业主，雇工 3 人。"
    ]
    assert texts(trading.with_entity(WHO, "91", employees=3), **profit) == [
        "王建国是“91”的业主，年利润还不清楚，雇工 3 人。"
    ]
    assert texts(trading.with_entity(WHO, "91", profit=D(0)), **profit) == [
        "王建国是“91”的业主，雇工还不清楚。"
    ]
    assert texts(trading.with_entity(WHO, "91", dormant=True)) == ["王建国是“91”的业主，长期停业。"]


def test_a_post_says_its_pay_and_the_limit() -> None:
    post = a_household().with_post(WHO, "国企", kind=PayrollKind.STATE_ENTERPRISE, amount=D(40000))
    assert texts(post, payroll=PayrollRule(state_enterprise_at_least=D(30000))) == [
        "王建国在国企，属于国有企业稳定就业，年收入 40,000.00 元，达到 30,000 元。"
    ]


@pytest.mark.parametrize(
    ("kind", "name", "cell", "said"),
    [
        ("vehicle", "kind", '"car","vessel"', "汽车、船舶"),
        ("vehicle", "kind", 'not("car","motorcycle","vessel")', "大型农机具、其他机动车"),
        ("vehicle", "value", "-", "不限"),
        ("vehicle", "value", "[30000..50000)", "达到 30,000 元、低于 50,000 元"),
        ("vehicle", "value", "not(0)", "除了“正好 0 元”"),
        ("vehicle", "value", "< 100,> 80000", "低于 100 元，或超过 80,000 元"),
        ("vehicle", "disability_aid", "true", "是"),
        ("vehicle", "disability_aid", "false", "不是"),
        ("entity", "profit_months", "> 2", "超过 2 个月的低保标准（930.00 元）"),
        ("housing", "area_per_person", "<= 15", "不超过 15 平方米"),
    ],
)
def test_every_cell_is_read_in_plain_words(kind: str, name: str, cell: str, said: str) -> None:
    fact = next(f for f in FACTS[FiveHave(kind)] if f.name == name)
    parsed = parse(cell, fact.kind, tuple(fact.words))
    assert reading(fact, parsed, Fraction(465)) == said


@pytest.mark.parametrize(
    ("name", "typed", "cell"),
    [
        ("value", "达到 50,000 元", ">= 50000"),
        ("value", "≥50000", ">= 50000"),
        ("value", "超过 80000，或低于 5 元", "> 80000,< 5"),
        ("value", "达到 30,000 元、低于 50,000 元", "[30000..50000)"),
        ("value", "达到５０，０００元", ">= 50000"),
        ("value", "＞８０００．５", ">8000.5"),
        ("value", "[3..5)", "[3..5)"),
        ("value_months", "超过 24 个月", "> 24"),
        ("value", " ", "-"),
        ("value", "很贵", "很贵"),
        ("kind", "汽车、船舶", '"car","vessel"'),
        ("kind", "不限", "-"),
        ("disability_aid", "不是", "false"),
    ],
)
def test_cells_may_be_typed_in_words(name: str, typed: str, cell: str) -> None:
    fact = next(f for f in FACTS[FiveHave.VEHICLE] if f.name == name)
    assert cell_of(fact, typed) == cell


@pytest.mark.parametrize(
    ("name", "typed"),
    [("value", "超过 24 个月"), ("value_months", "超过 3000 元"), ("value", "超过 5 平方米")],
)
def test_a_number_in_another_columns_unit_is_refused_and_not_taken_for_this_ones(
    name: str, typed: str
) -> None:
    fact = next(f for f in FACTS[FiveHave.VEHICLE] if f.name == name)
    with pytest.raises(CellError):
        parse(cell_of(fact, typed), fact.kind)


@pytest.mark.parametrize(
    "cell", [">= 0.5", "[3..5)", "(0.25..1000]", "< 5,> 80000", "7", "not(0)", "not(1,[3..4])", "1200,3400.5"]
)
def test_what_stands_in_an_input_means_the_same_when_it_comes_back(cell: str) -> None:
    for fact in FACTS[FiveHave.VEHICLE][1:3]:
        again = parse(cell_of(fact, typed_of(fact, cell)), fact.kind)
        before = parse(cell, fact.kind)
        assert (again.intervals, again.negated) == (before.intervals, before.negated)


# --- What is refused --------------------------------------------------------------------------------------------------


def test_a_bad_cell_is_named_by_its_place() -> None:
    rows = (VehicleRow(value="三万"), VehicleRow(kind='"bus"'))
    problems = wrong(**vehicle(*rows))
    assert set(problems) == {"five_haves.vehicle.rows.0.value", "five_haves.vehicle.rows.1.kind"}
    assert "可以写：car" in problems["five_haves.vehicle.rows.1.kind"]


def test_a_row_nothing_can_reach_is_refused() -> None:
    problems = wrong(**vehicle(VehicleRow(value=">= 30000"), VehicleRow(value=">= 50000")))
    assert set(problems) == {"five_haves.vehicle.rows.1"}


def test_an_amount_finer_than_a_fen_is_refused() -> None:
    assert set(wrong(**vehicle(VehicleRow(value=">= 0.001")))) == {"five_haves.vehicle.rows.0.value"}
    assert wrong(**vehicle(VehicleRow(value_months=">= 0.125"))) == {}


def test_a_table_beside_a_short_form_is_refused_and_so_is_one_that_asks_nobody() -> None:
    both = VehicleRule(at_least=D(50000), rows=(VehicleRow(),))
    assert set(wrong(vehicle=both)) == {"five_haves.vehicle"}
    assert set(wrong(**vehicle(VehicleRow(LET_OFF)))) == {"five_haves.vehicle.rows"}
    many = tuple(VehicleRow(value=f"{n}") for n in range(17))
    assert set(wrong(**vehicle(*many))) == {"five_haves.vehicle.rows"}


def test_a_table_that_would_ask_households_with_nothing_is_refused() -> None:
    everybody = DepositRule(rows=(DepositRow(persons=">= 5"), DepositRow(total=">= 30000")))
    assert set(wrong(deposits=everybody)) == {"five_haves.deposits.rows"}


def test_a_table_nobody_could_oversee_is_refused() -> None:
    many = VehicleRow(value=",".join(str(n) for n in range(1, 14)))
    assert set(wrong(**vehicle(many))) == {"five_haves.vehicle.rows"}
    spread = tuple(
        EntityRow(employees=f"{n}", dividends="not(1,2,3)", profit="not(1,2,3)") for n in range(1, 5)
    )
    assert set(wrong(entity=EntityRule(rows=spread))) == {"five_haves.entity.rows"}


def test_overlaps_and_what_no_row_speaks_of_are_told_and_stop_nobody() -> None:
    rows = (VehicleRow(LET_OFF, kind='"car"'), VehicleRow(value=">= 50000"))
    assert wrong(**vehicle(*rows)) == {}
    told = [note.message for note in notes_of(VehicleRule(rows=rows))]
    assert any("没有任何一行" in text for text in told)
    assert any("重叠" in text for text in told)
