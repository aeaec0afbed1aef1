"""Photographs and papers, shown from the file they lie on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath

from core.web.api import district
from core.web.visit import SignedIn

AnyRequest = Request[Any, Any, Any]


@get("/cases/{process_id:uuid}/evidence/{sha256:str}", opt={"access": SignedIn()})
async def of_case(request: AnyRequest, process_id: FromPath[UUID], sha256: FromPath[str]) -> Response[bytes]:
    return await district.serve_evidence(request, process_id, sha256)


@get("/rounds/{process_id:uuid}/evidence/{sha256:str}", opt={"access": SignedIn()})
async def of_round(request: AnyRequest, process_id: FromPath[UUID], sha256: FromPath[str]) -> Response[bytes]:
    return await district.serve_evidence(request, process_id, sha256)


HANDLERS = (of_case, of_round)
