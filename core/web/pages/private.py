"""What is behind the masks: shown once, to those whose task needs it, for a purpose they name; every look is logged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from core.kernel.forms import decode, describe
from core.problems import Invalid
from core.registry.people import Household
from core.web.forms import errors_of
from core.web.looking import PurposeForm, look
from core.web.reading import page_form
from core.web.services import services_of
from core.web.views.casefile import CaseFile, case_file
from core.web.visit import SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


def _page(
    request: AnyRequest,
    file: CaseFile,
    household: Household | None,
    typed: dict[str, Any],
    problem: Invalid | None = None,
) -> Response[Any]:
    back = f"{visit_of(request).base}/cases/{file.process.id}"
    return services_of(request).renderer.page(
        request, "case/private.html", status=422 if problem else 200, file=file, household=household, typed=typed,
        specs=describe(PurposeForm), errors=errors_of(problem, describe(PurposeForm)), detail=problem.detail if problem else "",
        back=back, crumbs=[(back, f"{file.process.title} {file.process.number}")],
    )  # fmt: skip


@get("/cases/{process_id:uuid}/private", opt={"access": SignedIn()})
async def ask(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    return _page(request, await _allowed(request, process_id), None, {})


@post("/cases/{process_id:uuid}/private", status_code=200, opt={"access": SignedIn()})
async def show(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    typed, _own = await page_form(request)
    services, actor = services_of(request), visit_of(request).actor
    try:
        form = decode(PurposeForm, typed)
        async with services.database.transaction(actor.tenant_id) as tx:
            household = await look(tx, services, actor, process_id, form.purpose)
            file = await case_file(tx, services, request.app.state.labels, actor, process_id)
    except Invalid as problem:
        return _page(request, await _allowed(request, process_id), None, typed, problem)
    return _page(request, file, household, typed)


async def _allowed(request: AnyRequest, process_id: UUID) -> CaseFile:
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        situation = await services.situations.load(tx, actor, process_id)
        blocked = situation.recused or situation.standing.permitted("view_private")
        if blocked is not None:
            raise blocked.refused()
        return await case_file(tx, services, request.app.state.labels, actor, process_id)


HANDLERS = (ask, show)
