"""The statutory clock of a process: pure functions that set what is due when, as effects of an action.

The stage clock starts when a process comes to a stage; the total clock starts with acceptance (57号 22) and is
extended at most once to the longer limit. A task beside the stage may have a limit of its own. Working days follow
the calendar handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.kernel.deadline import Due, WorkCalendar, add_working_days
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


@dataclass(frozen=True, slots=True)
class DueOn(Effect):
    """The stage the process comes to (or stays in) is due on this very day; None: it has no limit."""

    day: date | None


@dataclass(frozen=True, slots=True)
class DueWithin(Effect):
    """The same, counted: within `working_days` of today."""

    working_days: int


@dataclass(frozen=True, slots=True)
class StartTask(Effect):
    """Something runs beside the stage and is to be done within `working_days` of today; one at a time."""

    task: str
    working_days: int


@dataclass(frozen=True, slots=True)
class EndTask(Effect):
    """It has been done."""

    task: str


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
        result = _set_by(effect, result, calendar, today)
    return replace(result, task="", task_due=None) if result.ended else result


def _set_by(effect: Effect, process: Process, calendar: WorkCalendar, today: date) -> Process:
    match effect:
        case StartClock(working_days):
            due = add_working_days(today, working_days, calendar)
            process = replace(_counted(process, due), accepted_on=today, total_due=due.date)
        case ExtendClock(working_days) if process.accepted_on is not None:
            due = add_working_days(process.accepted_on, working_days, calendar)
            process = replace(_counted(process, due), total_due=max(due.date, process.total_due or due.date))
        case StopClock():
            process = replace(process, total_due=None)
        case DueOn(day):
            process = replace(process, stage_due=day)
        case DueWithin(working_days):
            due = add_working_days(today, working_days, calendar)
            process = replace(_counted(process, due), stage_due=due.date)
        case StartTask(task, working_days):
            due = add_working_days(today, working_days, calendar)
            process = replace(_counted(process, due), task=task, task_due=due.date)
        case EndTask(task) if process.task == task:
            process = replace(process, task="", task_due=None)
    return process


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
    return replace(_counted(process, due), stage_due=due.date)


def _counted(process: Process, due: Due) -> Process:
    """The years for which a deadline was counted without a known arrangement are kept with it."""
    return replace(process, uncertain_years=tuple(sorted({*process.uncertain_years, *due.uncertain_years})))
