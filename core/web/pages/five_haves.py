"""For the system administrator: what of a household's assets asks for an explanation, table by table, and changing that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.kernel.forms import decode, describe
from core.problems import Conflict, Invalid, Problem
from core.rules.five_haves_columns import FACTS, FiveHave
from core.web import five_haves
from core.web.five_haves import FORMS, Checked, as_cells, known
from core.web.forms import add_row, drop_row, errors_of
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.reading import page_form
from core.web.services import services_of
from core.web.visit import Needs, visit_of

AnyRequest = Request[Any, Any, Any]

VIEW, EDIT = Needs("config", "view"), Needs("config", "edit")


@get("/admin/config/five-haves", opt={"access": VIEW})
async def listed(request: AnyRequest) -> Response[Any]:
    found = await five_haves.tables(request)
    return services_of(request).renderer.page(
        request, "admin/five_haves.html", found=found, edits=_edits(request),
        done=_("已保存为新的一版，从您写的那天起用；在那以前，下面还是现在的规定。") if request.query_params.get("done") else "",
    )  # fmt: skip


@get("/admin/config/five-haves/{have:str}", opt={"access": EDIT})
async def one(request: AnyRequest, have: FromPath[str]) -> Response[Any]:
    which = known(have)
    number, rules = await five_haves.in_force(request)
    typed = {"rows": five_haves.typed_rows(which, rules) or [{}]}
    return await _show(request, which, typed, read=number)


@post("/admin/config/five-haves/{have:str}", status_code=200, opt={"access": EDIT})
async def save(request: AnyRequest, have: FromPath[str]) -> Response[Any]:
    """`_row` changes the rows and nothing else; `_step` check reads them aloud, save saves them."""
    which = known(have)
    typed, own = await page_form(request)
    read = own.get("_read", "")
    number = int(read) if read.isascii() and read.isdigit() and len(read) < 9 else 0
    if _moved(typed, own.get("_row", "")):
        return await _show(request, which, typed, read=number)
    saving = own.get("_step") == "save"
    try:
        cells = as_cells(which, typed)
        if not saving and not cells.get("reason"):
            cells["reason"] = _("检查")  # a check stores nothing, so nobody has to say why yet
        form = decode(FORMS[which], cells)
        if not saving:
            shown = await five_haves.check(request, which, form)
            return await _show(request, which, typed, read=number, shown=shown)
        await five_haves.save(request, which, form, number)
    except (Invalid, Conflict) as problem:
        return await _show(request, which, typed, problem, read=number)
    return Redirect(f"{visit_of(request).base}/admin/config/five-haves?done=1", status_code=303)


def _moved(typed: dict[str, Any], asked: str) -> bool:
    """Whether only rows were to be added, removed or put earlier (`add`, `remove-2`, `up-2`); then that is done."""
    step, _dash, number = asked.partition("-")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    rows = typed.get("rows")
    match step:
        case "add":
            add_row(typed, "rows")
        case "remove":
            drop_row(typed, f"rows-{at}")
        case "up" if isinstance(rows, list) and 0 < at < len(rows):
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        case _:
            return step == "up"
    return True


def _edits(request: AnyRequest) -> bool:
    return may(services_of(request), visit_of(request).actor, EDIT.object, EDIT.action)


async def _show(
    request: AnyRequest,
    kind: FiveHave,
    typed: dict[str, Any],
    problem: Problem | None = None,
    *,
    read: int,
    shown: Checked | None = None,
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    _number, rules = await five_haves.in_force(request)
    rows = typed.get("rows")
    given = [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []
    specs = describe(FORMS[kind])
    cells = as_cells(kind, {"rows": given})["rows"]
    detail = " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
    return services.renderer.page(
        request, "admin/five_have.html", status=int(problem.status) if problem else 200, kind=kind, facts=FACTS[kind],
        rows=given, read=read, shown=shown, detail=detail, errors=errors_of(problem), typed=typed,
        specs=[spec for spec in specs if spec.name != "rows"], row_specs={s.name: s for s in _row_specs(specs)},
        readings=[
            {fact.name: five_haves.reading_of(fact, str(row.get(fact.name) or "-"), rules) for fact in FACTS[kind]}
            for row in cells
        ],
        crumbs=((f"{visit.base}/admin", _("管理")), (f"{visit.base}/admin/config/five-haves", _("五有判定表"))),
    )  # fmt: skip


def _row_specs(specs: Any) -> Any:
    """What stands beside the conditions; an outcome is always chosen already."""
    nested = next(spec.nested for spec in specs if spec.name == "rows")
    return [replace(spec, required=True) if spec.name == "outcome" else spec for spec in nested]


HANDLERS = (listed, one, save)
