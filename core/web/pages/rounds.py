"""A village round's page: what to do next, its households, its calendar, and what the calendar would breach."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.stages.ballot import BALLOT_LABELS
from core.web import plugin_parts
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.pages.office import done_text
from core.web.services import services_of
from core.web.views import postings
from core.web.views.casefile import file_of
from core.web.views.papers.batches import BATCHES
from core.web.views.roundboard import board, case_states
from core.web.visit import SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


@get("/rounds/{process_id:uuid}", opt={"access": SignedIn()})
async def round_page(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        situation = await services.situations.load(tx, visit.actor, process_id)
        if situation.view.process.kind != "round":
            return Redirect(f"{visit.base}/cases/{process_id}", status_code=303)
        file = await file_of(tx, services, request.app.state.labels, situation)
        shown = await board(tx, services, situation)
        posted = await postings.of_process(tx, process_id, local_date(services.clock()))
        scope = await plugin_parts.scope_in(request, tx)
    return services.renderer.page(
        request, "round/board.html", file=file, crumbs=[(f"{visit.base}/rounds", _("整村认定"))], board=shown,
        states=case_states(situation), ballots=BALLOT_LABELS, done=done_text(request, file), postings=posted,
        registers=may(services, visit.actor, "complaint", "register"),
        panels=await plugin_parts.panels(request, scope, file.process),
        batches=BATCHES if may(services, visit.actor, "case", "view_assets") else (),
        can_open_case=situation.view.stage.type == "applications" and may(services, visit.actor, "case", "open"),
    )  # fmt: skip


HANDLERS = (round_page,)
