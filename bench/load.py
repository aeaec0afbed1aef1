"""A load generator that costs next to nothing: keep-alive connections that send ready-made bytes, one after another.

It shares the machine with what it measures, so it parses only what it must: status, length, and that the body came.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

CONNECTIONS = 8
SECONDS = 120.0
_END = b"\r\n\r\n"


class LoadFailed(RuntimeError):
    """Answers that were not expected, or none: the numbers would mean nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """One run: how long it took in all, and each request's own time in seconds, in the order of the requests."""

    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return percentile(self.latencies, share)


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` 0–1. Raises ValueError without values."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(1, ceil(Fraction(str(share)) * len(values))) - 1]


def request(
    method: str, path: str, *, token: str = "", body: object = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """A whole request as it goes over the wire; `body` becomes JSON."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench.test"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    sent = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(sent)}"]
    return "\r\n".join(lines).encode() + _END + sent


async def run(
    port: int,
    requests: Sequence[bytes],
    *,
    expect: int,
    connections: int = CONNECTIONS,
    host: str = "127.0.0.1",
) -> Load:
    """Send every request once, each connection taking the next one. Raises LoadFailed for any other status."""
    latencies = [0.0] * len(requests)
    ahead = iter(range(len(requests)))
    lines = [_Line(requests, ahead, latencies, expect) for _ in range(min(connections, len(requests)))]
    loop = asyncio.get_running_loop()
    for line in lines:
        await loop.create_connection(line.itself, host, port)
    started = time.perf_counter()
    for line in lines:
        line.next()
    try:
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(line.done for line in lines))
    except TimeoutError:
        raise LoadFailed(f"not answered within {SECONDS:.0f} s") from None
    finally:
        seconds = time.perf_counter() - started
        for line in lines:
            line.close()
    return Load(seconds, tuple(latencies))


class _Line(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends the next."""

    def __init__(
        self, requests: Sequence[bytes], ahead: Iterator[int], latencies: list[float], expect: int
    ) -> None:
        self._requests, self._ahead, self._latencies = requests, ahead, latencies
        self._expected = f"HTTP/1.1 {expect} ".encode()
        self._buffer = b""
        self._length = -1
        self._now = -1
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def itself(self) -> _Line:
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(LoadFailed(f"the connection was cut ({exc or 'closed'})"))

    def next(self) -> None:
        self._now = next(self._ahead, -1)
        if self._now < 0:
            self.done.set_result(None)
            return
        assert self._transport is not None
        self._sent_at = time.perf_counter()
        self._transport.write(self._requests[self._now])

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._length < 0:
            end = self._buffer.find(_END)
            if end < 0:
                return
            self._length = end + len(_END) + content_length(self._buffer[:end])
        if len(self._buffer) >= self._length and not self.done.done():
            self._latencies[self._now] = time.perf_counter() - self._sent_at
            if not self._buffer.startswith(self._expected):
                self.done.set_exception(LoadFailed(self._buffer[:600].decode(errors="replace")))
                return
            self._buffer, self._length = self._buffer[self._length :], -1
            self.next()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def content_length(head: bytes) -> int:
    """Raises LoadFailed when the answer does not say how long it is; 204 and 304 have no body."""
    if head.split(b" ", 2)[1:2] in ([b"204"], [b"304"]):
        return 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise LoadFailed("an answer without content-length")
