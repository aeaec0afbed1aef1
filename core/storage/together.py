"""Many small requests, one piece of work: what comes while the last is being done is done together in the next.

    reports = Together(file_reports)             # async def file_reports(tenant, reports) -> one answer each
    changed = await reports.add(tenant, report)  # answered when the work its report was part of is done

No timer and no waiting when it is quiet: the first begins at once. Everything that is answered was done after it was asked
for. When the work fails, everybody who was part of it is told so.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
I = TypeVar("I")  # noqa: E741
R = TypeVar("R")


class Together(Generic[K, I, R]):
    """`do(key, items)` gives one answer for each item, in their order; at most `most` at once. For one event loop."""

    def __init__(self, do: Callable[[K, Sequence[I]], Awaitable[Sequence[R]]], most: int = 200) -> None:
        self._do = do
        self._most = most
        self._waiting: defaultdict[K, list[tuple[I, asyncio.Future[R]]]] = defaultdict(list)
        self._working: dict[K, asyncio.Task[None]] = {}

    async def add(self, key: K, item: I) -> R:
        """The answer to this item. Raises what the work raised."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting[key].append((item, answer))
        if key not in self._working:
            # a context of its own: nothing of whoever happened to come first goes into everybody's work
            self._working[key] = asyncio.get_running_loop().create_task(self._work(key), context=Context())
        return await answer

    async def _work(self, key: K) -> None:
        try:
            while taken := self._waiting[key][: self._most]:
                del self._waiting[key][: len(taken)]
                await self._one(key, taken)
        finally:
            del self._working[key]
            if not self._waiting[key]:
                del self._waiting[key]

    async def _one(self, key: K, taken: Sequence[tuple[I, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._do(key, [item for item, _ in taken])
        except BaseException as failure:
            for _, answer in taken:
                if not answer.done():
                    answer.set_exception(failure)
            if not isinstance(failure, Exception):
                raise
            return
        for (_, answer), said in zip(taken, answers, strict=True):
            if not answer.done():
                answer.set_result(said)
