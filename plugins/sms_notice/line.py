"""Kept-alive HTTP/1.1 connections to one gateway, for many small requests: h11 speaks, we tell two failures apart.

    NotConnected   nothing was sent: the gateway surely does not have it
    NoAnswer       it was sent, and no whole answer came: the gateway may have it

Addresses hold phones, texts and passwords here; nothing of them is logged.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, urlsplit

import h11

IDLE = 2.0
"""Seconds after which an unused connection is not trusted any more: the other side may be about to close it."""


class NotConnected(Exception):
    """Raised with the kind of failure only."""


class NoAnswer(Exception):
    """Raised with the kind of failure only."""


@dataclass(slots=True)
class _Open:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    speaks: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    used: float = field(default_factory=time.monotonic)


@dataclass
class Line:
    """Connections to one host. As many are open as requests run at once."""

    url: str
    seconds: float
    _idle: list[_Open] = field(default_factory=list)

    async def get(self, query: str) -> tuple[int, bytes]:
        """Status and body. Raises NotConnected or NoAnswer."""
        connection = await self._connection()
        parts = urlsplit(self.url)
        request = h11.Request(
            method="GET", target=f"{parts.path or '/'}?{query}", headers=[("Host", parts.netloc)]
        )
        try:
            async with asyncio.timeout(self.seconds):
                answer = await _spoken(connection, request)
        except (OSError, h11.ProtocolError, TimeoutError) as error:
            connection.writer.close()
            raise NoAnswer(type(error).__name__) from None
        except BaseException:
            connection.writer.close()
            raise
        if connection.speaks.our_state is h11.DONE and connection.speaks.their_state is h11.DONE:
            connection.speaks.start_next_cycle()
            connection.used = time.monotonic()
            self._idle.append(connection)
        else:
            connection.writer.close()
        return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop().writer.close()

    async def _connection(self) -> _Open:
        while self._idle:
            kept = self._idle.pop()
            if time.monotonic() - kept.used < IDLE and not kept.reader.at_eof():
                return kept
            kept.writer.close()
        parts = urlsplit(self.url)
        secure = _trust() if parts.scheme == "https" else None
        port = parts.port or (443 if secure else 80)
        try:
            async with asyncio.timeout(self.seconds):
                return _Open(*await asyncio.open_connection(parts.hostname, port, ssl=secure))
        except (OSError, TimeoutError) as error:
            kind = "ConnectTimeout" if isinstance(error, TimeoutError) else "ConnectError"
            raise NotConnected(kind) from None


async def _spoken(connection: _Open, request: h11.Request) -> tuple[int, bytes]:
    """One request and its whole answer."""
    speaks, status, body = connection.speaks, 0, bytearray()
    connection.writer.write(_bytes(speaks.send(request)) + _bytes(speaks.send(h11.EndOfMessage())))
    await connection.writer.drain()
    while True:
        event = speaks.next_event()
        if event is h11.NEED_DATA:
            speaks.receive_data(await connection.reader.read(65536))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return status, bytes(body)
        elif isinstance(event, h11.ConnectionClosed):
            raise ConnectionError("closed before an answer")


def _bytes(sent: bytes | None) -> bytes:
    return sent or b""


def query_of(values: Mapping[str, str]) -> str:
    """Percent-encoded; a space is %20."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
