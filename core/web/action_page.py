"""One action of one process for one person, as a page: its form, walked through or at once, and the check before it binds."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from litestar import Request, Response

from core.kernel.forms import FieldSpec, describe, flatten
from core.problems import Conflict, NotFound, Problem, Refused
from core.stages.application import BY_HELPER
from core.web import keeping, stepwise
from core.web.asked import asked
from core.web.forms import errors_of, options_for
from core.web.i18n import gettext as _
from core.web.services import services_of
from core.web.views.records import Value, values_of
from core.web.visit import visit_of

if TYPE_CHECKING:
    from core.kernel.situation import Situation
    from core.kernel.stage import Action

AnyRequest = Request[Any, Any, Any]

_DRAFT = "save_draft"


class ActionPage:
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
        saved: str = "",
    ) -> Response[Any]:
        """`at`: which part of it, where it is walked through; None: the first, or the first with an error.

        `saved`: the stamp under which a household's answers were kept.
        """
        drafts = self.situation.runtime.catalogue.action(
            self.situation.spec, self.situation.view.process.state, _DRAFT
        )
        errors = errors_of(problem, describe(self.action.form))
        detail = " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
        draft = self.action.name == "submit" and drafts is not None
        if not self.parts:
            return self._render(
                "case/act.html", status, specs=self.specs, typed=typed, options=self.options,
                errors=errors, detail=detail, key=key, version=version, draft=draft,
            )  # fmt: skip
        if at is None:
            at = stepwise.first_wrong(self.parts, errors) if errors else 0
        part = self.parts[at]
        return self._render(
            "case/step.html", status, part=part, at=at, total=len(self.parts), value=part.value(typed),
            carried=part.carried(typed), options=self.options, errors=part.errors(errors), detail=detail, key=key,
            version=version, draft=draft, label=self.action.label, last=_("核对后提交"), saved=saved,
        )  # fmt: skip

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """The fields of its form; an application asks for nothing that can be looked up, whoever fills it in."""
        specs = describe(self.action.form)
        return asked(specs) if self.action.name == "submit" else specs

    @property
    def parts(self) -> tuple[stepwise.Part, ...]:
        """For a household, the questions of a long form; empty: all at once."""
        found = stepwise.parts_of(self.specs) if self.household else ()
        if BY_HELPER not in self.situation.view.process.marks:
            found = tuple(part for part in found if part.name != "mandate")
        return found if len(found) >= stepwise.FEWEST else ()

    @property
    def keeps(self) -> bool:
        """A household's application is kept page by page."""
        return self.action.name == "submit" and bool(self.parts)

    async def keep(self, typed: dict[str, Any], own: dict[str, str]) -> str:
        """The stamp it is kept under. Raises TypedElsewhere."""
        at = stepwise.page_of(own, self.parts)
        return await keeping.keep(
            self.request, self.situation.view.process.id, typed, at, own.get("_saved", "")
        )

    def confirm(
        self, typed: dict[str, Any], form: msgspec.Struct, key: str, version: int, saved: str = ""
    ) -> Response[Any]:
        return self._render(
            "case/confirm.html",
            200,
            summary=self.summary(form),
            carried=flatten(typed),
            key=key,
            version=version,
            saved=saved,
        )

    def summary(self, form: msgspec.Struct) -> tuple[Value, ...]:
        names = {
            UUID(k): label for kind in ("account", "signatory") for k, label in self.options.get(kind, ())
        }
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


async def load(request: AnyRequest, kind: str, process_id: UUID, name: str) -> ActionPage:
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
    return ActionPage(request, kind, situation, action, options)
