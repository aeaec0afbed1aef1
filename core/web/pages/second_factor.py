"""One's own second factor: scan, confirm, keep the recovery codes."""

from __future__ import annotations

from typing import Any

import segno
from litestar import Request, Response, get, post
from markupsafe import Markup

from core.access import links
from core.access.enrolment import State
from core.kernel.forms import decode, describe
from core.problems import Problem, TooMany
from core.web.api.session import CodeForm
from core.web.forms import errors_of
from core.web.pages.sso import provider_of
from core.web.reading import page_form
from core.web.services import services_of
from core.web.visit import SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]
_OPEN = {"access": SignedIn(), "factor_due": True}


def _qr(address: str) -> Markup:
    """Drawn into the page: the secret is in no address and in no cache."""
    return Markup(segno.make(address, error="m").svg_inline(scale=5, border=2))  # noqa: S704


async def _page(
    request: AnyRequest, codes: tuple[str, ...] = (), problem: Problem | None = None
) -> Response[Any]:
    visit, services = visit_of(request), services_of(request)
    actor = visit.actor
    state: State = await services.enrolment.begin(actor.tenant_id, actor.account_id)
    async with services.database.transaction(actor.tenant_id) as tx:
        offered = await provider_of(request, tx)
        linked = offered is not None and await links.is_linked(tx, offered[0].issuer, actor.account_id)
    response = services.renderer.page(
        request, "door/second_factor.html", status=422 if problem else 200, state=state, codes=codes,
        qr=_qr(state.address) if state.address else "", due=visit.session is not None and visit.session.must_enrol,
        secret=" ".join(state.secret[i : i + 4] for i in range(0, len(state.secret), 4)),
        errors=errors_of(problem, describe(CodeForm)) if problem else {}, detail=problem.detail if problem else "",
        sso=offered[1] if offered else "", linked=linked,
    )  # fmt: skip
    response.headers["cache-control"] = "no-store"
    return response


@get("/second-factor", opt=_OPEN)
async def second_factor(request: AnyRequest) -> Response[Any]:
    return await _page(request)


async def _make(request: AnyRequest, way: str) -> Response[Any]:
    sent, _own = await page_form(request)
    actor, keeper = visit_of(request).actor, services_of(request).enrolment
    try:
        form = decode(CodeForm, sent)
        codes = await getattr(keeper, way)(actor.tenant_id, actor.account_id, form.code)
    except TooMany:
        raise
    except Problem as problem:
        return await _page(request, problem=problem)
    return await _page(request, codes)


@post("/second-factor", status_code=200, opt=_OPEN)
async def confirm(request: AnyRequest) -> Response[Any]:
    """Put it in force with a code of the authenticator."""
    return await _make(request, "confirm")


@post("/second-factor/recovery-codes", status_code=200, opt={"access": SignedIn()})
async def renew(request: AnyRequest) -> Response[Any]:
    """Fresh recovery codes in place of the old ones."""
    return await _make(request, "renew")


HANDLERS = (second_factor, confirm, renew)
