"""registry/<source>.parquet: the rows of the files that speak for somebody on the rolls, some thousand at a time.

Where several are used, a file's rows of people another one speaks for are left behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from core.sdk import Platform
from core.sdk.verification import Source
from plugins.big_data_check import parquet
from plugins.big_data_check.bulk.answering import Answering, Owners
from plugins.big_data_check.bulk.registers import fields_of, schema_of
from plugins.big_data_check.deliveries import FAULTY, about
from plugins.big_data_check.matching import RegistryRecord
from plugins.big_data_check.snapshots import Inbox
from plugins.big_data_check.tables import IN_PIECES

CHUNK = 5000
AT_ONCE = 65536
Copied = Callable[[int], Awaitable[None]]
"""Told of so many rows more."""


async def copy(
    platform: Platform, inbox: Inbox, answering: Answering, used: Sequence[int], owners: Owners | None, path: Path,
    copied: Copied,
) -> int:  # fmt: skip
    """How many rows there are in it. Raises pa.ArrowException, KeyError, ValueError, OSError where a file cannot be read."""
    schema, rows = schema_of(answering.source), 0
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as out:
        for place in used:
            file = answering.files[place]
            tables = (
                _snapshot(inbox, answering.source)
                if file.manifest
                else _delivered(platform, schema, file.series.ids)
            )
            async for table in tables:
                mine = table if owners is None else await asyncio.to_thread(_mine, table, owners, place)
                await asyncio.to_thread(out.write_table, mine)
                rows += mine.num_rows
                await copied(table.num_rows)
    unfinished.rename(path)
    return rows


def _mine(table: pa.Table, owners: Owners, place: int) -> pa.Table:
    whose = zip(table["id_number"].to_pylist(), table["name"].to_pylist(), strict=True)
    return table.filter(pa.array([owners.keeps(place, number or "", name or "") for number, name in whose]))


async def _snapshot(inbox: Inbox, source: Source) -> AsyncIterator[pa.Table]:
    """With the columns and types of the vocabulary; what it lacks stays empty."""
    batches = _batches(inbox, source)
    try:
        while (table := await asyncio.to_thread(next, batches, None)) is not None:
            yield table
    finally:
        batches.close()


def _batches(inbox: Inbox, source: Source) -> Generator[pa.Table]:
    schema = schema_of(source)
    with inbox.opened(source) as given:
        if given is None:
            raise OSError("the snapshot is gone")
        file = parquet.opened(given, size=IN_PIECES.unpacked)
        required = {f.key for f in fields_of(source) if f.required}
        if missing := required - set(file.names):
            raise KeyError(", ".join(sorted(missing)))
        for batch in file.batches(AT_ONCE, [f.name for f in schema if f.name in file.names]):
            columns = [
                batch.column(f.name).cast(f.type)
                if f.name in batch.schema.names
                else pa.nulls(len(batch), f.type)
                for f in schema
            ]
            yield pa.Table.from_arrays(columns, schema=schema)


async def _delivered(
    platform: Platform, schema: pa.Schema, deliveries: Sequence[UUID]
) -> AsyncIterator[pa.Table]:
    """Opened; rows that were left out are none (`answering.left_out` knows whose). A transaction for each chunk."""
    for delivery in deliveries:
        place = 0
        while True:
            async with platform.transaction() as tx:
                rows = await tx.fetch(
                    """SELECT place, sealed FROM big_data_check_record
                       WHERE tenant_id = $1 AND delivery_id = $2 AND place > $3 ORDER BY place LIMIT $4""",
                    tx.tenant,
                    delivery,
                    place,
                    CHUNK,
                )
            if not rows:
                break
            place = rows[-1]["place"]
            yield await asyncio.to_thread(_opened, platform, schema, delivery, rows)


def _opened(platform: Platform, schema: pa.Schema, delivery: UUID, rows: Sequence[Any]) -> pa.Table:
    records = [
        msgspec.json.decode(
            platform.unseal(bytes(row["sealed"]), about(delivery, row["place"])), type=RegistryRecord
        )
        for row in rows
        if bytes(row["sealed"]) != FAULTY
    ]
    return pa.Table.from_pylist([_typed(schema, record) for record in records], schema=schema)


def _typed(schema: pa.Schema, record: RegistryRecord) -> dict[str, Any]:
    identity = record.identity
    told: dict[str, Any] = {
        **record.values, "id_number": identity.id_number or None, "name": identity.name,
        "birth_date": identity.birth_date, "area_code": identity.area_code or None,
    }  # fmt: skip
    return {field.name: _value(field.type, told.get(field.name)) for field in schema}


def _value(kind: pa.DataType, value: Any) -> Any:
    if value in (None, ""):
        return None
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_date(kind) and isinstance(value, str):
        return date.fromisoformat(value)
    return value
