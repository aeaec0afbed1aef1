"""For officers: the work list, lists of cases and rounds, the case page, the round's board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from core.clock import local_date
from core.problems import NotFound
from core.web import plugin_parts
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.navigation import is_household
from core.web.pages.place import runtime_in, townships
from core.web.reading import lenient_query
from core.web.services import services_of
from core.web.views import postings
from core.web.views.casefile import CaseFile, case_file
from core.web.views.worklist import MARKS, ListQuery, listing
from core.web.visit import SignedIn, visit_of

if TYPE_CHECKING:
    pass

AnyRequest = Request[Any, Any, Any]

_TABS = ("mine", "due", "overdue", "waiting", "done")


def _tab_labels() -> list[tuple[str, str]]:
    words = {
        "mine": _("我要办的"),
        "due": _("快到期"),
        "overdue": _("已超期"),
        "waiting": _("等别人办"),
        "done": _("已办结"),
        "all": _("全部"),
    }
    return [(key, words[key]) for key in (*_TABS, "all")]


async def _list(request: AnyRequest, kind: str, heading: str, lead: str, tab: str) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    actor, today = visit.actor, local_date(services.clock())
    if is_household(actor):
        return Redirect(f"{visit.base}/my", status_code=303)
    wanted = lenient_query(request, ListQuery)
    if "tab" not in request.query_params:
        wanted = msgspec.structs.replace(wanted, tab=tab)
    if kind:
        wanted = msgspec.structs.replace(wanted, kind=kind)
    async with services.database.transaction(actor.tenant_id) as tx:
        runtime = await runtime_in(request, tx)
        found = await listing(tx, services, actor, today, wanted, counts=True, runtime=runtime)
        areas = await townships(tx, visit.district.code)
        scope = await plugin_parts.scope_in(request, tx) if tab == "mine" else None
    found = msgspec.structs.replace(found, beside=await plugin_parts.beside(request, scope))
    specs = [s for s in runtime.procedures.procedures.values() if not kind or s.kind == kind]
    states = {state: stage.label for spec in specs for state, stage in spec.stages.items()}
    current = {k: str(v) for k, v in msgspec.to_builtins(wanted).items() if v and k not in ("kind",)}
    return services.renderer.page(
        request, "work/list.html", heading=heading, lead=lead, listing=found, wanted=wanted, tabs=_tab_labels(),
        states=list(states.items()), areas=areas, current=current, marks=MARKS, nothing=_nothing(wanted),
        can_open_case=kind != "round" and may(services, actor, "case", "open"),
        can_open_round=kind == "round" and (may(services, actor, "round", "open") or may(services, actor, "round", "open_round")),
    )  # fmt: skip


def _nothing(wanted: ListQuery) -> str:
    if wanted.q or wanted.state or wanted.area:
        return _("没有符合条件的。请换一个条件，或清空条件再查。")
    return {
        "mine": _("您手头没有要办的事项。轮到您办的会出现在这里。"),
        "due": _("四天之内没有到期的事项。"),
        "overdue": _("没有超期的事项。"),
        "waiting": _("没有等别人办理的事项。"),
        "done": _("还没有办结的事项。"),
    }.get(wanted.tab, _("还没有事项。有人申请后会出现在这里。"))


@get("/work", opt={"access": SignedIn()})
async def work(request: AnyRequest) -> Response[Any]:
    return await _list(request, "", _("工作台"), "", "mine")


@get("/cases", opt={"access": SignedIn()})
async def cases(request: AnyRequest) -> Response[Any]:
    return await _list(request, "case", _("全部事项"), "", "all")


@get("/rounds", opt={"access": SignedIn()})
async def rounds(request: AnyRequest) -> Response[Any]:
    lead = _("一个村从动员、申请、评议、入户、公示到区级终审的一轮。")
    return await _list(request, "round", _("整村认定"), lead, "all")


def done_text(request: AnyRequest, file: CaseFile) -> str:
    """What the person has just done, from the journal row named in the address."""
    seq = request.query_params.get("done", "")
    step = next((s for s in file.steps if str(s.seq) == seq), None)
    return _("已办理：{label}。", label=step.label) if step else ""


@get("/cases/{process_id:uuid}", opt={"access": SignedIn()})
async def case_page(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        file = await case_file(tx, services, request.app.state.labels, visit.actor, process_id)
        posted = await postings.of_process(tx, process_id, local_date(services.clock()))
        scope = await plugin_parts.scope_in(request, tx)
    if file.process.kind == "round":
        return Redirect(f"{visit.base}/rounds/{process_id}", status_code=303)
    if file.is_party:
        return Redirect(f"{visit.base}/my/{process_id}", status_code=303)
    crumbs = [(f"{visit.base}/work", _("工作台"))]
    if file.parent is not None:
        crumbs.append((f"{visit.base}/rounds/{file.parent.id}", file.parent.title))
    return services.renderer.page(
        request, "case/file.html", file=file, crumbs=crumbs, done=done_text(request, file), postings=posted,
        registers=may(services, visit.actor, "complaint", "register"),
        panels=await plugin_parts.panels(request, None if file.recused else scope, file.process), people=_people(file),
    )  # fmt: skip


def _people(file: CaseFile) -> dict[UUID, str]:
    return {m.person.id: m.person.name for m in file.subject.household.members} if file.subject else {}


@get("/cases/{process_id:uuid}/decision", opt={"access": SignedIn()})
async def decision(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    """The worksheet as an official sheet."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        file = await case_file(tx, services, request.app.state.labels, visit.actor, process_id)
    if file.calculation is None:
        raise NotFound("这一件还没有收入核算")
    return services.renderer.page(
        request, "case/decision.html", file=file, back=f"{visit.base}/cases/{process_id}"
    )


HANDLERS = (work, cases, rounds, case_page, decision)
