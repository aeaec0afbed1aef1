"""What pages and API need from the rest of the house, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection

from core.access.admission import Admission, Session
from core.clock import Clock
from core.plugin_host.payload import PluginContext, Scope
from core.storage.together import Together
from core.web.caching import PageMemory

if TYPE_CHECKING:
    from datetime import datetime

    from core.access.accounts import Accounts
    from core.access.authorizer import Authorizer
    from core.access.enrolment import Enrolment
    from core.access.phone_door import PhoneDoor
    from core.access.single_sign_on import SingleSignOn
    from core.complaints.parts import Parts
    from core.kernel.engine import Engine
    from core.kernel.runtime import Runtimes
    from core.kernel.situation import Situations
    from core.kernel.stage import StageCatalogue
    from core.kernel.store import RecordStore
    from core.plugin_host.host import PluginHost
    from core.registry.elsewhere import Marks
    from core.registry.people import Registry
    from core.settings import Network
    from core.stages.configuring import Configurator
    from core.storage.crypto import FieldCipher
    from core.storage.database import Database, Transaction
    from core.storage.objects import ObjectStore
    from core.web.rendering import Renderer


class TenantLike(Protocol):
    """A tenant as the web needs it. `kind` is "province" or "district"; `status` "active" or "suspended"."""

    @property
    def id(self) -> UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...


class Tenants(Protocol):
    async def find(self, code: str) -> TenantLike | None: ...


class Gatekeeper(Protocol):
    """Sign-in as pages and API see it. Raises Invalid, Refused (locked), TooMany; never says which of two was wrong."""

    async def by_password(self, tenant: UUID, username: str, password: str, address: str) -> Admission: ...

    async def by_totp(self, tenant: UUID, ticket: str, code: str, address: str) -> Admission: ...

    async def send_code(self, tenant: UUID, phone: str, address: str) -> None: ...

    async def by_link(self, tenant: UUID, account: UUID, address: str) -> Admission: ...

    async def by_phone_code(self, tenant: UUID, phone: str, code: str, address: str) -> Admission: ...

    async def resume(self, tenant: UUID, token: str) -> Session | None: ...

    async def leave(self, tenant: UUID, token: str) -> None: ...

    async def change_password(self, tenant: UUID, token: str, old: str, new: str, address: str) -> None: ...


class DemoClock(Protocol):
    """A clock that may be moved forward; only a demo has one (`core.clock.MovableClock`)."""

    def advance(self, by: timedelta) -> datetime: ...


async def _no_plugins(tx: Transaction) -> Scope:
    """The scope of a house without plugins."""
    assert tx.tenant is not None
    return Scope(tx.tenant, "", frozenset(), lambda _plugin: msgspec.defstruct("NoConfig", [])())


def _no_context(scope: Scope, plugin: str) -> PluginContext:
    raise LookupError(f"plugin {plugin!r} is not installed")


ScopeOf = Callable[["Transaction"], Awaitable[Scope]]
ContextOf = Callable[[Scope, str], PluginContext]


@dataclass(frozen=True)
class WebServices:
    """Everything a handler may use. `catalogue` holds the stage types of all installed plugins, for the API's schema.

    `scope_of` tells which plugins the transaction's district has enabled, `plugin_context` what one of them is told.
    `secure_cookies` is off only where the address is plain http on this machine. `demo_accounts` are shown on the
    sign-in page of a demo's district, by its code: (office, username, password); `demo_clock` and `demo_phones` (where
    its texts are told) only a demo has.
    `scopes` asks `scope_of` once for all who ask at the same time.
    """

    database: Database
    engine: Engine
    situations: Situations
    runtimes: Runtimes
    records: RecordStore
    authorizer: Authorizer
    accounts: Accounts
    gatekeeper: Gatekeeper
    phone_door: PhoneDoor
    tenants: Tenants
    enrolment: Enrolment
    single_sign_on: SingleSignOn
    registry: Registry
    marks: Marks
    objects: ObjectStore
    catalogue: StageCatalogue
    clock: Clock
    renderer: Renderer
    complaints: Parts
    cipher: FieldCipher
    configurator: Configurator
    plugin_host: PluginHost | None = None
    scope_of: ScopeOf = field(default=_no_plugins)
    plugin_context: ContextOf = field(default=_no_context)
    version: str = "0"
    public_url: str = ""
    trusted_proxies: Sequence[Network] = ()
    secure_cookies: bool = True
    demo_accounts: Mapping[str, Sequence[tuple[str, str, str]]] = field(default_factory=dict)
    demo_clock: DemoClock | None = None
    demo_phones: str = ""
    pages: PageMemory = field(default_factory=PageMemory)
    scopes: Together[UUID, None, Scope] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scopes", Together(self._scopes))

    async def _scopes(self, tenant: UUID, asked: Sequence[None]) -> Sequence[Scope]:
        async with self.database.transaction(tenant) as tx:
            return [await self.scope_of(tx)] * len(asked)


def services_of(connection: ASGIConnection[Any, Any, Any, Any]) -> WebServices:
    services = connection.app.state.services
    assert isinstance(services, WebServices)
    return services
