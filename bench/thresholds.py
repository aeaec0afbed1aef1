"""The short forms' thresholds as one row a district: what the hand-written rivals go by, where ours go by decision tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from core.sdk.verification import ParameterSet
from plugins.big_data_check.bulk.registers import MONEY

SCHEMA = pa.schema(
    [
        ("district", pa.string()),
        ("standard", MONEY),
        ("vehicle", pa.bool_()),
        ("vehicle_at_least", MONEY),
        ("vehicle_more_than", MONEY),
        ("vehicle_kinds", pa.string()),
        ("vehicle_aid_exempt", pa.bool_()),
        ("deposits_household", MONEY),
        ("deposits_months", pa.int64()),
        ("housing_commercial", pa.bool_()),
        ("housing_shops", pa.bool_()),
        ("housing_small", MONEY),
        ("entity_when", pa.string()),
        ("entity_profit_limit", MONEY),
        ("payroll", pa.bool_()),
        ("payroll_state_enterprise", MONEY),
        ("basic_pension_counts", pa.bool_()),
        ("tax_year", pa.int64()),
    ]
)
"""`vehicle_kinds` is `,car,vessel,` or empty; `entity_profit_limit` is yuan a year; empty amounts are no limit."""


def thresholds_row(district: str, parameters: ParameterSet, today: date) -> Mapping[str, Any]:
    """`district`: six digits. `tax_year` is the last full year."""
    haves = parameters.five_haves
    vehicle, deposits, housing, entity = haves.vehicle, haves.deposits, haves.housing, haves.entity
    return {
        "district": district,
        "standard": parameters.standard,
        "vehicle": vehicle is not None,
        "vehicle_at_least": vehicle.at_least if vehicle else None,
        "vehicle_more_than": vehicle.more_than if vehicle else None,
        "vehicle_kinds": "".join(f",{kind.value}" for kind in vehicle.any_of) + ","
        if vehicle and vehicle.any_of
        else "",
        "vehicle_aid_exempt": bool(vehicle and vehicle.disability_aid_exempt),
        "deposits_household": deposits.household_at_least if deposits else None,
        "deposits_months": deposits.per_person_months if deposits else None,
        "housing_commercial": bool(housing and housing.commercial),
        "housing_shops": bool(housing and housing.shops),
        "housing_small": housing.small_per_person if housing else None,
        "entity_when": entity.when if entity else "",
        "entity_profit_limit": (entity.profit_months if entity else Decimal(0)) * parameters.standard,
        "payroll": bool(haves.payroll and haves.payroll.members),
        "payroll_state_enterprise": haves.payroll.state_enterprise_at_least if haves.payroll else None,
        "basic_pension_counts": not parameters.income.basic_pension_exempt_on(today),
        "tax_year": today.year - 1,
    }


def thresholds_table(rows: list[Mapping[str, Any]]) -> pa.Table:
    """Amounts are rounded to the fen: limits in configuration have no more places than that."""
    return pa.Table.from_pylist([{k: _fen(v) for k, v in row.items()} for row in rows], schema=SCHEMA)


def _fen(value: Any) -> Any:
    return value.quantize(Decimal("0.01")) if isinstance(value, Decimal) else value
