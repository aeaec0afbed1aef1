"""Without sign-in: what is posted, as far as the district puts it on line; the board's sheet is the office's to print."""

from __future__ import annotations

import io
from typing import Any

import msgspec
import segno
from litestar import Request, Response, get
from litestar.params import FromPath

from core.clock import local_date
from core.problems import NotFound
from core.web.addresses import public_address
from core.web.caching import conditional
from core.web.pages.place import district_settings
from core.web.reading import lenient_query
from core.web.rendering import LANGUAGE_COOKIE, LARGE_COOKIE
from core.web.services import services_of
from core.web.views import postings
from core.web.visit import Public, visit_of

AnyRequest = Request[Any, Any, Any]

_GONE = "没有这份公示，可能已经期满撤下。"


@get("/p/postings", opt={"access": Public()})
async def listed(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    wanted, today = lenient_query(request, postings.PostingQuery), local_date(services.clock())
    async with services.database.transaction(visit.district.id) as tx:
        settings = await district_settings(request, tx)
        found = await postings.standing(tx, today, settings.online_fields, wanted)
        places = await postings.places(tx, today)
    return _public(
        request, "public/postings.html", listing=found, places=places, wanted=wanted,
        current=msgspec.to_builtins(wanted), phone=settings.supervision_phone,
    )  # fmt: skip


async def _one(request: AnyRequest, token: str) -> tuple[postings.PublicPosting, Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.district.id) as tx:
        settings = await district_settings(request, tx)
        found = await postings.by_token(tx, token, local_date(services.clock()), settings.online_fields)
    if found is None:
        raise NotFound(_GONE, hint="要了解结果，请询问村委会或乡镇民政办。")
    return found, settings


@get("/p/postings/{token:str}", opt={"access": Public()})
async def posting(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """What a posting says never changes while it hangs: whether it does is asked each time, the page is rendered once."""
    key = _key(request, token)
    known = services_of(request).pages.get(key) if key else None
    if known is not None and await _hangs(request, token):
        return _plain(request, known)
    found, settings = await _one(request, token)
    page = services_of(request).renderer.page(
        request, "public/posting.html", posting=found, phone=settings.supervision_phone
    )
    if visit_of(request).session is not None:
        return page
    body = page.content.encode()
    return _plain(request, services_of(request).pages.keep(key, body) if key else body)


def _key(request: AnyRequest, token: str) -> tuple[object, ...] | None:
    """All the page is made of beside the posting; None: not one for everybody."""
    visit = visit_of(request)
    if visit.session is not None or visit.scope is None or request.url.query:
        return None
    shown = (request.cookies.get(LANGUAGE_COOKIE, "zh"), request.cookies.get(LARGE_COOKIE) == "1")
    return (visit.district.id, token, visit.scope.number, *shown)


async def _hangs(request: AnyRequest, token: str) -> bool:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.district.id) as tx:
        return await postings.hangs(tx, token, local_date(services.clock()))


@get("/p/postings/{token:str}/qr.svg", opt={"access": Public()})
async def qr(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    await _one(request, token)
    address = str(f"{public_address(request)}{visit_of(request).base}/p/postings/{token}")
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return conditional(request, out.getvalue(), "image/svg+xml")


def _public(request: AnyRequest, template: str, **values: Any) -> Response[Any]:
    """Public pages may be revalidated; a signed-in person's page (with their name on it) is nobody else's."""
    page = services_of(request).renderer.page(request, template, **values)
    if visit_of(request).session is not None:
        return page
    return _plain(request, page.content.encode())


def _plain(request: AnyRequest, page: bytes) -> Response[Any]:
    answer = conditional(request, page, "text/html")
    answer.headers["vary"] = "cookie, accept-encoding"
    return answer


HANDLERS = (listed, posting, qr)
