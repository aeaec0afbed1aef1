"""What the register of complaints needs of the house, and what every way into it and up from it asks: until when, and who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.access.authorizer import Authorizer
from core.access.policy_store import PolicyStore
from core.clock import Clock
from core.complaints.concerned import Accused, somebody_eligible
from core.complaints.register import Register
from core.complaints.routing import About, Level
from core.kernel.deadline import add_working_days
from core.kernel.runtime import Runtimes
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction
from core.storage.objects import ObjectStore
from core.tenancy.settings import TenantSettings

FOLLOW = "complaint_follow"
"""The job that lets the case, and the level above, know (`core.complaints.following`)."""


@dataclass(frozen=True)
class Parts:
    database: Database
    cipher: FieldCipher
    objects: ObjectStore
    runtimes: Runtimes
    authorizer: Authorizer
    clock: Clock
    policies: PolicyStore

    @property
    def register(self) -> Register:
        return Register(self.cipher)

    async def settings(self, tx: Transaction) -> TenantSettings:
        found: TenantSettings = (await self.runtimes.current(tx)).settings.settings
        return found

    async def due(self, tx: Transaction, about: About, since: date) -> date:
        """The last day for an answer: working days after `since`, as the district set them."""
        runtime = await self.runtimes.current(tx)
        settings: TenantSettings = runtime.settings.settings
        days = settings.objection_working_days if about is About.POSTING else settings.complaint_working_days
        return add_working_days(since, days, runtime.calendar).date

    async def with_somebody(
        self, tx: Transaction, accused: Accused, level: Level, area_code: str, now: datetime
    ) -> Level:
        """The level, or the next above it that has somebody to answer."""
        await self.policies.ensure(tx)  # nobody need have signed in since this process began
        degrees = (await self.settings(tx)).recusal_degrees
        while level is not Level.PROVINCE and not await somebody_eligible(
            tx, self.authorizer, accused, level, area_code, degrees, now
        ):
            level = level.above
        return level


async def province_of(tx: Transaction) -> tuple[UUID, str] | None:
    """The tenant of the province above the transaction's district, with the district's own code; None: it stands alone."""
    row = await tx.fetchrow(
        """SELECT p.id, t.code FROM tenant t JOIN tenant p ON p.id = t.parent_id
           WHERE t.id = $1 AND p.status = 'active'""",
        tx.tenant,
    )
    return (row["id"], row["code"]) if row else None
