"""A source that keeps failing is left alone for a while, so that one dead registry does not hold up the others.

closed --so many failures in a row--> open until a time --one try allowed--> closed | open again

Values only; where they are kept is `store.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Circuit:
    """`open_until`: not asked before; None: asked freely. `failures` counts those in a row."""

    failures: int = 0
    open_until: datetime | None = None

    def lets_through(self, now: datetime) -> bool:
        return self.open_until is None or now >= self.open_until

    def after_answer(self) -> Circuit:
        return Circuit()

    def after_failure(self, now: datetime, most: int, pause: timedelta) -> Circuit:
        """A failed try after the pause opens it again at once."""
        counted = replace(self, failures=self.failures + 1)
        return replace(counted, open_until=now + pause) if counted.failures >= most else counted
