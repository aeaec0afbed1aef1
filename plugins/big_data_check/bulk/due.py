"""When a re-check starts by itself, when one that failed is tried again, and whose period has none yet. Pure.

due ─▶ first try ── failed ─▶ again after 1, 6, 24, 24 hours ─▶ (nobody tries any more: an officer)
             └── cancelled by an officer: theirs to start again
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from plugins.big_data_check.bulk.settings import BulkSettings
from plugins.big_data_check.bulk.store import RunRow

LATE = timedelta(days=7)
"""How long after its day a re-check asked for is still made up for: the worker may have been down."""
PAUSES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 24))
"""After the first, second, … try that failed."""


@dataclass(frozen=True, slots=True)
class Period:
    """What is asked for once. `name` is stable, the tries' ids come from it; `label` is for people."""

    name: str
    label: str

    def tries(self, tenant: UUID) -> Iterator[UUID]:
        """The ids of the first try and of those after it."""
        yield uuid5(tenant, f"bulk {self.name}")
        for again in range(1, len(PAUSES) + 1):
            yield uuid5(tenant, f"bulk {self.name} again {again}")


def due_periods(settings: BulkSettings, today: date) -> tuple[Period, ...]:
    """The month or quarter whose re-check is due by today, and the one asked for apart from these."""
    due = list[Period]()
    if settings.also_on and timedelta(0) <= today - date.fromisoformat(settings.also_on) < LATE:
        due.append(Period(f"on {settings.also_on}", f"{settings.also_on} "))
    if settings.every == "monthly" and today.day >= settings.day:
        due.append(Period(f"{today:%Y-%m}", f"{today.year}年{today.month}月"))
    first_month = (today.month - 1) // 3 * 3 + 1
    if settings.every == "quarterly" and today >= date(today.year, first_month, settings.day):
        quarter = (today.month + 2) // 3
        due.append(Period(f"{today.year}-Q{quarter}", f"{today.year}年第{quarter}季度"))
    return tuple(due)


def next_try(period: Period, tenant: UUID, runs: Sequence[RunRow], now: datetime) -> UUID | None:
    """The id under which the period's re-check is to start now; None where it is made, under way, or not to be tried yet."""
    ids, made = list(period.tries(tenant)), _tries(period, tenant, runs)
    if not made:
        return ids[0]
    last = made[-1]
    if last.state != "failed" or _made_up(made, runs) or len(made) == len(ids):
        return None
    ended = last.finished_at or last.asked_at
    return ids[len(made)] if now - ended >= PAUSES[len(made) - 1] else None


@dataclass(frozen=True, slots=True)
class Unmade:
    """`again`: it will be tried again by itself."""

    period: Period
    run: RunRow
    again: bool


def unmade(periods: Sequence[Period], tenant: UUID, runs: Sequence[RunRow]) -> list[Unmade]:
    """Periods whose last try failed or was cancelled, and that nobody made up for since."""
    found = list[Unmade]()
    for period in periods:
        made = _tries(period, tenant, runs)
        if made and made[-1].state in ("failed", "cancelled") and not _made_up(made, runs):
            again = made[-1].state == "failed" and len(made) <= len(PAUSES)
            found.append(Unmade(period, made[-1], again))
    return found


def _tries(period: Period, tenant: UUID, runs: Sequence[RunRow]) -> list[RunRow]:
    by_id = {run.id: run for run in runs}
    return [by_id[run_id] for run_id in period.tries(tenant) if run_id in by_id]


def _made_up(made: Sequence[RunRow], runs: Sequence[RunRow]) -> bool:
    """Whether one that was asked for after the first try came to its end, or is under way."""
    return any((run.open or run.state == "done") and run.asked_at > made[0].asked_at for run in runs)
