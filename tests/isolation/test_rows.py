"""Rows of one district and the application's role: whatever SQL it runs, another district's rows are not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.storage import Database, Transaction
from core.storage.embedded import Urls

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PROCESS = """
INSERT INTO process (tenant_id, id, kind, procedure, config_number, state, version, area_code, number, title, opened_at,
                     opened_by, entered_on, uncertain_years, marks, ended, head)
VALUES ($1, $2, 'case', 'p', 1, 's', 1, '620802101201', $3, '', $4, $2, '2026-03-02', '{}', '{}', false, '')
"""
CONFIG = """
INSERT INTO config_version (tenant_id, number, status, effective_from, sections, own, author, reason, created_at)
VALUES ($1, 1, 'active', '2026-01-01', '{}', '{}', 'a', 'r', $2) ON CONFLICT DO NOTHING
"""
JOURNAL = """
INSERT INTO journal (tenant_id, process_id, seq, at, actor_id, action, from_state, to_state, basis, digests, evidence,
                     previous, hash)
VALUES ($1, $2, 1, $3, $2, 'open', '', 's', '', '{}', '{}', '', decode(repeat('00', 32), 'hex'))
"""


@pytest.fixture
async def case(database: Database, tenant: UUID) -> UUID:
    """A case of `tenant` with one journal row."""
    case = uuid4()
    async with database.transaction(tenant) as tx:
        await put_case(tx, tenant, case)
    return case


async def put_case(tx: Transaction, tenant: UUID, case: UUID) -> None:
    await tx.execute(CONFIG, tenant, AT)
    await tx.execute(PROCESS, tenant, case, str(case), AT)
    await tx.execute(JOURNAL, tenant, case, AT)


@pytest.fixture
async def raw(database_urls: Urls) -> AsyncIterator[asyncpg.Connection]:
    """The application's role without any of our code."""
    connection = await asyncpg.connect(database_urls.app)
    yield connection
    await connection.close()


async def test_without_a_tenant_there_are_no_rows(raw: asyncpg.Connection, case: UUID) -> None:
    assert await raw.fetch("SELECT * FROM process") == []
    assert await raw.fetch("SELECT * FROM journal WHERE process_id = $1", case) == []


async def test_an_empty_or_left_over_tenant_gives_no_rows(raw: asyncpg.Connection, case: UUID) -> None:
    async with raw.transaction():
        await raw.execute("SET LOCAL app.tenant_id = ''")
        assert await raw.fetch("SELECT * FROM process") == []
    assert await raw.fetchval("SELECT current_setting('app.tenant_id', true)") == ""
    assert await raw.fetch("SELECT * FROM process") == []


async def test_another_tenant_sees_changes_and_counts_nothing(
    database: Database, tenant: UUID, case: UUID
) -> None:
    async with database.transaction(uuid4()) as tx:
        assert await tx.fetch("SELECT * FROM process WHERE tenant_id = $1", tenant) == []
        assert await tx.fetchval("SELECT count(*) FROM process") == 0
        assert await tx.execute("UPDATE process SET title = 'mine' WHERE id = $1", case) == "UPDATE 0"


async def test_a_row_cannot_be_written_into_another_tenant(
    database: Database, tenant: UUID, case: UUID
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.transaction(uuid4()) as tx:
            await tx.execute(PROCESS, tenant, uuid4(), "smuggled", AT)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.transaction(tenant) as tx:
            await tx.execute("UPDATE process SET tenant_id = $1", uuid4())


async def test_a_foreign_key_cannot_reach_into_another_tenant(database: Database, case: UUID) -> None:
    other = uuid4()
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with database.transaction(other) as tx:
            await tx.execute(JOURNAL, other, case, AT)


@pytest.mark.parametrize("table", ["journal", "process_record", "process_duty", "evidence", "idempotency"])
async def test_what_was_filed_can_be_neither_changed_nor_removed(
    database: Database, tenant: UUID, case: UUID, table: str
) -> None:
    for statement in (
        f"UPDATE {table} SET tenant_id = tenant_id",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(tenant) as tx:
                await tx.execute(statement)


async def test_a_process_cannot_be_removed(database: Database, tenant: UUID, case: UUID) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction(tenant) as tx:
            await tx.execute("DELETE FROM process WHERE id = $1", case)


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE zhunbao_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION zhunbao_owner",
        "ALTER TABLE journal DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE journal NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON journal USING (true)",
        "ALTER ROLE zhunbao_app BYPASSRLS",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "CREATE TRIGGER t AFTER INSERT ON journal EXECUTE FUNCTION fn_pgqueuer_changed()",
        "COPY journal TO '/tmp/journal'",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT * FROM pg_authid",
        "DROP TABLE journal",
    ],
)
async def test_the_application_cannot_free_itself(raw: asyncpg.Connection, statement: str) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)):
        await raw.execute(statement)


async def test_switching_row_security_off_is_an_error_not_a_way_in(
    raw: asyncpg.Connection, case: UUID
) -> None:
    await raw.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await raw.fetch("SELECT * FROM process")


async def test_the_owner_is_bound_by_the_tenant_too(database_urls: Urls, tenant: UUID, case: UUID) -> None:
    owner = Database(database_urls.owner, max_size=1)
    await owner.open()
    async with owner.platform() as tx:
        assert await tx.fetch("SELECT * FROM process") == []
    async with owner.transaction(tenant) as tx:
        assert await tx.fetchval("SELECT count(*) FROM process") == 1
    await owner.close()
