"""The worker's side of the outbox: handlers by name, retries with growing pauses, dead letters, clock-driven jobs.

    queue = JobQueue(database)
    queue.handle("process_event", deliver)
    queue.every("nightly_root", "10 0 * * *", seal_journals)
    await queue.run()          # until cancelled; jobs in hand are finished, or queued again

Several workers may run: a job is one worker's, and comes back to the queue when that worker dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
from pgqueuer import PgQueuer
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Context, Job, Schedule
from pgqueuer.domain.types import QueueExecutionMode

from core.problems import Unavailable
from core.storage.database import Database

log = logging.getLogger(__name__)

ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=15)
HEARTBEAT = timedelta(seconds=30)
"""A worker silent for this long has lost its jobs to the others."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """One attempt, the first being 1."""

    id: int
    name: str
    payload: dict[str, Any]
    attempt: int


_DUE = """
SELECT count(*) FROM pgqueuer WHERE entrypoint = ANY($1)
   AND (status = 'picked' OR (status = 'queued' AND (execute_after <= clock_timestamp() OR attempts > 0)))
"""
"""Jobs in hand, due, or waiting for their next attempt."""

Handler = Callable[[JobRun], Awaitable[None]]
Timed = Callable[[], Awaitable[None]]


class JobFailed(Exception):
    """What is kept of a failure: the error's type and place. Its text could hold personal data."""


def pause_before(attempt: int, first: timedelta = FIRST_PAUSE) -> timedelta:
    """The pause before an attempt (2, 3, …): doubled each time, at most a quarter of an hour."""
    return min(first * (1 << min(attempt - 2, 20)), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class _Registered:
    name: str
    handler: Handler
    at_once: int
    attempts: int


@dataclass
class JobQueue:
    """`patience`: how long jobs in hand may take to finish when the worker is told to stop."""

    database: Database
    first_pause: timedelta = FIRST_PAUSE
    patience: timedelta = timedelta(seconds=20)
    _handlers: dict[str, _Registered] = field(default_factory=dict, init=False)
    _timed: dict[str, tuple[str, Timed]] = field(default_factory=dict, init=False)

    def handle(self, name: str, handler: Handler, *, at_once: int = 0, attempts: int = ATTEMPTS) -> None:
        """Register a handler. `at_once`: how many of its jobs may run over all workers together; 0: any number."""
        if name in self._handlers:
            raise ValueError(f"job {name!r} has a handler already")
        self._handlers[name] = _Registered(name, handler, at_once, attempts)

    def every(self, name: str, cron: str, job: Timed) -> None:
        """Run a job by the clock (cron expression, UTC), once over all workers."""
        if name in self._timed:
            raise ValueError(f"timed job {name!r} is registered already")
        self._timed[name] = (cron, job)

    async def run(self) -> None:
        """Work until cancelled. A lost database is waited for."""
        pause = 1.0
        while True:
            try:
                await self._session(QueueExecutionMode.continuous)
                pause = 1.0
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                FailingListenerError,
                Unavailable,
            ):
                log.warning("the queue lost its database and tries again in %.0f s", pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30.0)

    async def drain(self) -> None:
        """Do everything that is due, retries included, then return: for tests and the demo's preparation.

        What was queued for a later time stays queued.
        """
        await self._session(QueueExecutionMode.drain)

    async def _session(self, mode: QueueExecutionMode) -> None:
        connection = await self.database.connect()
        try:
            queuer = self._queuer(connection)
            work = asyncio.ensure_future(self._work(queuer, mode))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                queuer.shutdown.set()
                with contextlib.suppress(TimeoutError, Exception):
                    await asyncio.wait_for(work, self.patience.total_seconds())
                raise
        finally:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=5)

    async def _work(self, queuer: PgQueuer, mode: QueueExecutionMode) -> None:
        if mode is QueueExecutionMode.drain:
            watch = asyncio.create_task(self._stop_when_nothing_is_due(queuer))
            try:
                await queuer.qm.run(
                    mode=mode, dequeue_timeout=timedelta(seconds=1), heartbeat_timeout=HEARTBEAT
                )
            finally:
                watch.cancel()
        else:
            await queuer.run(mode=mode, shutdown_on_listener_failure=True, heartbeat_timeout=HEARTBEAT)

    async def _stop_when_nothing_is_due(self, queuer: PgQueuer) -> None:
        """PgQueuer's own drain would wait for jobs of next week."""
        while True:
            await asyncio.sleep(0.1)
            async with self.database.platform() as tx:
                left = await tx.fetchval(_DUE, list(self._handlers))
            if not left:
                queuer.shutdown.set()
                return

    def _queuer(self, connection: Any) -> PgQueuer:
        queuer = PgQueuer(AsyncpgDriver(connection))
        for entry in self._handlers.values():
            queuer.qm.register_executor(entry.name, self._executor(entry))
        for name, (cron, job) in self._timed.items():
            queuer.schedule(name, cron)(_timed(name, job))
        return queuer

    def _executor(self, entry: _Registered) -> AbstractEntrypointExecutor:
        async def never(job: Job) -> None:
            raise NotImplementedError

        return _Attempts(
            EntrypointExecutorParameters(concurrency_limit=entry.at_once, func=never, on_failure="hold"),
            entry,
            self.first_pause,
        )


@dataclass
class _Attempts(AbstractEntrypointExecutor):
    """Runs the handler; a failure is queued again with a pause, the last one becomes a dead letter."""

    entry: _Registered
    first_pause: timedelta

    async def execute(self, job: Job, context: Context) -> None:
        attempt = job.attempts + 1
        try:
            payload = msgspec.json.decode(job.payload) if job.payload else {}
            await self.entry.handler(JobRun(int(job.id), self.entry.name, payload, attempt))
        except asyncio.CancelledError:
            raise RetryRequested(timedelta(0), "the worker was stopped") from None
        except Exception as error:
            what = type_and_place(error)
            if attempt >= self.entry.attempts:
                log.error("job %s (%s) failed for good: %s", self.entry.name, job.id, what)
                raise JobFailed(what) from None
            log.warning("job %s (%s) failed, attempt %d: %s", self.entry.name, job.id, attempt, what)
            raise RetryRequested(pause_before(attempt + 1, self.first_pause), what) from None


def _timed(name: str, job: Timed) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_: Schedule) -> None:
        try:
            await job()
        except Exception as error:
            log.error("timed job %s failed: %s", name, type_and_place(error))

    return run


def type_and_place(error: BaseException) -> str:
    """`LookupError at core/jobs/events.py:42`: enough to find it, nothing of what it was about."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/core/" in f.filename or "/plugins/" in f.filename] or frames
    if not ours:
        return type(error).__name__
    parts = ours[-1].filename.replace("\\", "/").split("/")
    start = next((i for i, part in enumerate(parts) if part in {"core", "plugins"}), len(parts) - 1)
    return f"{type(error).__name__} at {'/'.join(parts[start:])}:{ours[-1].lineno}"
