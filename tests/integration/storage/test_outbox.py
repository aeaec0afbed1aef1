"""Jobs and what they are about: both or neither; tried again, given up on visibly, and never with anybody's data."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.storage import Database
from core.storage.embedded import Urls
from core.storage.outbox import dead_letters, discard, enqueue, retry, waiting
from core.storage.queue import LONGEST_PAUSE, JobQueue, JobRun, pause_before

AT_ONCE = timedelta(0)


@pytest.fixture
async def database(fresh_urls: Urls) -> AsyncIterator[Database]:
    opened = Database(fresh_urls.app, max_size=5)
    await opened.open()
    yield opened
    await opened.close()


class Done(list[JobRun]):
    """A handler that remembers its runs and fails the first `failures` of them."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures

    async def __call__(self, run: JobRun) -> None:
        self.append(run)
        if len(self) <= self.failures:
            raise LookupError("张三 622827199001011234")


def queue_for(database: Database, handler: Done, attempts: int = 3) -> JobQueue:
    queue = JobQueue(database, first_pause=AT_ONCE)
    queue.handle("notice", handler, attempts=attempts)
    return queue


async def put(database: Database, tenant: UUID, n: int = 0, *, key: str | None = None) -> None:
    async with database.transaction(tenant) as tx:
        await enqueue(tx, "notice", {"tenant": str(tenant), "n": n}, key=key)


async def test_a_job_is_done_with_what_was_handed_over(database: Database, tenant: UUID) -> None:
    done = Done()
    await put(database, tenant, 7)
    await queue_for(database, done).drain()
    assert [(run.name, run.payload, run.attempt) for run in done] == [
        ("notice", {"tenant": str(tenant), "n": 7}, 1)
    ]
    async with database.platform() as tx:
        assert await waiting(tx) == {}


async def test_a_job_is_undone_with_its_transaction(database: Database, tenant: UUID) -> None:
    with pytest.raises(LookupError):
        async with database.transaction(tenant) as tx:
            await enqueue(tx, "notice", {"tenant": str(tenant)})
            assert await waiting(tx) == {"notice": 1}
            raise LookupError
    done = Done()
    await queue_for(database, done).drain()
    assert done == []


async def test_a_failed_job_is_tried_again(database: Database, tenant: UUID) -> None:
    done = Done(failures=2)
    await put(database, tenant)
    await queue_for(database, done).drain()
    assert [run.attempt for run in done] == [1, 2, 3]
    async with database.platform() as tx:
        assert await dead_letters(tx) == []


async def test_a_job_that_keeps_failing_is_listed_and_can_be_retried(
    database: Database, tenant: UUID
) -> None:
    done = Done(failures=3)
    await put(database, tenant, 5)
    queue = queue_for(database, done)
    await queue.drain()
    async with database.transaction(tenant) as tx:
        (letter,) = await dead_letters(tx, tenant=tenant)
        assert (letter.name, letter.payload["n"], letter.attempts) == ("notice", 5, 3)
        assert letter.error.startswith("LookupError at ")
        assert await dead_letters(tx, tenant=uuid4()) == []
        assert await retry(tx, [letter.id], tenant=uuid4()) == 0
        assert await retry(tx, [letter.id], tenant=tenant) == 1
    await queue.drain()
    assert len(done) == 4
    async with database.platform() as tx:
        assert await dead_letters(tx) == []


async def test_a_dead_letter_can_be_thrown_away(database: Database, tenant: UUID) -> None:
    await put(database, tenant)
    await queue_for(database, Done(failures=9), attempts=1).drain()
    async with database.platform() as tx:
        (letter,) = await dead_letters(tx)
        assert await discard(tx, [letter.id]) == 1
        assert await discard(tx, [letter.id]) == 0


async def test_nothing_of_an_error_text_is_kept(
    database: Database, tenant: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    await put(database, tenant)
    await queue_for(database, Done(failures=9)).drain()
    async with database.platform() as tx:
        kept = await tx.fetchval(
            "SELECT string_agg(l::text, '') || (SELECT string_agg(q::text, '') FROM pgqueuer q) FROM pgqueuer_log l"
        )
    assert "LookupError" in kept
    for text in (kept, caplog.text):
        assert "张三" not in text
        assert "622827199001011234" not in text


async def test_one_key_queues_one_job_a_tenant(database: Database, tenant: UUID) -> None:
    other = uuid4()
    for who in (tenant, tenant, other):
        await put(database, who, key="refresh")
    done = Done()
    queue = queue_for(database, done)
    await queue.drain()
    assert sorted(run.payload["tenant"] for run in done) == sorted([str(tenant), str(other)])
    await put(database, tenant, key="refresh")
    await queue.drain()
    assert len(done) == 3


async def test_a_job_for_later_waits(database: Database, tenant: UUID) -> None:
    async with database.transaction(tenant) as tx:
        await enqueue(tx, "notice", {"n": 1}, at=datetime.now(UTC) + timedelta(hours=1))
        await enqueue(tx, "notice", {"n": 2}, at=datetime.now(UTC) - timedelta(hours=1))
        due = await tx.fetch("SELECT execute_after > now() + interval '50 minutes' FROM pgqueuer ORDER BY id")
    assert [row[0] for row in due] == [True, False]


async def test_a_tenant_with_a_backlog_does_not_hold_up_another(database: Database, tenant: UUID) -> None:
    small = uuid4()
    for n in range(30):
        await put(database, tenant, n)
    await put(database, small, 99)
    done = Done()
    await queue_for(database, done).drain()
    assert 99 in [run.payload["n"] for run in done[:12]]
    assert [run.payload["n"] for run in done if run.payload["n"] != 99] == list(range(30))


async def test_a_worker_that_is_stopped_finishes_what_it_has_in_hand(
    database: Database, tenant: UUID
) -> None:
    began, finished = asyncio.Event(), asyncio.Event()

    async def slow(_: JobRun) -> None:
        began.set()
        await asyncio.sleep(0.3)
        finished.set()

    queue = JobQueue(database)
    queue.handle("notice", slow)
    working = asyncio.ensure_future(queue.run())
    await put(database, tenant)
    await asyncio.wait_for(began.wait(), 10)
    working.cancel()
    await asyncio.wait([working])
    assert working.cancelled()
    assert finished.is_set()
    async with database.platform() as tx:
        assert await waiting(tx) == {}


async def test_what_a_stopped_worker_cannot_finish_goes_back(database: Database, tenant: UUID) -> None:
    began = asyncio.Event()

    async def endless(_: JobRun) -> None:
        began.set()
        await asyncio.sleep(60)

    queue = JobQueue(database, patience=timedelta(seconds=0.2))
    queue.handle("notice", endless)
    working = asyncio.ensure_future(queue.run())
    await put(database, tenant)
    await asyncio.wait_for(began.wait(), 10)
    working.cancel()
    await asyncio.wait([working], timeout=20)
    async with database.platform() as tx:
        assert await tx.fetchval("SELECT status::text FROM pgqueuer") == "queued"


async def test_a_worker_survives_a_lost_connection(
    database: Database, tenant: UUID, fresh_urls: Urls
) -> None:
    done = Done()
    queue = queue_for(database, done)
    working = asyncio.ensure_future(queue.run())
    await asyncio.sleep(0.5)
    async with database.platform() as tx:
        await tx.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user"
            " AND datname = current_database()"
        )
    await put(database, tenant)
    for _ in range(200):
        if done:
            break
        await asyncio.sleep(0.1)
    working.cancel()
    await asyncio.wait([working])
    assert len(done) == 1


def test_pauses_grow_and_stay_bounded() -> None:
    pauses = [pause_before(attempt) for attempt in range(2, 40)]
    assert [p.total_seconds() for p in pauses[:4]] == [2, 4, 8, 16]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_name_has_one_handler() -> None:
    queue = JobQueue(Database("postgresql://nowhere"))
    queue.handle("notice", Done())
    with pytest.raises(ValueError, match="has a handler already"):
        queue.handle("notice", Done())
