"""A composed installation for tests: the real parts on a real database, districts from the real bundles, people with roles.

async with an_installation(database_urls, tmp_path, keys) as house:
    district = await house.district("620802-kongtong")
    clerk = await house.person(district, "township_clerk", TOWNSHIP)
    answer = await house.client.get(f"/d/{district.code}/api/me", headers=clerk.headers)
"""

from __future__ import annotations

import copy
import functools
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from litestar.datastructures import State

from core.access import sessions
from core.access.accounts import Accounts, NewAccount
from core.access.admission import SignInRules
from core.access.authorizer import Actor
from core.app import Zhunbao, build
from core.plugin_host.manifest import Plugin
from core.settings import Keyring, Settings
from core.stages.configuring import Configurator
from core.storage.database import Transaction
from core.storage.embedded import Urls
from core.tenancy.areas import load_areas, read_areas
from core.tenancy.bundle import read_bundle, with_values
from core.tenancy.tenants import Tenant, by_code

TENANTS = Path(__file__).parents[2] / "tenants"
DISTRICT = "620802000000"
TOWNSHIP = "620802001000"
VILLAGE = "620802001001"
OTHER_VILLAGE = "620802001002"
PASSWORD = "Shuiqiao-2026"
"""Long enough, and the same for everybody: tests are not about it."""

ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")
QUICK_RETRY = timedelta(milliseconds=50)


@dataclass(frozen=True)
class Somebody:
    """An account with a session. `headers` sign a request."""

    actor: Actor
    username: str
    token: str

    @property
    def id(self) -> UUID:
        return self.actor.account_id

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass
class House:
    """The installation with its client. `people` counts accounts, for names."""

    zhunbao: Zhunbao
    client: httpx.AsyncClient
    administrators: dict[UUID, dict[str, Actor]] = field(default_factory=dict)
    people: int = 0

    @asynccontextmanager
    async def inside(self, district: Tenant) -> AsyncIterator[Transaction]:
        async with self.zhunbao.database.transaction(district.id) as tx:
            yield tx

    async def district(
        self, bundle: str = "620802-kongtong", values: Mapping[str, Any] | None = None
    ) -> Tenant:
        """A district from its bundle, with its province, areas and three administrators. `values` replace settings."""
        z = self.zhunbao
        configurator = Configurator(z.database, z.policies, z.catalogue_of, z.plugins, z.clock)
        read = with_values(read_bundle(TENANTS / bundle), dict(values or {}))
        province = read.head.extends
        async with z.database.platform() as tx:
            new_province = bool(province) and await by_code(tx, str(province)) is None
        if new_province:
            await configurator.create(read_bundle(_province(str(province))), author="test", reason="test")
        async with z.database.platform() as tx:
            await load_areas(tx, _areas_of(read.head.code))
        made = await configurator.create(read, author="test", reason="test")
        await self._administrators(made)
        return made

    async def person(
        self,
        district: Tenant,
        role: str,
        area: str = DISTRICT,
        *,
        name: str = "",
        person_id: UUID | None = None,
    ) -> Somebody:
        """Somebody with one role, signed in."""
        return await self.somebody(district, [(role, area)], name=name or role, person_id=person_id)

    async def somebody(
        self,
        district: Tenant,
        grants: Iterable[tuple[str, str]],
        *,
        name: str = "某某",
        person_id: UUID | None = None,
        phone: str = "",
    ) -> Somebody:
        """An account with these roles, signed in without the second the password would take."""
        admins = self.administrators[district.id]
        self.people += 1
        username = f"user{self.people}"
        new = NewAccount(username, name, person_id, phone)
        async with self.inside(district) as tx:
            made = await self.accounts.create_account(
                tx, admins["system_admin"], new, password=PASSWORD, must_change=False
            )
            for role, area in grants:
                await self.accounts.grant(tx, admins["security_admin"], made.id, role, area)
            return await self._signed_in(tx, made.id, username)

    @property
    def accounts(self) -> Accounts:
        return self.zhunbao.accounts

    async def work_off(self) -> None:
        """The worker's share: everything queued is delivered, follow-ups too."""
        await self.zhunbao.queue.drain()
        await self.zhunbao.host.settle()

    def later(self, **by: float) -> None:
        """Move the demo clock forward."""
        assert self.zhunbao.demo_clock is not None
        self.zhunbao.demo_clock.advance(timedelta(**by))

    async def _administrators(self, district: Tenant) -> None:
        area = district.code.ljust(12, "0")
        people = [(role, NewAccount(role, role)) for role in ADMINISTRATORS]
        async with self.inside(district) as tx:
            made = await self.accounts.first_administrators(tx, area, people)
            self.administrators[district.id] = {
                role: await self._actor(tx, account.id) for role, account in made.items()
            }

    async def administrator(self, district: Tenant, role: str) -> Somebody:
        """One of the three, signed in."""
        async with self.inside(district) as tx:
            return await self._signed_in(tx, self.administrators[district.id][role].account_id, role)

    async def _signed_in(self, tx: Transaction, account: UUID, username: str) -> Somebody:
        token = await sessions.open_session(tx, account, "127.0.0.1", datetime.now(UTC), SignInRules())
        return Somebody(await self._actor(tx, account), username, token)

    async def _actor(self, tx: Transaction, account: UUID) -> Actor:
        found = await sessions.actor_of(tx, account, datetime.now(UTC), self.zhunbao.policies)
        assert found is not None
        return found


@asynccontextmanager
async def an_installation(
    urls: Urls, folder: Path, keys: Keyring, *, plugins: Iterable[Plugin] | None = None
) -> AsyncIterator[House]:
    """The installed plugins, or those given. Its clock can be moved; its client talks to the application in process."""
    settings = Settings(
        data=folder, database_url=urls.app, owner_url=urls.owner, keys=keys, secure_cookies=False, demo=True
    )
    zhunbao = build(settings, plugins=plugins, first_pause=QUICK_RETRY)
    _borrow_routes(zhunbao)
    await zhunbao.open()
    transport = httpx.ASGITransport(zhunbao.litestar, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://zhunbao.test") as client:
            yield House(zhunbao, client)
    finally:
        await zhunbao.close()


def _borrow_routes(zhunbao: Zhunbao) -> None:
    """Eight hundred handlers and their templates take a second or two to make, and depend on the plugins only.

    What differs between installations they find in the application's state: each has a copy of its own with that.
    """
    pattern = _never_opened(zhunbao.plugins)
    zhunbao.__dict__["renderer"] = pattern.renderer
    web = copy.copy(pattern.litestar)
    web.state = State({**pattern.litestar.state.dict(), "services": zhunbao.web_services})
    web.on_startup, web.on_shutdown = [zhunbao.open], [zhunbao.close]
    zhunbao.__dict__["litestar"] = web


@functools.lru_cache(maxsize=6)
def _never_opened(plugins: tuple[Plugin, ...]) -> Zhunbao:
    settings = Settings(data=Path(), database_url="", owner_url="", keys=Keyring.generate())
    return build(settings, plugins=plugins)


def _province(code: str) -> Path:
    return next(TENANTS.glob(f"{code}-*"))


@functools.cache
def _areas_of(code: str) -> list[Any]:
    """The district's tree with what lies above it: a few hundred rows instead of nineteen thousand."""
    above = {code[:2].ljust(12, "0"), code[:4].ljust(12, "0")}
    tree = read_areas(TENANTS / "areas" / f"{code[:2]}.csv.gz")
    return [area for area in tree if area.code.startswith(code) or area.code in above]
