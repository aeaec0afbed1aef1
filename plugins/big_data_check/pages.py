"""The pages of verification officers and reviewers: the list, a case, its report, the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.sdk import (
    Call,
    Conflict,
    Invalid,
    Needs,
    NotFound,
    Page,
    Problem,
    Redirect,
    Reply,
    Route,
    decode,
    describe,
    platform_of,
)
from core.sdk.verification import Result, Source, SourceResult, VerificationReportForm
from plugins.big_data_check import differences, officer, report_paper, worklist
from plugins.big_data_check.asking import config_of
from plugins.big_data_check.comparison import COLUMNS, NOTED
from plugins.big_data_check.officer import BlankNoteForm
from plugins.big_data_check.permissions import OBJECT, SETTLING, Permission
from plugins.big_data_check.reading import (
    PRINTED,
    QueryView,
    case_for,
    case_view,
    comparison,
    issued,
    log_look,
    names_of,
)
from plugins.big_data_check.stages import SettleForm, Verdict
from plugins.big_data_check.vocabulary import shown

FOLDER = "big_data_check"


async def show_list(call: Call) -> Reply:
    platform = platform_of(call.context)
    tab, page = call.query.get("tab", "open"), call.query.get("page", "1")
    async with platform.transaction() as tx:
        found = await worklist.listing(tx, platform, call.actor, tab, int(page) if page.isdecimal() else 1)
        resting = [Source(s).label for s in await worklist.silent_sources(tx)]
    values = {
        "listing": found, "tabs": worklist.TABS, "tab": tab, "resting": resting, "current": {"tab": tab},
        "can_deliver": bool(config_of(call.context).file_sources) and _may_somewhere(call, Permission.DELIVER),
        "can_recheck": _may_somewhere(call, Permission.BULK), "can_collect": _may_somewhere(call, Permission.SIGNATURES),
    }  # fmt: skip
    return Page(f"{FOLDER}/list.html", values)


async def show_case(call: Call) -> Reply:
    return await _case(call)


async def _case(call: Call, *, typed: Any = None, problem: Problem | None = None) -> Page:
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        view = await case_view(tx, platform, call, case_id)
        may_note = platform.may(call.actor, Permission.NOTE, view.area_code) is None
        may_compare = platform.may(call.actor, Permission.COMPARE, view.area_code) is None
        names = await platform.colleagues(tx, {d.by for d in view.decisions})
    newest = view.requests[0] if view.requests else None
    values = {
        "case": view, "newest": newest, "earlier": view.requests[1:], "may_note": may_note, "may_compare": may_compare,
        "people": _by_person(newest.results if newest else ()), "note_spec": describe(BlankNoteForm)[1],
        "blanks": [q for q in newest.results if q.result is Result.NO_DATA and q.needs_note] if newest else [],
        "typed": typed or {}, "errors": _errors(problem), "detail": problem.detail if problem else "",
        "done": _DONE.get(call.query.get("done", ""), ""),
        "decided": {d.finding: d for d in view.decisions}, "names": names,
    }  # fmt: skip
    return Page(f"{FOLDER}/case.html", values, status=problem.status if problem else 200)


_DONE = {
    "noted": "说明已写入，新的核对报告已经出具。",
    "waiting": "说明已写入；这一件现在的环节不能收报告，办到下一步时自动归入卷宗。",
    "asked": "已经安排再次查询，答复后会自动出具新报告。",
}


async def save_notes(call: Call) -> Reply:
    request_id = _request(call)
    try:
        done = await officer.note_blanks(call, request_id, decode(BlankNoteForm, call.typed))
    except Invalid as wrong:
        return await _case(call, typed=call.typed, problem=wrong)
    return Redirect(f"{call.here}/cases/{call.path['case_id']}?done={'noted' if done.filed else 'waiting'}")


async def ask_again(call: Call) -> Reply:
    await officer.ask_again(call, _request(call))
    return Redirect(f"{call.here}/cases/{call.path['case_id']}?done=asked")


def _request(call: Call) -> UUID:
    """The request the form is about. Raises NotFound for what names none."""
    try:
        return UUID(call.own.get("_request", ""))
    except ValueError:
        raise NotFound("没有找到这次核对，请回到这一件重新进入") from None


async def show_report(call: Call) -> Reply:
    """The report as an official sheet, for the paper file."""
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        situation = await case_for(tx, platform, call.actor, case_id, Permission.VIEW)
        found = await issued(tx, platform, situation, call)
        process = situation.view.process
        await log_look(tx, call, process, found.request.id, PRINTED)
        area = await platform.area_name(tx, process.area_code)
        colleagues = await platform.colleagues(tx, {d.by for d in found.issue.decided.values()})
    values = {
        "process": process, "request": found.request, "report": found.form, "area": area, "found": found,
        "office": platform.office, "people": _in_words(found.form, names_of(situation)),
        "back": f"{call.here}/cases/{case_id}", "decided": found.issue.decided, "names": colleagues,
        "over": found.form.valid_until < situation.view.today,
        "pdf": f"{call.here}/cases/{case_id}/report.pdf?number={found.report.number}",
        "newest": f"{call.here}/cases/{case_id}/report?number={found.report.number}",
    }  # fmt: skip
    return Page(f"{FOLDER}/report.html", values)


async def print_report(call: Call) -> Reply:
    return await report_paper.print_report(call)


async def show_comparison(call: Call) -> Reply:
    return await _comparison(call)


async def settle_difference(call: Call) -> Reply:
    try:
        await differences.settle(call, decode(SettleForm, call.typed))
    except (Invalid, Conflict) as wrong:
        return await _comparison(call, problem=wrong)
    return Redirect(f"{call.here}/cases/{call.path['case_id']}/comparison?done=settled")


async def _comparison(call: Call, *, problem: Problem | None = None) -> Page:
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        situation = await case_for(tx, platform, call.actor, case_id, Permission.COMPARE)
        lines = differences.lines_of(await comparison(tx, platform, situation, call), situation.view.records)
        names = await platform.colleagues(tx, {line.by for line in lines if line.by})
    values = {
        "process": situation.view.process, "columns": COLUMNS, "noted": NOTED, "open": differences.open_lines(lines),
        "settled": [line for line in lines if line.row.differs and not line.is_open],
        "agreeing": [line for line in lines if not line.row.differs],
        "may_settle": call.actor.is_service is False and not situation.view.process.ended and _settles(call),
        "verdicts": list(Verdict), "names": names, "typed": call.typed, "errors": _errors(problem),
        "detail": problem.detail if problem else "",
        "done": "理由已写入卷宗。" if call.query.get("done") == "settled" else "",
    }  # fmt: skip
    return Page(f"{FOLDER}/comparison.html", values, status=problem.status if problem else 200)


def _settles(call: Call) -> bool:
    return any(g.role in SETTLING for g in call.actor.grants)


def _by_person(results: tuple[QueryView, ...]) -> list[tuple[str, list[QueryView]]]:
    """The queries of each person, in the household's order."""
    found: dict[UUID, list[QueryView]] = {}
    for query in results:
        found.setdefault(query.person_id, []).append(query)
    return [(queries[0].person, queries) for queries in found.values()]


def _in_words(
    report: VerificationReportForm, names: Mapping[UUID, str]
) -> list[tuple[str, list[tuple[SourceResult, tuple[tuple[str, str], ...]]]]]:
    """The results of a report by person, each with its record in words."""
    found: dict[UUID, list[tuple[SourceResult, tuple[tuple[str, str], ...]]]] = {}
    for result in report.results:
        found.setdefault(result.person_id, []).append((result, shown(result.source, result.values)))
    return [(names.get(person, "—"), lines) for person, lines in found.items()]


def _errors(problem: Problem | None) -> dict[str, str]:
    return {e.field.replace(".", "-"): e.message for e in problem.fields} if problem else {}


def _may_somewhere(call: Call, permission: Permission) -> bool:
    platform = platform_of(call.context)
    return any(platform.may(call.actor, permission, g.area_code) is None for g in call.actor.grants)


VIEW, COMPARE = Needs(OBJECT, Permission.VIEW), Needs(OBJECT, Permission.COMPARE)
NOTE = Needs(OBJECT, Permission.NOTE)

ROUTES = (
    Route("GET", "/", VIEW, show_list),
    Route("GET", "/cases/{case_id:uuid}", VIEW, show_case),
    Route("POST", "/cases/{case_id:uuid}/notes", NOTE, save_notes),
    Route("POST", "/cases/{case_id:uuid}/ask", NOTE, ask_again),
    Route("GET", "/cases/{case_id:uuid}/report", VIEW, show_report),
    Route("GET", "/cases/{case_id:uuid}/report.pdf", VIEW, print_report),
    Route("GET", "/cases/{case_id:uuid}/comparison", COMPARE, show_comparison),
    Route("POST", "/cases/{case_id:uuid}/comparison", COMPARE, settle_difference),
)
