"""The villagers' door over the API: a code to a phone, and a session for whoever has it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from core.registry.typed_drafts import Typed
from core.web import keeping
from core.web.addresses import address_of
from core.web.api.answers import SignedInAnswer
from core.web.api.session import PhoneForm
from core.web.cookies import set_session
from core.web.owning import OwnAnswer, OwnForm, own
from core.web.public_gate import admit_program
from core.web.reading import body
from core.web.receiving import CaseReceipt, receipt_of, standing_by
from core.web.services import services_of
from core.web.views.standing import CaseStanding
from core.web.visit import Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


class PhoneProofForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phone: Annotated[
        str, Meta(title="手机号", pattern="^1[0-9]{10}$", extra={"message": "请填写 11 位手机号"})
    ]
    code: Annotated[
        str, Meta(title="短信验证码", pattern="^[0-9]{6}$", extra={"message": "请填写短信里的 6 位数字"})
    ]


@post("/apply/code", status_code=204, opt={"access": Public(), "body": PhoneForm})
async def send_apply_code(request: AnyRequest) -> None:
    """Send a code to any phone: to apply one needs no account. The answer is the same whoever has it."""
    form = await body(request, PhoneForm)
    await admit_program(request)
    await services_of(request).phone_door.send_code(
        visit_of(request).district.id, form.phone, address_of(request)
    )


@post(
    "/apply/enter",
    status_code=200,
    opt={"access": Public(), "body": PhoneProofForm, "answer": SignedInAnswer},
)
async def enter_by_code(request: AnyRequest) -> Response[SignedInAnswer]:
    """A session for whoever holds the phone; a `ticket` where the account has a second factor."""
    form, district = await body(request, PhoneProofForm), visit_of(request).district
    admission = await services_of(request).phone_door.enter(
        district.id, form.phone, form.code, district.code, address_of(request)
    )
    response = Response(SignedInAnswer(admission.token, admission.ticket))
    if admission.token:
        set_session(request, response, admission.token)
    return response


class ReceiptCodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(title="回执码", min_length=1, max_length=60)]


@post("/s", status_code=200, opt={"access": Public(), "body": ReceiptCodeForm, "answer": CaseStanding})
async def receipt_standing(request: AnyRequest) -> CaseStanding:
    """Where the application stands whose receipt carries this code. One answer for every code that opens nothing."""
    return await standing_by(request, (await body(request, ReceiptCodeForm)).code)


@get("/my/{process_id:uuid}/receipt", opt={"access": SignedIn(), "answer": CaseReceipt})
async def receipt(request: AnyRequest, process_id: FromPath[UUID]) -> CaseReceipt:
    """The receipt in force of an application."""
    return (await receipt_of(request, process_id))[0]


@post("/my/{process_id:uuid}/receipt", status_code=200, opt={"access": SignedIn(), "answer": CaseReceipt})
async def renew_receipt(request: AnyRequest, process_id: FromPath[UUID]) -> CaseReceipt:
    """A fresh receipt in place of a lost one, which opens nothing any more."""
    return (await receipt_of(request, process_id, renew=True))[0]


class TypedForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after`: the stamp these answers go on from; empty for the first. `page`: the question it is left at, from 0."""

    content: dict[str, Any]
    page: Annotated[int, Meta(ge=0, le=200)] = 0
    after: Annotated[str, Meta(max_length=40)] = ""


class TypedAnswer(msgspec.Struct, frozen=True):
    """What was typed so far; `stamp` empty: nothing yet."""

    content: dict[str, Any]
    page: int = 0
    stamp: str = ""


@get("/cases/new/typed", opt={"access": SignedIn(), "answer": TypedAnswer})
async def typed_opening(request: AnyRequest) -> TypedAnswer:
    """The application one has begun, before it is a case."""
    return _typed(await keeping.kept(request, visit_of(request).actor.account_id))


@post(
    "/cases/new/typed", status_code=200, opt={"access": SignedIn(), "body": TypedForm, "answer": TypedAnswer}
)
async def keep_opening(request: AnyRequest) -> TypedAnswer:
    """Keep it as typed. A conflict where another phone has saved since; `current` tells its stamp."""
    return await _keep(request, visit_of(request).actor.account_id)


@post("/my/put-away", status_code=204, opt={"access": SignedIn()})
async def put_away(request: AnyRequest) -> None:
    """Forget the application one has begun and not sent."""
    await keeping.put_away(request, visit_of(request).actor.account_id)


@get("/cases/{process_id:uuid}/typed", opt={"access": SignedIn(), "answer": TypedAnswer})
async def typed_application(request: AnyRequest, process_id: FromPath[UUID]) -> TypedAnswer:
    """What was typed of a case's application so far."""
    await keeping.demand_draft(request, process_id)
    return _typed(await keeping.kept(request, process_id))


@post(
    "/cases/{process_id:uuid}/typed",
    status_code=200,
    opt={"access": SignedIn(), "body": TypedForm, "answer": TypedAnswer},
)
async def keep_application(request: AnyRequest, process_id: FromPath[UUID]) -> TypedAnswer:
    """Keep it as typed, while the application is a draft."""
    await keeping.demand_draft(request, process_id)
    return await _keep(request, process_id)


@post("/my/household", status_code=200, opt={"access": SignedIn(), "body": OwnForm, "answer": OwnAnswer})
async def own_household(request: AnyRequest) -> OwnAnswer:
    """Which person this account is, by their ID number and the phone the office has of them; one answer for all others."""
    return OwnAnswer(await own(request, (await body(request, OwnForm)).id_number))


def _typed(found: Typed | None) -> TypedAnswer:
    return TypedAnswer(found.content, found.page, found.stamp) if found else TypedAnswer({})


async def _keep(request: AnyRequest, about: UUID) -> TypedAnswer:
    sent = await body(request, TypedForm)
    stamp = await keeping.keep(request, about, sent.content, sent.page, sent.after)
    return TypedAnswer(sent.content, sent.page, stamp)


HANDLERS = (
    send_apply_code, enter_by_code, receipt_standing, receipt, renew_receipt, typed_opening, keep_opening, put_away, typed_application,
    keep_application, own_household,
)  # fmt: skip
