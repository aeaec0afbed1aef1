"""What pages and API need from the rest of the house, handed in by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from litestar.connection import ASGIConnection

from core.clock import Clock

if TYPE_CHECKING:
    from core.access.authorizer import Actor, Authorizer
    from core.kernel.engine import Engine
    from core.kernel.runtime import Runtimes
    from core.kernel.stage import StageCatalogue
    from core.plugin_host.host import PluginHost
    from core.registry.people import Registry
    from core.storage.database import Database
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


@dataclass(frozen=True, slots=True)
class Admission:
    """What a sign-in step came to: a session's `token`, or a `ticket` with which the second factor is to be shown."""

    token: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A running session. `must_change` names why the password has to be changed first; empty: it need not."""

    token: str
    actor: Actor
    must_change: str = ""


class Gatekeeper(Protocol):
    """Sign-in as pages and API see it. Raises Invalid, Refused (locked), TooMany; never says which of two was wrong."""

    async def by_password(self, tenant: UUID, username: str, password: str, address: str) -> Admission: ...

    async def by_totp(self, tenant: UUID, ticket: str, code: str, address: str) -> Admission: ...

    async def send_code(self, tenant: UUID, phone: str, address: str) -> None: ...

    async def by_phone_code(self, tenant: UUID, phone: str, code: str, address: str) -> Admission: ...

    async def resume(self, tenant: UUID, token: str) -> Session | None: ...

    async def leave(self, tenant: UUID, token: str) -> None: ...

    async def change_password(self, tenant: UUID, token: str, old: str, new: str) -> None: ...


@dataclass(frozen=True)
class WebServices:
    """Everything a handler may use. `catalogue` holds the stage types of all installed plugins, for the API's schema.

    `secure_cookies` is off only where the address is plain http on this machine. `demo_accounts` are shown on the
    sign-in page of a demo: (role, username, password).
    """

    database: Database
    engine: Engine
    runtimes: Runtimes
    authorizer: Authorizer
    gatekeeper: Gatekeeper
    tenants: Tenants
    registry: Registry
    objects: ObjectStore
    catalogue: StageCatalogue
    clock: Clock
    renderer: Renderer
    plugin_host: PluginHost | None = None
    plugin_handlers: tuple[tuple[str, Any], ...] = ()
    version: str = "0"
    secure_cookies: bool = True
    demo_accounts: tuple[tuple[str, str, str], ...] = ()


def services_of(connection: ASGIConnection[Any, Any, Any, Any]) -> WebServices:
    services = connection.app.state.services
    assert isinstance(services, WebServices)
    return services
