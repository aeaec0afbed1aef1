"""Who is asking, and of which district; what a handler demands of them is in `core.access.doors`."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar.connection import ASGIConnection

from core.access.doors import Access, Needs, Public, SignedIn
from core.problems import Unauthenticated

if TYPE_CHECKING:
    from core.access.admission import Session
    from core.access.authorizer import Actor
    from core.plugin_host.payload import Scope
    from core.web.services import TenantLike

__all__ = ["COOKIE", "Access", "Needs", "Public", "SignedIn", "Visit", "is_api", "visit_of"]

COOKIE = "zhunbao_session"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass
class Visit:
    """One request's circumstances, kept on the connection's state. `plugins` are those the district has enabled.

    `scope` is for whom plugins are called here, as the guard found it: None where no plugin is asked for.
    """

    request_id: str
    tenant: TenantLike | None = None
    session: Session | None = None
    plugins: frozenset[str] = frozenset()
    scope: Scope | None = None

    @property
    def actor(self) -> Actor:
        """Raises Unauthenticated, which sends a page to sign-in."""
        if self.session is None:
            raise Unauthenticated("请先登录，登录后会回到这一页")
        return self.session.actor

    @property
    def district(self) -> TenantLike:
        assert self.tenant is not None, "only paths below /d/{district} have a district"
        return self.tenant

    @property
    def base(self) -> str:
        """The path all of the district's pages start with."""
        return f"/d/{self.tenant.code}" if self.tenant else ""


def visit_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Visit:
    """The request's visit; begun on first use."""
    state = connection.scope["state"]
    found = state.get("visit")
    if found is None:
        given = connection.headers.get("x-request-id", "")
        found = state["visit"] = Visit(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))
    assert isinstance(found, Visit)
    return found


def is_api(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the caller speaks JSON: paths below /d/{district}/api, and the schema."""
    parts = connection.scope["path"].split("/")
    return "api" in (parts[3:4] or [""]) or parts[1:2] == ["schema"]
