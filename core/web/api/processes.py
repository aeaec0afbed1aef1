"""Cases and rounds over the API: lists, opening, reading, and one typed route per action of the stage catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from msgspec import Meta

from core.clock import local_date
from core.kernel.engine import Receipt
from core.kernel.forms import decode
from core.kernel.stage import Action
from core.web import intake, plugin_parts
from core.web.api.answers import ProcessAnswer, process_answer
from core.web.reading import body, idempotency_key, json_body, query
from core.web.services import services_of
from core.web.told import TOLD, Told, slip
from core.web.views.casefile import case_file
from core.web.views.worklist import Listing, ListQuery, listing
from core.web.visit import SignedIn, visit_of

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

    from core.kernel.stage import StageCatalogue
    from core.web.views.records import Labels

AnyRequest = Request[Any, Any, Any]


class ActBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`expected_version` is the version the caller read; a stale one is a conflict that shows both sides."""

    expected_version: Annotated[int, Meta(title="版本", ge=0)]
    form: Annotated[dict[str, Any], Meta(title="表单")] = {}


async def _listing(request: AnyRequest, kind: str) -> Listing:
    services, actor = services_of(request), visit_of(request).actor
    wanted = query(request, ListQuery)
    if kind:
        wanted = msgspec.structs.replace(wanted, kind=kind)
    async with services.database.transaction(actor.tenant_id) as tx:
        found = await listing(tx, services, actor, local_date(services.clock()), wanted, counts=not kind)
        scope = None if kind else await plugin_parts.scope_in(request, tx)
    return msgspec.structs.replace(found, beside=await plugin_parts.beside(request, scope))


@get("/work", opt={"access": SignedIn(), "query": ListQuery, "answer": Listing})
async def work(request: AnyRequest) -> Listing:
    """What is on one's desk, with counts per tab, and what plugins have for one beside it."""
    return await _listing(request, "")


@get("/cases", opt={"access": SignedIn(), "query": ListQuery, "answer": Listing})
async def cases(request: AnyRequest) -> Listing:
    """Cases one may see."""
    return await _listing(request, "case")


@get("/rounds", opt={"access": SignedIn(), "query": ListQuery, "answer": Listing})
async def rounds(request: AnyRequest) -> Listing:
    """Village rounds one may see."""
    return await _listing(request, "round")


@post(
    "/cases", opt={"access": SignedIn(), "body": intake.OpenCaseForm, "answer": Receipt, "idempotent": True}
)
async def open_case(request: AnyRequest) -> Receipt:
    """Open a household's application, inside a round or on its own."""
    form = await body(request, intake.OpenCaseForm)
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return await intake.open_case(tx, services, actor, form, idempotency_key(request))


@post(
    "/rounds", opt={"access": SignedIn(), "body": intake.OpenRoundForm, "answer": Receipt, "idempotent": True}
)
async def open_round(request: AnyRequest) -> Receipt:
    """Prepare a village round."""
    form = await body(request, intake.OpenRoundForm)
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        return await intake.open_round(tx, services, actor, form, idempotency_key(request))


async def _read(request: AnyRequest, process_id: UUID) -> ProcessAnswer:
    services, actor = services_of(request), visit_of(request).actor
    labels: Labels = request.app.state.labels
    async with services.database.transaction(actor.tenant_id) as tx:
        return process_answer(await case_file(tx, services, labels, actor, process_id))


@get("/cases/{process_id:uuid}", opt={"access": SignedIn(), "answer": ProcessAnswer})
async def read_case(request: AnyRequest, process_id: FromPath[UUID]) -> ProcessAnswer:
    """One case: where it stands, what may be done and why not, and its journal."""
    return await _read(request, process_id)


@get("/rounds/{process_id:uuid}", opt={"access": SignedIn(), "answer": ProcessAnswer})
async def read_round(request: AnyRequest, process_id: FromPath[UUID]) -> ProcessAnswer:
    """One village round."""
    return await _read(request, process_id)


def action_handlers(catalogue: StageCatalogue) -> list[HTTPRouteHandler]:
    """One route per kind and action name, so that the schema documents every form."""
    found: dict[tuple[str, str], list[Action]] = {}
    for stage in catalogue.types.values():
        for kind in (stage.kind,) if stage.kind else ("case", "round"):
            for action in stage.actions:
                same = found.setdefault((kind, action.name), [])
                if action.form not in [a.form for a in same]:
                    same.append(action)
    return [_action_handler(kind, name, actions) for (kind, name), actions in sorted(found.items())]


def _action_handler(kind: str, name: str, actions: list[Action]) -> HTTPRouteHandler:
    forms = tuple(action.form for action in actions)

    @post(
        f"/{kind}s/{{process_id:uuid}}/actions/{name}",
        status_code=200,
        name=f"api.{kind}.{name}",
        opt={
            "access": SignedIn(),
            "body": ActBody,
            "forms": forms,
            "answer": Told if name in TOLD else Receipt,
            "idempotent": True,
        },
        operation_id=f"{kind}_{name}",
        summary=actions[0].label,
    )
    async def act(request: AnyRequest, process_id: FromPath[UUID]) -> Receipt:
        sent = decode(ActBody, await json_body(request))
        services, visit = services_of(request), visit_of(request)
        taken = await services.engine.act(
            visit.actor, process_id, name, sent.form,
            expected_version=sent.expected_version, idempotency_key=idempotency_key(request),
        )  # fmt: skip
        told = await slip(services, visit, name, taken)
        return Told(**msgspec.structs.asdict(taken), complaint=told) if told else taken

    return act


HANDLERS = (work, cases, rounds, open_case, open_round, read_case, read_round)
