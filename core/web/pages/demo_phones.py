"""A demo's telephones: the texts its stand-in for the gateway took, so that a villager's code can be read. No real installation has this."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from litestar import Request, Response, get

from core.problems import NotFound, Unavailable
from core.web.services import services_of
from core.web.visit import Public, visit_of

AnyRequest = Request[Any, Any, Any]

SHOWN = 30
_PATIENCE = 3.0


class Text(msgspec.Struct, frozen=True):
    """One text as the stand-in tells it; `at` in seconds since 1970."""

    phone: str
    sign: str
    text: str
    district: str
    at: float

    @property
    def when(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


class _Told(msgspec.Struct, frozen=True):
    messages: tuple[Text, ...] = ()


@get("/demo/phones", opt={"access": Public()})
async def phones(request: AnyRequest) -> Response[Any]:
    """The newest texts of this district, newest first. Raises NotFound outside a demo."""
    services, district = services_of(request), visit_of(request).district.code
    if not services.demo_phones:
        raise NotFound("没有这个页面")
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
            answer = await client.get(f"{services.demo_phones}/messages")
        told = msgspec.json.decode(answer.content, type=_Told).messages
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise Unavailable("演示用的短信网关没有回答", hint="请过一会儿再试。") from error
    ours = [one for one in told if one.district == district]
    newest = sorted(ours, key=lambda one: one.at, reverse=True)[:SHOWN]
    return services.renderer.page(request, "door/demo_phones.html", texts=newest)


HANDLERS = (phones,)
