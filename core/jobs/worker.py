"""The worker: what is queued goes to its handler, and what the clock asks for is queued."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from core.access import log_chain, sessions
from core.access.admission import SignInRules
from core.access.policy_store import PolicyStore
from core.clock import Clock, local_date, system_clock
from core.jobs.deliveries import Deliveries
from core.jobs.due_reviews import DueReviews
from core.kernel import audit
from core.registry import typed_drafts
from core.storage.database import Database, Transaction
from core.storage.queue import JobQueue, JobRun
from core.tenancy import config

log = logging.getLogger(__name__)

EVERY_MINUTE = "* * * * *"
EVERY_HOUR = "20 * * * *"
AFTER_MIDNIGHT = "10 16 * * *"
"""00:10 in China."""


def job_queue(
    database: Database,
    deliveries: Deliveries,
    reviews: DueReviews,
    policies: PolicyStore,
    clock: Clock,
    *,
    first_pause: timedelta,
) -> JobQueue:
    """The queue with every handler and every timed job; `run()` works, `drain()` empties it once."""
    queue = JobQueue(database, first_pause=first_pause)
    for name, deliver in deliveries.handlers().items():
        queue.handle(name, _with_payload(deliver))
    reviews.register(queue)
    timed = Timed(database, deliveries, reviews, policies, clock)
    queue.every("plugin_clock", EVERY_MINUTE, timed.plugin_jobs)
    queue.every("due_reviews", EVERY_HOUR, timed.due_reviews)
    queue.every("journal_roots", AFTER_MIDNIGHT, timed.journal_roots)
    queue.every("access_log_chain", EVERY_HOUR, timed.access_log)
    queue.every("new_day", AFTER_MIDNIGHT, timed.new_day)
    return queue


def _with_payload(
    deliver: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> Callable[[JobRun], Awaitable[None]]:
    async def handle(run: JobRun) -> None:
        await deliver(run.payload)

    return handle


class Timed:
    """What happens by the clock, for every active tenant; one tenant's failure keeps nobody else waiting."""

    def __init__(
        self,
        database: Database,
        deliveries: Deliveries,
        reviews: DueReviews,
        policies: PolicyStore,
        clock: Clock,
    ) -> None:
        self._database = database
        self._deliveries = deliveries
        self._reviews = reviews
        self._policies = policies
        self._clock = clock

    async def plugin_jobs(self) -> None:
        """Queue the plugins' timed jobs that are due this minute."""
        now = self._clock()
        await self._for_each(lambda tx: self._deliveries.due(tx, now))

    async def due_reviews(self) -> None:
        """Queue the periodic reviews whose day has come."""
        await self._for_each(self._reviews.queue_due)

    async def journal_roots(self) -> None:
        """Keep yesterday's root over every journal."""
        now = self._clock()
        yesterday = local_date(now) - timedelta(days=1)
        await self._for_each(lambda tx: audit.seal_day(tx, yesterday, now))

    async def access_log(self) -> None:
        """Chain what the access log has gained."""

        async def chain(tx: Transaction) -> None:
            await log_chain.seal(tx)

        await self._for_each(chain)

    async def new_day(self) -> None:
        """Put the configuration in force whose day has come, its roles with it; forget sessions that are over."""
        now = self._clock()

        async def begin(tx: Transaction) -> None:
            await config.settle(tx, local_date(now))
            number = await config.number_in_force(tx, local_date(now))
            sections = (await config.load(tx, number)).written.sections
            await self._policies.adopt(tx, sections.get("roles", ()), at=now)
            await sessions.sweep(tx, system_clock(), SignInRules())
            await typed_drafts.sweep(tx, now)

        await self._for_each(begin)

    async def _for_each(self, work: Callable[[Transaction], Awaitable[object]]) -> None:
        async with self._database.platform() as tx:
            rows = await tx.fetch(
                "SELECT id FROM tenant WHERE status = 'active' AND kind = 'district' ORDER BY code"
            )
        for row in rows:
            try:
                async with self._database.transaction(row["id"]) as tx:
                    await work(tx)
            except Exception:
                log.exception("timed jobs of tenant %s failed", row["id"])
