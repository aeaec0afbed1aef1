"""Postings that came down: for those who may see the area's cases, and nobody else."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from core.clock import local_date
from core.problems import NotFound
from core.web.i18n import gettext as _
from core.web.services import services_of
from core.web.views import postings
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]

VIEW = Needs("case", "view")


@get("/postings", opt={"access": VIEW})
async def listed(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    areas = services.authorizer.areas_where(visit.actor, "case", "view")
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await postings.past(tx, local_date(services.clock()), areas)
    return services.renderer.page(request, "past/postings.html", past=found)


@get("/postings/{token:str}", opt={"access": VIEW})
async def one(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    areas = services.authorizer.areas_where(visit.actor, "case", "view")
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await postings.past(tx, local_date(services.clock()), areas, token)
    if not found:
        raise NotFound(_("没有找到这份公示。"))
    return services.renderer.page(
        request, "past/posting.html", posting=found[0].posting, past=found[0], table_class="table as-cards",
        crumbs=((f"{visit.base}/postings", _("历史公示")),),
    )  # fmt: skip


HANDLERS = (listed, one)
