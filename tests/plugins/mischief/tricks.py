"""What the mischief plugin does next, by district and hook: set by a test, taken by the plugin, gone with the test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENDLESS = 10_000
_planned: dict[tuple[str, str], list[str]] = {}


@contextmanager
def planned(district: str, hook: str, trick: str, times: int = ENDLESS) -> Iterator[None]:
    """In this district, this hook misbehaves `times` times: raise, hang, lie, exit, block."""
    _planned[district, hook] = [trick] * times
    try:
        yield
    finally:
        _planned.pop((district, hook), None)


def taken(district: str, hook: str) -> str:
    """The next trick; empty: behave."""
    left = _planned.get((district, hook))
    return left.pop() if left else ""


async def play(district: str, hook: str, good: Any, lie: Any) -> Any:
    """Misbehave as planned, or answer `good`. The exception's text holds what must never come out."""
    match taken(district, hook):
        case "raise":
            raise ValueError("王秀英 620802195202020021")
        case "hang":
            await asyncio.sleep(600)
        case "exit":
            raise SystemExit(7)
        case "block":
            time.sleep(1)  # noqa: ASYNC251 - that is the mischief
        case "lie":
            return lie
    return good


def play_now(district: str, hook: str, good: Any, lie: Any) -> Any:
    """The same for what is not awaited."""
    match taken(district, hook):
        case "raise":
            raise ValueError("王秀英 620802195202020021")
        case "hang":
            time.sleep(3)
        case "exit":
            raise SystemExit(7)
        case "lie":
            return lie
    return good
