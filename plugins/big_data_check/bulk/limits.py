"""A district's limits as one row of a table, so that one expression serves a district and a province alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from core.sdk.verification import ParameterSet
from plugins.big_data_check.bulk.boxes import boxes
from plugins.big_data_check.bulk.registers import MONEY

HEADS = pa.decimal128(18, 6)
COMMON = (
    ("district", pa.string()),
    ("standard", MONEY),
    ("basic_pension_counts", pa.bool_()),
    ("tax_year", pa.int64()),
)
"""What every district has; the columns of `boxes.py` follow, as many as the districts' tables need together."""
_TYPES = {"looks": pa.bool_(), "is": pa.bool_(), "in": pa.int64()}


def limits_row(district: str, parameters: ParameterSet, today: date) -> Mapping[str, Any]:
    """`district`: six digits. `tax_year` is the last full year."""
    return {
        "district": district,
        "standard": parameters.standard,
        "basic_pension_counts": not parameters.income.basic_pension_exempt_on(today),
        "tax_year": today.year - 1,
        **boxes(parameters),
    }


def limits_table(rows: list[Mapping[str, Any]]) -> pa.Table:
    """Columns in the same order whatever the order of the districts. Amounts have the places of their type: bounds have no more."""
    schema = pa.schema([*COMMON, *((name, _type(name)) for name in _asked(rows))])
    return pa.Table.from_pylist(
        [{name: _placed(value, schema.field(name).type) for name, value in row.items()} for row in rows],
        schema=schema,
    )


def _asked(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    common = {name for name, _ in COMMON}
    return sorted({name for row in rows for name in row} - common, key=_place)


def _place(name: str) -> tuple[str, int, str]:
    kind, number, *rest = name.split("_", 2)
    return kind, int(number), "".join(rest)


def _type(name: str) -> pa.DataType:
    figure, _, test = name.rpartition("_")
    return _TYPES.get(test, HEADS if figure.endswith("_head") else MONEY)


def _placed(value: Any, kind: pa.DataType) -> Any:
    return value.quantize(Decimal(1).scaleb(-kind.scale)) if isinstance(value, Decimal) else value
