"""The sign-in of a mobilisation meeting: the village's households ticked on a page, or read back from the sheet that was printed."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.kernel.forms import decode
from core.problems import FieldError, Invalid, Problem
from core.publicity import coverage, sheet
from core.publicity.sign_in import SignInForm, rows_of, sign_in
from core.web.forms import errors_of
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.reading import BadFiles, page_parts
from core.web.services import services_of
from core.web.views import publicity as views
from core.web.visit import Needs, visit_of
from core.web.workbook import download, workbook

AnyRequest = Request[Any, Any, Any]

VIEW, RECORD = Needs(views.OBJECT, "view"), Needs(views.OBJECT, "record")


@get("/publicity/{area_code:str}/sign-in", opt={"access": VIEW})
async def show(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    return await _page(request, area_code, _day(request))


@post("/publicity/{area_code:str}/sign-in", status_code=200, opt={"access": RECORD})
async def tick(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    typed, _own, _files = await page_parts(request)
    households = typed.get("households", [])
    typed["households"] = [households] if isinstance(households, str) else households
    try:
        form = decode(SignInForm, typed)
        await _keep(request, area_code, form)
    except Invalid as problem:
        return await _page(request, area_code, _given(request, typed), problem, typed["households"])
    return _back(request, area_code, form.held_on)


@post("/publicity/{area_code:str}/sign-in/file", status_code=200, opt={"access": RECORD})
async def bring(request: AnyRequest, area_code: FromPath[str]) -> Response[Any]:
    """The sheet with its marks, in place of what was ticked for that day."""
    services, actor = services_of(request), visit_of(request).actor
    held_on = _day(request)
    try:
        typed, _own, files = await page_parts(request, ("file",))
        held_on = _given(request, typed)
        if not files.get("file"):
            raise Invalid(_("还没有选文件。"), fields=(FieldError("file", _("请选择 Excel 文件")),))
        day = decode(SignInForm, {"held_on": typed.get("held_on", "")}).held_on
        views.check(services, actor, "record", area_code)
        async with services.database.transaction(actor.tenant_id) as tx:
            listed = await coverage.households(tx, area_code)
        await _keep(request, area_code, SignInForm(day, sheet.read_sign_in(files["file"], listed)))
    except (BadFiles, Invalid) as problem:
        return await _page(request, area_code, held_on, problem)
    return _back(request, area_code, day)


@get("/publicity/{area_code:str}/sign-in.xlsx", opt={"access": VIEW, "file": True})
async def take_away(request: AnyRequest, area_code: FromPath[str]) -> Response[bytes]:
    """The sheet of a day, to be signed on paper or marked in Excel."""
    services, actor, day = services_of(request), visit_of(request).actor, _day(request)
    async with services.database.transaction(actor.tenant_id) as tx:
        village = await views.village(tx, services, actor, area_code)
    rows = rows_of(village.households, _there(village, day))
    return download(f"{village.village}签到册 {day}", workbook(_("签到册"), sheet.SIGN_IN, rows))


async def _keep(request: AnyRequest, area_code: str, form: SignInForm) -> None:
    services, actor = services_of(request), visit_of(request).actor
    views.check(services, actor, "record", area_code)
    now = services.clock()
    async with services.database.transaction(actor.tenant_id) as tx:
        await sign_in(tx, area_code, form, actor.account_id, local_date(now), now)


async def _page(
    request: AnyRequest,
    area_code: str,
    day: date,
    problem: Problem | None = None,
    ticked: list[Any] | None = None,
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        village = await views.village(tx, services, visit.actor, area_code)
    there = set(map(str, _there(village, day) if ticked is None else ticked))
    groups: dict[str, list[coverage.Household]] = {}
    for one in village.households:
        groups.setdefault(one.group_name, []).append(one)
    here = f"{visit.base}/publicity/{area_code}"
    return services.renderer.page(
        request, "publicity/sign_in.html", status=int(problem.status) if problem else 200, v=village, groups=groups,
        there=there, day=day, errors=errors_of(problem), detail=problem.detail if problem else "",
        records=may(services, visit.actor, views.OBJECT, "record"),
        done=_("签到已记下。") if request.query_params.get("done") else "",
        crumbs=((f"{visit.base}/publicity", _("政策宣传")), (here, village.village)),
    )  # fmt: skip


def _there(village: views.VillageFile, day: date) -> tuple[Any, ...]:
    return next((m.households for m in village.sign_ins if m.held_on == day), ())


def _day(request: AnyRequest) -> date:
    """The day in the address; today where there is none that can be read."""
    return _read(request, request.query_params.get("on", ""))


def _given(request: AnyRequest, typed: dict[str, Any]) -> date:
    return _read(request, typed.get("held_on", ""))


def _read(request: AnyRequest, text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return local_date(services_of(request).clock())


def _back(request: AnyRequest, area_code: str, day: date) -> Response[Any]:
    return Redirect(
        f"{visit_of(request).base}/publicity/{area_code}/sign-in?on={day}&done=1", status_code=303
    )


HANDLERS = (show, tick, bring, take_away)
