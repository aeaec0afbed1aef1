"""Forms that open a process: a household's application, a village round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from core.kernel.forms import decode, describe
from core.problems import Conflict, Invalid, Problem, Refused
from core.registry.typed_drafts import TypedElsewhere
from core.web import intake, keeping, stepwise
from core.web.forms import add_row, drop_row, errors_of, villages
from core.web.i18n import gettext as _
from core.web.navigation import is_household
from core.web.reading import page_form
from core.web.rendering import truthy
from core.web.services import services_of
from core.web.visit import SignedIn, visit_of

if TYPE_CHECKING:
    from core.kernel.runtime import Runtime

AnyRequest = Request[Any, Any, Any]


PARTS = stepwise.parts_of(describe(intake.OpenCaseForm))


def _own(request: AnyRequest, kind: str) -> tuple[str, ...]:
    """The areas (prefixes) in which this person may open one."""
    services, actor = services_of(request), visit_of(request).actor
    return tuple(services.authorizer.areas_where(actor, kind, "open").within)


async def _question(
    request: AnyRequest, typed: dict[str, Any], at: int, problem: Problem | None = None, *, saved: str = ""
) -> Response[Any]:
    """For a household: one question of the application's first form. `saved`: the stamp it was kept under."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        places = await villages(tx, visit.district, within=_own(request, "case"))
    part, errors = PARTS[at], errors_of(problem, describe(intake.OpenCaseForm))
    return services.renderer.page(
        request, "case/step.html", status=int(problem.status) if problem else 200, part=part, at=at, total=len(PARTS),
        value=part.value(typed), carried=part.carried(typed), errors=part.errors(errors),
        detail=problem.detail if problem else "", options={"area": places, "suggest": intake.RELATIONS, "upload": ""},
        label=_("替别人家申请低保") if truthy(typed.get("for_other")) else _("申请低保"), last=_("下一步"), draft=True,
        version_read=0, key="", back=f"{visit.base}/my", saved=saved,
    )  # fmt: skip


async def _page(
    request: AnyRequest, kind: str, typed: dict[str, Any], problem: Problem | None = None, status: int = 200
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    household = is_household(visit.actor)
    if household and kind == "case":
        errors = errors_of(problem, describe(intake.OpenCaseForm))
        return await _question(request, typed, stepwise.first_wrong(PARTS, errors) if errors else 0, problem)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        places = await villages(tx, visit.district, within=_own(request, kind))
        stages = [] if kind == "case" else _stages(await services.runtimes.current(tx))
    case = kind == "case"
    form: type[msgspec.Struct] = intake.OpenCaseForm if case else intake.OpenRoundForm
    specs = tuple(s for s in describe(form) if s.widget != "calendar")
    back = f"{visit.base}/my" if household else f"{visit.base}/{kind}s"
    lead = (
        _("先写家里都有谁；收入、财产在下一步填。")
        if case
        else _("选好村之后，系统会封存一个抽样种子，以后任何人可以验证抽样没有被操纵。")
    )
    return services.renderer.page(
        request, "case/open.html", status=status, stages=stages, heading=_("申请低保") if case else _("开始一轮整村认定"), lead=lead,
        specs=specs, typed=typed, options={"area": places, "suggest": intake.RELATIONS, "upload": ""},
        errors=errors_of(problem, describe(form)), detail=problem.detail if problem else "",
        submit=_("下一步") if case else _("开始"), back=back, household=household,
        crumbs=[(back, _("我的申请") if household else _("整村认定") if not case else _("全部事项"))],
    )  # fmt: skip


def _stages(runtime: Runtime) -> list[tuple[str, str]]:
    """The stages of a round that can be planned: all but the last."""
    name = runtime.procedures.round
    if name is None:
        return []
    return [(s, t.label) for s, t in runtime.procedures.procedures[name].stages.items() if t.next]


async def _open(request: AnyRequest, kind: str) -> Response[Any]:
    typed, own = await page_form(request)
    visit = visit_of(request)
    if isinstance(typed.get("calendar"), dict):
        typed["calendar"] = {state: day for state, day in typed["calendar"].items() if day}
    if "_add" in own:
        add_row(typed, own["_add"])
    if "_remove" in own:
        drop_row(typed, own["_remove"])
    if kind == "case" and is_household(visit.actor):
        return await _walk(request, typed, own)
    if own.keys() & {"_add", "_remove"}:
        return await _page(request, kind, typed)
    return await _opened(request, kind, typed)


async def _walk(request: AnyRequest, typed: dict[str, Any], own: dict[str, str]) -> Response[Any]:
    """A household's page: kept as typed, then the question before or after, this one again, or the case."""
    visit, at = visit_of(request), stepwise.page_of(own, PARTS)
    back = f"{visit.base}/my"
    try:
        saved = await keeping.keep(request, visit.actor.account_id, typed, at, own.get("_saved", ""))
    except TypedElsewhere as elsewhere:
        return keeping.both(request, elsewhere, typed, own, back)
    if "_draft" in own:
        return Redirect(f"{back}?kept=1", status_code=303)
    if own.keys() & {"_add", "_remove", keeping.HERE}:
        return await _question(request, typed, at, saved=saved)
    if own.keys() & {"_next", "_prev"}:
        asked = await _asked(request, typed, own, saved)
        if asked is not None:
            return asked
    return await _opened(request, "case", typed, saved)


async def _opened(request: AnyRequest, kind: str, typed: dict[str, Any], saved: str = "") -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    try:
        async with services.database.transaction(visit.actor.tenant_id) as tx:
            if kind == "case":
                receipt = await intake.open_case(
                    tx, services, visit.actor, decode(intake.OpenCaseForm, typed)
                )
            else:
                receipt = await intake.open_round(
                    tx, services, visit.actor, decode(intake.OpenRoundForm, typed)
                )
    except (Invalid, Refused, Conflict) as problem:
        if kind == "case" and is_household(visit.actor):
            wrong = stepwise.first_wrong(PARTS, errors_of(problem, describe(intake.OpenCaseForm)))
            return await _question(request, typed, wrong, problem, saved=saved)
        return await _page(request, kind, typed, problem, int(problem.status))
    if kind == "case" and is_household(visit.actor):
        return Redirect(f"{visit.base}/cases/{receipt.process_id}/do/submit", status_code=303)
    return Redirect(f"{visit.base}/{kind}s/{receipt.process_id}?done={receipt.seq}", status_code=303)


async def _asked(
    request: AnyRequest, typed: dict[str, Any], own: dict[str, str], saved: str
) -> Response[Any] | None:
    """The next question, the one before, or this one again; None after the last."""
    at = stepwise.page_of(own, PARTS)
    if "_prev" in own:
        return await _question(request, typed, max(0, at - 1), saved=saved)
    try:
        intake.checked(decode(intake.OpenCaseForm, typed))
    except Invalid as invalid:
        if PARTS[at].errors(errors_of(invalid, describe(intake.OpenCaseForm))):
            return await _question(request, typed, at, invalid, saved=saved)
    return await _question(request, typed, at + 1, saved=saved) if at + 1 < len(PARTS) else None


@get("/cases/new", opt={"access": SignedIn()})
async def new_case(request: AnyRequest) -> Response[Any]:
    actor = visit_of(request).actor
    started = await keeping.kept(request, actor.account_id) if is_household(actor) else None
    if started is not None:
        at = min(started.page, len(PARTS) - 1)
        return await _question(request, started.content, at, saved=started.stamp)
    typed: dict[str, Any] = {"members": [{"relation": intake.SELF}]}
    for name, field in (("round", "round"), ("area", "area_code")):
        if request.query_params.get(name):
            typed[field] = request.query_params[name]
    if is_household(actor):
        typed["for_other"] = "true" if request.query_params.get("for") == "other" else "false"
        return await _question(request, typed, 0)
    return await _page(request, "case", typed)


@post("/cases/new", status_code=200, opt={"access": SignedIn()})
async def open_case(request: AnyRequest) -> Response[Any]:
    return await _open(request, "case")


@get("/rounds/new", opt={"access": SignedIn()})
async def new_round(request: AnyRequest) -> Response[Any]:
    return await _page(request, "round", {})


@post("/rounds/new", status_code=200, opt={"access": SignedIn()})
async def open_round(request: AnyRequest) -> Response[Any]:
    return await _open(request, "round")


HANDLERS = (new_case, open_case, new_round, open_round)
