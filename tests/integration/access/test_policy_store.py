"""A district's own policy lines: in force with the commit, in every process, for this district only."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.access import policy_store
from core.access.authorizer import Actor, Authorizer, Grant
from core.access.policy_store import PolicyStore
from core.problems import Invalid
from core.storage.database import Database
from core.storage.embedded import Urls

pytestmark = pytest.mark.anyio

VILLAGE = "620802001001"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
NO_INQUIRIES = "visitor, case, record_neighbour_inquiry, deny"


@pytest.fixture
async def elsewhere(database_urls: Urls) -> AsyncIterator[Database]:
    """What a second process has: a pool of its own."""
    opened = Database(database_urls.app, max_size=3)
    await opened.open()
    yield opened
    await opened.close()


def visitor(tenant: UUID) -> Actor:
    return Actor(tenant, uuid4(), "李强", (Grant("visitor", VILLAGE),))


def may_inquire(store: PolicyStore, tenant: UUID) -> bool:
    return Authorizer(store).may(visitor(tenant), "case", "record_neighbour_inquiry", VILLAGE) is None


async def ensure(database: Database, store: PolicyStore, tenant: UUID) -> None:
    async with database.transaction(tenant) as tx:
        await store.ensure(tx)


async def replace(database: Database, store: PolicyStore, tenant: UUID, text: str) -> int:
    async with database.transaction(tenant) as tx:
        return await store.replace(tx, text, at=NOW)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(250):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not come to pass within five seconds")


async def test_before_it_is_loaded_nobody_may_anything(database: Database, tenant: UUID) -> None:
    store = PolicyStore(database)
    blocked = Authorizer(store).may(visitor(tenant), "case", "view", VILLAGE)
    assert blocked is not None
    assert "正在载入" in blocked.reason


async def test_without_lines_of_its_own_a_district_has_the_common_policy(
    database: Database, tenant: UUID
) -> None:
    store = PolicyStore(database)
    await ensure(database, store, tenant)
    assert may_inquire(store, tenant)
    assert store.of(tenant) is store.default


async def test_a_districts_lines_hold_for_this_district_only(database: Database, tenant: UUID) -> None:
    store, other = PolicyStore(database), uuid4()
    assert await replace(database, store, tenant, NO_INQUIRIES) == 1
    for one in (tenant, other):
        await ensure(database, store, one)
    assert not may_inquire(store, tenant)
    assert may_inquire(store, other)


async def test_the_version_check_alone_reaches_a_second_process(
    database: Database, elsewhere: Database, tenant: UUID
) -> None:
    here, there = PolicyStore(database), PolicyStore(elsewhere)
    await ensure(elsewhere, there, tenant)
    assert may_inquire(there, tenant)
    await replace(database, here, tenant, NO_INQUIRIES)
    assert may_inquire(there, tenant), "not asked again yet"
    await ensure(elsewhere, there, tenant)
    assert not may_inquire(there, tenant)


@contextlib.asynccontextmanager
async def listening(store: PolicyStore) -> AsyncIterator[None]:
    task = asyncio.create_task(store.listen())
    try:
        await asyncio.sleep(0.2)
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_change_is_announced_to_a_second_process(
    database: Database, elsewhere: Database, tenant: UUID
) -> None:
    here, there = PolicyStore(database), PolicyStore(elsewhere)
    await ensure(elsewhere, there, tenant)
    async with listening(there):
        await replace(database, here, tenant, NO_INQUIRIES)
        await until(lambda: not may_inquire(there, tenant))
        await replace(database, here, tenant, "")
        await until(lambda: may_inquire(there, tenant))


async def test_listening_goes_on_after_the_connection_was_cut(
    database: Database,
    elsewhere: Database,
    tenant: UUID,
    database_urls: Urls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policy_store, "_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(policy_store, "_PROBE_SECONDS", 0.2)
    here, there = PolicyStore(database), PolicyStore(elsewhere)
    await ensure(elsewhere, there, tenant)
    async with listening(there):
        await _cut_listeners(database_urls)
        await replace(database, here, tenant, NO_INQUIRIES)
        await until(lambda: not may_inquire(there, tenant))


async def _cut_listeners(urls: Urls) -> None:
    name = urls.app.rpartition("/")[2]
    connection = await asyncpg.connect(urls.superuser)
    cut = await connection.fetchval(
        """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
           WHERE datname = $1 AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')""",
        name,
    )
    await connection.close()
    assert cut >= 1


async def test_a_change_that_is_rolled_back_never_holds(database: Database, tenant: UUID) -> None:
    store = PolicyStore(database)
    with contextlib.suppress(LookupError):
        async with database.transaction(tenant) as tx:
            await store.replace(tx, NO_INQUIRIES, at=NOW)
            raise LookupError
    await ensure(database, store, tenant)
    assert may_inquire(store, tenant)


async def test_a_bad_line_changes_nothing(database: Database, tenant: UUID) -> None:
    store = PolicyStore(database)
    await replace(database, store, tenant, NO_INQUIRIES)
    with pytest.raises(Invalid, match=r"roles\.csv:2"):
        await replace(database, store, tenant, "observer, round, view, allow\nvisitor, case, view, Deny")
    async with database.transaction(tenant) as tx:
        assert [line.effect for line in await store.own(tx)] == ["deny"]


async def test_an_old_version_is_never_loaded_over_a_newer_one(database: Database, tenant: UUID) -> None:
    store = PolicyStore(database)
    await replace(database, store, tenant, NO_INQUIRIES)
    await ensure(database, store, tenant)
    async with database.transaction(tenant) as tx:
        await store.ensure(tx, version=0)
    assert not may_inquire(store, tenant)


async def test_the_lines_of_earlier_versions_can_still_be_read(database: Database, tenant: UUID) -> None:
    store = PolicyStore(database)
    for text in (NO_INQUIRIES, ""):
        await replace(database, store, tenant, text)
    async with database.transaction(tenant) as tx:
        assert (
            await tx.fetchval("SELECT count(*) FROM policy_line WHERE tenant_id = $1 AND version = 1", tenant)
            == 1
        )
        assert await store.own(tx) == ()


async def test_a_configurations_lines_are_adopted_once(database: Database, tenant: UUID) -> None:
    store = PolicyStore(database)
    async with database.transaction(tenant) as tx:
        assert not await store.adopt(tx, [], at=NOW)
        assert await store.adopt(tx, [NO_INQUIRIES], at=NOW)
        assert not await store.adopt(tx, [NO_INQUIRIES], at=NOW)
        await store.ensure(tx)
    assert not may_inquire(store, tenant)
    assert store.of(tenant) is not store.default


async def test_the_longest_unused_policy_is_forgotten_first(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_store, "REMEMBERED", 2)
    store, tenants = PolicyStore(database), [uuid4() for _ in range(3)]
    await ensure(database, store, tenants[0])
    await ensure(database, store, tenants[1])
    store.of(tenants[0])
    await ensure(database, store, tenants[2])
    assert [store.of(tenant) is not None for tenant in tenants] == [True, False, True]


async def test_a_service_does_not_wait_for_the_districts_lines(database: Database, tenant: UUID) -> None:
    service = Actor(tenant, uuid4(), "系统", is_service=True)
    assert Authorizer(PolicyStore(database)).may(service, "case", "view", VILLAGE) is None
