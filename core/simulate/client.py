"""The JSON API as a program uses it: one measured call after another, nothing hidden.

An answer that was not asked for is an `ApiError`; a step that should be refused is asked for with `refused_with`, and
letting it pass is a mismatch.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import ceil
from typing import Any

import httpx

BUSY = (429, 502, 503, 504)
RETRIES = 4
SECONDS = 60.0


class ApiError(Exception):
    """What the system answered instead of what was expected: the call, the status, its own words."""

    def __init__(self, call: str, status: int, problem: Mapping[str, Any]) -> None:
        fields = "；".join(f"{e['field']}：{e['message']}" for e in problem.get("errors", ()))
        super().__init__(
            f"{call} → {status} {problem.get('detail', '')} {problem.get('hint', '')} {fields}".strip()
        )
        self.status = status
        self.problem = problem


@dataclass
class Meter:
    """Every request with what it was, how long it took and how it was answered."""

    seconds: list[float] = field(default_factory=list)
    by_call: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    retries: int = 0

    def note(self, call: str, seconds: float, status: int) -> None:
        self.seconds.append(seconds)
        self.by_call.setdefault(call, []).append(seconds)
        if status >= 500:
            self.failures.append(f"{call} → {status}")

    def percentile(self, share: float) -> float:
        """Seconds within which `share` (0–1) of the requests were answered; 0 without requests."""
        return percentile(self.seconds, share)


def percentile(seconds: list[float], share: float) -> float:
    """The nearest-rank percentile."""
    if not seconds:
        return 0.0
    ordered = sorted(seconds)
    return ordered[max(1, ceil(Fraction(str(share)) * len(ordered))) - 1]


class Api:
    """One district's API. Safe for many tasks at once; `at_once` bounds the requests in flight."""

    def __init__(
        self, url: str, district: str, *, at_once: int = 8, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """`transport`: something else than the network, for tests."""
        no_cookies = CookieJar(
            DefaultCookiePolicy(allowed_domains=())
        )  # else everybody is whoever signed in last
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            timeout=SECONDS,
            trust_env=False,
            transport=transport,
            cookies=no_cookies,
        )
        self._base = f"/d/{district}"
        self._places = asyncio.Semaphore(at_once)
        self.meter = Meter()

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, token: str = "", **more: Any) -> Any:
        return await self.call("GET", path, token, **more)

    async def post(self, path: str, token: str = "", body: Any = None, **more: Any) -> Any:
        return await self.call("POST", path, token, json={} if body is None else body, **more)

    async def upload(self, token: str, data: bytes, media_type: str) -> str:
        """Keep a photograph or paper; its SHA-256."""
        files = {"file": ("paper", data, media_type)}
        answer = await self.call("POST", "/api/evidence", token, files=files)
        return str(answer["sha256"])

    async def call(
        self, method: str, path: str, token: str = "", *, name: str = "", key: str = "", **more: Any
    ) -> Any:
        """The decoded answer. `path` begins with `/api` or `/x`; `name` is what the call is counted as.

        Raises ApiError for any answer but 2xx.
        """
        called = f"{method} {name or path}"
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["idempotency-key"] = key
        response = await self._send(method, self._base + path, called, headers, more)
        if response.is_success:
            return response.json() if response.content else None
        raise ApiError(called, response.status_code, _problem(response))

    async def _send(
        self, method: str, path: str, called: str, headers: dict[str, str], more: dict[str, Any]
    ) -> httpx.Response:
        """A server that is busy is asked again after a moment, as a person would."""
        for attempt in range(RETRIES + 1):
            async with self._places:
                before = time.perf_counter()
                response = await self._http.request(method, path, headers=headers, **more)
                self.meter.note(called, time.perf_counter() - before, response.status_code)
            if response.status_code not in BUSY or attempt == RETRIES:
                break
            self.meter.retries += 1
            await asyncio.sleep(0.25 * 2**attempt)
        return response


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {"detail": response.text[:200]}
    return found if isinstance(found, dict) else {"detail": str(found)[:200]}


async def together(tasks: Iterable[Coroutine[Any, Any, Any]]) -> None:
    """All at once; the first failure stops the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
