"""Complaints and objections over the API: taken from anybody, asked after by receipt code, answered by the level responsible."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from core.complaints.concerned import OBJECT
from core.complaints.counter import Counter
from core.complaints.desk import Desk, Wanted
from core.complaints.forms import (
    CodeForm,
    Complainant,
    ComplaintFile,
    ComplaintLine,
    ComplaintReceipt,
    ComplaintStanding,
    IntakeForm,
    ObjectionIntakeForm,
    PassUpForm,
    PublicComplaintForm,
    PublicObjectionForm,
    RatingForm,
    ReissueForm,
    ReplyForm,
)
from core.complaints.intake import Intake
from core.complaints.reissuing import Reissuing
from core.web.looking import PurposeForm
from core.web.public_gate import Challenge, admit_lookup, admit_program, challenge
from core.web.reading import body, idempotency_key, lenient_query
from core.web.services import services_of
from core.web.visit import Needs, Public, visit_of

AnyRequest = Request[Any, Any, Any]

HANDLE, REGISTER = Needs(OBJECT, "handle"), Needs(OBJECT, "register")


def _key(request: AnyRequest) -> str:
    return idempotency_key(request) or secrets.token_urlsafe(12)


@get("/p/challenge", opt={"access": Public(), "answer": Challenge})
async def question(request: AnyRequest) -> Challenge:
    """The small question a public form has to answer in this district; empty: none."""
    return await challenge(request)


@post("/p/complaints/new", opt={"access": Public(), "body": PublicComplaintForm, "answer": ComplaintReceipt})
async def complain(request: AnyRequest) -> ComplaintReceipt:
    """Complain; no sign-in, no name needed. The receipt's code shows how it stands, and is shown only here."""
    form = await body(request, PublicComplaintForm)
    await admit_program(request, form.phone)
    return await Intake(services_of(request).complaints).complain(
        visit_of(request).district.id, form, _key(request)
    )


@post(
    "/p/postings/{token:str}/object",
    opt={"access": Public(), "body": PublicObjectionForm, "answer": ComplaintReceipt},
)
async def object_to(request: AnyRequest, token: FromPath[str]) -> ComplaintReceipt:
    """Object to a posting that hangs; it holds the case it is about."""
    form = await body(request, PublicObjectionForm)
    await admit_program(request, form.phone)
    return await Intake(services_of(request).complaints).object(
        visit_of(request).district.id, token, form, _key(request)
    )


@post(
    "/p/complaints/status",
    status_code=200,
    opt={"access": Public(), "body": CodeForm, "answer": ComplaintStanding},
)
async def standing(request: AnyRequest) -> ComplaintStanding:
    """How the complaint with this receipt stands."""
    form = await body(request, CodeForm)
    await admit_lookup(request)
    return await Counter(services_of(request).complaints).standing(visit_of(request).district.id, form.code)


@post(
    "/p/complaints/rating",
    status_code=200,
    opt={"access": Public(), "body": RatingForm, "answer": ComplaintStanding},
)
async def rate(request: AnyRequest) -> ComplaintStanding:
    """What the complainant thinks of the answer; `review` asks the level above to look again, once."""
    form = await body(request, RatingForm)
    await admit_lookup(request)
    return await Counter(services_of(request).complaints).rate(visit_of(request).district.id, form)


@get("/complaints", opt={"access": HANDLE, "query": Wanted, "answer": tuple[ComplaintLine, ...]})
async def lines(request: AnyRequest) -> tuple[ComplaintLine, ...]:
    """What the asking person may answer, the most urgent first."""
    return await Desk(services_of(request).complaints).lines(
        visit_of(request).actor, lenient_query(request, Wanted)
    )


@post("/complaints/new", opt={"access": REGISTER, "body": IntakeForm, "answer": ComplaintReceipt})
async def enter(request: AnyRequest) -> ComplaintReceipt:
    """Enter what was told by phone, in person or by letter."""
    form, actor = await body(request, IntakeForm), visit_of(request).actor
    return await Intake(services_of(request).complaints).complain(
        actor.tenant_id, form, _key(request), by=actor
    )


@post(
    "/postings/{token:str}/object",
    opt={"access": REGISTER, "body": ObjectionIntakeForm, "answer": ComplaintReceipt},
)
async def enter_objection(request: AnyRequest, token: FromPath[str]) -> ComplaintReceipt:
    """Enter an objection told by phone, in person or by letter."""
    form, actor = await body(request, ObjectionIntakeForm), visit_of(request).actor
    return await Intake(services_of(request).complaints).object(
        actor.tenant_id, token, form, _key(request), by=actor
    )


@get("/complaints/{complaint_id:uuid}", opt={"access": HANDLE, "answer": ComplaintFile})
async def complaint_file(request: AnyRequest, complaint_id: FromPath[UUID]) -> ComplaintFile:
    """One complaint, for those who may answer it."""
    return await Desk(services_of(request).complaints).file(visit_of(request).actor, complaint_id)


@get("/complaints/{complaint_id:uuid}/papers/{position:int}", opt={"access": HANDLE, "file": True})
async def paper(request: AnyRequest, complaint_id: FromPath[UUID], position: FromPath[int]) -> Response[bytes]:  # fmt: skip
    """A paper that came with it, counted from 0."""
    data, kind = await Desk(services_of(request).complaints).paper(
        visit_of(request).actor, complaint_id, position
    )
    return Response(data, media_type=kind)


@post(
    "/complaints/{complaint_id:uuid}/complainant",
    status_code=200,
    opt={"access": HANDLE, "body": PurposeForm, "answer": Complainant},
)
async def complainant(request: AnyRequest, complaint_id: FromPath[UUID]) -> Complainant:
    """Who complained; every look is logged with its purpose."""
    form = await body(request, PurposeForm)
    return await Desk(services_of(request).complaints).complainant(
        visit_of(request).actor, complaint_id, form.purpose
    )


@post(
    "/complaints/{complaint_id:uuid}/reply",
    status_code=200,
    opt={"access": HANDLE, "body": ReplyForm, "answer": ComplaintFile},
)
async def reply(request: AnyRequest, complaint_id: FromPath[UUID]) -> ComplaintFile:
    """Answer it: what was found, and what is said to whoever complained."""
    form = await body(request, ReplyForm)
    return await Desk(services_of(request).complaints).reply(visit_of(request).actor, complaint_id, form)


@post("/complaints/{complaint_id:uuid}/pass-up", status_code=200, opt={"access": HANDLE, "body": PassUpForm})
async def pass_up(request: AnyRequest, complaint_id: FromPath[UUID]) -> None:
    """Hand it to the level above; this level no longer sees it."""
    form = await body(request, PassUpForm)
    await Desk(services_of(request).complaints).pass_up(visit_of(request).actor, complaint_id, form)


@post(
    "/complaints/{complaint_id:uuid}/reissue",
    status_code=200,
    opt={"access": HANDLE, "body": ReissueForm, "answer": ComplaintReceipt},
)
async def reissue(request: AnyRequest, complaint_id: FromPath[UUID]) -> ComplaintReceipt:
    """A lost receipt, made out anew for whoever stands at the counter and says what they left; the earlier code is void."""
    form = await body(request, ReissueForm)
    return await Reissuing(services_of(request).complaints).reissue(
        visit_of(request).actor, complaint_id, form
    )


HANDLERS = (
    question, complain, object_to, standing, rate, lines, enter, enter_objection, complaint_file, paper, complainant, reply,
    pass_up, reissue,
)  # fmt: skip
