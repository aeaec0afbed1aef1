"""Delivered batch files in the database: taken whole in one transaction or not at all; `sources/files.py` answers from them.

The rows of a large file are put aside first, some thousand at a time (`stage`, `put_aside`), under a delivery that answers
nobody; `take_staged` makes it a delivery like any other in one step, `clear` removes what was not taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID, uuid4

import msgspec

from core.sdk import Conflict, Platform, Transaction
from core.sdk.verification import Source
from plugins.big_data_check.batch_file import Delivery, Manifest
from plugins.big_data_check.matching import Identity, RegistryRecord, plain_name, readable_number

CHUNK = 5000
FAULTY = b""
"""Stands for a row that was left out: whoever is found here is not "without a record"."""


class Taken(msgspec.Struct, frozen=True):
    """A delivery on file. `areas` are the codes it covers, `batch` the request it replies to; `fresh`: it still answers."""

    id: UUID
    source: Source
    as_of: date
    rows: int
    areas: tuple[str, ...]
    sha256: str
    taken_at: datetime
    taken_by: UUID
    fresh: bool
    batch: str
    version: int
    part: int
    parts: int
    sender: str
    left_out: int
    left_out_why: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is kept: `body` encrypted for its place, found by `fingerprint`."""

    place: int
    fingerprint: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery came: kept as `object_sha256`, signed by `sender`; why an officer left rows out."""

    object_sha256: str
    sender: str
    left_out_why: str
    by: UUID
    at: datetime


async def take(tx: Transaction, platform: Platform, delivery: Delivery, receipt: Receipt) -> UUID:
    """Store all of it in this transaction, some thousand rows at a time. Raises Conflict for what came before."""
    delivery_id = uuid4()
    await _enter(tx, delivery_id, delivery, receipt)
    rows = _sealed(platform, delivery_id, delivery)
    while chunk := await asyncio.to_thread(list, islice(rows, CHUNK)):
        await put_aside(tx, delivery_id, chunk)
    return delivery_id


async def put_aside(tx: Transaction, delivery_id: UUID, rows: Sequence[Row]) -> None:
    await tx.execute(
        """INSERT INTO big_data_check_record (tenant_id, delivery_id, place, fingerprint, sealed)
           SELECT $1, $2, r.* FROM unnest($3::int[], $4::bytea[], $5::bytea[]) AS r""",
        tx.tenant,
        delivery_id,
        [row.place for row in rows],
        [row.fingerprint for row in rows],
        [row.body for row in rows],
    )


async def stage(tx: Transaction, delivery_id: UUID, manifest: Manifest, receipt: Receipt) -> None:
    """A delivery that answers nobody yet; once made, nothing more. Raises Conflict for what came before."""
    there = "SELECT true FROM big_data_check_delivery WHERE tenant_id = $1 AND id = $2"
    if not await tx.fetchval(there, tx.tenant, delivery_id):
        await _enter(tx, delivery_id, Delivery(manifest, b"", 0), receipt, staged=True)


async def take_staged(
    tx: Transaction, delivery_id: UUID, manifest: Manifest, receipt: Receipt, counts: tuple[int, int, int]
) -> None:
    """From now on it answers. `counts`: rows taken, left out, and left out without anybody to be recognised.

    Raises Conflict when a newer version came meanwhile.
    """
    await is_next(tx, manifest, but=delivery_id)
    await tx.execute(
        """UPDATE big_data_check_delivery SET staged = false, taken_at = $3, taken_by = $4, sender = $5, left_out_why = $6,
                  rows = $7, left_out = $8, left_out_unknown = $9
           WHERE tenant_id = $1 AND id = $2 AND staged""",
        tx.tenant, delivery_id, receipt.at, receipt.by, receipt.sender, receipt.left_out_why, *counts,
    )  # fmt: skip


async def clear(tx: Transaction, delivery_id: UUID) -> bool:
    """Remove some thousand rows of a delivery; False when there were none left (and one that was never taken is gone)."""
    done = await tx.execute(
        """DELETE FROM big_data_check_record WHERE tenant_id = $1 AND delivery_id = $2 AND place IN
           (SELECT place FROM big_data_check_record WHERE tenant_id = $1 AND delivery_id = $2 ORDER BY place LIMIT $3)""",
        tx.tenant,
        delivery_id,
        CHUNK * 4,
    )
    if done != "DELETE 0":
        return True
    await tx.execute(
        "DELETE FROM big_data_check_delivery WHERE tenant_id = $1 AND id = $2 AND staged",
        tx.tenant,
        delivery_id,
    )
    return False


async def _enter(
    tx: Transaction, delivery_id: UUID, delivery: Delivery, receipt: Receipt, *, staged: bool = False
) -> None:
    manifest = delivery.manifest
    await is_next(tx, manifest)
    unknown = sum(not fingerprints_somebody(identity) for identity in delivery.left_out)
    await tx.execute(
        """INSERT INTO big_data_check_delivery (tenant_id, id, source, as_of, sha256, rows, areas, taken_at, taken_by, batch,
                                                version, part, parts, object_sha256, sender, left_out, left_out_unknown,
                                                left_out_why, staged)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)""",
        tx.tenant,
        delivery_id,
        manifest.source.value,
        manifest.as_of,
        manifest.sha256,
        delivery.rows,
        sorted(set(manifest.areas)),
        receipt.at,
        receipt.by,
        manifest.batch,
        manifest.version,
        manifest.part,
        manifest.parts,
        receipt.object_sha256,
        receipt.sender,
        len(delivery.left_out),
        unknown,
        receipt.left_out_why,
        staged,
    )


async def is_next(tx: Transaction, manifest: Manifest, *, but: UUID | None = None) -> None:
    """Whether a file may be taken after what came before it, `but` its own staged rows. Raises Conflict.

    Locks the source, so that of two files sent at once one is first.
    """
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{tx.tenant}:{manifest.source.value}"
    )
    earlier = await tx.fetch(
        """SELECT sha256, version, part, parts, staged FROM big_data_check_delivery
           WHERE tenant_id = $1 AND source = $2 AND as_of = $4 AND id IS DISTINCT FROM $6
             AND ((batch = $3 AND areas = $5) OR sha256 = $7)""",
        tx.tenant,
        manifest.source.value,
        manifest.batch,
        manifest.as_of,
        sorted(set(manifest.areas)),
        but,
        manifest.sha256,
    )
    slot = (manifest.version, manifest.part)
    if any(
        row["staged"] and ((row["version"], row["part"]) == slot or row["sha256"] == manifest.sha256)
        for row in earlier
    ):
        raise Conflict(
            "同一份数据的另一个文件正在检查，或等着决定要不要导入，这一份没有导入",
            hint="请在“批量文件”页面先办完那一份，或停止它",
        )
    earlier = [row for row in earlier if not row["staged"]]
    if any(row["sha256"] == manifest.sha256 for row in earlier):
        raise Conflict(
            "这份文件已经收过，没有再导入一次", hint="要更正内容，请交付单位重新制作文件和清单，版本加一"
        )
    newest = max((row["version"] for row in earlier), default=0)
    if manifest.version < newest:
        raise Conflict(
            f"已经收过第 {newest} 版，旧的第 {manifest.version} 版不再导入", hint="请核对清单里的版本"
        )
    same = [row for row in earlier if row["version"] == manifest.version]
    if any(row["part"] == manifest.part for row in same):
        raise Conflict(
            f"第 {manifest.version} 版第 {manifest.part} 份已经收过另一份文件，这一份没有导入",
            hint="同一次核对只能有一份结果；要更正，请交付单位把版本加一重新发送",
        )
    if any(row["parts"] != manifest.parts for row in same):
        raise Conflict("这一份写的“共几份”与先收到的不一样，没有导入", hint="请交付单位核对清单后重新发送")


async def listed(tx: Transaction, oldest: date, limit: int = 200) -> list[Taken]:
    """The newest first; `oldest` is the first as-of day that still answers."""
    rows = await tx.fetch(
        """SELECT id, source, as_of, rows, areas, sha256, taken_at, taken_by, batch, version, part, parts, sender, left_out,
                  left_out_why FROM big_data_check_delivery
           WHERE tenant_id = $1 AND NOT staged ORDER BY taken_at DESC, id LIMIT $2""",
        tx.tenant,
        limit,
    )
    return [
        Taken(
            row["id"], Source(row["source"]), row["as_of"], row["rows"], tuple(row["areas"]), row["sha256"],
            row["taken_at"], row["taken_by"], row["as_of"] >= oldest, row["batch"], row["version"], row["part"],
            row["parts"], row["sender"], row["left_out"], row["left_out_why"],
        )
        for row in rows
    ]  # fmt: skip


async def forget(tx: Transaction, platform: Platform, oldest: date, now: datetime) -> list[UUID]:
    """Deliveries that no longer answer are over (PIPL 47): their files go now, their rows by `clear`; that they came stays."""
    rows = await tx.fetch(
        """UPDATE big_data_check_delivery SET forgotten_at = $3
           WHERE tenant_id = $1 AND as_of < $2 AND forgotten_at IS NULL AND NOT staged RETURNING id, object_sha256""",
        tx.tenant,
        oldest,
        now,
    )
    for row in rows:
        if row["object_sha256"]:
            await platform.discard(row["object_sha256"])
    left = await tx.fetch(
        """SELECT d.id FROM big_data_check_delivery d WHERE d.tenant_id = $1 AND d.forgotten_at IS NOT NULL AND EXISTS
           (SELECT FROM big_data_check_record r WHERE r.tenant_id = $1 AND r.delivery_id = d.id)""",
        tx.tenant,
    )
    return [row["id"] for row in left]


def oldest_fresh(today: date, max_age_days: int) -> date:
    return today - timedelta(days=max_age_days)


def _sealed(platform: Platform, delivery_id: UUID, delivery: Delivery) -> Iterator[Row]:
    """Every record with the digest it is found by; behind them the rows left out, as far as it is known whose they are."""
    place = 0
    for record in delivery.records:
        place += 1
        yield good_row(platform, delivery_id, place, record)
    for identity in delivery.left_out:
        if fingerprints_somebody(identity):
            place += 1
            yield faulty_row(platform, place, identity)


def good_row(platform: Platform, delivery_id: UUID, place: int, record: RegistryRecord) -> Row:
    body = platform.seal(msgspec.json.encode(record), about(delivery_id, place))
    return Row(place, _fingerprint(platform, record.identity), body)


def faulty_row(platform: Platform, place: int, identity: Identity) -> Row:
    """Stands for a row that is left out: whoever it may be about is found, and nothing of what it said."""
    return Row(place, _fingerprint(platform, identity), FAULTY)


def fingerprints_somebody(identity: Identity) -> bool:
    return bool(readable_number(identity.id_number) or plain_name(identity.name))


def _fingerprint(platform: Platform, identity: Identity) -> bytes:
    """Of the ID number, or of the name where no number can be read."""
    number = readable_number(identity.id_number)
    if number:
        return platform.fingerprint("id_number", number)
    return platform.fingerprint("name", plain_name(identity.name))


def about(delivery_id: UUID, place: int) -> bytes:
    return delivery_id.bytes + place.to_bytes(4, "big")
