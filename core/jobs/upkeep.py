"""What districts need done by the clock: overdue complaints go up, postings that are over come down, households that the
province was never told of are told of."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from uuid import UUID

from core.clock import Clock, local_date
from core.complaints.following import Following
from core.complaints.parts import FOLLOW
from core.registry.elsewhere import Marks
from core.stages.expired_postings import take_down_over
from core.storage.database import Database
from core.storage.queue import JobQueue, JobRun

log = logging.getLogger(__name__)

EVERY_HOUR = "20 * * * *"
EVERY_TEN_MINUTES = "*/10 * * * *"


@dataclass(frozen=True)
class Upkeep:
    """`register` puts it onto the worker's queue; one tenant's failure keeps nobody else waiting."""

    database: Database
    following: Following
    clock: Clock
    marks: Marks

    def register(self, queue: JobQueue) -> None:
        async def follow(run: JobRun) -> None:
            await self.following.follow(run.payload)

        queue.handle(FOLLOW, follow)
        queue.every("complaints_overdue", EVERY_HOUR, self.overdue)
        queue.every("postings_over", EVERY_HOUR, self.postings)
        queue.every("told_above", EVERY_TEN_MINUTES, self.told_above)

    async def overdue(self) -> None:
        """Every open complaint past its last day goes one level up."""
        for tenant in await self._districts():
            try:
                async with self.database.transaction(tenant) as tx:
                    await self.following.escalate(tx)
            except Exception:
                log.exception("complaints of tenant %s were not escalated", tenant)

    async def postings(self) -> None:
        """What hangs too long comes down."""
        today = local_date(self.clock())
        for tenant in await self._districts():
            try:
                async with self.database.transaction(tenant) as tx:
                    await take_down_over(tx, today)
            except Exception:
                log.exception("postings of tenant %s were not taken down", tenant)

    async def told_above(self) -> None:
        """Households from before there were marks, and those brought in past the engine; then marks that have run out."""
        for tenant in await self._districts():
            try:
                while await self._caught_up_with(tenant):
                    pass
            except Exception:
                log.exception("households of tenant %s were not told to their province", tenant)
        for tenant in await self._districts("province"):
            async with self.database.transaction(tenant) as tx:
                await self.marks.forget_past(tx)

    async def _caught_up_with(self, tenant: UUID) -> int:
        async with self.database.transaction(tenant) as tx:
            return await self.marks.catch_up(tx)

    async def _districts(self, kind: str = "district") -> list[UUID]:
        async with self.database.platform() as tx:
            rows = await tx.fetch(
                "SELECT id FROM tenant WHERE status = 'active' AND kind = $1 ORDER BY code", kind
            )
        return [row["id"] for row in rows]
