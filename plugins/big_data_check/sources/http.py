"""The provincial data platform over HTTP: a signed request per person and source, answered at once or later.

    POST {url}/queries            {"query", "source", "case", "purpose", "authorisation", "person": {…}, "callback"}
      200 {"query", "source", "state": "answered", "as_of", "records": [{"name", "id_number", …, "values": {…}}]}
      200 {"query", "source", "state": "no_data", "reason"}
      202 {"query", "source", "state": "accepted", "ticket"}
    GET  {url}/queries/{ticket}   the same answers; 202 while it is not ready

A query is known by its id: sent twice, it is one query. Tried again, with growing and scattered pauses (`tenacity`), is what
may pass (no connection, timeout, 429, 5xx); `Retry-After` is respected. A source is asked no faster than it allows. Everything that cannot be read, or is about another query, is silence.
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from plugins.big_data_check.config import Platform
from plugins.big_data_check.sources import (
    Answer,
    Found,
    Later,
    NoData,
    Question,
    Silent,
    Unreadable,
    record_of,
)
from plugins.big_data_check.sources.guarded import Turn
from plugins.big_data_check.sources.signing import headers

MAX_BYTES = 4 * 1024 * 1024
MAY_PASS = frozenset({429, 500, 502, 503, 504})
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds: also for a platform that says itself (Retry-After) when to come again."""


class Reply(msgspec.Struct, frozen=True):
    """What the platform sends. Further fields are ignored; what is missing or of another type makes it unreadable."""

    query: str
    source: str
    state: Literal["answered", "accepted", "no_data"]
    ticket: str = ""
    as_of: date | None = None
    reason: str = ""
    records: tuple[dict[str, Any], ...] = ()


class _Failed(Exception):
    """This try brought nothing. `again`: another one may, `after` so many seconds at the earliest."""

    def __init__(self, reason: str, *, again: bool, after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.after = after


_scattered = wait_random_exponential(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE)


def _pause(state: RetryCallState) -> float:
    """Growing and scattered, and never sooner than the platform asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.after if isinstance(error, _Failed) else 0.0
    return min(max(_scattered(state), asked), LONGEST_PAUSE)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, _Failed) and error.again


class HttpSource:
    """Asks the platform for any of its sources; every try takes its `turn`. Circuits are `guarded.py`'s.

    Signatures go by the time of the wire (`wall`), which is the machine's.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: Platform,
        key: bytes,
        wall: Callable[[], float] = time.time,
        turn: Turn | None = None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._key = key
        self._wall = wall
        self._turn = turn

    async def ask(self, question: Question) -> Answer:
        if not self._key:
            return Silent("没有设置签名密钥，没有查询")
        return await self._tries(question)

    async def _tries(self, question: Question) -> Answer:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.attempts),
            wait=_pause,
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            return await retrying(self._try, question)
        except _Failed as failed:
            return Silent(failed.reason)

    async def _try(self, question: Question) -> Answer:
        if self._turn is not None:
            await self._turn(question.source)
        return _read(question, await self._send(question))

    async def _send(self, question: Question) -> bytes:
        if question.ticket:
            method, url, body = "GET", f"{self._base}/queries/{quote(question.ticket, safe='')}", b""
        else:
            method, url, body = "POST", f"{self._base}/queries", self._body(question)
        signed = headers(
            self._key, self._settings.key_id, method, urlsplit(url).path, body, int(self._wall()),
            secrets.token_hex(12),
        )  # fmt: skip
        try:
            async with self._client.stream(
                method, url, content=body, headers={"Content-Type": "application/json", **signed}
            ) as response:
                return await _taken(response)
        except httpx.TimeoutException:
            raise _Failed("来源没有按时答复", again=True) from None
        except httpx.HTTPError:
            raise _Failed("连不上来源", again=True) from None

    def _body(self, question: Question) -> bytes:
        wanted = question.wanted
        return msgspec.json.encode(
            {
                "query": str(question.id),
                "source": question.source.value,
                "case": question.case_number,
                "purpose": question.purpose,
                "authorisation": question.authorisation,
                "person": {"name": wanted.name, "id_number": wanted.id_number},
                "callback": self._settings.callback,
            }
        )

    @property
    def _base(self) -> str:
        return self._settings.url.rstrip("/")


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the certificate authorities takes longer than a query; once for the process."""
    return httpx.create_ssl_context(trust_env=False)


def http_client(settings: Platform) -> httpx.AsyncClient:
    """Connections for one asking; closed by the caller."""
    timeout = httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds)
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False, verify=_trusted())


async def _taken(response: httpx.Response) -> bytes:
    status = response.status_code
    if status in MAY_PASS:
        raise _Failed(f"来源暂时不能答复（{status}）", again=True, after=_retry_after(response))
    if status not in (200, 202):
        told = {401: "来源不认可签名", 403: "来源拒绝查询", 404: "来源不认得这次查询"}
        raise _Failed(f"{told.get(status, '来源没有接受查询')}（{status}）", again=False)
    data = b""
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) > MAX_BYTES:
            raise _Failed("来源的答复过大", again=False)
    return data


def _retry_after(response: httpx.Response) -> float:
    sent = response.headers.get("retry-after", "")
    return float(sent) if sent.isdecimal() and len(sent) < 6 else 0.0


def _read(question: Question, data: bytes) -> Answer:
    """Raises _Failed for an answer that is not one, or not to this question."""
    try:
        reply = msgspec.json.decode(data, type=Reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Failed("来源的答复读不懂", again=True) from None
    if reply.query != str(question.id) or reply.source != question.source.value:
        raise _Failed("来源答复的不是这次查询", again=True)
    if reply.state == "accepted":
        if not reply.ticket:
            raise _Failed("来源的答复读不懂", again=True)
        return Later(reply.ticket)
    if reply.state == "no_data":
        return NoData(reply.reason[:200] or "来源说明没有这方面的数据", reply.as_of)
    if reply.as_of is None:
        raise _Failed("来源的答复没有写明数据截至日期", again=False)
    try:
        return Found(reply.as_of, tuple(record_of(question.source, raw) for raw in reply.records))
    except Unreadable as wrong:
        raise _Failed(f"来源的记录不合规范：{wrong}"[:300], again=False) from None
