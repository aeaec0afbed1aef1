"""Many districts out of one: every row of a prepared district copied under other tenants' ids, by SQL.

Sealed columns are sealed anew with each district's own key, names differ, procedure and rules are the province's: as in
an installation where most districts follow their province. Ids and session tokens are the same in every district.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from core.settings import Keyring
from core.storage.crypto import FieldCipher

FIRST_CODE = 100_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted column: the columns of its row's key, and what its content is bound to."""

    table: str
    column: str
    key: tuple[str, ...]
    bound_to: Callable[[Any], bytes]


SEALED = (
    Sealed("person", "private", ("id",), lambda row: row["id"].bytes),
    Sealed("household", "private", ("id",), lambda row: row["id"].bytes),
    Sealed(
        "process_record", "body", ("process_id", "seq", "position"),
        lambda row: row["process_id"].bytes + row["seq"].to_bytes(4, "big") + row["position"].to_bytes(2, "big"),
    ),
)  # fmt: skip
"""Every table with sealed columns that a prepared district has rows in."""


async def multiply(url: str, keys: Keyring, source: UUID, total: int) -> list[str]:
    """Make districts until there are `total` with the source; their codes. `url` signs in as superuser."""
    made = {uuid4(): f"{FIRST_CODE + n}" for n in range(total - 1)}
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            # Rows come complete from a database that has checked them; foreign keys need not be checked 3,000 times.
            await connection.execute("SET LOCAL session_replication_role = replica")
            await _tenants(connection, source, made)
            for table in await _tables(connection):
                await _copy(connection, table, source, list(made))
            for sealed in SEALED:
                await _seal(connection, FieldCipher(keys), sealed, source, list(made))
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return list(made.values())


async def _tenants(connection: Any, source: UUID, made: dict[UUID, str]) -> None:
    await connection.execute(
        """INSERT INTO tenant (id, code, name, kind, status, parent_id, created_at)
           SELECT m.id, m.code, '区县' || m.code, s.kind, s.status, s.parent_id, s.created_at
           FROM unnest($2::uuid[], $3::text[]) AS m (id, code), tenant s WHERE s.id = $1""",
        source, list(made), list(made.values()),
    )  # fmt: skip


async def _tables(connection: Any) -> list[str]:
    rows = await connection.fetch(
        """SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relforcerowsecurity ORDER BY 1"""
    )
    return [row["name"] for row in rows]


async def _copy(connection: Any, table: str, source: UUID, made: list[UUID]) -> None:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
        table,
    )
    columns = [f'"{row["attname"]}"' for row in rows if row["attname"] != "tenant_id"]
    values = [_value(table, column) for column in columns]
    await connection.execute(
        f"INSERT INTO {table} (tenant_id, {', '.join(columns)}) SELECT m.id, {', '.join(values)} "
        f"FROM {table} s, unnest($2::uuid[]) AS m (id) WHERE s.tenant_id = $1 ORDER BY m.id",
        source, made,
    )  # fmt: skip


def _value(table: str, column: str) -> str:
    """Each district's settings differ in what every district's do."""
    if (table, column) == ("config_version", '"sections"'):
        return """regexp_replace(s.sections, '"office_name":"[^"]*', '\\& ' || m.id)"""
    return f"s.{column}"


async def _seal(
    connection: Any, cipher: FieldCipher, sealed: Sealed, source: UUID, made: Iterable[UUID]
) -> None:
    key = ", ".join(sealed.key)
    rows = await connection.fetch(
        f"SELECT {key}, {sealed.column} AS body FROM {sealed.table} WHERE tenant_id = $1", source
    )
    plain = [
        (row, sealed.bound_to(row), cipher.decrypt(source, row["body"], sealed.bound_to(row))) for row in rows
    ]
    matched = " AND ".join(f"t.{name} = f.{name}" for name in sealed.key)
    temporary = f"fresh_{sealed.table}"
    await connection.execute(
        f"CREATE TEMP TABLE {temporary} ON COMMIT DROP AS SELECT tenant_id, {key}, {sealed.column} FROM {sealed.table} LIMIT 0"
    )
    await connection.copy_records_to_table(
        temporary,
        records=[
            (tenant, *(row[name] for name in sealed.key), cipher.encrypt(tenant, body, about))
            for tenant in made
            for row, about, body in plain
        ],
    )
    await connection.execute(
        f"UPDATE {sealed.table} t SET {sealed.column} = f.{sealed.column} FROM {temporary} f "
        f"WHERE t.tenant_id = f.tenant_id AND {matched}"
    )
