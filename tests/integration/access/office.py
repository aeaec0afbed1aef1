"""A district's people and doors, for the tests of access; the clock is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from core.access import sessions
from core.access.accounts import Accounts, NewAccount
from core.access.admission import SignInRules
from core.access.authorizer import Actor
from core.access.gatekeeper import Gatekeeper
from core.access.policy_store import PolicyStore
from core.storage.database import Database

DISTRICT = "620802000000"
TOWNSHIP = "620802001000"
VILLAGE = "620802001001"
PASSWORD = "Shuiqiao-2026"
START = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)


@dataclass
class HandClock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Office:
    """One district's people and doors."""

    tenant: UUID
    database: Database
    clock: HandClock
    policies: PolicyStore
    accounts: Accounts
    gatekeeper: Gatekeeper
    rules: SignInRules
    system: Actor
    security: Actor
    audit: Actor
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def actor(self, account: UUID) -> Actor:
        async with self.database.transaction(self.tenant) as tx:
            found = await sessions.actor_of(tx, account, self.clock(), self.policies)
        assert found is not None
        return found

    async def hire(
        self, username: str, *grants: tuple[str, str], phone: str = "", password: str = PASSWORD
    ) -> UUID:
        """An account with its own password already set, and its roles."""
        async with self.database.transaction(self.tenant) as tx:
            made = await self.accounts.create_account(
                tx,
                self.system,
                NewAccount(username, "王芳", phone=phone),
                password=password,
                must_change=False,
            )
            for role, area in grants:
                await self.accounts.grant(tx, self.security, made.id, role, area)
        return made.id

    async def events(self, *, about: UUID | None = None) -> list[str]:
        async with self.database.transaction(self.tenant) as tx:
            rows = await tx.fetch(
                """SELECT event FROM access_log WHERE tenant_id = $1 AND ($2::uuid IS NULL OR $2 IN (account_id, target_id))
                   ORDER BY at, event""",
                self.tenant,
                about,
            )
        return [row["event"] for row in rows]
