"""For whoever answers complaints: what is due, one complaint with its answer; and for clerks, what they are told by phone or in person."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.complaints.concerned import OBJECT
from core.complaints.desk import Desk, Wanted
from core.complaints.forms import (
    Complainant,
    ComplaintLine,
    ComplaintReceipt,
    IntakeForm,
    ObjectionIntakeForm,
    PassUpForm,
    ReissueForm,
    ReplyForm,
)
from core.complaints.intake import Intake
from core.complaints.reissuing import Reissuing
from core.kernel.forms import decode, describe
from core.problems import NotFound, Problem
from core.web.forms import errors_of, villages
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.looking import PurposeForm
from core.web.pages.place import district_settings
from core.web.reading import lenient_query
from core.web.services import WebServices, services_of
from core.web.views import postings
from core.web.views.worklist import due_words
from core.web.visit import Needs, visit_of
from core.web.walking import read

AnyRequest = Request[Any, Any, Any]

HANDLE, REGISTER = Needs(OBJECT, "handle"), Needs(OBJECT, "register")


@get("/complaints", opt={"access": HANDLE})
async def listed(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    wanted = lenient_query(request, Wanted)
    lines = await Desk(services.complaints).lines(visit.actor, wanted)
    dues = await _dues(services, visit.actor.tenant_id, lines)
    tabs = (("open", _("待答复")), ("overdue", _("逾期")), ("answered", _("已答复")), ("all", _("全部")))
    return services.renderer.page(
        request, "complaints/list.html", lines=lines, dues=dues, wanted=wanted, tabs=tabs,
        registers=may(services, visit.actor, OBJECT, "register"),
    )  # fmt: skip


@get("/complaints/{complaint_id:uuid}", opt={"access": HANDLE})
async def one(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[Any]:
    return await _file(request, complaint_id)


@post("/complaints/{complaint_id:uuid}/reply", status_code=200, opt={"access": HANDLE})
async def reply(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    sent = await read(request)
    try:
        await Desk(services.complaints).reply(visit.actor, complaint_id, decode(ReplyForm, sent.typed))
    except NotFound:
        raise
    except Problem as problem:
        return await _file(request, complaint_id, sent.typed, problem)
    return Redirect(f"{visit.base}/complaints/{complaint_id}", status_code=303)


@post("/complaints/{complaint_id:uuid}/pass-up", status_code=200, opt={"access": HANDLE})
async def pass_up(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    sent = await read(request)
    try:
        await Desk(services.complaints).pass_up(visit.actor, complaint_id, decode(PassUpForm, sent.typed))
    except NotFound:
        raise
    except Problem as problem:
        return await _file(request, complaint_id, sent.typed, problem)
    return Redirect(f"{visit.base}/complaints", status_code=303)


@post("/complaints/{complaint_id:uuid}/complainant", status_code=200, opt={"access": HANDLE})
async def complainant(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[Any]:
    """Who complained; the page says so once and keeps nothing."""
    services, visit = services_of(request), visit_of(request)
    sent = await read(request)
    try:
        form = decode(PurposeForm, sent.typed)
        found = await Desk(services.complaints).complainant(visit.actor, complaint_id, form.purpose)
    except NotFound:
        raise
    except Problem as problem:
        return await _file(request, complaint_id, sent.typed, problem)
    return await _file(request, complaint_id, seen=found)


@post("/complaints/{complaint_id:uuid}/reissue", status_code=200, opt={"access": HANDLE})
async def reissue(request: AnyRequest, complaint_id: FromPath[UUID]) -> Response[Any]:
    """The new receipt, to be handed over; it is shown once, like the first."""
    services, visit = services_of(request), visit_of(request)
    sent = await read(request)
    try:
        form = decode(ReissueForm, sent.typed)
        receipt = await Reissuing(services.complaints).reissue(visit.actor, complaint_id, form)
    except NotFound:
        raise
    except Problem as problem:
        return await _file(request, complaint_id, sent.typed, problem)
    return _receipt(request, receipt, 0, reissued=True)


@get("/complaints/{complaint_id:uuid}/papers/{position:int}", opt={"access": HANDLE, "file": True})
async def paper(request: AnyRequest, complaint_id: FromPath[UUID], position: FromPath[int]) -> Response[bytes]:  # fmt: skip
    services, visit = services_of(request), visit_of(request)
    data, kind = await Desk(services.complaints).paper(visit.actor, complaint_id, position)
    return Response(data, media_type=kind, headers={"content-disposition": "inline"})


async def _dues(
    services: WebServices, tenant: UUID, lines: Sequence[ComplaintLine]
) -> dict[UUID, tuple[str, str]]:
    """By complaint: how its deadline stands, said as in the work list, and how urgent it is."""
    async with services.database.transaction(tenant) as tx:
        runtime = await services.runtimes.current(tx)
    today = local_date(services.clock())
    return {c.id: due_words(runtime, date.fromisoformat(c.due), (), today) for c in lines}


async def _file(
    request: AnyRequest, complaint_id: UUID, typed: dict[str, Any] | None = None, problem: Problem | None = None,
    seen: Complainant | None = None,
) -> Response[Any]:  # fmt: skip
    services, visit = services_of(request), visit_of(request)
    found = await Desk(services.complaints).file(visit.actor, complaint_id)
    dues = await _dues(services, visit.actor.tenant_id, (found.line,))
    return services.renderer.page(
        request, "complaints/file.html", status=int(problem.status) if problem else 200, file=found, line=found.line,
        due=dues[complaint_id], typed=typed or {}, errors=errors_of(problem), seen=seen, reply_specs=describe(ReplyForm),
        purpose_specs=describe(PurposeForm), pass_specs=describe(PassUpForm), reissue_specs=describe(ReissueForm),
        detail=" ".join(filter(None, (problem.detail, problem.hint))) if problem else "",
        may_pass=found.line.level == "township", crumbs=((f"{visit.base}/complaints", _("投诉举报")),),
    )  # fmt: skip


@get("/complaints/new", opt={"access": REGISTER})
async def intake(request: AnyRequest) -> Response[Any]:
    return await _intake(request, {})


@post("/complaints/new", status_code=200, opt={"access": REGISTER})
async def enter(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    sent = await read(request)
    try:
        form = decode(IntakeForm, sent.typed)
        receipt = await Intake(services.complaints).complain(
            visit.actor.tenant_id, form, sent.key, sent.files, visit.actor
        )
    except Problem as problem:
        return await _intake(request, sent.typed, problem, sent.key)
    return _receipt(request, receipt, len(sent.files))


async def _intake(
    request: AnyRequest, typed: dict[str, Any], problem: Problem | None = None, key: str = ""
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        choices = await villages(tx, visit.district)
    return _form(request, _("登记投诉举报"), IntakeForm, typed, problem, key, {"area": choices})


@get("/postings/{token:str}/object", opt={"access": REGISTER})
async def objection(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    return await _objection(request, token, {})


@post("/postings/{token:str}/object", status_code=200, opt={"access": REGISTER})
async def enter_objection(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    sent = await read(request)
    try:
        form = decode(ObjectionIntakeForm, sent.typed)
        receipt = await Intake(services.complaints).object(
            visit.actor.tenant_id, token, form, sent.key, sent.files, visit.actor
        )
    except NotFound:
        raise
    except Problem as problem:
        return await _objection(request, token, sent.typed, problem, sent.key)
    return _receipt(request, receipt, len(sent.files))


async def _objection(
    request: AnyRequest, token: str, typed: dict[str, Any], problem: Problem | None = None, key: str = ""
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        fields = (await district_settings(request, tx)).online_fields
        found = await postings.by_token(tx, token, local_date(services.clock()), fields)
    if found is None:
        raise NotFound(_("没有这份公示，可能已经期满撤下。"))
    lines = [(str(n), f"{n}. {e.applicant} {e.group_name}".strip()) for n, e in enumerate(found.entries, 1)]
    title = f"{_('登记公示异议')}：{found.area} {found.label}"
    options = {"entry": [*lines, ("0", _("整份名单，或者名单上没有的家庭"))]}
    return _form(request, title, ObjectionIntakeForm, typed, problem, key, options)


def _form(
    request: AnyRequest, title: str, form: Any, typed: dict[str, Any], problem: Problem | None, key: str,
    options: dict[str, Any],
) -> Response[Any]:  # fmt: skip
    specs = describe(form)
    return services_of(request).renderer.page(
        request, "complaints/enter.html", status=int(problem.status) if problem else 200, title=title, specs=specs,
        typed=typed, errors=errors_of(problem), options=options, key=key or secrets.token_urlsafe(12),
        detail=" ".join(filter(None, (problem.detail, problem.hint))) if problem else "",
    )  # fmt: skip


def _receipt(
    request: AnyRequest, receipt: ComplaintReceipt, papers: int, *, reissued: bool = False
) -> Response[Any]:
    return services_of(request).renderer.page(
        request, "public/receipt.html", receipt=receipt, papers=papers, back="", reissued=reissued
    )


HANDLERS = (
    listed, intake, enter, one, reply, pass_up, complainant, reissue, paper, objection, enter_objection,
)  # fmt: skip
