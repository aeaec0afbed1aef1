"""Pages as a browser asks for them: the session in a cookie, forms with the page's token, HTML taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import httpx

from core.tenancy.tenants import Tenant
from core.web.csrf import token_for
from core.web.visit import COOKIE
from tests.builders.installation import House, Somebody


class Browser:
    """One person's browser in one district. `somebody` None: nobody is signed in."""

    def __init__(self, house: House, district: Tenant, somebody: Somebody | None = None) -> None:
        self._client = house.client
        self._base = f"/d/{district.code}"
        self._token = somebody.token if somebody else ""

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={self._token}"} if self._token else {}

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(self._base + path, headers=self.headers)

    async def see(self, path: str, status: int = 200) -> str:
        """The page's words: no tags, entities resolved, white space collapsed."""
        answer = await self.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{words(answer.text)[:800]}"
        return words(answer.text)

    async def post(
        self,
        path: str,
        form: Mapping[str, Any],
        *,
        token: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        own = {"_csrf": token_for(self._token)} if token and self._token else {}
        sent = {**self.headers, "sec-fetch-site": "same-origin", **(headers or {})}
        return await self._client.post(self._base + path, data={**form, **own}, headers=sent)


def words(html: str) -> str:
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))).strip()
