"""Any source with the manners the platform has: asked no faster than it allows, left alone while it keeps failing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime, timedelta

from core.sdk.verification import Source
from plugins.big_data_check.config import Platform
from plugins.big_data_check.sources import Answer, Question, Silent, SourceClient
from plugins.big_data_check.sources.circuit import Circuit

Turn = Callable[[Source], Awaitable[None]]
RESTING = Silent("来源连续没有答复，暂停查询一会儿")


async def at_once(_: Source) -> None:
    """The turn of a client that waits for its own turns."""


class Guarded:
    """`client` behind its circuit and pace. What raises or hangs counts as a failure, as silence does."""

    def __init__(
        self,
        client: SourceClient,
        settings: Platform,
        circuits: MutableMapping[Source, Circuit],
        now: datetime,
        turn: Turn,
    ) -> None:
        self._client = client
        self._settings = settings
        self._circuits = circuits
        self._now = now
        self._turn = turn

    async def ask(self, question: Question) -> Answer:
        if not self._circuits.get(question.source, Circuit()).lets_through(self._now):
            return RESTING
        await self._turn(question.source)
        try:
            answer = await self._client.ask(question)
        except (Exception, asyncio.CancelledError):
            self.count(question.source, failed=True)
            raise
        self.count(question.source, failed=isinstance(answer, Silent))
        return answer

    def count(self, source: Source, *, failed: bool) -> None:
        circuit = self._circuits.get(source, Circuit())
        pause = timedelta(seconds=self._settings.breaker_seconds)
        most = self._settings.breaker_failures
        self._circuits[source] = (
            circuit.after_failure(self._now, most, pause) if failed else circuit.after_answer()
        )
