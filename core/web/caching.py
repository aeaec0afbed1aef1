"""Conditional GET: an answer that has not changed is not sent again."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from litestar import Request, Response

PUBLIC = "public, max-age=60, must-revalidate"
MOST_PAGES = 512
WORTH_ZIPPING = 1200
"""Bytes; below, a compressed answer saves no packet."""


@dataclass(frozen=True)
class PageMemory:
    """Rendered public pages, bounded. The key holds all a page is made of, so that nothing here can be out of date."""

    _pages: OrderedDict[Hashable, bytes] = field(default_factory=OrderedDict)

    def get(self, key: Hashable) -> bytes | None:
        found = self._pages.get(key)
        if found is not None:
            self._pages.move_to_end(key)
        return found

    def keep(self, key: Hashable, page: bytes) -> bytes:
        self._pages[key] = page
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        return page


@lru_cache(maxsize=MOST_PAGES)
def _zipped(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


def conditional(
    request: Request[Any, Any, Any], content: bytes, media_type: str, cache_control: str = PUBLIC
) -> Response[Any]:
    """The content with its ETag, or 304 when the caller has it. Weak comparison, as RFC 9110 asks of If-None-Match.

    Compressed where that is asked for: it is the same for everybody and holds no secret that its length could tell.
    """
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"etag": tag, "cache-control": cache_control, "vary": "accept-encoding"}
    given = request.headers.get("if-none-match", "")
    if given.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in given.split(",")]:
        return Response(None, status_code=304, headers=headers)
    if len(content) > WORTH_ZIPPING and "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"etag": f"W/{tag}", "content-encoding": "gzip"}
        return Response(_zipped(content), media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
