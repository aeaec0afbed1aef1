"""What a household holds in its hand: the receipt with its code, and the page that code opens for whoever holds it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from core.documents.qr import qr_svg
from core.documents.typeset import typeset
from core.problems import NotFound, Problem
from core.web.reading import page_form
from core.web.receiving import paper_of, receipt_of, standing_by
from core.web.services import services_of
from core.web.views.papers.issuing import issuing_of
from core.web.visit import Public, SignedIn, visit_of

AnyRequest = Request[Any, Any, Any]

_MOST = 60


async def _standing(request: AnyRequest, code: str) -> Response[Any]:
    try:
        found = await standing_by(request, code[:_MOST])
    except NotFound as unknown:
        return _ask(request, unknown, code[:_MOST])
    return services_of(request).renderer.page(request, "household/standing.html", found=found)


def _ask(request: AnyRequest, problem: Problem | None = None, typed: str = "") -> Response[Any]:
    detail = " ".join(filter(None, (problem.detail, problem.hint))) if problem else ""
    return services_of(request).renderer.page(
        request,
        "household/ask.html",
        status=int(problem.status) if problem else 200,
        detail=detail,
        typed=typed,
    )


@get("/s", opt={"access": Public()})
async def ask(request: AnyRequest) -> Response[Any]:
    """For a receipt whose QR code can't be read: its code by hand."""
    return _ask(request)


@post("/s", status_code=200, opt={"access": Public()})
async def asked(request: AnyRequest) -> Response[Any]:
    typed, _own = await page_form(request)
    return await _standing(request, str(typed.get("code", "")))


@get("/s/{code:str}", opt={"access": Public()})
async def standing(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    """What a receipt's QR code opens."""
    return await _standing(request, code)


@get("/my/{process_id:uuid}/receipt", opt={"access": SignedIn()})
async def receipt(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    """To be photographed or printed, as often as wanted; the office prints it for who asks at the counter."""
    found, situation = await receipt_of(request, process_id)
    return services_of(request).renderer.page(
        request, "household/receipt.html", receipt=found, process_id=process_id, own=situation.standing.is_party,
        qr=Markup(qr_svg(found.address)),  # noqa: S704 (our own drawing)
        renewed=request.query_params.get("renewed") == "1",
    )  # fmt: skip


@post("/my/{process_id:uuid}/receipt", status_code=200, opt={"access": SignedIn()})
async def renew(request: AnyRequest, process_id: FromPath[UUID]) -> Response[Any]:
    """In place of a lost one, which opens nothing any more."""
    await receipt_of(request, process_id, renew=True)
    return Redirect(f"{visit_of(request).base}/my/{process_id}/receipt?renewed=1", status_code=303)


@get("/my/{process_id:uuid}/receipt.pdf", opt={"access": SignedIn(), "file": True})
async def printed(request: AnyRequest, process_id: FromPath[UUID]) -> Response[bytes]:
    """The same as an A4 sheet."""
    found, situation = await receipt_of(request, process_id)
    services = services_of(request)
    async with services.database.transaction(visit_of(request).actor.tenant_id) as tx:
        issuing = await issuing_of(tx, situation.view)
    data = await typeset(paper_of(found, situation, issuing), services.clock())
    headers = {"content-disposition": f"inline; filename*=UTF-8''{quote(f'申请回执-{found.number}.pdf')}"}
    return Response(data, media_type="application/pdf", headers=headers)


HANDLERS = (ask, asked, standing, receipt, renew, printed)
