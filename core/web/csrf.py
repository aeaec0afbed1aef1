"""Requests that change something must come from our own pages, or from a client that is no browser.

A browser sends `Sec-Fetch-Site` or `Origin`; either must be ours. Page forms also carry a token derived from the
session, so that even a page on our own host, shown to somebody else, can't act in this session.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from core.problems import Refused

FIELD = "_csrf"
HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def token_for(session_token: str) -> str:
    """The page token of a session; knowing it does not give the session away."""
    mac = hmac.digest(session_token.encode(), b"zhunbao page form", "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def check_token(session_token: str, given: str) -> None:
    """Raises Refused when a form's token is not this session's (page left open over a new sign-in)."""
    if not hmac.compare_digest(token_for(session_token).encode(), given.encode("utf-8", "replace")):
        raise Refused(
            "这个页面已经过期，刚才没有提交成功。",
            hint="请返回上一页，刷新后重新提交；您填的内容浏览器一般会保留。",
        )


def check_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Raises Refused for a changing request another site made the browser send."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        origin = connection.headers.get("origin")
        ours = origin is None or _host(origin) == connection.headers.get("host", "")
    if not ours:
        raise Refused("这个请求来自别的网站，为了安全没有办理。", hint="请直接打开我们的网址，再办理一次。")


def _host(origin: str) -> str | None:
    """The host an `Origin` names; None for what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
