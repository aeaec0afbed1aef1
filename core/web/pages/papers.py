"""PDFs: the notice-board sheet of a posting for anybody, written notices and the worksheet for those who see the file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from core.clock import local_date
from core.documents.papers import Paper
from core.documents.qr import qr_svg
from core.documents.typeset import typeset
from core.problems import NotFound
from core.web.pages.place import district_settings
from core.web.services import services_of
from core.web.views import papers, postings
from core.web.views.scope import area_names
from core.web.visit import Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]

_GONE = "没有这份公示，可能已经期满撤下。"


@get("/p/postings/{token:str}/notice.pdf", opt={"access": Public(), "file": True})
async def posting(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """The sheet for the notice board, A4, with the QR code of its page."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.district.id) as tx:
        found = await postings.by_token(tx, token, local_date(services.clock()))
        settings = await district_settings(request, tx)
    if found is None:
        raise NotFound(_GONE, hint="要了解结果，请询问村委会或乡镇民政办。")
    address = str(request.url.with_replacements(path=f"{visit.base}/p/postings/{token}", query=""))
    return await _pdf(
        request,
        papers.posting_paper(found, settings.office_name, settings.supervision_phone, qr_svg(address)),
    )


@get("/cases/{process_id:uuid}/papers/{kind:str}", opt={"access": SignedIn(), "file": True})
async def of_case(request: AnyRequest, process_id: FromPath[UUID], kind: FromPath[str]) -> Response[bytes]:
    """A written notice of a case, or its worksheet; the household may read its own."""
    services, visit = services_of(request), visit_of(request)
    async with services.database.transaction(visit.actor.tenant_id) as tx:
        situation = await services.situations.load(tx, visit.actor, process_id)
        view = situation.view
        if view.process.kind != "case" or situation.recused is not None:
            raise NotFound("没有找到这份文书")
        if not situation.standing.is_party and situation.standing.permitted("view_assets") is not None:
            raise NotFound("没有找到这份文书")
        found: Paper | None
        if kind == "worksheet":
            names = await area_names(tx, {view.process.area_code})
            found = papers.worksheet_paper(view, names[view.process.area_code])
        else:
            found = papers.notices(view).get(kind)
    if found is None:
        raise NotFound("没有找到这份文书，可能还没有到这一步")
    return await _pdf(request, found)


async def _pdf(request: AnyRequest, paper: Paper) -> Response[bytes]:
    data = await typeset(paper, services_of(request).clock())
    name = quote(papers.file_name(paper))
    headers = {"content-disposition": f"inline; filename*=UTF-8''{name}"}
    return Response(data, media_type="application/pdf", headers=headers)


HANDLERS = (posting, of_case)
