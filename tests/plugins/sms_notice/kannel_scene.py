"""A district that sends through a real Kannel; what Kannel calls us with is kept, and handed on when a test says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.kannel import Gateway as Kannel
from core.sdk import Sent, TextMessage
from core.sdk.channels import Channel
from plugins.sms_notice.ways import in_order
from tests.plugins.sms_notice.scene import Scene


class CallBacks(BaseHTTPRequestHandler):
    """Where Kannel's reports and answers arrive."""

    taken: list[str]

    def do_GET(self) -> None:
        self.taken.append(self.path)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def call_backs() -> Iterator[tuple[str, list[str]]]:
    """An address for Kannel, and what it called."""
    taken: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("TestCallBacks", (CallBacks,), {"taken": taken}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", taken
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class KannelScene(Scene):
    """The scene with Kannel's part. `calls` are the addresses Kannel has called and that were not handed on yet."""

    kannel: Kannel = field(kw_only=True)
    calls: list[str] = field(kw_only=True)

    async def until(self, there: Callable[[], Any], what: str) -> None:
        """Waits for Kannel, which takes moments."""
        for _ in range(400):
            if await asyncio.to_thread(there):
                return
            await asyncio.sleep(0.025)
        raise AssertionError(f"Kannel never {what}")

    async def reports(self, many: int) -> None:
        """Hands so many calls on to the platform, as soon as they are there."""
        await self.until(lambda: len(self.calls) >= many, f"called {many} times")
        for _ in range(many):
            answer = await self.house.client.get(self.calls.pop(0))
            assert answer.status_code == 200, answer.text

    async def quiet(self) -> None:
        """Kannel holds nothing any more, and what it had to say was handed on."""
        channel = await self.channel()
        try:
            for _ in range(200):
                if not await channel.holds():
                    break
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
        finally:
            await channel.close()
        await self.reports(len(self.calls))

    async def reached(self, many: int) -> list[dict[str, str]]:
        """What reached the carrier, once so many phones have something; nothing reached a phone twice."""
        await self.until(lambda: self.kannel.carrier()["count"] >= many, f"sent {many}")
        told = self.kannel.carrier()
        assert (told["count"], told["twice"]) == (many, [])
        messages: list[dict[str, str]] = told["messages"]
        return messages

    async def channel(self) -> Channel:
        [channel] = in_order(await self.context())
        return channel

    async def behind_our_back(self, message: TextMessage) -> Sent:
        """Kannel takes a message, and whoever sent it is gone before it could say so."""
        channel = await self.channel()
        try:
            return await channel.send(message)
        finally:
            await channel.close()
