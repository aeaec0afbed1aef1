"""For the audit administrator: who signed in, who was given what, who looked behind a mask and what for; and whether what is filed still is what was filed."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views.audit import EVENTS, LogQuery, log_page
from core.web.views.verification import VerificationQuery, verify_piece
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


@get("/admin/audit/verification", opt={"access": Needs("audit", "view")})
async def verification(request: Request[Any, Any, Any]) -> Response[Any]:
    """Is everything on file what was filed? One piece of the work with each request, as far as the address says."""
    services, actor = services_of(request), visit_of(request).actor
    wanted = lenient_query(request, VerificationQuery)
    async with services.database.transaction(actor.tenant_id, separate=True) as tx:
        piece = await verify_piece(tx, services, wanted)
    onwards = msgspec.to_builtins(piece.next) if piece.next else {}
    return services.renderer.page(
        request, "admin/verification.html", piece=piece, begun=wanted.step > 0, onwards=onwards
    )


HANDLERS = (audit, verification)
