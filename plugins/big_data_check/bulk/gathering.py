"""What a run works on, gathered into its folder: the people on the rolls who signed for it, and what was delivered.

Sources come as Parquet snapshots put into the inbox (`snapshots.py`), or else from the newest batch file delivered to the
district. The folder is readable to the worker's account only, and removed when the run is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from core.sdk import NotFound, OnRolls, Platform, PluginContext, Transaction, local_date
from core.sdk.household import district
from core.sdk.verification import Source, parse
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.bulk.limits import limits_row, limits_table
from plugins.big_data_check.bulk.registers import BITS, PEOPLE, fields_of, schema_of
from plugins.big_data_check.bulk.store import Problem
from plugins.big_data_check.deliveries import FAULTY, about, oldest_fresh
from plugins.big_data_check.matching import RegistryRecord
from plugins.big_data_check.opening import permission_of
from plugins.big_data_check.snapshots import Refused, snapshot_of

CHUNK = 500
NOT_SIGNED = "没有有效的核对授权，没有查询"
NO_CASE = "没有在办的卷宗（多为导入的存量户），没有查询；请先为这户立案"


async def people(context: PluginContext, platform: Platform, folder: Path) -> tuple[int, tuple[Problem, ...]]:
    """people.parquet and limits.parquet. Who did not sign is left out, and counted. How many are checked."""
    today, rows, refused = local_date(context.now), list[dict[str, Any]](), dict[str, int]()
    limits: Mapping[str, Any] | None = None
    async with platform.transaction() as tx:
        async for entry in platform.on_rolls(tx):
            if entry.case_id is None:
                refused[NO_CASE] = refused.get(NO_CASE, 0) + len(entry.household.members)
                continue
            try:
                situation = await platform.situation(tx, entry.case_id)
            except NotFound:
                continue
            allowed = permission_of(situation, today).may
            if limits is None:
                limits = limits_row(context.district[:6], district(situation.view).parameters(today), today)
            unsigned = sum(1 for m in entry.household.members if m.person.id not in allowed)
            if unsigned:
                refused[NOT_SIGNED] = refused.get(NOT_SIGNED, 0) + unsigned
            rows += _persons(entry, allowed, len(rows))
    await asyncio.to_thread(_write, folder, rows, limits)
    return len(rows), tuple(Problem("在保名册", count, why) for why, count in refused.items())


def _persons(entry: OnRolls, allowed: Mapping[UUID, frozenset[Source]], first: int) -> list[dict[str, Any]]:
    household = entry.household
    asked = [m.person for m in household.members if m.person.id in allowed]
    return [
        {
            "pid": first + place, "hid": first, "person_id": str(person.id), "household_id": str(household.id),
            "case_id": str(entry.case_id), "area_code": household.area_code,
            "number": parse(person.private.id_number).number, "name": person.name,
            "born": person.private.birth_date, "persons": len(household.members),
            "allowed": sum(BITS[source] for source in allowed[person.id]),
        }
        for place, person in enumerate(asked)
    ]  # fmt: skip


def _write(folder: Path, rows: list[dict[str, Any]], limits: Mapping[str, Any] | None) -> None:
    pq.write_table(limits_table([limits] if limits else []), folder / "limits.parquet")
    _whole(pa.Table.from_pylist(rows, schema=PEOPLE), folder / "people.parquet")


async def registries(
    context: PluginContext, platform: Platform, folder: Path
) -> tuple[int, tuple[Problem, ...]]:
    """registry/<source>.parquet for every source there is data of. Rows in all, and what is missing or broken."""
    (folder / "registry").mkdir(exist_ok=True)
    config, rows, problems = config_of(context), 0, list[Problem]()
    oldest = oldest_fresh(local_date(context.now), config.files.max_age_days)
    for source in Source:
        path = folder / "registry" / f"{source.value}.parquet"
        try:
            found = await asyncio.to_thread(_snapshot, platform, source, path, config.files.encrypted)
            if found is None:
                found = await _delivered(platform, source, path, oldest)
        except Refused as refused:
            found = 0
            problems.append(Problem(source.label, 0, str(refused)))
        except (pa.ArrowException, ValueError, KeyError, OSError):
            found = 0
            problems.append(Problem(source.label, 0, "快照文件损坏，或列和类型不对，没有使用；请重新交付"))
        else:
            if found is None:
                problems.append(Problem(source.label, 0, "没有有效期内的数据，这个来源没有核对"))
        rows += found or 0
    return rows, tuple(problems)


def _snapshot(platform: Platform, source: Source, path: Path, only_encrypted: bool) -> int | None:
    """A Parquet file as delivered, with the columns and types of the vocabulary; what it lacks stays empty. None: there is none.

    Raises pa.ArrowException or KeyError for a file that cannot be read so: nothing of it is used.
    """
    with snapshot_of(platform, source, only_encrypted=only_encrypted) as given:
        return None if given is None else _written(pq.ParquetFile(pa.PythonFile(given, "r")), path, source)


def _written(file: pq.ParquetFile, path: Path, source: Source) -> int:
    schema = schema_of(source)
    required = {f.key for f in fields_of(source) if f.required}
    if missing := required - set(file.schema_arrow.names):
        raise KeyError(", ".join(sorted(missing)))
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as out:
        for batch in file.iter_batches():
            columns = [
                batch.column(f.name).cast(f.type)
                if f.name in batch.schema.names
                else pa.nulls(len(batch), f.type)
                for f in schema
            ]
            out.write_batch(pa.record_batch(columns, schema=schema))
    unfinished.rename(path)
    return int(file.metadata.num_rows)


async def _delivered(platform: Platform, source: Source, path: Path, oldest: date) -> int | None:
    """The rows of the newest whole delivery, opened; None where nothing fresh came. A chunk at a time."""
    async with platform.transaction() as tx:
        deliveries = await _newest(tx, source, oldest)
        if not deliveries:
            return None
        schema, rows = schema_of(source), 0
        unfinished = path.with_suffix(".unfinished")
        with pq.ParquetWriter(unfinished, schema, compression="zstd") as out:
            async for chunk in _records(tx, platform, deliveries):
                out.write_table(pa.Table.from_pylist([_typed(schema, r) for r in chunk], schema=schema))
                rows += len(chunk)
        unfinished.rename(path)
        return rows


async def _newest(tx: Transaction, source: Source, oldest: date) -> Sequence[UUID]:
    """All parts of the newest version of the newest full delivery; replies to single batch requests do not cover the rolls."""
    rows = await tx.fetch(
        """SELECT id, as_of, areas, version, part, parts FROM big_data_check_delivery
           WHERE tenant_id = $1 AND source = $2 AND as_of >= $3 AND forgotten_at IS NULL AND batch = ''
             AND NOT staged
           ORDER BY as_of DESC, version DESC, part""",
        tx.tenant,
        source.value,
        oldest,
    )
    series: dict[Any, list[Any]] = {}
    for row in rows:
        series.setdefault((row["as_of"], tuple(row["areas"]), row["version"]), []).append(row)
    for parts in series.values():
        if len({row["part"] for row in parts}) == parts[0]["parts"]:
            return [row["id"] for row in parts]
    return []


async def _records(
    tx: Transaction, platform: Platform, deliveries: Sequence[UUID]
) -> AsyncIterator[list[RegistryRecord]]:
    for delivery in deliveries:
        place = 0
        while True:
            rows = await tx.fetch(
                """SELECT place, sealed FROM big_data_check_record
                   WHERE tenant_id = $1 AND delivery_id = $2 AND place > $3 ORDER BY place LIMIT $4""",
                tx.tenant,
                delivery,
                place,
                CHUNK * 10,
            )
            if not rows:
                break
            place = rows[-1]["place"]
            yield await asyncio.to_thread(_opened, platform, delivery, rows)


def _opened(platform: Platform, delivery: UUID, rows: Sequence[Any]) -> list[RegistryRecord]:
    return [
        msgspec.json.decode(
            platform.unseal(bytes(row["sealed"]), about(delivery, row["place"])), type=RegistryRecord
        )
        for row in rows
        if bytes(row["sealed"]) != FAULTY
    ]


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


def _whole(table: pa.Table, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(table, unfinished)
    unfinished.rename(path)
