"""An installation's configuration parts on a real database, with a clock the tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.access.policy_store import PolicyStore
from core.stages.configuring import Configurator
from core.stages.runtimes import TenantRuntimes
from core.storage.database import Database
from core.storage.embedded import Urls
from core.tenancy.bundle import Bundle, with_values
from core.tenancy.tenants import Tenant, TenantStore
from tests.builders.bundles import PROVINCE, bundle, installed

MORNING = datetime(2026, 7, 1, 2, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class House:
    """What the tests work with: the one way a configuration comes in, and what reads it back."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        shared, known = installed().policy()
        self.policies = PolicyStore(self.database, shared, known)
        self.configurator = Configurator(
            self.database, self.policies, installed().catalogue, installed().plugins, self.clock
        )
        self.runtimes = TenantRuntimes(installed().catalogue, installed().configs, self.clock)
        self.tenants = TenantStore(self.database, fresh_seconds=0)

    async def create(self, name: str, values: Mapping[str, Any] | None = None) -> Tenant:
        """The tenant of a bundle of the project, made if it isn't there; `values` replace some of it."""
        changed: Bundle = with_values(bundle(name), values or {})
        found = await self.tenants.find(changed.head.code)
        return found or await self.configurator.create(changed, author="测试", reason="建立")

    async def apply(self, name: str, values: Mapping[str, Any], **more: Any) -> int:
        changed = with_values(bundle(name), values)
        number, _ = await self.configurator.apply(changed, author="测试", reason="调整", **more)
        return number


@pytest.fixture
async def house(database: Database) -> House:
    """With the province in it."""
    made = House(database)
    await made.create(PROVINCE)
    return made


@pytest.fixture
async def fresh(fresh_urls: Urls) -> AsyncIterator[House]:
    """Nothing in it yet."""
    database = Database(fresh_urls.app, max_size=3)
    await database.open()
    yield House(database)
    await database.close()
