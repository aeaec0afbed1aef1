"""For the household: its applications, and where each stands, in plain words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.web.pages.office import done_text
from core.web.pages.place import district_settings
from core.web.services import services_of
from core.web.views.casefile import case_file
from core.web.views.worklist import ListQuery, listing
from core.web.visit import SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


@get("/my", opt={"access": SignedIn()})
async def mine(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await listing(
            tx, services, visit.actor, local_date(services.clock()), ListQuery(tab="all", kind="case")
        )
    rows = tuple(msgspec.structs.replace(row, marks=()) for row in found.rows)
    return services.renderer.page(
        request, "household/home.html", listing=msgspec.structs.replace(found, rows=rows), done=""
    )


@get("/my/{process_id:uuid}", opt={"access": SignedIn()})
async def status(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        file = await case_file(tx, services, request.app.state.labels, visit.actor, process_id)
        settings = await district_settings(request, tx)
    if not file.is_party:
        return Redirect(f"{visit.base}/cases/{process_id}", status_code=303)
    return services.renderer.page(
        request,
        "household/status.html",
        file=file,
        done=done_text(request, file),
        phone=settings.supervision_phone,
    )


HANDLERS = (mine, status)
