"""The Litestar application: every route, behind one guard, with errors in one place. Wired by `core/app.py`."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import State
from litestar.params import FromPath

from core.problems import NotFound
from core.web import errors
from core.web.api import (
    accounts,
    applying,
    complaints,
    district,
    five_haves,
    lookups,
    processes,
    publicity,
    rolls,
    running,
    session,
    word_forms,
)
from core.web.caching import conditional
from core.web.guards import admit, check_doors
from core.web.middleware import DistrictMiddleware, add_headers
from core.web.openapi import document
from core.web.pages import HANDLERS as PAGES
from core.web.pages import ROOT
from core.web.plugin_mount import plugin_routers
from core.web.services import WebServices, services_of
from core.web.views.records import Labels
from core.web.visit import Public

LARGEST_BODY = 12 * 1024 * 1024
"""One file of 8 MB with its form around it."""

_FOREVER = "public, max-age=31536000, immutable"

AnyRequest = Request[Any, Any, Any]


@get("/static/{name:str}", opt={"access": Public()})
async def static(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Files under hashed names; kept by browsers for a year."""
    asset = services_of(request).renderer.assets.get(name)
    if asset is None:
        raise NotFound("没有这个文件")
    headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
    zipped = asset.zipped if "gzip" in request.headers.get("accept-encoding", "") else b""
    if zipped:
        headers["content-encoding"] = "gzip"
    return Response(zipped or asset.body, media_type=asset.media_type, headers=headers)


@get("/schema", opt={"access": Public()})
async def schema(request: AnyRequest) -> Response[Any]:
    """The API's description (OpenAPI 3.1)."""
    return conditional(request, request.app.state.schema, "application/json")


def build_web(services: WebServices) -> Litestar:
    """The whole web application, plugins' routes included. Raises OpenDoor when any doesn't say who may come in."""
    api = Router(
        "/d/{district:str}/api",
        route_handlers=[
            *session.HANDLERS, *processes.HANDLERS, *district.HANDLERS, *lookups.HANDLERS, *rolls.HANDLERS,
            *accounts.HANDLERS, *running.HANDLERS, *complaints.HANDLERS, *publicity.HANDLERS, *word_forms.HANDLERS,
            *five_haves.HANDLERS,
            *applying.HANDLERS,
            *processes.action_handlers(services.catalogue),
        ],
    )  # fmt: skip
    app = Litestar(
        route_handlers=[
            static,
            running.health,
            schema,
            *ROOT,
            Router("/d/{district:str}", route_handlers=[*PAGES]),
            api,
            *plugin_routers(services.plugin_host),
        ],
        guards=[admit],
        middleware=[DistrictMiddleware()],
        before_send=[add_headers],
        exception_handlers=errors.HANDLERS,  # type: ignore[arg-type]
        state=State({"services": services, "labels": Labels(services.catalogue)}),
        request_max_body_size=LARGEST_BODY,
        multipart_form_part_limit=2000,
        openapi_config=None,
        debug=False,
    )
    check_doors(app)
    app.state.schema = msgspec.json.encode(document(app, services.version))
    return app
