"""What is due when: the stage's day, a task's beside it, the total; each set and ended by its own effect alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.kernel.clockwork import DueOn, EndTask, ExtendClock, StartClock, StartTask, StopClock, set_clocks
from core.kernel.deadline import official_calendar, working_days_between
from core.kernel.procedure import ProcedureSpec, StageDeadline, StageSpec
from core.kernel.process import Process
from core.kernel.stage import Effect

CALENDAR = official_calendar()
SPEC = ProcedureSpec(
    "case",
    "一户",
    "open",
    {
        "open": StageSpec("investigation", "办理", {"go": "next"}, deadline=StageDeadline(working_days=3)),
        "next": StageSpec("active", "在保", {"back": "open"}),
        "end": StageSpec("ended", "办结"),
    },
)
days = st.dates(date(2020, 1, 1), date(2026, 9, 30))
effects = st.lists(
    st.one_of(
        st.builds(StartClock, st.integers(1, 30)),
        st.builds(ExtendClock, st.just(45)),
        st.builds(StopClock),
        st.builds(DueOn, st.none() | days),
        st.builds(StartTask, st.sampled_from(["verification", "other"]), st.integers(1, 10)),
        st.builds(EndTask, st.sampled_from(["verification", "other"])),
    ),
    max_size=6,
)


def a_process(state: str = "open", **given_: object) -> Process:
    fields: dict[str, object] = {
        "id": UUID(int=1), "tenant_id": UUID(int=2), "kind": "case", "procedure": "p", "config_number": 1,
        "state": state, "version": 3, "area_code": "620802001001", "number": "620802-2026-000001", "title": "某户",
        "opened_at": datetime(2026, 1, 1, tzinfo=UTC), "opened_by": UUID(int=3), "entered_on": date(2026, 1, 1),
    }  # fmt: skip
    return Process(**{**fields, **given_})  # type: ignore[arg-type]


def after(process: Process, today: date, *acts: Effect, state: str = "open", ended: bool = False) -> Process:
    moved = replace(process, state=state, version=process.version + 1, ended=ended)
    return set_clocks(SPEC, process, moved, acts, CALENDAR, today)


@given(days, st.integers(1, 10))
def test_a_task_is_due_after_its_working_days(today: date, limit: int) -> None:
    due = after(a_process(), today, StartTask("verification", limit)).task_due
    assert due is not None
    assert working_days_between(today, due, CALENDAR) == limit
    assert CALENDAR.is_working_day(due)


@given(days, effects)
def test_a_task_that_ends_leaves_the_other_clocks_alone(today: date, acts: list[Effect]) -> None:
    running = after(a_process(), today, *acts, StartTask("verification", 3))
    done = after(running, today + timedelta(days=1), EndTask("verification"))
    assert (done.task, done.task_due) == ("", None)
    assert (done.stage_due, done.total_due) == (running.stage_due, running.total_due)


@given(days, effects)
def test_only_its_own_end_ends_a_task(today: date, acts: list[Effect]) -> None:
    running = after(a_process(), today, StartTask("verification", 3))
    others = [a for a in acts if not isinstance(a, StartTask) and a != EndTask("verification")]
    still = after(running, today, *others)
    assert (still.task, still.task_due) == (running.task, running.task_due)


@given(days, days)
def test_a_day_set_by_the_decision_stands_where_the_stage_has_no_limit_or_another(
    today: date, day: date
) -> None:
    assert after(a_process(), today, DueOn(day), state="next").stage_due == day
    assert after(a_process("next"), today, DueOn(day), state="open").stage_due == day
    assert after(a_process(stage_due=today), today, DueOn(None)).stage_due is None


@given(days, effects)
def test_nothing_is_due_of_a_task_once_the_case_has_ended(today: date, acts: list[Effect]) -> None:
    running = after(a_process(), today, StartTask("verification", 3))
    ended = after(running, today, *acts, state="end", ended=True)
    assert (ended.task, ended.task_due) == ("", None)
