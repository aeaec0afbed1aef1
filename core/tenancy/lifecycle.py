"""Everything a tenant has, out of the house as one file: each of its tables as JSON lines, its objects, and a manifest.

    manifest.json                  tenant, when, what was exported: rows and SHA-256 of every part
    tables/household.jsonl         one row a line, by primary key; binary columns as hex (`\\\\x…`)
    evidence/<sha256>              photographs and papers, where an object store was handed in
    objects/<sha256>               whatever else the store holds of the tenant: papers of complaints, reports, deliveries

What is encrypted stays encrypted: without the installation's keys the file tells nothing of a household.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from core.problems import Conflict, NotFound
from core.storage.database import Transaction
from core.storage.objects import ObjectStore
from core.tenancy.tenants import Tenant

FORMAT = 1
_ROWS_AT_ONCE = 500


class Part(msgspec.Struct, frozen=True):
    """One file of the export. `rows` is 0 for evidence and other objects."""

    file: str
    sha256: str
    size: int
    rows: int = 0


class Manifest(msgspec.Struct, frozen=True):
    format: int
    tenant_id: str
    code: str
    name: str
    exported_at: datetime
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    key: tuple[str, ...]


async def export(
    tx: Transaction, tenant: Tenant, file: Path, now: datetime, objects: ObjectStore | None = None
) -> Manifest:
    """Write the zip and say what is in it. `tx` is the tenant's. Raises Conflict when the file is already there, NotFound
    when evidence that is listed is gone from the store.

    One transaction sees one moment: set it to repeatable read before, where others go on working.
    """
    parts = []
    with _new_archive(file) as archive:
        for table in await _tables(tx):
            parts.append(await _write(archive, f"tables/{table.name}.jsonl", _rows(tx, table)))
        if objects is not None:
            listed = await _evidence(tx)
            for sha256 in listed:
                data = await objects.get(tenant.id, sha256)
                parts.append(await _write(archive, f"evidence/{sha256}", _whole(data)))
            parts += await _others(archive, objects, tenant, frozenset(listed))
        manifest = Manifest(FORMAT, str(tenant.id), tenant.code, tenant.name, now, tuple(parts))
        archive.writestr("manifest.json", msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def verify(file: Path) -> tuple[Manifest, list[str]]:
    """The manifest of an export, and every part whose content is not what the manifest says."""
    with zipfile.ZipFile(file) as archive:
        manifest = msgspec.json.decode(archive.read("manifest.json"), type=Manifest)
        names = set(archive.namelist()) - {"manifest.json"}
        wrong = sorted(names - {part.file for part in manifest.parts})
        for part in manifest.parts:
            if part.file not in names or hashlib.sha256(archive.read(part.file)).hexdigest() != part.sha256:
                wrong.append(part.file)
    return manifest, wrong


@contextmanager
def _new_archive(file: Path) -> Iterator[zipfile.ZipFile]:
    """A zip that is there only when it is whole."""
    if file.exists():
        raise Conflict(f"文件 {file} 已经存在", hint="请换一个文件名。")
    unfinished = file.with_name(file.name + ".part")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            yield archive
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


async def _tables(tx: Transaction) -> list[_Table]:
    """Every table under forced row-level security with a `tenant_id`: plugins' tables as well, by the catalogue."""
    rows = await tx.fetch(
        """SELECT c.relname AS name,
                  (SELECT array_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum))
                   FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
                   WHERE i.indrelid = c.oid AND i.indisprimary)::text[] AS key
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relforcerowsecurity
             AND has_table_privilege(c.oid, 'SELECT')
             AND EXISTS (SELECT FROM pg_attribute a
                         WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
           ORDER BY c.relname"""
    )
    return [_Table(row["name"], tuple(row["key"] or ("tenant_id",))) for row in rows]


async def _rows(tx: Transaction, table: _Table) -> AsyncIterator[bytes]:
    order = ", ".join(f'"{column}"' for column in table.key)
    statement = (
        f'SELECT to_json(t)::text AS row FROM "{table.name}" AS t WHERE tenant_id = $1 ORDER BY {order}'  # noqa: S608
    )
    async with tx.exclusive():
        cursor: Any = await tx.connection.cursor(statement, tx.tenant)
        while batch := await cursor.fetch(_ROWS_AT_ONCE):
            for row in batch:
                yield row["row"].encode() + b"\n"


async def _evidence(tx: Transaction) -> list[str]:
    rows = await tx.fetch("SELECT sha256 FROM evidence WHERE tenant_id = $1 ORDER BY sha256", tx.tenant)
    return [row["sha256"] for row in rows]


async def _others(
    archive: zipfile.ZipFile, objects: ObjectStore, tenant: Tenant, written: frozenset[str]
) -> list[Part]:
    """What the store has beside the evidence; what was discarded since it was listed is not the tenant's any more."""
    parts = []
    for sha256 in await objects.names(tenant.id):
        if sha256 in written:
            continue
        try:
            data = await objects.get(tenant.id, sha256)
        except NotFound:
            continue
        parts.append(await _write(archive, f"objects/{sha256}", _whole(data)))
    return parts


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _write(archive: zipfile.ZipFile, name: str, chunks: AsyncIterator[bytes]) -> Part:
    digest, size, rows = hashlib.sha256(), 0, 0
    with archive.open(name, "w", force_zip64=True) as out:
        async for chunk in chunks:
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            rows += 1
    return Part(name, digest.hexdigest(), size, rows if name.startswith("tables/") else 0)
