"""Four values side by side: nobody looked is not "none", and what differs stands first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.registry.verification import Result, Source, SourceResult
from core.rules.assets import HouseKind
from core.rules.facts import IncomeKind
from core.rules.provenance import Provenance
from core.rules.provenance import Source as ArchiveSource
from plugins.big_data_check.comparison import NONE, Row, Sides, rows_of
from plugins.big_data_check.reading import marked_archived
from tests.builders.households import a_household, person

WHO = person("王建国")
NAMES = {WHO: "王建国"}
BARE = a_household().facts
DRIVING = a_household().with_vehicle("王建国", "甘L1", Decimal(62000)).facts


def car(value: str = "62000.00") -> SourceResult:
    values = {"reference": "甘 l1", "kind": "car", "value": value}
    return SourceResult(WHO, Source.VEHICLES, Result.HIT, date(2026, 8, 31), values)


def said(result: Result, source: Source = Source.VEHICLES) -> SourceResult:
    return SourceResult(WHO, source, result)


def cars(sides: Sides) -> list[Row]:
    return [row for row in rows_of(sides) if row.topic == "车辆、农机"]


def test_a_car_nobody_declared_differs_from_the_registry() -> None:
    [row] = cars(Sides(BARE, None, None, [car()], names=NAMES))
    assert row.values == (NONE, None, None, "汽车 62,000.00 元")
    assert row.differs


def test_a_silent_registry_says_nothing_and_differs_from_nothing() -> None:
    for result in (Result.UNAVAILABLE, Result.NO_DATA):
        [row] = cars(Sides(DRIVING, None, DRIVING, [said(result)], names=NAMES))
        assert (row.registry, row.differs) == (None, False)
    [row] = cars(Sides(DRIVING, None, DRIVING, [said(Result.NO_HIT)], names=NAMES))
    assert (row.registry, row.differs) == (NONE, True)


def test_the_same_car_is_one_row_however_its_plate_is_written() -> None:
    [row] = cars(Sides(DRIVING, None, DRIVING, [car()], names=NAMES))
    assert (row.registry, row.differs) == ("汽车 62,000.00 元", False)


@given(st.lists(st.decimals("0", "9999", places=2), min_size=1, max_size=4))
def test_deposits_are_compared_as_the_households_total(balances: list[Decimal]) -> None:
    declared = a_household()
    for balance in balances:
        declared = declared.with_deposit("王建国", str(balance))
    hits = [
        SourceResult(WHO, Source.DEPOSITS, Result.HIT, None, {"institution": "x", "balance": f"{b:.2f}"})
        for b in reversed(balances)
    ]
    found = rows_of(Sides(declared.facts, None, None, hits, names=NAMES))
    assert not any(row.differs for row in found if row.topic == "存款和金融资产")


def test_what_differs_stands_first() -> None:
    found = rows_of(Sides(DRIVING, None, BARE, [car("80000.00")], names=NAMES))
    assert [row.differs for row in found] == sorted((row.differs for row in found), reverse=True)
    assert found[0].topic == "车辆、农机"


def test_the_archives_mark_on_one_item_says_nothing_of_others() -> None:
    archived = Provenance(source=ArchiveSource.ARCHIVED)
    facts = (
        a_household()
        .with_vehicle("王建国", "甘L1", Decimal(62000), provenance=archived)
        .with_vehicle("王建国", "甘L2", Decimal(5000))
        .with_house("王建国", "甘房1", HouseKind.SELF_BUILT)
        .with_deposit("王建国", 900, provenance=archived)
        .with_deposit("王建国", 100)
        .facts
    )
    found = rows_of(Sides(facts, None, facts, [], names=NAMES, marked=marked_archived(facts)))
    assert not any(row.differs for row in found)
    assert {row.item: row.archived for row in found if row.topic == "车辆、农机"} == {
        "甘L1": "汽车 62,000.00 元", "甘L2": None,
    }  # fmt: skip
    assert [row.archived for row in found if row.topic in ("房屋", "存款和金融资产", "家庭成员")] == [
        None
    ] * 3


def test_a_member_the_earlier_file_does_not_have_differs() -> None:
    grown = a_household().with_member("王小明", "子女", "2024-03-01").facts
    found = rows_of(Sides(grown, BARE, None, [], names=NAMES))
    new, old = (
        next(r for r in found if r.topic == "家庭成员" and r.whose == who) for who in ("王小明", "王建国")
    )
    assert (new.archived, new.differs) == (NONE, True)
    assert (old.archived, old.differs) == ("共同生活", False)


def hit(source: Source, **values: str) -> SourceResult:
    return SourceResult(WHO, source, Result.HIT, date(2026, 8, 31), values)


def row_of(sides: Sides, topic: str, item: str) -> Row | None:
    return next((r for r in rows_of(sides) if (r.topic, r.item) == (topic, item)), None)


def test_income_the_registries_know_of_is_compared_with_what_was_said_and_seen() -> None:
    paid = a_household().with_wages("王建国", 1500, months=8)
    taxed = [
        hit(Source.TAX, item="个人所得税", taxed_income="30000.00", year="2025"),
        hit(Source.TAX, item="个人所得税", taxed_income="90000.00", year="2024"),
        hit(Source.TAX, item="个人所得税（经营所得）", taxed_income="70000.00", year="2025"),
    ]
    row = row_of(Sides(paid.facts, None, BARE, taxed, names=NAMES), "收入", "工资、务工")
    assert row is not None
    assert row.values == ("12,000.00 元", None, NONE, "30,000.00 元")
    assert row.differs
    post = hit(Source.PAYROLL, employer="学校", kind="fiscal", annual_pay="12000.00")
    agreeing = row_of(Sides(paid.facts, None, paid.facts, [post], names=NAMES), "收入", "工资、务工")
    assert agreeing is not None
    assert (agreeing.registry, agreeing.differs) == ("12,000.00 元", False)


def test_a_pension_is_compared_by_the_year_and_a_register_without_one_says_nothing() -> None:
    old = a_household().with_income(IncomeKind.BASIC_PENSION, 1320, "王建国").facts
    monthly = hit(Source.SOCIAL_INSURANCE, scheme="城乡居民", monthly_pension="110.00")
    agreeing = row_of(Sides(old, None, old, [monthly], names=NAMES), "收入", "养老金")
    assert agreeing is not None
    assert (agreeing.registry, agreeing.differs) == ("1,320.00 元", False)
    hidden = row_of(Sides(BARE, None, None, [monthly], names=NAMES), "收入", "养老金")
    assert hidden is not None
    assert (hidden.declared, hidden.differs) == (NONE, True)
    cash = row_of(
        Sides(old, None, old, [said(Result.NO_HIT, Source.SOCIAL_INSURANCE)], names=NAMES), "收入", "养老金"
    )
    assert cash is not None
    assert (cash.registry, cash.differs) == (None, False)


def test_income_without_a_name_is_nobodys_and_differs_from_nothing() -> None:
    shared = a_household().with_income(IncomeKind.WAGES, 9000).facts
    taxed = hit(Source.TAX, item="个税", taxed_income="30000.00")
    row = row_of(Sides(shared, None, shared, [taxed], names=NAMES), "收入", "工资、务工")
    assert row is not None
    assert (row.declared, row.differs) == (None, False)


def test_a_spouse_nobody_named_differs_from_the_marriage_register() -> None:
    entries = [
        hit(Source.MARRIAGE, status="divorced", registered_on="2010-01-01"),
        hit(Source.MARRIAGE, status="married", registered_on="2020-01-01"),
    ]
    row = row_of(Sides(BARE, None, None, entries, names=NAMES), "婚姻", "配偶")
    assert row is not None
    assert (row.declared, row.registry, row.differs) == ("没有配偶", "有配偶", True)
    couple = a_household().with_member("马秀英", "配偶", "1953-02-02").facts
    together = row_of(Sides(couple, None, couple, entries, names=NAMES), "婚姻", "配偶")
    assert together is not None
    assert not together.differs
    apart = row_of(Sides(couple, None, None, entries[:1], names=NAMES), "婚姻", "配偶")
    assert apart is not None
    assert apart.differs
    assert (
        row_of(Sides(couple, None, None, [said(Result.NO_HIT, Source.MARRIAGE)], names=NAMES), "婚姻", "配偶")
        is None
    )
