"""Taking a step: the action's form, check-your-answers where it binds, and both sides when somebody was faster."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from core.kernel.forms import decode, describe, flatten
from core.problems import Conflict, Invalid, NotFound, Problem, Refused
from core.web import stepwise
from core.web.forms import add_row, drop_row, errors_of, options_for, starting_values
from core.web.i18n import gettext as _
from core.web.reading import BadFiles, page_form, version_of
from core.web.services import services_of
from core.web.views.casefile import case_file
from core.web.views.records import Value, values_of
from core.web.visit import SignedIn, visit_of

if TYPE_CHECKING:
    from core.kernel.situation import Situation
    from core.kernel.stage import Action

AnyRequest = Request[Any, Any, Any]

_DRAFT = "save_draft"


class _Page:
    """One action of one process for one person, loaded for a page."""

    def __init__(
        self, request: AnyRequest, kind: str, situation: Situation, action: Action, options: dict[str, Any]
    ) -> None:
        self.request, self.kind, self.situation, self.action, self.options = (
            request,
            kind,
            situation,
            action,
            options,
        )
        visit = visit_of(request)
        process = situation.view.process
        self.back = f"{visit.base}/{kind}s/{process.id}"
        self.household = situation.standing.is_party and not situation.view.actor.roles - {
            "applicant",
            "helper",
        }

    def form(
        self,
        typed: dict[str, Any],
        *,
        status: int = 200,
        problem: Problem | None = None,
        key: str = "",
        version: int | None = None,
        at: int | None = None,
    ) -> Response[Any]:
        """`at`: which part of it, where it is walked through; None: the first, or the first with an error."""
        drafts = self.situation.runtime.catalogue.action(
            self.situation.spec, self.situation.view.process.state, _DRAFT
        )
        errors = errors_of(problem, describe(self.action.form))
        detail = " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
        draft = self.action.name == "submit" and drafts is not None
        if not self.parts:
            return self._render(
                "case/act.html", status, specs=describe(self.action.form), typed=typed, options=self.options,
                errors=errors, detail=detail, key=key, version=version, draft=draft,
            )  # fmt: skip
        if at is None:
            at = stepwise.first_wrong(self.parts, errors) if errors else 0
        part = self.parts[at]
        return self._render(
            "case/step.html", status, part=part, at=at, total=len(self.parts), value=part.value(typed),
            carried=part.carried(typed), options=self.options, errors=part.errors(errors), detail=detail, key=key,
            version=version, draft=draft, label=self.action.label, last=_("核对后提交"),
        )  # fmt: skip

    @property
    def parts(self) -> tuple[stepwise.Part, ...]:
        """For a household, the questions of a long form; empty: all at once."""
        found = stepwise.parts_of(describe(self.action.form)) if self.household else ()
        return found if len(found) >= stepwise.FEWEST else ()

    def confirm(self, typed: dict[str, Any], form: msgspec.Struct, key: str, version: int) -> Response[Any]:
        return self._render(
            "case/confirm.html",
            200,
            summary=self.summary(form),
            carried=flatten(typed),
            key=key,
            version=version,
        )

    def summary(self, form: msgspec.Struct) -> tuple[Value, ...]:
        names = {UUID(k): label for kind in ("account", "member") for k, label in self.options.get(kind, ())}
        return values_of(form, names)

    def _render(
        self, template: str, status: int, *, key: str = "", version: int | None = None, **values: Any
    ) -> Response[Any]:
        process = self.situation.view.process
        return services_of(self.request).renderer.page(
            self.request, template, status=status, action=self.action, back=self.back, household=self.household,
            crumbs=[(self.back, f"{process.title} {process.number}")], key=key or secrets.token_urlsafe(12),
            version_read=process.version if version is None else version, **values,
        )  # fmt: skip


async def _load(request: AnyRequest, kind: str, process_id: UUID, name: str) -> _Page:
    """Raises Conflict when the present stage does not offer the action, Refused when it is not open to the person."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        situation = await services.situations.load(tx, visit.actor, process_id)
        if situation.view.process.kind != kind:
            raise NotFound("没有找到这件事项")
        available = {a.action.name: a for a in situation.available()}
        if name not in available:
            raise Conflict(
                f"“{situation.view.stage.label}”阶段不能办理这一步，可能已经办过了，或者还没有轮到。",
                hint="请回到这一件，看现在的情况。",
            )
        action = available[name].action
        blocked = available[name].blocked or await services.engine.objection(tx, situation, action)
        if blocked is not None:
            raise Refused(blocked.reason, source=blocked.source, hint=blocked.hint)
        options = await options_for(
            tx, situation, services.authorizer, describe(action.form), f"{visit.base}/api/evidence"
        )
    return _Page(request, kind, situation, action, options)


async def _show(request: AnyRequest, kind: str, process_id: UUID, name: str) -> Response[Any]:
    page = await _load(request, kind, process_id, name)
    return page.form(starting_values(page.situation, page.action))


async def _take(request: AnyRequest, kind: str, process_id: UUID, name: str) -> Response[Any]:
    try:
        typed, own = await page_form(request)
    except BadFiles as bad:
        page = await _load(request, kind, process_id, name)
        return page.form(bad.typed, status=422, problem=bad, version=version_of(bad.own))
    return await _answer(request, kind, process_id, name, typed, own)


async def _answer(
    request: AnyRequest, kind: str, process_id: UUID, name: str, typed: dict[str, Any], own: dict[str, str]
) -> Response[Any]:
    version = version_of(own)
    key = own.get("_key", "")[:100] or secrets.token_urlsafe(12)
    try:
        if own.keys() & {"_add", "_remove", "_edit"}:
            page = await _load(request, kind, process_id, name)
            _change_rows(typed, own)
            return page.form(
                typed, key=key, version=version, at=stepwise.page_of(own, page.parts) if page.parts else None
            )
        if own.keys() & {"_next", "_prev"}:
            page = await _load(request, kind, process_id, name)
            return (
                _walk(page, typed, own, key, version)
                if page.parts
                else page.form(typed, key=key, version=version)
            )
        if "_draft" in own:
            return await _act(request, kind, process_id, _DRAFT, {"content": typed}, key, version)
        return await _binding(request, kind, process_id, name, typed, key, version, "_confirmed" in own)
    except (Invalid, Refused) as problem:
        # A colleague who may not take part, a plugin's veto: not the end of what was typed, while the step stays open.
        page = await _load(request, kind, process_id, name)
        return page.form(typed, status=int(problem.status), problem=problem, key=key, version=version)
    except Conflict as conflict:
        return await _both_sides(request, kind, process_id, name, typed, version, conflict)


def _walk(page: _Page, typed: dict[str, Any], own: dict[str, str], key: str, version: int) -> Response[Any]:
    """To the next question once this one is answered, to the one before in any case; at the end everything is checked."""
    at = stepwise.page_of(own, page.parts)
    if "_prev" in own:
        return page.form(typed, key=key, version=version, at=max(0, at - 1))
    try:
        form = decode(page.action.form, typed)
    except Invalid as invalid:
        here = page.parts[at].errors(errors_of(invalid, describe(page.action.form)))
        if here or at + 1 == len(page.parts):
            where = at if here else None
            return page.form(typed, status=422, problem=invalid, key=key, version=version, at=where)
    else:
        if at + 1 == len(page.parts):
            return page.confirm(typed, form, key, version)
    return page.form(typed, key=key, version=version, at=at + 1)


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
        page = await _load(request, kind, process_id, name)
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
    return values_of(form, {UUID(k): label for k, label in options.get("member", ())})


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
