"""A source that keeps failing is left alone for a while, so that one dead registry does not hold up the others.

closed --so many failures in a row--> open until a time --one try, claimed--> closed | open again

`Circuit` is the rule; `Circuits` is where they are kept, several askings at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from core.sdk.verification import Source

ONE_TRY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Circuit:
    """`open_until`: not asked before; None: asked freely. `failures` counts those in a row.

    `trying_until`: until then the one try after the pause is somebody's.
    """

    failures: int = 0
    open_until: datetime | None = None
    trying_until: datetime | None = None

    def lets_through(self, now: datetime) -> bool:
        if self.open_until is None:
            return True
        return now >= self.open_until and (self.trying_until is None or now >= self.trying_until)

    def claimed(self, now: datetime) -> Circuit:
        """Whoever is let through after a pause is the only one, as long as a question may take."""
        return self if self.open_until is None else replace(self, trying_until=now + ONE_TRY)

    def after_answer(self) -> Circuit:
        return Circuit()

    def after_failure(self, now: datetime, most: int, pause: timedelta) -> Circuit:
        """A failed try after the pause opens it again at once."""
        counted = replace(self, failures=self.failures + 1, trying_until=None)
        return replace(counted, open_until=now + pause) if counted.failures >= most else counted


class Circuits(Protocol):
    """The circuits of a district. Each call is one step that nobody else's comes between."""

    async def claim(self, source: Source, now: datetime) -> bool:
        """Whether the source may be asked now; after a pause this is the one try."""
        ...

    async def count(self, source: Source, now: datetime, *, failed: bool) -> None:
        """An asking brought an answer, or did not."""
        ...
