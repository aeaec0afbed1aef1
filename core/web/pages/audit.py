"""For the audit administrator: who signed in, who was given what, who looked behind a mask and what for."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views.audit import EVENTS, LogQuery, log_page
from core.web.visit import Needs, visit_of


@get("/admin/audit", opt={"access": Needs("audit", "view")})
async def audit(request: Request[Any, Any, Any]) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    wanted = lenient_query(request, LogQuery)
    async with services.database.transaction(actor.tenant_id) as tx:
        found = await log_page(tx, wanted)
    current = {k: str(v) for k, v in msgspec.to_builtins(wanted).items() if v}
    return services.renderer.page(
        request,
        "admin/audit.html",
        listing=found,
        wanted=wanted,
        current=current,
        events=list(EVENTS.items()),
    )


HANDLERS = (audit,)
