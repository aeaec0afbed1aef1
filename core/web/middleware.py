"""Around every request: the district named in the path, a request id, and the headers that keep browsers strict."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from core.problems import NotFound, Unavailable
from core.web.services import services_of
from core.web.visit import visit_of

POLICY = "; ".join(
    (
        "default-src 'self'", "img-src 'self' data: blob:", "style-src 'self'", "script-src 'self'",
        "connect-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'",
    )
)  # fmt: skip

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
NO_INDEX = "noindex, nofollow, noarchive"
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_NO_INDEX = (b"x-robots-tag", NO_INDEX.encode())


class DistrictMiddleware(ASGIMiddleware):
    """Puts the tenant named by `/d/{district}/` on the visit. Unknown and suspended districts end here."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if any(character < " " for character in scope["path"]):
            raise NotFound("没有这个页面，网址里有看不见的字符", hint="请从页面上的链接进入")
        code = scope.get("path_params", {}).get("district")
        if code is not None:
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope, receive, send)
            await self._enter(connection, str(code))
        await next_app(scope, receive, send)

    @staticmethod
    async def _enter(connection: ASGIConnection[Any, Any, Any, Any], code: str) -> None:
        plain = code.isascii() and code.isalnum() and len(code) <= 32
        tenant = await services_of(connection).tenants.find(code) if plain else None
        if tenant is None:
            raise NotFound("没有这个区县，请检查网址，或向当地民政部门询问正确的网址")
        if tenant.status != "active":
            raise Unavailable(f"{tenant.name}的系统目前停用，请联系省级管理员")
        visit_of(connection).tenant = tenant


async def add_headers(message: Message, scope: Scope) -> None:
    """`before_send` hook: strict headers on every response, errors included; nothing personal is cached."""
    if message["type"] != "http.response.start":
        return
    given = list(message["headers"])
    names = {name.lower() for name, _ in given}
    given += [header for header in _HEADERS if header[0] not in names]
    if scope["path"].startswith("/d/") and _NO_INDEX[0] not in names:
        given.append(_NO_INDEX)
    visit = scope.get("state", {}).get("visit")
    if visit is not None:
        given.append((b"x-request-id", visit.request_id.encode()))
    message["headers"] = given
