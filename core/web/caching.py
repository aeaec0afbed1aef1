"""Conditional GET: an answer that has not changed is not sent again."""

from __future__ import annotations

import hashlib
from typing import Any

from litestar import Request, Response

PUBLIC = "public, max-age=60, must-revalidate"


def conditional(
    request: Request[Any, Any, Any], content: bytes, media_type: str, cache_control: str = PUBLIC
) -> Response[Any]:
    """The content with its ETag, or 304 when the caller has it. Weak comparison, as RFC 9110 asks of If-None-Match."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": cache_control}
    given = request.headers.get("if-none-match", "")
    if given.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in given.split(",")]:
        return Response(None, status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
