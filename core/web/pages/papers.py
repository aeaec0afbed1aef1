"""PDFs: the notice-board sheet of a posting for those who hang it; a case's papers, one or a whole village's, for those who see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from core.access.authorizer import Actor, Grant
from core.clock import local_date
from core.documents import issued
from core.documents.papers import Paper
from core.documents.typeset import typeset, typeset_all
from core.problems import NotFound
from core.stages.context import RoundSubject
from core.storage.database import Transaction
from core.web import word_forms
from core.web.addresses import public_address
from core.web.pages.place import district_settings
from core.web.public_gate import admit_lookup
from core.web.services import services_of
from core.web.views import postings
from core.web.views.papers.genuine import (
    as_issued,
    as_on_file,
    holds,
    same_act,
    seal_of,
    subject_of,
    with_code,
)
from core.web.views.papers.issuing import issuing_at
from core.web.views.papers.posting import posting_paper
from core.web.views.papers.printing import file_name, file_stem, made_of, papers_of
from core.web.visit import Needs, Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]

_GONE = "没有这份公示，可能已经期满撤下。"


@get("/postings/{token:str}/notice.pdf", opt={"access": Needs("case", "view"), "file": True})
async def posting(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """The sheet for the notice board, A4, with the QR code of its page."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        paper, address = await _sheet(request, tx, token)
    return _pdf(file_name(paper), await typeset(with_code(paper, address), services.clock()))


async def _sheet(request: AnyRequest, tx: Transaction, token: str) -> tuple[Paper, str]:
    """A posting that hangs in one's own areas, as its sheet, and the address of its page. Raises NotFound."""
    services, actor = services_of(request), visit_of(request).actor
    areas = services.authorizer.areas_where(actor, "case", "view")
    found = await postings.one_of_areas(tx, local_date(services.clock()), areas, token)
    if found is None or not found.hangs:
        raise NotFound(_GONE, hint="期满的公示在“公示”里的“已撤下”查看。")
    settings = await district_settings(request, tx)
    office = (await issuing_at(tx, settings, found.area_code)).of(found.kind)
    paper = posting_paper(found, office, settings.supervision_phone)
    return paper, f"{public_address(request)}{visit_of(request).base}/p/postings/{token}"


@get("/cases/{process_id:uuid}/papers/{kind:str}", opt={"access": SignedIn(), "file": True})
async def of_case(request: AnyRequest, process_id: FromPath[UUID], kind: FromPath[str]) -> Response[bytes]:
    """A written notice of a case, an official form, or its worksheet; the household may read its own."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        situation = await services.situations.load(tx, visit.actor, process_id)
        found = (await papers_of(tx, situation)).get(kind)
        if found is None:
            raise NotFound("没有找到这份文书，可能还没有到这一步")
        [seal] = await _issued(request, tx, kind, {process_id: found})
    sealed = with_code(found, _address(request, process_id, kind, seal))
    return _pdf(file_name(found), await typeset(sealed, services.clock()))


@get("/cases/{process_id:uuid}/papers/{kind:str}/word", opt={"access": SignedIn(), "file": True})
async def of_case_in_word(request: AnyRequest, process_id: FromPath[UUID], kind: FromPath[str]) -> Response[bytes]:  # fmt: skip
    """The same in the district's own Word layout, where it has one; for the office only: a household gets the PDF."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        situation = await services.situations.load(tx, visit.actor, process_id)
        found = (await papers_of(tx, situation)).get(kind)
        if found is None or situation.standing.permitted("view_assets") is not None:
            raise NotFound("没有找到这份文书，可能还没有到这一步")
        template = await word_forms.template_of(tx, kind, local_date(services.clock()))
        [seal] = await _issued(request, tx, kind, {process_id: found})
    address = _address(request, process_id, kind, seal)
    return await word_forms.print_word(template, kind, found, address, file_stem(found))


@get("/postings/{token:str}/word", opt={"access": Needs("case", "view"), "file": True})
async def posting_in_word(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """The sheet for the notice board in the district's own Word layout, while the posting hangs."""
    services = services_of(request)
    async with services.database.transaction(visit_of(request).district.id) as tx:
        paper, address = await _sheet(request, tx, token)
        template = await word_forms.template_of(tx, "posting", local_date(services.clock()))
    return await word_forms.print_word(template, "posting", paper, address, file_stem(paper))


@get("/rounds/{process_id:uuid}/papers/{kind:str}", opt={"access": SignedIn(), "file": True})
async def of_round(request: AnyRequest, process_id: FromPath[UUID], kind: FromPath[str]) -> Response[bytes]:
    """One kind of paper for every household of a village, in one file to print; relatives' households are left out."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        village = await services.situations.load(tx, visit.actor, process_id)
        if not isinstance(village.view.subject, RoundSubject):
            raise NotFound("没有找到这次整村认定")
        found = {
            case.id: papers[kind]
            for case in sorted(village.view.subject.cases, key=lambda c: c.number)
            if kind in (papers := await _printable(request, tx, case.id))
        }
        if not found:
            raise NotFound("还没有能打印的文书", hint="等到这一步办完再打印；您没有权限查看的家庭不在其中。")
        seals = await _issued(request, tx, kind, found)
    sealed = [
        with_code(paper, _address(request, case, kind, seal))
        for (case, paper), seal in zip(found.items(), seals, strict=True)
    ]
    title = f"{sealed[0].title}-{village.view.subject.village}-{len(sealed)}份.pdf"
    return _pdf(title, await typeset_all(sealed, services.clock()))


async def _printable(request: AnyRequest, tx: Transaction, case_id: UUID) -> dict[str, Paper]:
    services = services_of(request)
    try:
        situation = await services.situations.load(tx, visit_of(request).actor, case_id)
        return await papers_of(tx, situation)
    except NotFound:
        return {}


@get("/p/papers/{process_id:uuid}/{kind:str}/{seal:str}", opt={"access": Public()})
async def genuine(
    request: AnyRequest, process_id: FromPath[UUID], kind: FromPath[str], seal: FromPath[str]
) -> Response[Any]:
    """Whoever holds a paper may ask whether it is the office's and still holds. Says nothing the paper does not."""
    services, visit = services_of(request), visit_of(request)
    await admit_lookup(request)
    tenant = visit.district.id
    clerk = Actor(
        tenant, tenant, "核对文书", (Grant("service", visit.district.code.ljust(12, "0")),), is_service=True
    )
    async with services.database.transaction(tenant) as tx:
        now = await _on_file(request, tx, clerk, process_id, kind)
        then = await issued.find(tx, seal, subject_of(process_id, kind))
        settings = await district_settings(request, tx)
    paper = None
    if then is not None:
        paper = as_issued(then, replaced=not same_act(then, now))
    elif now is not None and holds(seal_of(services.cipher, tenant, process_id, kind, now), seal):
        paper = as_on_file(now)  # printed by a version that kept nothing
    return services.renderer.page(
        request, "public/genuine.html", status=200 if paper else 404, paper=paper, phone=settings.supervision_phone,
        office=settings.office_name,
    )  # fmt: skip


async def _on_file(
    request: AnyRequest, tx: Transaction, clerk: Actor, process_id: UUID, kind: str
) -> Paper | None:
    try:
        situation = await services_of(request).situations.load(tx, clerk, process_id)
    except NotFound:
        return None
    return (await made_of(tx, situation)).get(kind) if situation.view.process.kind == "case" else None


async def _issued(request: AnyRequest, tx: Transaction, kind: str, papers: Mapping[UUID, Paper]) -> list[str]:
    """Papers of one kind about to be printed, by case: kept as issued. Their seals, in the same order."""
    services, tenant = services_of(request), visit_of(request).district.id
    made = [
        issued.issue(
            seal_of(services.cipher, tenant, case, kind, paper),
            subject_of(case, kind),
            paper,
            services.clock(),
        )
        for case, paper in papers.items()
    ]
    await issued.keep(tx, made)
    return [one.seal for one in made]


def _address(request: AnyRequest, process_id: UUID, kind: str, seal: str) -> str:
    path = f"{visit_of(request).base}/p/papers/{process_id}/{kind}/{seal}"
    return f"{public_address(request)}{path}"


def _pdf(name: str, data: bytes) -> Response[bytes]:
    headers = {"content-disposition": f"inline; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type="application/pdf", headers=headers)


HANDLERS = (posting, posting_in_word, of_case, of_case_in_word, of_round, genuine)
