"""The one way to open a transaction: it knows its tenant, joins, and gives every connection back whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from piccolo import columns
from piccolo.table import Table

from core.problems import Unavailable
from core.storage import Database, Transaction
from core.storage.embedded import Urls
from core.storage.piccolo_conf import DB


class Numbering(Table, tablename="numbering", db=DB):
    """A Piccolo table on one of ours."""

    tenant_id = columns.UUID(primary_key=True)
    series = columns.Text()


@pytest.fixture
async def small(database_urls: Urls) -> AsyncIterator[Database]:
    """Two connections at most, so that a leaked one is missed at once."""
    opened = Database(database_urls.app, max_size=2, acquire_seconds=0.5)
    await opened.open()
    yield opened
    assert opened.free == (2, 2), "a connection was not given back"
    async with opened.platform() as one, opened.transaction(uuid4(), separate=True) as other:
        assert await one.fetchval("SELECT 1") == await other.fetchval("SELECT 1")
    await opened.close()


async def add(tx: Transaction, series: str) -> None:
    await tx.execute("INSERT INTO numbering (tenant_id, series, value) VALUES ($1, $2, 1)", tx.tenant, series)


async def series(database: Database, tenant: UUID) -> list[str]:
    async with database.transaction(tenant) as tx:
        return [r["series"] for r in await tx.fetch("SELECT series FROM numbering ORDER BY series")]


async def test_what_was_written_stays_after_the_block(small: Database, tenant: UUID) -> None:
    async with small.transaction(tenant) as tx:
        assert tx.tenant == tenant
        await add(tx, "a")
    assert await series(small, tenant) == ["a"]


async def test_an_error_undoes_everything(small: Database, tenant: UUID) -> None:
    with pytest.raises(LookupError):
        async with small.transaction(tenant) as tx:
            await add(tx, "a")
            raise LookupError
    assert await series(small, tenant) == []


async def test_the_same_tenant_joins(small: Database, tenant: UUID) -> None:
    with pytest.raises(LookupError):
        async with small.transaction(tenant) as outer:
            async with small.transaction(tenant) as inner:
                assert inner is outer
                await add(inner, "a")
            raise LookupError
    assert await series(small, tenant) == []


async def test_another_tenant_inside_is_refused(small: Database, tenant: UUID) -> None:
    async with small.transaction(tenant):
        with pytest.raises(RuntimeError, match="inside one of"):
            async with small.transaction(uuid4()):
                pytest.fail("was let in")


async def test_no_tenant_is_taken_on_inside_a_platform_transaction(small: Database, tenant: UUID) -> None:
    async with small.platform() as tx:
        assert tx.tenant is None
        with pytest.raises(RuntimeError, match="inside one of the platform"):
            async with small.transaction(tenant):
                pytest.fail("was let in")


async def test_a_separate_transaction_outlives_the_rollback(small: Database, tenant: UUID) -> None:
    with pytest.raises(LookupError):
        async with small.transaction(tenant) as tx:
            await add(tx, "undone")
            async with small.transaction(tenant, separate=True) as own:
                await add(own, "kept")
            assert (await tx.fetch("SELECT series FROM numbering ORDER BY series"))[0]["series"] == "kept"
            raise LookupError
    assert await series(small, tenant) == ["kept"]


async def test_a_savepoint_undoes_its_part_alone(small: Database, tenant: UUID) -> None:
    async with small.transaction(tenant) as tx:
        await add(tx, "a")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with tx.savepoint():
                await add(tx, "b")
                await add(tx, "a")
        async with tx.savepoint():
            await add(tx, "c")
    assert await series(small, tenant) == ["a", "c"]


async def test_a_swallowed_statement_error_is_not_taken_for_success(small: Database, tenant: UUID) -> None:
    with pytest.raises(RuntimeError, match="nothing was stored"):
        async with small.transaction(tenant) as tx:
            await add(tx, "a")
            with pytest.raises(asyncpg.UniqueViolationError):
                await add(tx, "a")
    assert await series(small, tenant) == []


async def test_statements_gathered_inside_run_one_after_another(small: Database, tenant: UUID) -> None:
    async with small.transaction(tenant) as tx:
        await asyncio.gather(*(add(tx, f"{n:02}") for n in range(20)))
    assert len(await series(small, tenant)) == 20


async def test_a_failure_among_gathered_statements_leaks_nothing(small: Database, tenant: UUID) -> None:
    for _ in range(5):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with small.transaction(tenant) as tx:
                await asyncio.gather(*(add(tx, "same") for _ in range(10)))
    assert await series(small, tenant) == []


async def test_a_task_left_behind_cannot_use_the_connection_any_more(small: Database, tenant: UUID) -> None:
    over = asyncio.Event()

    async def later(tx: Transaction) -> None:
        await over.wait()
        await add(tx, "too late")

    async with small.transaction(tenant) as tx:
        task = asyncio.ensure_future(later(tx))
    over.set()
    with pytest.raises(RuntimeError, match="is over"):
        await task
    assert await series(small, tenant) == []


async def test_a_begin_that_fails_gives_the_connection_back(
    small: Database, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise asyncpg.InternalServerError

    with monkeypatch.context() as patch:
        patch.setattr("core.storage.database._begin", fails)
        for _ in range(5):
            with pytest.raises(asyncpg.InternalServerError):
                async with small.transaction(tenant):
                    pytest.fail("was let in")
    assert await series(small, tenant) == []


@pytest.mark.parametrize("moment", [0.0, 0.0002, 0.0005, 0.001, 0.002, 0.004])
async def test_cancelling_at_any_moment_leaks_nothing(small: Database, moment: float) -> None:
    tenant = uuid4()

    async def work(n: int) -> None:
        async with small.transaction(tenant) as tx:
            await add(tx, f"{moment}-{n}")
            await tx.fetchval("SELECT pg_sleep(0.001)")

    for n in range(12):
        task = asyncio.ensure_future(work(n))
        await asyncio.sleep(moment)
        task.cancel()
        await asyncio.wait([task])
        assert await series(small, tenant) is not None


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8])
async def test_a_cancelled_commit_leaks_nothing(small: Database, tenant: UUID, turns: int) -> None:
    written = asyncio.Event()

    async def work() -> None:
        async with small.transaction(tenant) as tx:
            await add(tx, "maybe")
            written.set()

    task = asyncio.ensure_future(work())
    await written.wait()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert len(await series(small, tenant)) <= 1


async def test_a_connection_cut_by_the_server_is_replaced(
    small: Database, tenant: UUID, database_urls: Urls
) -> None:
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        async with small.transaction(tenant) as tx:
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await series(small, tenant) == []


async def test_a_full_pool_is_a_problem_people_understand(small: Database, tenant: UUID) -> None:
    async with small.transaction(tenant), small.transaction(tenant, separate=True):
        with pytest.raises(Unavailable, match="排不上"):
            async with small.transaction(tenant, separate=True):
                pytest.fail("was let in")


async def test_a_server_that_is_not_there_is_a_problem_people_understand() -> None:
    nowhere = Database("postgresql://zhunbao_app:x@127.0.0.1:1/zhunbao")
    with pytest.raises(Unavailable) as told:
        await nowhere.open()
    assert "ZHUNBAO_DATABASE_URL" in told.value.hint


async def test_piccolo_tables_run_in_the_same_transaction(small: Database, tenant: UUID) -> None:
    with pytest.raises(LookupError):
        async with small.transaction(tenant) as tx:
            await add(tx, "a")
            async with DB.transaction():
                rows = await Numbering.select(Numbering.series)
            assert rows == [{"series": "a"}]
            raise LookupError
    async with small.transaction(tenant):
        assert await Numbering.select(Numbering.series) == []


async def test_piccolo_tables_do_not_run_outside_of_a_transaction(small: Database) -> None:
    with pytest.raises(RuntimeError, match="no transaction is open"):
        await Numbering.select(Numbering.series)
    with pytest.raises(RuntimeError, match="opened by"):
        await Numbering.select(Numbering.series).batch()


async def test_the_tenant_does_not_stick_to_the_connection(small: Database, tenant: UUID) -> None:
    async with small.transaction(tenant) as tx:
        await add(tx, "a")
    for _ in range(4):
        async with small.platform() as tx:
            assert await tx.fetch("SELECT * FROM numbering") == []
