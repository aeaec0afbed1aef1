"""Many villages out of one: every row of a prepared village copied under other ids within its district, by SQL.

What a vote reads is as in the first village (people, accounts, kinship, round, cases, session); sealed columns of persons and
households are copied as they are and cannot be opened, which no vote does.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import md5, sha256
from typing import Any
from uuid import UUID

import asyncpg

from bench.meeting import Case, Meeting, Member

TABLES = (
    "person", "account", "account_grant", "household", "household_member", "process", "case_summary",
    "women_panel_session", "women_panel_member", "women_panel_case",
)  # fmt: skip
NAMED = {("account", "username"), ("process", "number"), ("women_panel_case", "number")}
"""Texts that are somebody's or something's own."""


async def multiply(url: str, first: Meeting, total: int) -> list[Meeting]:
    """Make villages until there are `total`; their meetings, the first one's too. `url` signs in as superuser."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            # Rows come complete from a village that has checked them.
            await connection.execute("SET LOCAL session_replication_role = replica")
            area = await connection.fetchval(
                "SELECT area_code FROM process WHERE tenant_id = $1 AND id = $2", first.tenant, first.round
            )
            await connection.execute(
                """CREATE TEMP TABLE village ON COMMIT DROP AS
                   SELECT row_number() OVER (ORDER BY code)::int AS n, code FROM area
                   WHERE starts_with(code, $1) AND right(code, 3) <> '000' AND code <> $2 LIMIT $3""",
                first.district, area, total - 1,
            )  # fmt: skip
            made = int(await connection.fetchval("SELECT count(*) FROM village"))
            if made < total - 1:
                raise RuntimeError(f"the district has {made + 1} villages, not {total}")
            for table in TABLES:
                await _copy(connection, table, first.tenant, area)
            meetings = [_another(first, n) for n in range(1, total)]
            await _sign_in(connection, first, meetings)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return [first, *meetings]


async def _copy(connection: Any, table: str, tenant: UUID, area: str) -> None:
    columns = await connection.fetch(
        """SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
           WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'tenant_id'""",
        table,
    )
    names = ", ".join(f'"{column["name"]}"' for column in columns)
    values = ", ".join(_value(table, column["name"], column["type"]) for column in columns)
    await connection.execute(
        f"INSERT INTO {table} (tenant_id, {names}) SELECT s.tenant_id, {values} FROM {table} s, village v "
        f"WHERE s.tenant_id = $1 AND $2::text IS NOT NULL",
        tenant, area,
    )  # fmt: skip


def _value(table: str, name: str, kind: str) -> str:
    column = f's."{name}"'
    if kind == "uuid":
        return f"md5({column}::text || v.n)::uuid"
    if name == "area_code":
        return f"CASE WHEN {column} = $2 THEN v.code ELSE {column} END"
    if (table, name) in NAMED:
        return f"{column} || '-' || v.n"
    if name == "id_number_index":
        return f"sha256({column} || convert_to(v.n::text, 'UTF8'))"
    return column


def _moved(old: UUID, n: int) -> UUID:
    """The id a village's copy has: PostgreSQL reckons the same."""
    return UUID(md5(f"{old}{n}".encode(), usedforsecurity=False).hexdigest())


def _another(first: Meeting, n: int) -> Meeting:
    return replace(
        first,
        round=_moved(first.round, n),
        session=_moved(first.session, n),
        members=tuple(
            Member(_moved(m.account, n), _moved(m.person, n), f"{m.token}-{n}") for m in first.members
        ),
        cases=tuple(
            Case(_moved(c.id, n), _moved(c.household, n), _moved(c.applicant, n)) for c in first.cases
        ),
    )


async def _sign_in(connection: Any, first: Meeting, meetings: list[Meeting]) -> None:
    """Every member of every village has a session of her own, like the first village's."""
    members = [member for meeting in meetings for member in meeting.members]
    await connection.execute(
        """INSERT INTO session SELECT (jsonb_populate_record(s, jsonb_build_object(
               'token_hash', '\\x' || encode(m.hash, 'hex'), 'account_id', m.account))).*
           FROM unnest($1::uuid[], $2::bytea[]) AS m (account, hash), session s
           WHERE s.tenant_id = $3 AND s.account_id = $4""",
        [m.account for m in members], [sha256(m.token.encode()).digest() for m in members], first.tenant,
        first.members[0].account,
    )  # fmt: skip
