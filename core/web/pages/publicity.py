"""Publicity: villages by who is left to tell, one village with its list, leaflet, loudspeaker script and surveys; and the policy for anybody."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.documents.papers import LeafletPaper, LeafletSection, ScriptPaper
from core.documents.qr import qr_svg
from core.documents.typeset import typeset
from core.kernel.forms import decode, describe
from core.problems import FieldError, Invalid, NotFound, Problem
from core.publicity import coverage, sheet, taking_back
from core.publicity.coverage import SurveyForm, ToldForm
from core.publicity.leaflet import Leaflet, script, script_lines
from core.web.addresses import public_address
from core.web.caching import conditional
from core.web.forms import errors_of
from core.web.forms import villages as all_villages
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.reading import BadFiles, page_parts
from core.web.services import services_of
from core.web.views import publicity as views
from core.web.visit import Needs, Public, visit_of
from core.web.words import day_cn
from core.web.workbook import download, workbook

AnyRequest = Request[Any, Any, Any]

VIEW, RECORD = Needs(views.OBJECT, "view"), Needs(views.OBJECT, "record")


@get("/publicity", opt={"access": VIEW})
async def listed(request: AnyRequest) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    wanted = request.query_params.get("area", "")
    if len(wanted) == 12 and wanted.isascii() and wanted.isdigit():
        return Redirect(f"{visit.base}/publicity/{wanted}", status_code=303)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await views.listed(tx, services, visit.actor)
        areas = services.authorizer.areas_where(visit.actor, views.OBJECT, "view")
        choices = [one for one in await all_villages(tx, visit.district) if one[0] in areas]
    return services.renderer.page(request, "publicity/list.html", villages=found, choices=choices)


@get("/publicity/{area_code:str}", opt={"access": VIEW})
async def one(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    return await _village(request, area_code)


@post("/publicity/{area_code:str}/told", status_code=200, opt={"access": RECORD})
async def told(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    typed: dict[str, Any] = {}
    try:
        typed = await _ticked(request)
        form = decode(ToldForm, typed)
        views.check(services, actor, "record", area_code)
        async with services.database.transaction(actor.tenant_id) as tx:
            await coverage.tell(tx, area_code, form, actor.account_id, local_date(services.clock()))
    except Invalid as problem:
        return await _village(request, area_code, problem, typed)
    return _back(request, area_code)


@post("/publicity/{area_code:str}/take-back", status_code=200, opt={"access": RECORD})
async def take_back(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    typed: dict[str, Any] = {}
    try:
        typed = await _ticked(request)
        form = decode(taking_back.TakeBackForm, typed)
        views.check(services, actor, "record", area_code)
        async with services.database.transaction(actor.tenant_id) as tx:
            await taking_back.take_back(tx, area_code, form, actor.account_id, services.clock())
    except Invalid as problem:
        return await _village(request, area_code, problem, typed)
    return _back(request, area_code, "back")


async def _ticked(request: AnyRequest) -> dict[str, Any]:
    """A form with households ticked: one alone comes as a text."""
    typed, _own, _files = await page_parts(request)
    if isinstance(typed.get("households"), str):
        typed["households"] = [typed["households"]]
    return typed


@post("/publicity/{area_code:str}/households", status_code=200, opt={"access": RECORD})
async def bring(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    try:
        _typed, _own, files = await page_parts(request, ("file",))
        if not files.get("file"):
            raise Invalid(_("还没有选文件。"), fields=(FieldError("file", _("请选择 Excel 文件")),))
        form = sheet.read(files["file"])
        views.check(services, actor, "record", area_code)
        async with services.database.transaction(actor.tenant_id) as tx:
            await coverage.put_list(tx, area_code, form, actor.account_id, local_date(services.clock()))
    except (BadFiles, Invalid) as problem:
        return await _village(request, area_code, problem)
    return _back(request, area_code)


@post("/publicity/{area_code:str}/surveys", status_code=200, opt={"access": RECORD})
async def survey(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    services, actor = services_of(request), visit_of(request).actor
    typed: dict[str, Any] = {}
    try:
        typed, _own, _files = await page_parts(request)
        form = decode(SurveyForm, typed)
        views.check(services, actor, "record", area_code)
        async with services.database.transaction(actor.tenant_id) as tx:
            await coverage.put_survey(tx, area_code, form, actor.account_id, services.clock())
    except Invalid as problem:
        return await _village(request, area_code, problem, typed)
    return _back(request, area_code)


def _back(request: AnyRequest, area_code: str, done: str = "1") -> Response[Any]:
    return Redirect(f"{visit_of(request).base}/publicity/{area_code}?done={done}", status_code=303)


def _done(request: AnyRequest) -> str:
    said = {"1": _("已记下。"), "back": _("已撤回，这几户回到“还没讲到的家庭”里。")}
    return said.get(request.query_params.get("done", ""), "")


async def _village(
    request: AnyRequest, area_code: str, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        found = await views.village(tx, services, visit.actor, area_code)
    errors = errors_of(problem)
    return services.renderer.page(
        request, "publicity/village.html", status=int(problem.status) if problem else 200, v=found, errors=errors,
        detail=problem.detail if problem else "", typed=typed or {}, specs=describe(SurveyForm), ways=coverage.WAYS,
        left=[h for h in found.households if not h.how], told=[h for h in found.households if h.how], records=may(services, visit.actor, views.OBJECT, "record"),
        done=_done(request), crumbs=((f"{visit.base}/publicity", _("政策宣传")),),
    )  # fmt: skip


@get("/publicity/{area_code:str}/households.xlsx", opt={"access": VIEW, "file": True})
async def households(request: AnyRequest, area_code: FromPath[str]) -> Response[bytes]:
    """The village's list; with `?left=1`, those not yet told."""
    services, actor = services_of(request), visit_of(request).actor
    left = request.query_params.get("left") == "1"
    views.check(services, actor, "view", area_code)
    async with services.database.transaction(actor.tenant_id) as tx:
        found = await coverage.households(tx, area_code, left=left)
    title = _("还没讲到的家庭") if left else _("宣传名单")
    return download(f"{title} {area_code}", workbook(title, sheet.HEADS, sheet.rows_of(found)))


@get("/publicity/{area_code:str}/leaflet.pdf", opt={"access": VIEW, "file": True})
async def leaflet_pdf(request: AnyRequest, area_code: FromPath[str]) -> Response[bytes]:
    """The village's leaflet, from the rules in force today."""
    found = await _leaflet(request, area_code)
    services = services_of(request)
    address = f"{public_address(request)}{visit_of(request).base}/p/policy"
    data = await typeset(_paper(found, local_date(services.clock()), qr_svg(address)), services.clock())
    headers = {"content-disposition": "inline; filename=leaflet.pdf"}
    return Response(data, media_type="application/pdf", headers=headers)


@get("/publicity/{area_code:str}/broadcast.txt", opt={"access": VIEW, "file": True})
async def broadcast(request: AnyRequest, area_code: FromPath[str]) -> Response[str]:
    """The script for the village loudspeaker."""
    home = f"{public_address(request)}{visit_of(request).base}"
    text = script(await _leaflet(request, area_code), home)
    return Response(text, media_type="text/plain; charset=utf-8")


@get("/publicity/{area_code:str}/broadcast.pdf", opt={"access": VIEW, "file": True})
async def broadcast_pdf(request: AnyRequest, area_code: FromPath[str]) -> Response[bytes]:
    """The same to print, in letters large enough to read out."""
    home, services = f"{public_address(request)}{visit_of(request).base}", services_of(request)
    found, today = await _leaflet(request, area_code), local_date(services.clock())
    paper = ScriptPaper(
        title=f"{found.village}低保政策广播稿", office=found.office, dated=day_cn(today), qr=qr_svg(f"{home}/p/policy"),
        lines=tuple(script_lines(found, home)),
    )  # fmt: skip
    data = await typeset(paper, services.clock())
    headers = {"content-disposition": "inline; filename=broadcast.pdf"}
    return Response(data, media_type="application/pdf", headers=headers)


async def _leaflet(request: AnyRequest, area_code: str) -> Leaflet:
    services, actor = services_of(request), visit_of(request).actor
    views.check(services, actor, "view", area_code)
    async with services.database.transaction(actor.tenant_id) as tx:
        return await views.leaflet_of(tx, services, area_code)


def _paper(found: Leaflet, today: Any, code: str) -> LeafletPaper:
    return LeafletPaper(
        qr=code, title="农村低保政策明白纸", office=found.office, dated=day_cn(today), area=found.village, phone=found.phone,
        sections=tuple(LeafletSection(title=s.title, sentences=s.sentences) for s in found.sections),
    )  # fmt: skip


@get("/p/policy", opt={"access": Public()})
async def policy(request: AnyRequest) -> Response[Any]:
    """The same for anybody, of the whole district."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.district.id) as tx:
        try:
            found = await views.leaflet_of(tx, services, place=visit.district.name)
        except NotFound:
            found = None
    page = services.renderer.page(request, "public/policy.html", leaflet=found)
    if visit.session is not None:
        return page
    answer = conditional(request, page.content.encode(), "text/html; charset=utf-8")
    answer.headers["vary"] = "cookie, accept-encoding"
    return answer


HANDLERS = (
    listed,
    one,
    told,
    take_back,
    bring,
    survey,
    households,
    leaflet_pdf,
    broadcast,
    broadcast_pdf,
    policy,
)
