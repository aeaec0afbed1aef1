"""For the household: its applications, and where each stands, in plain words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.kernel.forms import decode, describe
from core.problems import Invalid, Problem
from core.registry import receipts
from core.web import keeping
from core.web.forms import errors_of
from core.web.i18n import gettext as _
from core.web.owning import OwnForm, own
from core.web.pages.office import done_text
from core.web.pages.place import district_settings
from core.web.reading import page_form
from core.web.services import services_of
from core.web.views.casefile import file_of
from core.web.views.standing import standing_of
from core.web.views.worklist import ListQuery, listing
from core.web.visit import SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


@get("/my", opt={"access": SignedIn()})
async def mine(request: AnyRequest) -> Response[Any]:
    return await _home(request)


async def _home(request: AnyRequest, problem: Problem | None = None, typed: str = "") -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await listing(
            tx, services, visit.actor, local_date(services.clock()), ListQuery(tab="all", kind="case")
        )
    rows = tuple(msgspec.structs.replace(row, marks=()) for row in found.rows)
    errors = errors_of(problem)
    return services.renderer.page(
        request, "household/home.html", status=int(problem.status) if problem else 200,
        listing=msgspec.structs.replace(found, rows=rows), done=_done(request),
        started=await keeping.kept(request, visit.actor.account_id), specs=describe(OwnForm), typed=typed,
        errors=errors, detail=problem.detail if problem else "", unknown=visit.actor.person_id is None,
    )  # fmt: skip


def _done(request: AnyRequest) -> str:
    said = {
        "kept": _("已经存好了。改天用这个手机号进来，接着填。"),
        "away": _("没填完的那份已经删掉。"),
        "known": _("对上了，下面就是您家的申请。"),
    }
    return next((text for name, text in said.items() if request.query_params.get(name) == "1"), "")


@post("/my/put-away", status_code=200, opt={"access": SignedIn()})
async def put_away(request: AnyRequest) -> Response[Any]:
    """Forget what was begun and not sent."""
    await keeping.put_away(request, visit_of(request).actor.account_id)
    return Redirect(f"{visit_of(request).base}/my?away=1", status_code=303)


@post("/my/household", status_code=200, opt={"access": SignedIn()})
async def recognised(request: AnyRequest) -> Response[Any]:
    """The household somebody else applied for: found by one's ID number and the phone the office has."""
    typed, _own = await page_form(request)
    shown = str(typed.get("id_number", ""))[:30]
    try:
        if await own(request, decode(OwnForm, typed).id_number):
            return Redirect(f"{visit_of(request).base}/my?known=1", status_code=303)
    except Problem as problem:
        return await _home(request, problem, shown)
    unknown = Invalid(_("没有用这个手机号和身份证号登记的申请。手机号换过的，请带身份证到乡镇民政办改登记。"))
    return await _home(request, unknown, shown)


@get("/my/{process_id:uuid}", opt={"access": SignedIn()})
async def status(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        situation = await services.situations.load(tx, visit.actor, process_id)
        if situation.view.process.kind != "case" or not situation.standing.is_party:
            return Redirect(f"{visit.base}/cases/{process_id}", status_code=303)
        file = await file_of(tx, services, request.app.state.labels, situation)
        settings = await district_settings(request, tx)
        handed_in = bool(await receipts.code_of(tx, services.cipher, process_id))
    if not file.is_party:
        return Redirect(f"{visit.base}/cases/{process_id}", status_code=303)
    return services.renderer.page(
        request, "household/status.html", file=file, done=done_text(request, file), phone=settings.supervision_phone,
        standing=standing_of(situation), receipt=handed_in,
    )  # fmt: skip


HANDLERS = (mine, put_away, recognised, status)
