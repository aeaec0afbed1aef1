"""Any source with the manners the platform has: asked no faster than it allows, left alone while it keeps failing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from core.sdk.verification import Source
from plugins.big_data_check.sources import Answer, Question, Silent, SourceClient
from plugins.big_data_check.sources.circuit import Circuits

Turn = Callable[[Source], Awaitable[None]]
RESTING = Silent("来源连续没有答复，暂停查询一会儿")


async def at_once(_: Source) -> None:
    """The turn of a client that waits for its own turns."""


class Guarded:
    """`client` behind its circuit and pace. What raises or hangs counts as a failure, as silence does."""

    def __init__(
        self,
        client: SourceClient,
        circuits: Circuits,
        now: datetime,
        turn: Turn,
    ) -> None:
        self._client = client
        self._circuits = circuits
        self._now = now
        self._turn = turn

    async def ask(self, question: Question) -> Answer:
        if not await self._circuits.claim(question.source, self._now):
            return RESTING
        await self._turn(question.source)
        try:
            answer = await self._client.ask(question)
        except (Exception, asyncio.CancelledError):
            await self._circuits.count(question.source, self._now, failed=True)
            raise
        await self._circuits.count(question.source, self._now, failed=isinstance(answer, Silent))
        return answer
