"""The statutory clock of a process: pure functions that set what is due when, as effects of an action.

The stage clock starts when a process comes to a stage; the total clock starts with acceptance (57号 22) and is
extended at most once to the longer limit. Working days follow the calendar handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.kernel.deadline import WorkCalendar, add_working_days
from core.kernel.procedure import ProcedureSpec
from core.kernel.process import Process
from core.kernel.stage import Effect


@dataclass(frozen=True, slots=True)
class StartClock(Effect):
    """Acceptance: the total of `working_days` runs from today (the day itself is not counted)."""

    working_days: int


@dataclass(frozen=True, slots=True)
class ExtendClock(Effect):
    """The total becomes `working_days` from acceptance; never shorter than it was."""

    working_days: int


@dataclass(frozen=True, slots=True)
class StopClock(Effect):
    """The decision: what the total was for has been done, and it runs no longer."""


def set_clocks(
    spec: ProcedureSpec,
    before: Process,
    after: Process,
    effects: Iterable[Effect],
    calendar: WorkCalendar,
    today: date,
) -> Process:
    """`after` with its stage and total deadlines, and the years for which no holiday data was known."""
    result = after
    if after.state != before.state or before.version == 0:
        result = _stage_clock(spec, before, result, calendar, today)
    for effect in effects:
        if isinstance(effect, StartClock):
            due = add_working_days(today, effect.working_days, calendar)
            result = replace(
                result,
                accepted_on=today,
                total_due=due.date,
                uncertain_years=_years(result, due.uncertain_years),
            )
        elif isinstance(effect, ExtendClock) and result.accepted_on is not None:
            due = add_working_days(result.accepted_on, effect.working_days, calendar)
            latest = max(due.date, result.total_due or due.date)
            result = replace(result, total_due=latest, uncertain_years=_years(result, due.uncertain_years))
        elif isinstance(effect, StopClock):
            result = replace(result, total_due=None)
    return result


def _stage_clock(
    spec: ProcedureSpec, before: Process, process: Process, calendar: WorkCalendar, today: date
) -> Process:
    limit = spec.stages[process.state].deadline
    if limit is None:
        return replace(process, stage_due=None)
    if limit.continues and before.stage_due is not None:
        return replace(process, stage_due=before.stage_due)
    if limit.calendar_days is not None:
        return replace(process, stage_due=today + timedelta(days=limit.calendar_days))
    due = add_working_days(today, limit.working_days or 0, calendar)
    return replace(process, stage_due=due.date, uncertain_years=_years(process, due.uncertain_years))


def _years(process: Process, more: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({*process.uncertain_years, *more}))
