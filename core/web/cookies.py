"""The session cookie: one per district, never readable by scripts, gone with the browser."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie

from core.web.services import services_of
from core.web.visit import COOKIE, visit_of


def set_session(request: Request[Any, Any, Any], response: Response[Any], token: str) -> None:
    response.set_cookie(_cookie(request, token))


def clear_session(request: Request[Any, Any, Any], response: Response[Any]) -> None:
    response.delete_cookie(COOKIE, path=visit_of(request).base)


def _cookie(request: Request[Any, Any, Any], value: str) -> Cookie:
    return Cookie(
        COOKIE, value=value, path=visit_of(request).base, httponly=True, samesite="lax",
        secure=services_of(request).secure_cookies,
    )  # fmt: skip
