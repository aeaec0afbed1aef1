"""How far a long step is, told at most once a second, with the time that is left by the pace so far; it hears of a stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
PAUSE = 1.0
"""Seconds between two messages."""
Told = Callable[..., Awaitable[bool]]
"""Keeps `step`, `done`, `total`, `seconds_left`, and that somebody is at it; true when the run is to stop."""


class Stopped(Exception):
    """An officer stopped the run."""


class Gauge:
    """`total` may be put right once it is known; until then there is no percentage."""

    def __init__(self, told: Told, clock: Callable[[], float] = time.monotonic) -> None:
        self._told, self._clock = told, clock
        self._began, self._last = clock(), ("", -PAUSE)
        self.done, self.total = 0, 0

    async def on(self, step: str, more: int) -> None:
        """So much more is done. Raises Stopped. Not inside a transaction: others hear of it when that ends."""
        self.done += more
        await self.beat(step)

    async def beat(self, step: str) -> None:
        """Raises Stopped."""
        now, (last_step, last) = self._clock(), self._last
        if step == last_step and now - last < PAUSE:
            return
        self._last = (step, now)
        if await self._told(
            step=step, done=min(self.done, self.total), total=self.total, seconds_left=self._left(now)
        ):
            raise Stopped

    async def beside(self, step: str, work: Awaitable[T]) -> T:
        """What `work` comes to; beats while it is not done. Raises Stopped, and what `work` raises."""
        task: asyncio.Future[Any] = asyncio.ensure_future(work)
        try:
            await self.beat(step)
            while not task.done():
                await asyncio.wait({task}, timeout=PAUSE)
                await self.beat(step)
        finally:
            task.add_done_callback(_heard)  # nobody waits for it after a stop
        found: T = task.result()
        return found

    def _left(self, now: float) -> float | None:
        spent = now - self._began
        return spent / self.done * max(0, self.total - self.done) if self.done and self.total else None


def _heard(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
