"""The district's limits as Ibis and as `core.rules` find the same, for every kind of rule and any assets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import ibis
import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.rules.five_haves_columns import FACTS, Fact, FiveHave, Unit
from core.rules.five_haves_rules import (
    DepositRow,
    DepositRule,
    EntityRow,
    EntityRule,
    HouseRow,
    HousingRule,
    Outcome,
    PayrollRow,
    PayrollRule,
    VehicleRow,
    VehicleRule,
)
from core.rules.five_haves_tables import LOOK_AT, kind_of, problems_of, table_of
from core.rules.unary import Kind
from core.sdk.verification import (
    FiveHaves,
    HouseholdFacts,
    ParameterSet,
    Result,
    Source,
    SourceResult,
    VehicleKind,
    findings_of,
)
from plugins.big_data_check.bulk.limits import limits_row, limits_table
from plugins.big_data_check.bulk.registers import MONEY as YUAN
from plugins.big_data_check.bulk.slots import bit, looked_at
from plugins.big_data_check.findings import assets_of
from tests.builders.households import elderly_couple
from tests.plugins.big_data_check.bulk.registers import P1, TODAY, folder_of, run, someone

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # Ibis, of DuckDB 2

MONEY = st.sampled_from([None, "0.00", "15000.00", "29999.99", "30000.00", "50000.00", "80000.01"])
ROWS: dict[Source, st.SearchStrategy[dict[str, str | None]]] = {
    Source.VEHICLES: st.fixed_dictionaries({
        "reference": st.sampled_from(["甘L1", "甘L2", "甘 l3"]), "kind": st.sampled_from(["car", "motorcycle", "farm_machine"]),
        "value": MONEY, "disability_aid": st.sampled_from([None, "yes", "no"]),
    }),
    Source.REAL_ESTATE: st.fixed_dictionaries({
        "reference": st.sampled_from(["房1", "房2", "房3"]), "kind": st.sampled_from(["commercial", "self_built", "shop"]),
        "area": st.sampled_from([None, "20.00", "29.99", "30.00", "90.00"]),
    }),
    Source.MARKET_ENTITIES: st.fixed_dictionaries({
        "reference": st.sampled_from(["E1", "E2"]), "role": st.sampled_from(["owner", "cooperative_member", "shareholder"]),
        "status": st.sampled_from([None, "open", "closed", "dormant"]), "profit": MONEY, "dividends": MONEY,
        "employees": st.sampled_from([None, "0", "3"]),
    }),
    Source.DEPOSITS: st.fixed_dictionaries({"institution": st.just("行"), "balance": MONEY.filter(bool)}),
    Source.PAYROLL: st.fixed_dictionaries({
        "employer": st.sampled_from(["学校", "厂"]), "kind": st.sampled_from(["fiscal", "state_enterprise"]), "annual_pay": MONEY,
    }),
}  # fmt: skip
RULES = st.builds(
    FiveHaves,
    vehicle=st.sampled_from([
        None, VehicleRule(at_least=Decimal(50000)), VehicleRule(more_than=Decimal(50000)),
        VehicleRule(any_of=(VehicleKind.CAR,), disability_aid_exempt=True),
    ]),
    deposits=st.sampled_from([None, DepositRule(household_at_least=Decimal(30000)), DepositRule(per_person_months=24)]),
    housing=st.sampled_from([None, HousingRule(), HousingRule(shops=True, small_per_person=Decimal(15))]),
    entity=st.sampled_from([None, EntityRule(), EntityRule(when="dividends"), EntityRule(when="profit")]),
    payroll=st.sampled_from([None, PayrollRule(), PayrollRule(state_enterprise_at_least=Decimal(30000))]),
)  # fmt: skip


def a_table(kind: FiveHave) -> st.SearchStrategy[Any]:
    """Rows over the numbers the registries are drawn from, as a district may write and save them."""
    cells = {fact.name: st.just("-") | st.just("-") | _cells(fact) for fact in FACTS[kind]}
    rows = st.lists(st.builds(ROW[kind], st.sampled_from(Outcome), **cells), min_size=1, max_size=4)
    return st.builds(lambda some: RULE[kind](rows=tuple(some)), rows).filter(_can_be_saved)


def _cells(fact: Fact) -> st.SearchStrategy[str]:
    if fact.kind is Kind.BOOLEAN:
        return st.sampled_from(["true", "false"])
    if fact.words:
        some = st.lists(st.sampled_from(list(fact.words)), min_size=1, max_size=2, unique=True)
        listed = some.map(lambda names: ",".join(f'"{name}"' for name in names))
        return listed | listed.map(lambda text: f"not({text})")
    numbers = {
        Unit.MONTHS: ["0", "2", "5.375", "24", "64.5162"], Unit.COUNT: ["0", "1", "2", "3"], Unit.AREA: ["0", "10", "15", "29.99", "45"],
    }.get(fact.unit, ["0", "15000", "29999.99", "30000", "50000", "80000.01"])  # fmt: skip
    one = st.sampled_from(numbers)
    pairs = st.lists(one, min_size=2, max_size=2, unique=True).map(lambda two: sorted(two, key=Decimal))
    return (
        st.builds(
            lambda sign, number: f"{sign} {number}".strip(), st.sampled_from(["<", "<=", ">", ">=", ""]), one
        )
        | pairs.map(lambda two: f"[{two[0]}..{two[1]})")
        | pairs.map(lambda two: f"< {two[0]}, ({two[0]}..{two[1]}]")
        | pairs.map(lambda two: f"not({two[0]}, >= {two[1]})")
    )


def _can_be_saved(rule: Any) -> bool:
    none = FiveHaves(vehicle=None, deposits=None, housing=None, entity=None, payroll=None)
    return not list(problems_of(msgspec.structs.replace(none, **{kind_of(rule).value: rule}), ""))


ROW: Mapping[FiveHave, Any] = {
    FiveHave.VEHICLE: VehicleRow, FiveHave.HOUSING: HouseRow, FiveHave.ENTITY: EntityRow, FiveHave.PAYROLL: PayrollRow,
    FiveHave.DEPOSITS: DepositRow,
}  # fmt: skip
RULE: Mapping[FiveHave, Any] = {
    FiveHave.VEHICLE: VehicleRule, FiveHave.HOUSING: HousingRule, FiveHave.ENTITY: EntityRule,
    FiveHave.PAYROLL: PayrollRule, FiveHave.DEPOSITS: DepositRule,
}  # fmt: skip
TABLES = st.builds(FiveHaves, **{kind.value: st.none() | a_table(kind) for kind in FiveHave})
Drawn = dict[Source, list[tuple[int, dict[str, str | None]]]]
REGISTRIES: st.SearchStrategy[Drawn] = st.fixed_dictionaries(
    {source: st.lists(st.tuples(st.integers(0, 1), rows), max_size=4) for source, rows in ROWS.items()}
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RULES | TABLES, REGISTRIES)
def test_bulk_and_single_checks_find_the_same(
    tmp_path_factory: Any, rules: FiveHaves, registries: Drawn
) -> None:
    couple = elderly_couple()
    parameters = msgspec.structs.replace(P1, five_haves=rules)
    people = [
        someone(place, hid=0, persons=2, person_id=str(member.person_id), place=place + 1)
        for place, member in enumerate(couple.members)
    ]
    folder: Path = tmp_path_factory.mktemp("same")
    alerts = run(folder_of(folder, people, _snapshots(people, registries), parameters))

    found = {
        (a["kind"], a["item"] if a["kind"] != "deposits" else "") for a in alerts if a["kind"] != "income"
    }
    assert found == _by_rules(couple, people, registries, parameters)


def _snapshots(people: Sequence[Any], registries: Drawn) -> dict[Source, list[dict[str, Any]]]:
    amounts = {"value", "area", "profit", "dividends", "employees", "balance", "annual_pay"}
    return {
        source: [
            {"id_number": people[who]["number"]}
            | {k: Decimal(v) if v is not None and k in amounts else v for k, v in row.items()}
            for who, row in rows
        ]
        for source, rows in registries.items()
    }


def _by_rules(
    couple: HouseholdFacts, people: Sequence[Any], registries: Drawn, parameters: ParameterSet
) -> set[tuple[str, str]]:
    results = [
        SourceResult(
            UUID(people[who]["person_id"]), source, Result.HIT, as_of=TODAY, values={k: v for k, v in row.items() if v is not None}
        )
        for source, rows in registries.items()
        for who, row in rows
    ]  # fmt: skip
    facts = msgspec.structs.replace(couple, assets=assets_of(results))
    keys = [s.key for s in findings_of(facts, parameters)]
    return {(key.partition(":")[0], key.rpartition(":")[2] if ":" in key else "") for key in keys}


AMOUNTS = [
    None,
    *map(
        Decimal,
        (
            "0",
            "0.01",
            "2499.37",
            "2499.38",
            "11160",
            "14999.99",
            "15000",
            "29999.99",
            "30000",
            "30000.01",
            "50000",
            "80000.02",
        ),
    ),
]
FIGURES: Mapping[FiveHave, Mapping[str, Sequence[Any]]] = {
    FiveHave.VEHICLE: {"kind": ["car", "vessel", "other"], "value": AMOUNTS, "disability_aid": [True, False]},
    FiveHave.ENTITY: {
        "role": ["owner", "shareholder"], "dormant": [True, False], "dividends": AMOUNTS[:4], "profit": AMOUNTS,
        "employees": [None, Decimal(0), Decimal(2)],
    },
    FiveHave.PAYROLL: {"kind": ["fiscal", "state_enterprise"], "annual_pay": AMOUNTS},
}  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FIGURES)), st.data())
def test_one_expression_says_of_every_item_what_each_districts_own_table_says(
    kind: FiveHave, data: st.DataObject
) -> None:
    """Four districts with a table of their own each, and one that does not look at all."""
    districts = [data.draw(a_table(kind)) for _ in range(4)] + [None]
    none = FiveHaves(vehicle=None, deposits=None, housing=None, entity=None, payroll=None)
    parameters = [
        msgspec.structs.replace(P1, five_haves=msgspec.structs.replace(none, **{kind.value: rule}))
        for rule in districts
    ]
    limits = limits_table([limits_row(f"62080{n}", one, TODAY) for n, one in enumerate(parameters)])
    figures = FIGURES[kind]
    items = [dict(zip(figures, values, strict=True)) for values in product(*figures.values())]
    types = {"disability_aid": pa.bool_(), "dormant": pa.bool_(), "kind": pa.string(), "role": pa.string()}
    schema = pa.schema([("item", pa.int64()), *((name, types.get(name, YUAN)) for name in figures)])
    table = pa.Table.from_pylist([{"item": k, **item} for k, item in enumerate(items)], schema=schema)

    con = ibis.duckdb.connect()
    rows: Any = ibis.memtable(table).cross_join(ibis.memtable(limits))
    words = {fact.name: fact.words for fact in FACTS[kind] if fact.words}
    asked = {name: bit(rows[name], words[name]) if name in words else rows[name] for name in figures}
    found = (
        rows.select("district", "item", looked_at=looked_at(rows, kind.value, asked)).to_pyarrow().to_pylist()
    )
    con.disconnect()
    assert len(found) == len(items) * len(districts)
    for row in found:
        rule, one = districts[int(row["district"][-1])], parameters[int(row["district"][-1])]
        assert row["looked_at"] is (rule is not None and _asks(rule, items[row["item"]], one)), (
            rule,
            items[row["item"]],
        )


def _asks(rule: Any, item: Mapping[str, Any], parameters: ParameterSet) -> bool:
    def months(yuan: Decimal | None, times: int) -> Fraction | None:
        return None if yuan is None else Fraction(yuan) / times / parameters.monthly_standard

    facts = {
        "who": "member", "value_months": months(item.get("value"), 1), "profit_months": months(item.get("profit"), 12), **item,
    }  # fmt: skip
    fired = table_of(rule).evaluate(facts)
    return bool(fired and fired[0].outputs[LOOK_AT])
