"""For the system administrator: which official forms print in the district's own Word layout, and changing that."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.kernel.forms import decode, describe
from core.problems import Invalid, NotFound, Problem
from core.web import word_forms
from core.web.forms import errors_of
from core.web.guards import may
from core.web.i18n import gettext as _
from core.web.reading import page_parts
from core.web.services import services_of
from core.web.visit import Needs, visit_of
from core.web.word_forms import TemplateForm

AnyRequest = Request[Any, Any, Any]

VIEW, EDIT = Needs("config", "view"), Needs("config", "edit")


@get("/admin/papers", opt={"access": VIEW})
async def listed(request: AnyRequest) -> Response[Any]:
    forms = await word_forms.listed(request)
    return services_of(request).renderer.page(request, "admin/word_forms.html", forms=forms)


@get("/admin/papers/{kind:str}", opt={"access": VIEW})
async def one(request: AnyRequest, kind: FromPath[str]) -> Response[Any]:
    return await _show(request, kind)


@post("/admin/papers/{kind:str}", status_code=200, opt={"access": EDIT})
async def save(request: AnyRequest, kind: FromPath[str]) -> Response[Any]:
    typed: dict[str, Any] = {}
    try:
        typed, files = await _sent(request)
        await word_forms.save(request, kind, decode(TemplateForm, typed), files.get("file", b""))
    except NotFound:
        raise
    except Invalid as problem:
        return await _show(request, kind, typed, problem)
    return _back(request, kind)


@post("/admin/papers/{kind:str}/withdraw", status_code=200, opt={"access": EDIT})
async def withdraw(request: AnyRequest, kind: FromPath[str]) -> Response[Any]:
    typed: dict[str, Any] = {}
    try:
        typed, _files = await _sent(request)
        await word_forms.save(request, kind, decode(TemplateForm, typed), None)
    except NotFound:
        raise
    except Invalid as problem:
        return await _show(request, kind, typed, problem)
    return _back(request, kind)


@get("/admin/papers/{kind:str}/starter.docx", opt={"access": VIEW, "file": True})
async def starter(request: AnyRequest, kind: FromPath[str]) -> Response[bytes]:
    return await word_forms.start_from(request, kind)


@get("/admin/papers/{kind:str}/version.docx", opt={"access": VIEW, "file": True})
async def version(request: AnyRequest, kind: FromPath[str]) -> Response[bytes]:
    """`?version=3`, as it was saved; with `&preview=1` filled in with made-up values."""
    asked = request.query_params
    number = asked.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise NotFound(_("没有找到这一版模板"))
    return await word_forms.stored(request, kind, int(number), preview=asked.get("preview") == "1")


async def _sent(request: AnyRequest) -> tuple[dict[str, Any], dict[str, bytes]]:
    typed, _own, files = await page_parts(request, ("file",))
    typed.pop("file", None)  # a file input left empty may come as an empty text
    return typed, files


def _back(request: AnyRequest, kind: str) -> Response[Any]:
    return Redirect(f"{visit_of(request).base}/admin/papers/{kind}?done=1", status_code=303)


async def _show(
    request: AnyRequest, kind: str, typed: dict[str, Any] | None = None, problem: Problem | None = None
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    found = await word_forms.one(request, kind)
    errors = errors_of(problem)
    return services.renderer.page(
        request, "admin/word_form.html", status=int(problem.status) if problem else 200, form=found, line=found.line,
        typed=typed or {}, errors=errors,
        file_errors=[e.message for e in problem.fields if e.field == "file"] if problem else [],
        detail=problem.detail if problem else "", specs=describe(TemplateForm),
        edits=may(services, visit.actor, EDIT.object, EDIT.action),
        done=_("已保存。") if request.query_params.get("done") else "",
        crumbs=((f"{visit.base}/admin", _("管理")), (f"{visit.base}/admin/papers", _("文书模板"))),
    )  # fmt: skip


HANDLERS = (listed, one, save, withdraw, starter, version)
