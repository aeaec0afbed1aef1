"""What a program must be able to look up to fill in forms and check draws: a case's members, a round's sample, what is masked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath

from core.kernel.published_draw import PublishedDraw, published
from core.kernel.store import load
from core.problems import NotFound
from core.stages.context import CaseSubject
from core.stages.round_final import SampleDraw
from core.stages.round_opening import SeedCommitment
from core.web.looking import PurposeForm, look
from core.web.reading import body
from core.web.services import services_of
from core.web.visit import Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]


class MemberAnswer(msgspec.Struct, frozen=True):
    """A member as forms refer to them; what else is known of them is on the file."""

    person_id: UUID
    name: str
    relation: str


class PrivateMember(msgspec.Struct, frozen=True):
    person_id: UUID
    name: str
    relation: str
    id_number: str
    phone: str


class PrivateAnswer(msgspec.Struct, frozen=True):
    """What is behind the masks. Whoever got this is in the district's access log, with the purpose they named."""

    members: tuple[PrivateMember, ...]
    address: str
    bank_account: str


class DrawAnswer(msgspec.Struct, frozen=True):
    """`commitment` is the SHA-256 of the seed, public before the frame is closed; `draw` all it takes to recompute it."""

    number: str
    commitment: str
    draw: PublishedDraw | None = None


@get("/cases/{process_id:uuid}/members", opt={"access": SignedIn(), "answer": tuple[MemberAnswer, ...]})
async def members(request: AnyRequest, process_id: FromPath[UUID]) -> tuple[MemberAnswer, ...]:
    """The members of a case's household, for those who may see the case."""
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        situation = await services.situations.load(tx, actor, process_id)
    subject = situation.view.subject
    if not isinstance(subject, CaseSubject):
        raise NotFound("没有找到这一户")
    return tuple(MemberAnswer(m.person.id, m.person.name, m.relation) for m in subject.household.members)


@post(
    "/cases/{process_id:uuid}/private",
    status_code=200,
    opt={"access": SignedIn(), "body": PurposeForm, "answer": PrivateAnswer},
)
async def private(request: AnyRequest, process_id: FromPath[UUID]) -> PrivateAnswer:
    """ID numbers, phones, address and bank account of a case's household; every look is logged with its purpose."""
    form = await body(request, PurposeForm)
    services, actor = services_of(request), visit_of(request).actor
    async with services.database.transaction(actor.tenant_id) as tx:
        household = await look(tx, services, actor, process_id, form.purpose)
    members = tuple(
        PrivateMember(
            m.person.id, m.person.name, m.relation, m.person.private.id_number, m.person.private.phone
        )
        for m in household.members
    )
    return PrivateAnswer(members, household.private.address, household.private.bank_account)


@get("/rounds/{process_id:uuid}/draw", opt={"access": Public(), "answer": DrawAnswer})
async def draw(request: AnyRequest, process_id: FromPath[UUID]) -> DrawAnswer:
    """A round's sample as published: before it is drawn the seed's hash, afterwards all it takes to recompute it."""
    services, district = services_of(request), visit_of(request).district
    async with services.database.transaction(district.id) as tx:
        process = await load(tx, process_id)
        if process.kind != "round":
            raise NotFound("没有找到这一轮整村认定")
        runtime = await services.runtimes.at(tx, process.config_number)
        records = await services.records.read(tx, process_id, runtime.catalogue)
    sealed, drawn = records.last(SeedCommitment), records.last(SampleDraw)
    if sealed is None:
        raise NotFound("这一轮没有封存的抽样种子")
    return DrawAnswer(
        process.number, sealed.commitment, published(drawn.draw, sealed.salt) if drawn else None
    )


HANDLERS = (members, private, draw)
