"""Whether the house runs, for whoever watches it; a paused plugin's resumption; and the demo's clock."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from core.problems import NotFound
from core.web.reading import body
from core.web.services import services_of
from core.web.visit import Needs, Public, visit_of

log = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]

_PATIENCE = 3.0


class ClockForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    days: Annotated[int, Meta(title="往后拨几天", ge=0, le=3650)]


class ClockAnswer(msgspec.Struct, frozen=True):
    now: datetime


@get("/healthz", opt={"access": Public()})
async def health(request: AnyRequest) -> Response[dict[str, bool]]:
    """Whether the database answers; nothing else is told to strangers."""
    try:
        async with asyncio.timeout(_PATIENCE), services_of(request).database.platform() as tx:
            reached = await tx.fetchval("SELECT true")
    except Exception as error:
        log.warning("health check: the database does not answer (%s)", type(error).__name__)
        reached = False
    return Response({"database": bool(reached)}, status_code=200 if reached else 503)


@post(
    "/demo/clock",
    status_code=200,
    opt={"access": Needs("config", "edit"), "body": ClockForm, "answer": ClockAnswer},
)
async def move_clock(request: AnyRequest) -> ClockAnswer:
    """Move the demo's clock forward; no real installation has this."""
    clock = services_of(request).demo_clock
    if clock is None:
        raise NotFound("这里不是演示环境，时间不能改动")
    return ClockAnswer(clock.advance(timedelta(days=(await body(request, ClockForm)).days)))


@post("/plugins/{name:str}/resume", status_code=204, opt={"access": Needs("plugin", "manage")})
async def resume_plugin(request: AnyRequest, name: FromPath[str]) -> None:
    """Let a plugin that was paused after failures be called again now."""
    host = services_of(request).plugin_host
    if host is None or name not in host.plugins:
        raise NotFound("没有安装这个插件")
    await host.circuits.reset(visit_of(request).actor.tenant_id, name)


HANDLERS = (move_clock, resume_plugin)
