"""Four values side by side: nobody looked is not "none", and what differs stands first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.registry.verification import Result, Source, SourceResult
from plugins.big_data_check.comparison import NONE, Row, Sides, rows_of
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
