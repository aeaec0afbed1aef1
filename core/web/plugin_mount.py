"""Plugins' pages and API, mounted behind the platform's own guard: nothing of a plugin's is reached any other way.

    page  /d/{district}/x/{plugin}{path}         form token and origin checked, photographs stored, framed by the district
    API   /d/{district}/api/x/{plugin}{path}     JSON, decoded with every error at once, described in /schema

Who may come in is `route.access`, asked by `core.web.guards.admit`, which also answers 404 where the district has not
enabled the plugin.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect as SendTo

from core.kernel.forms import decode
from core.plugin_host.host import PluginHost
from core.plugin_host.payload import PluginContext
from core.sdk.routes import Call, File, Json, Page, Redirect, Reply, Route
from core.web.addresses import public_address
from core.web.reading import idempotency_key, json_body, page_parts, query
from core.web.services import services_of
from core.web.visit import visit_of

AnyRequest = Request[Any, Any, Any]
Serve = Callable[[AnyRequest], Awaitable[Response[Any]]]

_INLINE = frozenset({"image/png", "image/jpeg", "application/pdf", "text/plain; charset=utf-8"})
"""What a browser may show at once; everything else a plugin sends is a download."""


class BadReply(TypeError):
    """A plugin's handler answered with something that cannot be sent; the message names plugin and path."""


def plugin_routers(host: PluginHost | None) -> tuple[Router, ...]:
    """One router per kind for all installed plugins. Raises PluginError for a route that can't be mounted."""
    if host is None:
        return ()
    pages: list[HTTPRouteHandler] = []
    api: list[HTTPRouteHandler] = []
    seen: set[tuple[str, bool, str, str]] = set()
    for offer in host.collect("routes").offers:
        route: Route = offer.value
        key = (offer.plugin, route.api, route.method, re.sub(r"\{\w+:", "{:", route.path))
        if key in seen or not route.path.startswith("/"):
            raise host.plugins[offer.plugin].fail(
                f"routes {route.method} {route.path}", "declared twice, or no path"
            )
        seen.add(key)
        (api if route.api else pages).append(_handler(offer.plugin, route))
    return (
        *((Router("/d/{district:str}/x", route_handlers=pages),) if pages else ()),
        *((Router("/d/{district:str}/api/x", route_handlers=api),) if api else ()),
    )


def _handler(plugin: str, route: Route) -> HTTPRouteHandler:
    name = f"{plugin}_{route.method.lower()}_{re.sub(r'[^a-z0-9]+', '_', route.path.lower()).strip('_')}"
    declare = get if route.method == "GET" else post
    serve: Serve = _serving(plugin, route)
    return declare(
        f"/{plugin}{route.path.rstrip('/')}",
        status_code=route.status,
        name=f"{'api' if route.api else 'page'}.x.{name}",
        operation_id=name.rstrip("_"),
        summary=route.summary or name.replace("_", " "),
        opt={
            "access": route.access, "plugin": plugin, "body": route.body, "answer": route.answer, "query": route.query,
            "idempotent": route.idempotent,
        },
    )(serve)  # fmt: skip


def _serving(plugin: str, route: Route) -> Serve:
    async def serve(request: AnyRequest) -> Response[Any]:
        context = _context(request, plugin)
        call = await _call(request, route, context)
        return _answered(request, plugin, route, await route.handler(call))

    return serve


def _context(request: AnyRequest, plugin: str) -> PluginContext:
    """Of the district as the guard found it for this request."""
    scope = visit_of(request).scope
    assert scope is not None, "the guard lets nobody to a plugin's route without"
    return services_of(request).plugin_context(scope, plugin)


async def _call(request: AnyRequest, route: Route, context: PluginContext) -> Call:
    visit = visit_of(request)
    sent: dict[str, Any] = {}
    if route.api and route.method == "POST":
        sent["body"] = decode(route.body, await json_body(request)) if route.body is not None else None
        sent["idempotency_key"] = idempotency_key(request)
    elif route.method == "POST":
        sent["typed"], sent["own"], sent["files"] = await page_parts(request, route.files)
    if route.api and route.query is not None:
        query(request, route.query)
    return Call(
        context=context,
        visitor=visit.session.actor if visit.session else None,
        path={k: v for k, v in request.path_params.items() if k != "district"},
        query=dict(request.query_params),
        base=visit.base,
        here=f"{visit.base}/x/{context.plugin}",
        origin=public_address(request),
        **sent,
    )


def _answered(request: AnyRequest, plugin: str, route: Route, reply: Reply) -> Response[Any]:
    if isinstance(reply, Page) and not route.api:
        return framed(request, plugin, reply)
    if isinstance(reply, Redirect) and not route.api:
        return SendTo(_inside(request, plugin, reply.to), status_code=303)
    if isinstance(reply, Json):
        return Response(reply.value, status_code=reply.status or route.status, media_type="application/json")
    if isinstance(reply, File):
        shown = not reply.name and reply.media_type in _INLINE
        place = "inline" if shown else f"attachment; filename*=UTF-8''{quote(reply.name or 'file')}"
        return Response(reply.data, media_type=reply.media_type, headers={"content-disposition": place})
    raise BadReply(f"plugin {plugin!r}, {route.method} {route.path}: cannot send {type(reply).__name__}")


def framed(request: AnyRequest, plugin: str, page: Page) -> Response[str]:
    """A plugin's template in the district's frame; what the frame needs cannot be overridden by the plugin's values."""
    _own_template(plugin, page.template)
    renderer = services_of(request).renderer
    values: Mapping[str, Any] = {**page.values, "plugin_base": f"{visit_of(request).base}/x/{plugin}"}
    return renderer.framed(request, page.template, values, status=page.status)


def _own_template(plugin: str, template: str) -> None:
    if not template.startswith(f"{plugin}/"):
        raise BadReply(f"plugin {plugin!r}: template {template!r} is not in its own folder")


def _inside(request: AnyRequest, plugin: str, to: str) -> str:
    """Only within the district: a plugin can't send people elsewhere."""
    base = visit_of(request).base
    if not to.startswith(f"{base}/") or "//" in to or "\\" in to:
        raise BadReply(f"plugin {plugin!r}: redirect leaves the district")
    return to
