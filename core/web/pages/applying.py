"""The villagers' door: a phone number, the code sent to it, and one is where one's applications are.

/apply ─手机号─▶ /apply/code ─验证码─▶ /apply/enter ─▶ /my, or back to where one was going
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from core.problems import Problem
from core.web.addresses import address_of
from core.web.cookies import set_session
from core.web.forms import errors_of
from core.web.navigation import home_of
from core.web.pages.door import inside, second_step
from core.web.public_gate import Challenge, admit_sender, challenge
from core.web.reading import page_form
from core.web.services import services_of
from core.web.visit import Public, visit_of

AnyRequest = Request[Any, Any, Any]

_MOST = 40


def _page(request: AnyRequest, way: str, asked: Challenge, problem: Problem | None = None, **shown: Any) -> Response[Any]:  # fmt: skip
    """`way`: "phone" or "code"."""
    errors = errors_of(problem)
    detail = " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
    values = {"phone": "", "next": "", "resent": False} | shown
    return services_of(request).renderer.page(
        request, "door/apply.html", status=int(problem.status) if problem else 200, way=way, challenge=asked,
        errors=errors, detail=detail, demo_phones=bool(services_of(request).demo_phones), **values,
    )  # fmt: skip


@get("/apply", opt={"access": Public()})
async def door(request: AnyRequest) -> Response[Any]:
    """Begin, or go on where one left off: on this phone or another one."""
    visit = visit_of(request)
    if visit.session is not None:
        return Redirect(home_of(services_of(request), visit), status_code=303)
    next_ = inside(request, request.query_params.get("next", ""))
    return _page(request, "phone", await challenge(request), next=next_)


@post("/apply/code", status_code=200, opt={"access": Public()})
async def send_code(request: AnyRequest) -> Response[Any]:
    form, own = await page_form(request)
    shown: dict[str, Any] = {
        "phone": str(form.get("phone", ""))[:_MOST],
        "next": inside(request, own.get("_next", "")),
    }
    try:
        await admit_sender(request, token=own.get("_token", ""), answer=own.get("_answer", ""))
        await services_of(request).phone_door.send_code(
            visit_of(request).district.id, shown["phone"], address_of(request)
        )
    except Problem as problem:
        return _page(request, "phone", await challenge(request), problem, **shown)
    return _page(request, "code", Challenge(), **shown)


@post("/apply/enter", status_code=200, opt={"access": Public()})
async def enter(request: AnyRequest) -> Response[Any]:
    form, own = await page_form(request)
    visit = visit_of(request)
    phone, next_ = str(form.get("phone", ""))[:_MOST], inside(request, own.get("_next", ""))
    try:
        admission = await services_of(request).phone_door.enter(
            visit.district.id,
            phone,
            str(form.get("code", ""))[:_MOST],
            visit.district.code,
            address_of(request),
        )
    except Problem as problem:
        return _page(request, "code", Challenge(), problem, phone=phone, next=next_)
    if admission.ticket:
        return second_step(request, admission.ticket, next_)
    response = Redirect(next_ or f"{visit.base}/", status_code=303)
    set_session(request, response, admission.token)
    return response


HANDLERS = (door, send_code, enter)
