"""The district's limits as Ibis and as `core.rules` find the same, for every kind of rule and any assets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.rules.five_haves_rules import DepositRule, EntityRule, HousingRule, PayrollRule, VehicleRule
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
Drawn = dict[Source, list[tuple[int, dict[str, str | None]]]]
REGISTRIES: st.SearchStrategy[Drawn] = st.fixed_dictionaries(
    {source: st.lists(st.tuples(st.integers(0, 1), rows), max_size=4) for source, rows in ROWS.items()}
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RULES, REGISTRIES)
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
