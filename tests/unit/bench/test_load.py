"""The load generator: every request once, its own time each, and nothing but the expected answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from bench.load import LoadFailed, content_length, percentile, request, run

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


class Answering(asyncio.Protocol):
    """Answers whatever it is asked with the same chunks, and notes the first line of every request."""

    def __init__(self, chunks: Sequence[bytes], asked: list[bytes]) -> None:
        self.chunks, self.asked, self.buffer = chunks, asked, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        OPEN.append(transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            whole = end + 4 + content_length(head)
            if len(self.buffer) < whole:
                return
            self.asked.append(head.split(b"\r\n")[0] + b"\r\n")
            self.buffer = self.buffer[whole:]
            for chunk in self.chunks:
                self.transport.write(chunk)  # type: ignore[attr-defined]


class Hangup(asyncio.Protocol):
    """Closes every connection as soon as it is asked something."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        OPEN.append(transport)

    def data_received(self, data: bytes) -> None:
        self.transport.close()


OPEN: list[asyncio.BaseTransport] = []
"""Connections of the servers of this test: closed before it ends, so that nothing is left to the collector."""


@asynccontextmanager
async def serving(protocol: Callable[[], asyncio.Protocol]) -> AsyncIterator[int]:
    """A server on a free port; it and all its connections are gone afterwards."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        async with server:
            yield server.sockets[0].getsockname()[1]
    finally:
        while OPEN:
            OPEN.pop().close()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def answering(*chunks: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server that answers with these chunks, and what it was asked."""
    asked: list[bytes] = []
    async with serving(lambda: Answering(chunks, asked)) as port:
        yield port, asked


def some(count: int) -> list[bytes]:
    return [request("POST", f"/{n}", body={"choice": "agree"}) for n in range(count)]


async def test_every_request_is_sent_once_and_timed() -> None:
    async with answering(OK) as (port, asked):
        load = await run(port, some(25), expect=201, connections=4)
    assert sorted(asked) == sorted(f"POST /{n} HTTP/1.1\r\n".encode() for n in range(25))
    assert len(load.latencies) == 25
    assert all(0 < seconds <= load.seconds for seconds in load.latencies)
    assert load.per_second == 25 / load.seconds


async def test_an_answer_that_comes_in_pieces_is_one_answer() -> None:
    async with answering(OK[:10], OK[10:-1], OK[-1:]) as (port, asked):
        await run(port, some(3), expect=201, connections=1)
    assert len(asked) == 3


async def test_another_status_ends_the_run_with_the_answer() -> None:
    async with answering(OK) as (port, _):
        with pytest.raises(LoadFailed, match="201 Created"):
            await run(port, some(3), expect=200, connections=1)


async def test_a_connection_that_is_cut_ends_the_run() -> None:
    async with serving(Hangup) as port:
        with pytest.raises(LoadFailed, match="cut"):
            await run(port, some(1), expect=201)


def test_a_request_goes_over_the_wire_as_it_should() -> None:
    sent = request("POST", "/d/620802/x", token="abc", body={"a": 1}, headers={"idempotency-key": "k"})
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /d/620802/x HTTP/1.1"
    assert b"authorization: Bearer abc" in head
    assert b"idempotency-key: k" in head
    assert content_length(head) == len(body)
    assert json.loads(body) == {"a": 1}


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(LoadFailed, match="content-length"):
        content_length(b"HTTP/1.1 200 OK\r\nserver: x")


def test_the_percentile_is_the_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 0.95) == 95
    assert percentile(values, 0.5) == 50
    assert percentile([7.0], 0.95) == 7
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
