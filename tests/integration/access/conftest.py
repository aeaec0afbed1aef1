"""An office with its three administrators and a gatekeeper, in a district of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from argon2 import PasswordHasher

from core.access import sessions
from core.access.accounts import Accounts, NewAccount
from core.access.admission import SignInRules
from core.access.authorizer import Authorizer
from core.access.gatekeeper import Gatekeeper
from core.access.passwords import Passwords
from core.access.policy_store import PolicyStore
from core.storage.crypto import FieldCipher
from core.storage.database import Database, Transaction
from tests.integration.access.office import DISTRICT, HandClock, Office


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    """The real thing with the cheapest parameters."""
    made = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield made
    made.close()


@pytest.fixture
async def office(database: Database, cipher: FieldCipher, tenant: UUID, passwords: Passwords) -> Office:
    clock, policies, rules = HandClock(), PolicyStore(database), SignInRules()
    accounts = Accounts(Authorizer(policies), passwords, cipher, clock)
    sent: list[tuple[str, str]] = []

    async def send(tx: Transaction, phone: str, code: str) -> None:
        sent.append((phone, code))

    gatekeeper = Gatekeeper(database, cipher, policies, passwords, clock, rules, send)
    people = [(f"{name}_admin", NewAccount(name, name)) for name in ("system", "security", "audit")]
    async with database.transaction(tenant) as tx:
        made = await accounts.first_administrators(tx, DISTRICT, people)
        actors = [await sessions.actor_of(tx, made[role].id, clock(), policies) for role, _ in people]
    system, security, audit = (actor for actor in actors if actor is not None)
    return Office(
        tenant, database, clock, policies, accounts, gatekeeper, rules, system, security, audit, sent
    )
