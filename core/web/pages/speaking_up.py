"""Without sign-in: complaining, objecting to a posting, and asking with a receipt's code how it stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from core.clock import local_date
from core.complaints import attachments
from core.complaints.counter import Counter
from core.complaints.forms import (
    CodeForm,
    ComplaintReceipt,
    ComplaintStanding,
    PublicComplaintForm,
    PublicObjectionForm,
    RatingForm,
)
from core.complaints.intake import Intake
from core.kernel.forms import decode, describe
from core.problems import Invalid, NotFound, Problem
from core.web.forms import errors_of, villages
from core.web.i18n import gettext as _
from core.web.pages.place import district_settings
from core.web.public_gate import admit_lookup, admit_sender
from core.web.services import services_of
from core.web.views import postings
from core.web.visit import Public, visit_of
from core.web.walking import Sent, Walk, read

AnyRequest = Request[Any, Any, Any]
Submit = Callable[[Any, Sent], Awaitable[ComplaintReceipt]]


@get("/robots.txt", opt={"access": Public()})
async def robots(request: AnyRequest) -> Response[str]:
    """Nothing here is for search engines (domain §5): what is posted comes down when its days are over."""
    return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")


@get("/p/complaints", opt={"access": Public()})
async def landing(request: AnyRequest) -> Response[Any]:
    return services_of(request).renderer.page(request, "public/complaints.html")


@get("/p/complaints/new", opt={"access": Public()})
async def complaint(request: AnyRequest) -> Response[Any]:
    return await (await _complaint(request)).show({}, "")


@post("/p/complaints/new", status_code=200, opt={"access": Public()})
async def send_complaint(request: AnyRequest) -> Response[Any]:
    intake, tenant = Intake(services_of(request).complaints), visit_of(request).district.id

    async def submit(form: PublicComplaintForm, sent: Sent) -> ComplaintReceipt:
        return await intake.complain(tenant, form, sent.key, sent.files)

    return await _taken(await _complaint(request), submit)


@get("/p/postings/{token:str}/object", opt={"access": Public()})
async def objection(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    return await (await _objection(request, token)).show({}, "")


@post("/p/postings/{token:str}/object", status_code=200, opt={"access": Public()})
async def send_objection(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    intake, tenant = Intake(services_of(request).complaints), visit_of(request).district.id

    async def submit(form: PublicObjectionForm, sent: Sent) -> ComplaintReceipt:
        return await intake.object(tenant, token, form, sent.key, sent.files)

    return await _taken(await _objection(request, token), submit)


async def _complaint(request: AnyRequest) -> Walk:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.district.id) as tx:
        choices = await villages(tx, visit.district)
    return Walk(
        request, PublicComplaintForm, _("我要反映问题"), f"{visit.base}/p/complaints", {"area": choices}
    )


async def _objection(request: AnyRequest, token: str) -> Walk:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.district.id) as tx:
        fields = (await district_settings(request, tx)).online_fields
        found = await postings.by_token(tx, token, local_date(services.clock()), fields)
    if found is None:
        raise NotFound(
            _("没有这份公示，可能已经期满撤下。"),
            hint=_("公示期满后仍可反映问题，请从首页进入“投诉举报”。"),
        )
    lines = [
        (str(n), " ".join(filter(None, (f"{n}. {entry.applicant}", entry.group_name))))
        for n, entry in enumerate(found.entries, 1)
    ]
    return Walk(
        request, PublicObjectionForm, f"{found.area} {found.label}", f"{visit.base}/p/postings/{token}",
        {"entry": [*lines, ("0", _("整份名单，或者名单上没有的家庭"))]},
    )  # fmt: skip


async def _taken(walk: Walk, submit: Submit) -> Response[Any]:
    sent = await read(walk.request)
    found = await walk.step(sent)
    if not isinstance(found, msgspec.Struct):
        return found
    try:
        attachments.check(sent.files)
        phone = getattr(found, "phone", "")
        await admit_sender(walk.request, phone, sent.own.get("_token", ""), sent.own.get("_answer", ""))
        receipt = await submit(found, sent)
    except Problem as problem:
        if not isinstance(problem, Invalid) or {e.field for e in problem.fields} <= {"papers", "_answer"}:
            return await walk.check(sent.typed, sent.key, problem)
        wrong = next((n for n, part in enumerate(walk.parts) if part.errors(errors_of(problem))), 0)
        return await walk.show(sent.typed, sent.key, wrong, problem)
    return services_of(walk.request).renderer.page(
        walk.request,
        "public/receipt.html",
        receipt=receipt,
        papers=len(sent.files),
        back=walk.back,
        reissued=False,
    )


@get("/p/complaints/status", opt={"access": Public()})
async def ask(request: AnyRequest) -> Response[Any]:
    return _standing(request, None, {})


@post("/p/complaints/status", status_code=200, opt={"access": Public()})
async def show(request: AnyRequest) -> Response[Any]:
    sent = await read(request)
    try:
        form = decode(CodeForm, sent.typed)
        await admit_lookup(request)
        counter = Counter(services_of(request).complaints)
        found = await counter.standing(visit_of(request).district.id, form.code)
    except Problem as problem:
        return _standing(request, None, sent.typed, problem)
    return _standing(request, found, sent.typed)


@post("/p/complaints/rating", status_code=200, opt={"access": Public()})
async def rate(request: AnyRequest) -> Response[Any]:
    sent = await read(request)
    counter, tenant = Counter(services_of(request).complaints), visit_of(request).district.id
    found = None
    try:
        await admit_lookup(request)
        code = decode(CodeForm, {"code": sent.typed.get("code", "")})
        found = await counter.standing(tenant, code.code)
        form = decode(RatingForm, sent.typed)
        found = await counter.rate(tenant, form)
    except Problem as problem:
        return _standing(request, found, sent.typed, problem)
    return _standing(request, found, sent.typed, done=_("谢谢您的评价。"))


def _standing(
    request: AnyRequest, found: ComplaintStanding | None, typed: dict[str, Any], problem: Problem | None = None, done: str = ""
) -> Response[Any]:  # fmt: skip
    specs = describe(RatingForm if found else CodeForm)
    detail = " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
    return services_of(request).renderer.page(
        request, "public/standing.html", status=int(problem.status) if problem else 200, found=found, typed=typed,
        specs=specs, errors=errors_of(problem, specs) if problem else {}, detail=detail, done=done,
    )  # fmt: skip


ROOT = (robots,)
HANDLERS = (landing, complaint, send_complaint, objection, send_objection, ask, show, rate)
