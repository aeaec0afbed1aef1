"""A district's circuits without a database, for sources tested by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.registry.verification import Source
from plugins.big_data_check.sources.circuit import Circuit

PAUSE = timedelta(seconds=60)


class HeldCircuits:
    def __init__(self, most: int) -> None:
        self.most = most
        self.held: dict[Source, Circuit] = {}

    async def claim(self, source: Source, now: datetime) -> bool:
        circuit = self.held.get(source, Circuit())
        if circuit.lets_through(now):
            self.held[source] = circuit.claimed(now)
            return True
        return False

    async def count(self, source: Source, now: datetime, *, failed: bool) -> None:
        circuit = self.held.get(source, Circuit())
        self.held[source] = circuit.after_failure(now, self.most, PAUSE) if failed else circuit.after_answer()
