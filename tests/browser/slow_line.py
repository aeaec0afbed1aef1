"""A page as it comes over a slow line to a slow phone: what was fetched, how heavy, in how many trips, and what the picture waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Page

RTT = 400
"""Milliseconds; 3G at the edge of a village."""
RATE = 400_000 / 8
"""Bytes a second each way: 400 kbit/s."""
SLOWER = 4
"""Times slower than this machine: a telephone of 2021."""


@dataclass
class Fetched:
    """One request. `size` are the bytes of its answer on the wire, headers included."""

    address: str
    kind: str
    blocking: str
    size: int = 0
    cached: bool = False
    by: str = ""


@dataclass
class Line:
    """Listens to a page's network through Chromium's own tools."""

    fetched: dict[str, Fetched] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        return sum(one.size for one in self.fetched.values() if not one.cached)

    @property
    def blocking(self) -> list[Fetched]:
        """What the first picture waits for, beside the page itself."""
        return [one for one in self.fetched.values() if one.blocking in ("Blocking", "InBodyParserBlocking")]

    def of(self, kind: str) -> list[Fetched]:
        return [one for one in self.fetched.values() if one.kind == kind]

    def sent(self, event: dict[str, Any]) -> None:
        request = event["request"]
        blocking = event.get("renderBlockingBehavior", request.get("renderBlockingBehavior", ""))
        by = event.get("initiator", {}).get("url", "")
        self.fetched[event["requestId"]] = Fetched(request["url"], event.get("type", ""), blocking, by=by)

    def done(self, event: dict[str, Any]) -> None:
        if one := self.fetched.get(event["requestId"]):
            one.size = int(event["encodedDataLength"])

    def kept(self, event: dict[str, Any]) -> None:
        if one := self.fetched.get(event["requestId"]):
            one.cached = True


async def listen(context: BrowserContext, page: Page, *, slow: bool = False) -> Line:
    line = Line()
    tools = await context.new_cdp_session(page)
    await tools.send("Network.enable")
    tools.on("Network.requestWillBeSent", line.sent)
    tools.on("Network.loadingFinished", line.done)
    tools.on("Network.requestServedFromCache", line.kept)
    if slow:
        conditions = {"offline": False, "latency": RTT, "downloadThroughput": RATE, "uploadThroughput": RATE}
        await tools.send("Network.emulateNetworkConditions", conditions)
        await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return line


SLACK = 4.0
"""How many times the bare transfer a first paint may take: parsing and drawing on a slow processor are in it, waiting for
scripts, icons or a second stylesheet over the same line is not."""


async def carried(page: Page, addresses: list[str]) -> float:
    """Milliseconds this page's line takes to carry these one after the other, with nothing drawn: what no page can beat."""
    took: float = await page.evaluate(
        """async (addresses) => {
          const begin = performance.now();
          for (const address of addresses) await (await fetch(address, { cache: "no-store" })).arrayBuffer();
          return performance.now() - begin;
        }""",
        addresses,
    )
    return took


async def painted(page: Page) -> float:
    """Milliseconds from the request to the first contentful paint."""
    found: float = await page.evaluate(
        """() => new Promise((done) => new PerformanceObserver((list) => {
          const first = list.getEntriesByName("first-contentful-paint")[0];
          if (first) done(first.startTime);
        }).observe({ type: "paint", buffered: true }))"""
    )
    return found
