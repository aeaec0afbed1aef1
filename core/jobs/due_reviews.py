"""Periodic reviews that fall due open by themselves: every hour what is due is queued, each case opens on its own.

    active, due today or before ─ queued ─▶ start_review, cause "due" ─▶ reviewing

Queued twice or run twice, a review opens once: what the case stands at is looked at again before it is moved. A case of
a round that must wait for its village is asked again the next hour.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.clock import Clock, local_date
from core.kernel import store
from core.kernel.engine import Engine
from core.kernel.process import Process
from core.kernel.runtime import Runtimes
from core.problems import Refused
from core.sdk.house import service_actor
from core.stages.monitoring import ReviewCause
from core.storage.database import Database, Transaction
from core.storage.outbox import enqueue
from core.storage.queue import JobQueue, JobRun

log = logging.getLogger(__name__)

JOB = "review_due"
AT_ONCE = 2_000
"""Cases of one district queued in one hour at most, the longest due first."""


class DueReviews:
    """Finding and opening. `queue_due` is the clock's, `register` puts the opening onto the worker's queue."""

    def __init__(self, database: Database, engine: Engine, runtimes: Runtimes, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._runtimes = runtimes
        self._clock = clock

    async def queue_due(self, tx: Transaction) -> int:
        """Queue the transaction's tenant's reviews that are due; how many. Where another case now pays, none is."""
        runtime = await self._runtimes.current(tx)
        states = {
            state
            for spec in runtime.procedures.procedures.values()
            for state, stage in spec.stages.items()
            if stage.type == "active"
        }
        rows = await tx.fetch(
            """SELECT p.id FROM process p
               WHERE p.tenant_id = $1 AND NOT p.ended AND p.kind = 'case' AND p.state = ANY($2) AND p.stage_due <= $3
                 AND EXISTS (SELECT FROM benefit b WHERE b.tenant_id = p.tenant_id AND b.household_id = p.subject_id
                             AND b.process_id = p.id AND b.until_month IS NULL)
               ORDER BY p.stage_due, p.number LIMIT $4""",
            tx.tenant,
            sorted(states),
            local_date(self._clock()),
            AT_ONCE,
        )
        for row in rows:
            await enqueue(tx, JOB, {"tenant": str(tx.tenant), "process": str(row["id"])}, key=str(row["id"]))
        return len(rows)

    def register(self, queue: JobQueue) -> None:
        async def open_review(run: JobRun) -> None:
            await self.open_review(run.payload)

        queue.handle(JOB, open_review, at_once=2)

    async def open_review(self, payload: Mapping[str, Any]) -> None:
        """Open one case's review, if it is still due; raises what is worth another attempt."""
        async with self._database.transaction(UUID(payload["tenant"])) as tx:
            process = await store.load(tx, UUID(payload["process"]))
            if not await self._is_due(tx, process):
                return
            district = (process.area_code[:6]).ljust(12, "0")
            service = service_actor(process.tenant_id, district, "periodic_review", "定期核查")
            form = {"cause": ReviewCause.DUE.value}
            try:
                await self._engine.act_in(
                    tx, service, process.id, "start_review", form, expected_version=process.version
                )
            except Refused as refused:
                log.info("the review of a case could not be opened yet: %s", refused.source)

    async def _is_due(self, tx: Transaction, process: Process) -> bool:
        stage = (await self._runtimes.at(tx, process.config_number)).spec(process).stages[process.state]
        due = process.stage_due
        return stage.type == "active" and due is not None and due <= local_date(self._clock())
