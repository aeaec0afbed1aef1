"""Default-deny: every handler says who may come in (`opt={"access": …}`); one that doesn't keeps the app from starting."""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from core.problems import NotFound, Refused
from core.web.csrf import FIELD, HEADER, SAFE, check_origin, check_token
from core.web.reading import sent_form
from core.web.services import WebServices, services_of
from core.web.visit import COOKIE, Access, Needs, Public, SignedIn, Visit, is_api, visit_of


class PasswordDue(Refused):
    """Signed in with a password that has to be changed before anything else."""

    code = "password_due"
    title = "请先修改密码"


class SecondFactorDue(Refused):
    """Signed in, but the district demands a second factor of this role and it is not set up yet."""

    code = "second_factor_due"
    title = "请先绑定动态验证码"


class OpenDoor(RuntimeError):
    """A route handler that declares no access; the message names it and its path."""


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one guard of all handlers: session, permission, origin. Raises Unauthenticated or Refused."""
    access: Access = Public() if _automatic(handler) else handler.opt["access"]
    visit, services = visit_of(connection), services_of(connection)
    changing = connection.scope.get("method", "GET") not in SAFE
    if changing:
        check_origin(connection)
    await _arrive(connection, handler, visit, services)
    if isinstance(access, Public):
        return
    actor = visit.actor
    if visit.session is not None and visit.session.must_change and not handler.opt.get("password_due"):
        raise PasswordDue(visit.session.must_change, hint="请先修改密码，再继续办理")
    if visit.session is not None and visit.session.must_enrol and not handler.opt.get("factor_due"):
        raise SecondFactorDue(
            "您的岗位要求两步登录，账号还没有绑定动态验证码。",
            source="GB/T 22239",
            hint="请先绑定动态验证码，再继续办理",
        )
    if isinstance(access, Needs):
        refused = refusal(services, actor, access)
        if refused is not None:
            raise refused
    if changing and not is_api(connection):
        await _page_token(connection, visit)


async def _arrive(
    connection: ASGIConnection[Any, Any, Any, Any],
    handler: BaseRouteHandler,
    visit: Visit,
    services: WebServices,
) -> None:
    """Which plugins the district uses, where that matters, and who asks: one look into the database for both.

    NotFound for a route of a plugin the district doesn't use.
    """
    plugin = handler.opt.get("plugin")
    asks = services.plugin_host is not None and (plugin is not None or not is_api(connection))
    token = session_token(connection) if visit.session is None else ""
    if visit.tenant is None or not (asks or token):
        return
    if asks and not token:
        # programs and phones without a session come in crowds: those that come at once are told together
        visit.scope = await services.scopes.add(visit.tenant.id, None)
        _enabled(plugin, visit, services)
        return
    async with services.database.transaction(visit.tenant.id) as tx:
        if asks:
            visit.scope = await services.scope_of(tx)
            _enabled(plugin, visit, services)
        if token:
            visit.session = await services.gatekeeper.resume(visit.tenant.id, token)


def _enabled(plugin: str | None, visit: Visit, services: WebServices) -> None:
    assert services.plugin_host is not None
    assert visit.scope is not None
    visit.plugins = visit.scope.enabled & services.plugin_host.plugins.keys()
    if plugin is not None and plugin not in visit.plugins:
        raise NotFound("没有这个页面：本区没有启用这项功能")


async def _page_token(connection: ASGIConnection[Any, Any, Any, Any], visit: Visit) -> None:
    """Form pages: the token from the header (HTMX) or the form's hidden field."""
    given = connection.headers.get(HEADER)
    if given is None:
        form = await sent_form(connection)
        given = str(form.get(FIELD) or "")
    assert visit.session is not None
    check_token(visit.session.token, given)


def session_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """From `Authorization: Bearer …` (programs) or the cookie (browsers)."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return connection.cookies.get(COOKIE, "")


def refusal(services: WebServices, actor: Any, access: Needs) -> Refused | None:
    """None when the actor holds the permission for one of their areas, else why not."""
    denial = None
    for area in sorted({grant.area_code for grant in actor.grants}):
        denial = services.authorizer.may(actor, access.object, access.action, area)
        if denial is None:
            return None
    if denial is None:
        return Refused("您的账号还没有分配岗位和辖区。", hint="请联系本区的安全管理员")
    return Refused(denial.reason, source=denial.source, hint=denial.hint)


def may(services: WebServices, actor: Any, object_: str, action: str) -> bool:
    return refusal(services, actor, Needs(object_, action)) is None


def check_doors(app: Litestar) -> None:
    """Raises OpenDoor naming the first handler, plugins' included, that declares no access."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
        for handler in handlers:
            if not isinstance(handler.opt.get("access"), Public | SignedIn | Needs) and not _automatic(
                handler
            ):
                raise OpenDoor(f"{route.path}: handler {handler} declares no opt={{'access': …}}")


def _automatic(handler: BaseRouteHandler) -> bool:
    """Litestar's own OPTIONS answers, which reveal only the allowed methods."""
    return getattr(handler, "http_methods", None) == {"OPTIONS"}
