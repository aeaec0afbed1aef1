"""What we do so that everybody can use the pages, what does not work yet, and whom to tell."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from core.web.services import services_of
from core.web.visit import Public

AnyRequest = Request[Any, Any, Any]


@get("/accessibility", opt={"access": Public()})
async def statement(request: AnyRequest) -> Response[Any]:
    """The statement, with the district's telephone number."""
    return _statement(request)


@get("/accessibility", opt={"access": Public()})
async def statement_outside(request: AnyRequest) -> Response[Any]:
    """The same where no district is chosen yet."""
    return _statement(request)


def _statement(request: AnyRequest) -> Response[Any]:
    return services_of(request).renderer.page(request, "public/accessibility.html")


ROOT = (statement_outside,)
HANDLERS = (statement,)
