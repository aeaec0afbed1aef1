"""The shapes of what goes in: the rolls, the districts' limits, and one table for each source, typed after the vocabulary."""

from __future__ import annotations

import pyarrow as pa

from core.sdk.verification import Source
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY, Field

MONEY = pa.decimal128(14, 2)
_TYPES: dict[str, pa.DataType] = {"money": MONEY, "number": MONEY, "date": pa.date32()}

PEOPLE = pa.schema(
    [
        ("pid", pa.int64()),
        ("hid", pa.int64()),
        ("person_id", pa.string()),
        ("household_id", pa.string()),
        ("case_id", pa.string()),
        ("area_code", pa.string()),
        ("number", pa.string()),
        ("name", pa.string()),
        ("born", pa.date32()),
        ("persons", pa.int64()),
        ("allowed", pa.int64()),
    ]
)
"""`pid`, `hid` number persons and households within one run; `number` is valid and has 18 characters; `persons` counts
the household, also those who are not asked about; `allowed` has a bit for each source the person signed for."""

BITS = {source: 1 << place for place, source in enumerate(Source)}
ALL_SOURCES = sum(BITS.values())


def fields_of(source: Source) -> tuple[Field, ...]:
    """Identity first, then what the source tells."""
    return (*IDENTITY, *FIELDS[source])


def schema_of(source: Source) -> pa.Schema:
    """A registry snapshot. Money and numbers are exact; what a department left empty is null."""
    return pa.schema([(f.key, _TYPES.get(f.kind, pa.string())) for f in fields_of(source)])
