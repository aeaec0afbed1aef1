"""Postings for those who may see the area's cases: what hangs, with the board's sheet and the way to enter an objection; what came down."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from core.clock import local_date
from core.complaints.concerned import OBJECT
from core.problems import NotFound
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.pages.place import district_settings
from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views import postings
from core.web.views.papers.issuing import issuing_at
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]

VIEW = Needs("case", "view")


@get("/postings", opt={"access": VIEW})
async def listed(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    areas = services.authorizer.areas_where(visit.actor, "case", "view")
    wanted = lenient_query(request, postings.OfficePostingQuery)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await postings.of_areas(tx, local_date(services.clock()), areas, wanted)
        places = await postings.places_of(tx, areas)
    return services.renderer.page(
        request, "postings/list.html", listing=found, places=places, wanted=wanted, current=msgspec.to_builtins(wanted),
        tabs=(("now", _("正在公示")), ("past", _("已撤下"))), registers=may(services, visit.actor, OBJECT, "register"),
    )  # fmt: skip


async def _one(request: AnyRequest, token: str) -> postings.FiledPosting:
    services, visit = services_of(request), visit_of(request)
    areas = services.authorizer.areas_where(visit.actor, "case", "view")
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await postings.one_of_areas(tx, local_date(services.clock()), areas, token)
    if found is None:
        raise NotFound(_("没有找到这份公示。"))
    return found


@get("/postings/{token:str}", opt={"access": VIEW})
async def one(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    found = await _one(request, token)
    return services.renderer.page(
        request, "postings/one.html", posting=found, table_class="table as-cards",
        registers=may(services, visit.actor, OBJECT, "register"),
        crumbs=((f"{visit.base}/postings{'' if found.hangs else '?tab=past'}", _("公示")),),
    )  # fmt: skip


@get("/postings/{token:str}/notice", opt={"access": VIEW})
async def notice(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """The sheet for the notice board, as a page to print or to show on a wall."""
    found, services = await _one(request, token), services_of(request)
    async with services.database.transaction(visit_of(request).actor.tenant_id) as tx:
        settings = await district_settings(request, tx)
        office = (await issuing_at(tx, settings, found.area_code)).of(found.kind)
    if not found.hangs:
        raise NotFound(_("这份公示已经撤下，不再张贴。"))
    return services.renderer.page(
        request, "postings/notice.html", posting=found, phone=settings.supervision_phone, office=office,
        projector=request.query_params.get("projector") == "1",
    )  # fmt: skip


HANDLERS = (listed, one, notice)
