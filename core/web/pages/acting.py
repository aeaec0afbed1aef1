"""Taking a step: the action's form, check-your-answers where it binds, and both sides when somebody was faster."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.kernel.forms import decode, describe, flatten
from core.problems import Conflict, Invalid, Refused
from core.registry.typed_drafts import TypedElsewhere
from core.web import keeping, stepwise
from core.web.action_page import ActionPage, load
from core.web.forms import add_row, drop_row, errors_of, gone_on_with, options_for, starting_values
from core.web.i18n import gettext as _
from core.web.navigation import is_household
from core.web.reading import BadFiles, page_form, version_of
from core.web.services import services_of
from core.web.told import slip
from core.web.views.casefile import case_file
from core.web.views.records import Value, values_of
from core.web.visit import SignedIn, visit_of

if TYPE_CHECKING:
    from core.kernel.stage import Action

AnyRequest = Request[Any, Any, Any]

_DRAFT = "save_draft"


async def _show(request: AnyRequest, kind: str, process_id: UUID, name: str) -> Response[Any]:
    page = await load(request, kind, process_id, name)
    started = await keeping.kept(request, process_id) if page.keeps else None
    start = starting_values(page.situation, page.action)
    if started is not None:
        at = min(started.page, len(page.parts) - 1)
        return page.form(gone_on_with(start, started.content), at=at, saved=started.stamp)
    return page.form(start)


async def _take(request: AnyRequest, kind: str, process_id: UUID, name: str) -> Response[Any]:
    try:
        typed, own = await page_form(request)
    except BadFiles as bad:
        page = await load(request, kind, process_id, name)
        return page.form(bad.typed, status=422, problem=bad, version=version_of(bad.own))
    return await _answer(request, kind, process_id, name, typed, own)


async def _answer(
    request: AnyRequest, kind: str, process_id: UUID, name: str, typed: dict[str, Any], own: dict[str, str]
) -> Response[Any]:
    version = version_of(own)
    key = own.get("_key", "")[:100] or secrets.token_urlsafe(12)
    try:
        if own.keys() & {"_add", "_remove", "_edit", "_next", "_prev", keeping.HERE}:
            page = await load(request, kind, process_id, name)
            _change_rows(typed, own)
            return await _turn(page, typed, own, key, version)
        if "_draft" in own:
            return await _put_by(request, kind, process_id, name, typed, own, key, version)
        return await _binding(request, kind, process_id, name, typed, key, version, "_confirmed" in own)
    except (Invalid, Refused) as problem:
        # A colleague who may not take part, a plugin's veto: not the end of what was typed, while the step stays open.
        page = await load(request, kind, process_id, name)
        return page.form(typed, status=int(problem.status), problem=problem, key=key, version=version)
    except TypedElsewhere as elsewhere:
        return keeping.both(request, elsewhere, typed, own, f"{visit_of(request).base}/my")
    except Conflict as conflict:
        return await _both_sides(request, kind, process_id, name, typed, version, conflict)


async def _put_by(
    request: AnyRequest, kind: str, process_id: UUID, name: str, typed: dict[str, Any], own: dict[str, str], key: str, version: int,
) -> Response[Any]:  # fmt: skip
    """To go on another day: a household's pages are kept anyway, an officer's form becomes a draft on file."""
    page = await load(request, kind, process_id, name)
    if not page.keeps:
        return await _act(request, kind, process_id, _DRAFT, {"content": typed}, key, version)
    await page.keep(typed, own)
    return Redirect(f"{visit_of(request).base}/my?kept=1", status_code=303)


async def _turn(
    page: ActionPage, typed: dict[str, Any], own: dict[str, str], key: str, version: int
) -> Response[Any]:
    """A page of a form that is not sent yet: kept where it is a household's, then the next one or this one again."""
    if not page.parts:
        return page.form(typed, key=key, version=version)
    saved = await page.keep(typed, own) if page.keeps else ""
    if own.keys() & {"_next", "_prev"}:
        return _walk(page, typed, own, key, version, saved)
    return page.form(typed, key=key, version=version, at=stepwise.page_of(own, page.parts), saved=saved)


def _walk(
    page: ActionPage, typed: dict[str, Any], own: dict[str, str], key: str, version: int, saved: str
) -> Response[Any]:
    """To the next question once this one is answered, to the one before in any case; at the end everything is checked."""
    at = stepwise.page_of(own, page.parts)
    if "_prev" in own:
        return page.form(typed, key=key, version=version, at=max(0, at - 1), saved=saved)
    try:
        form = decode(page.action.form, typed)
    except Invalid as invalid:
        here = page.parts[at].errors(errors_of(invalid, describe(page.action.form)))
        if here or at + 1 == len(page.parts):
            where = at if here else None
            return page.form(
                typed, status=422, problem=invalid, key=key, version=version, at=where, saved=saved
            )
    else:
        if at + 1 == len(page.parts):
            return page.confirm(typed, form, key, version, saved)
    return page.form(typed, key=key, version=version, at=at + 1, saved=saved)


async def _binding(
    request: AnyRequest,
    kind: str,
    process_id: UUID,
    name: str,
    typed: dict[str, Any],
    key: str,
    version: int,
    confirmed: bool,
) -> Response[Any]:
    """A step with a consequence is shown once before it is taken; a repeated submission is answered, not checked again."""
    if not confirmed:
        page = await load(request, kind, process_id, name)
        if page.action.consequence:
            if version != page.situation.view.process.version:
                raise Conflict(_("您填写期间，这一件已被别人办理过。您填的内容还在，请对照后再提交。"))
            return page.confirm(typed, decode(page.action.form, typed), key, version)
    return await _act(request, kind, process_id, name, typed, key, version)


async def _act(
    request: AnyRequest, kind: str, process_id: UUID, name: str, form: dict[str, Any], key: str, version: int
) -> Response[Any]:
    services, visit = services_of(request), visit_of(request)
    receipt = await services.engine.act(
        visit.actor, process_id, name, form, expected_version=version, idempotency_key=key
    )
    told = await slip(services, visit, name, receipt)
    if told is not None:
        return services.renderer.page(
            request, "public/receipt.html", receipt=told, papers=len(form.get("papers") or ()), reissued=False,
            back=f"{visit.base}/{kind}s/{process_id}?done={receipt.seq}",
        )  # fmt: skip
    if name == "submit" and is_household(visit.actor):
        return Redirect(f"{visit.base}/my/{process_id}/receipt", status_code=303)
    return Redirect(f"{visit.base}/{kind}s/{process_id}?done={receipt.seq}", status_code=303)


def _change_rows(typed: dict[str, Any], own: dict[str, str]) -> None:
    if "_add" in own:
        add_row(typed, own["_add"])
    if "_remove" in own:
        drop_row(typed, own["_remove"])


async def _both_sides(
    request: AnyRequest,
    kind: str,
    process_id: UUID,
    name: str,
    typed: dict[str, Any],
    version: int,
    conflict: Conflict,
) -> Response[Any]:
    """What is on file now beside what the person typed; nothing typed is lost."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        file = await case_file(tx, services, request.app.state.labels, visit.actor, process_id)
        situation = await services.situations.load(tx, visit.actor, process_id)
        options = await options_for(tx, situation, services.authorizer, (), "")
    forms = {a.name: a for stage in situation.runtime.catalogue.types.values() for a in stage.actions}
    action = forms.get(name)
    back = f"{visit.base}/{kind}s/{process_id}"
    return services.renderer.page(
        request, "case/conflict.html", status=409, problem=conflict, file=file, back=back,
        crumbs=[(back, f"{file.process.title} {file.process.number}")], carried=flatten(typed),
        summary=_typed_summary(action, typed, options), open=any(c.name == name and c.open for c in file.choices),
        action_label=action.label if action else name, newer=[s for s in file.steps if s.seq > version] or file.steps[-1:],
    )  # fmt: skip


def _typed_summary(
    action: Action | None, typed: dict[str, Any], options: dict[str, Any]
) -> tuple[Value, ...]:
    if action is None:
        return ()
    try:
        form = decode(action.form, typed)
    except Invalid:
        return tuple(
            Value(s.title, text=str(typed[s.name]))
            for s in describe(action.form)
            if isinstance(typed.get(s.name), str) and typed[s.name]
        )
    return values_of(form, {UUID(k): label for k, label in options.get("signatory", ())})


@get("/cases/{process_id:uuid}/do/{name:str}", opt={"access": SignedIn()})
async def case_action(request: AnyRequest, process_id: FromPath[UUID], name: FromPath[str]) -> Response[Any]:
    return await _show(request, "case", process_id, name)


@post("/cases/{process_id:uuid}/do/{name:str}", status_code=200, opt={"access": SignedIn()})
async def take_case_action(
    request: AnyRequest, process_id: FromPath[UUID], name: FromPath[str]
) -> Response[Any]:
    return await _take(request, "case", process_id, name)


@get("/rounds/{process_id:uuid}/do/{name:str}", opt={"access": SignedIn()})
async def round_action(request: AnyRequest, process_id: FromPath[UUID], name: FromPath[str]) -> Response[Any]:
    return await _show(request, "round", process_id, name)


@post("/rounds/{process_id:uuid}/do/{name:str}", status_code=200, opt={"access": SignedIn()})
async def take_round_action(
    request: AnyRequest, process_id: FromPath[UUID], name: FromPath[str]
) -> Response[Any]:
    return await _take(request, "round", process_id, name)


HANDLERS = (case_action, take_case_action, round_action, take_round_action)
