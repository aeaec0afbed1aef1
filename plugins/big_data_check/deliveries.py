"""Delivered batch files in the database: taken whole in one transaction or not at all, looked up by keyed digest.

A person is answered from the newest delivery that covers their village; older than `max_age_days` it no longer answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.sdk import Conflict, Platform, Transaction
from core.sdk.verification import Source
from plugins.big_data_check.batch_file import Delivery, Manifest, read
from plugins.big_data_check.matching import RegistryRecord, plain_name, readable_number
from plugins.big_data_check.sources import Answer, Found, NoData, Question, Silent

_CHUNK = 5000


class Taken(msgspec.Struct, frozen=True):
    """A delivery on file. `areas` are the codes it covers; `fresh` tells whether it still answers."""

    id: UUID
    source: Source
    as_of: date
    rows: int
    areas: tuple[str, ...]
    sha256: str
    taken_at: datetime
    taken_by: UUID
    fresh: bool


@dataclass(frozen=True, slots=True)
class _Sealed:
    place: int
    fingerprint: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery read and sealed, ready to be stored."""

    id: UUID
    manifest: Manifest
    rows: Sequence[_Sealed]


async def prepared(platform: Platform, manifest: Manifest, data: bytes) -> Prepared:
    """Read and seal a delivery, outside any transaction. Raises BrokenDelivery: then there is nothing to store."""
    delivery_id = uuid4()
    delivery = await asyncio.to_thread(read, manifest, data)
    rows = await asyncio.to_thread(_sealed, platform, delivery_id, delivery)
    return Prepared(delivery_id, manifest, rows)


async def take(tx: Transaction, delivery: Prepared, by: UUID, now: datetime) -> None:
    """Store all of it in this transaction. Raises Conflict when the same file came before."""
    manifest = delivery.manifest
    added = await tx.fetchval(
        """INSERT INTO big_data_check_delivery (tenant_id, id, source, as_of, sha256, rows, areas, taken_at, taken_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           ON CONFLICT (tenant_id, source, sha256, as_of) DO NOTHING RETURNING true""",
        tx.tenant,
        delivery.id,
        manifest.source.value,
        manifest.as_of,
        manifest.sha256,
        len(delivery.rows),
        list(manifest.areas),
        now,
        by,
    )
    if not added:
        raise Conflict("这份文件已经收过，没有再导入一次", hint="要更正内容，请交付单位重新制作文件和清单")
    for chunk in _chunks(delivery.rows):
        await tx.execute(
            """INSERT INTO big_data_check_record (tenant_id, delivery_id, place, fingerprint, sealed)
               SELECT $1, $2, r.* FROM unnest($3::int[], $4::bytea[], $5::bytea[]) AS r""",
            tx.tenant,
            delivery.id,
            [row.place for row in chunk],
            [row.fingerprint for row in chunk],
            [row.body for row in chunk],
        )


async def listed(tx: Transaction, oldest: date, limit: int = 200) -> list[Taken]:
    """The newest first; `oldest` is the first as-of day that still answers."""
    rows = await tx.fetch(
        """SELECT id, source, as_of, rows, areas, sha256, taken_at, taken_by FROM big_data_check_delivery
           WHERE tenant_id = $1 ORDER BY taken_at DESC, id LIMIT $2""",
        tx.tenant,
        limit,
    )
    return [
        Taken(
            row["id"], Source(row["source"]), row["as_of"], row["rows"], tuple(row["areas"]), row["sha256"],
            row["taken_at"], row["taken_by"], row["as_of"] >= oldest,
        )
        for row in rows
    ]  # fmt: skip


async def forget(tx: Transaction, oldest: date, now: datetime) -> int:
    """Remove the records of deliveries that no longer answer (PIPL 47); that they were delivered stays on file."""
    rows = await tx.fetch(
        """UPDATE big_data_check_delivery SET forgotten_at = $3
           WHERE tenant_id = $1 AND as_of < $2 AND forgotten_at IS NULL RETURNING id""",
        tx.tenant,
        oldest,
        now,
    )
    await tx.execute(
        "DELETE FROM big_data_check_record WHERE tenant_id = $1 AND delivery_id = ANY($2)",
        tx.tenant,
        [row["id"] for row in rows],
    )
    return len(rows)


class FileSource:
    """Answers from delivered files. One look-up at a time: it needs a connection each."""

    def __init__(self, platform: Platform, today: date, max_age_days: int) -> None:
        self._platform = platform
        self._today = today
        self._oldest = oldest_fresh(today, max_age_days)
        self._turn = asyncio.Lock()

    async def ask(self, question: Question) -> Answer:
        async with self._turn, self._platform.transaction() as tx:
            fresh = await self._fresh(tx, question.source)
            if not fresh:
                return Silent("还没有收到有效期内的批量文件")
            village = question.wanted.area_code
            covering = next((d for d in fresh if any(village.startswith(a) for a in d["areas"])), None)
            if covering is None:
                return NoData("收到的批量文件不包括这个地区")
            return Found(covering["as_of"], await self._records(tx, covering["id"], question))

    async def _fresh(self, tx: Transaction, source: Source) -> Sequence[Any]:
        return await tx.fetch(
            """SELECT id, as_of, areas FROM big_data_check_delivery
               WHERE tenant_id = $1 AND source = $2 AND as_of BETWEEN $3 AND $4 AND forgotten_at IS NULL
               ORDER BY as_of DESC, taken_at DESC""",
            tx.tenant,
            source.value,
            self._oldest,
            self._today,
        )

    async def _records(self, tx: Transaction, delivery: UUID, question: Question) -> list[RegistryRecord]:
        wanted = question.wanted
        keys = [
            self._platform.fingerprint("id_number", readable_number(wanted.id_number)),
            self._platform.fingerprint("name", plain_name(wanted.name)),
        ]
        rows = await tx.fetch(
            """SELECT place, sealed FROM big_data_check_record
               WHERE tenant_id = $1 AND delivery_id = $2 AND fingerprint = ANY($3) ORDER BY place""",
            tx.tenant,
            delivery,
            keys,
        )
        return [
            msgspec.json.decode(
                self._platform.unseal(bytes(row["sealed"]), _about(delivery, row["place"])),
                type=RegistryRecord,
            )
            for row in rows
        ]


def oldest_fresh(today: date, max_age_days: int) -> date:
    return today - timedelta(days=max_age_days)


def _sealed(platform: Platform, delivery_id: UUID, delivery: Delivery) -> list[_Sealed]:
    """Every record with the digest it is found by: the ID number's, or the name's where no number can be read."""
    found = []
    for place, record in enumerate(delivery.records, 1):
        number = readable_number(record.identity.id_number)
        fingerprint = (
            platform.fingerprint("id_number", number)
            if number
            else platform.fingerprint("name", plain_name(record.identity.name))
        )
        body = platform.seal(msgspec.json.encode(record), _about(delivery_id, place))
        found.append(_Sealed(place, fingerprint, body))
    return found


def _about(delivery_id: UUID, place: int) -> bytes:
    return delivery_id.bytes + place.to_bytes(4, "big")


def _chunks(rows: Sequence[_Sealed]) -> Iterator[Sequence[_Sealed]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]
