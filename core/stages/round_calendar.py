"""A round's calendar may be changed while it runs, with a reason; rules and procedure it was opened under stay as they are.

any stage of the round --change_calendar--> stays        the journal says how many households' totals the new one would breach
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Any

from msgspec import Meta

from core.kernel.stage import Action, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.stages.context import round_subject
from core.stages.fields import Form, Reason
from core.stages.round_opening import RoundPlan


class CalendarForm(Form, frozen=True):
    calendar: Annotated[
        dict[str, date],
        Meta(title="新的日程", description="每行一个环节：环节=最后一天，例如 逐户入户=2026-09-10；没有写的不排日程",
             extra={"widget": "pairs"}),
    ]  # fmt: skip
    reason: Reason


class CalendarChange(Record, frozen=True):
    """Why the calendar was changed, and the cases that would not be decided in time if the round keeps to it."""

    reason: str
    breached: tuple[str, ...] = ()


def breached(view: View, calendar: dict[str, date]) -> tuple[str, ...]:
    """Numbers of the cases whose total runs out before the round's last planned day."""
    if not calendar:
        return ()
    ends = max(calendar.values())
    return tuple(
        c.number for c in round_subject(view).cases if c.total_due is not None and c.total_due < ends
    )


def change_calendar(view: View, form: CalendarForm) -> Outcome:
    """Stages are named by their label or their code."""
    stages = view.procedure.stages
    codes = {stage.label: state for state, stage in stages.items()} | {state: state for state in stages}
    wrong = [FieldError("calendar", f"没有“{name}”这个环节") for name in form.calendar if name not in codes]
    calendar = {codes[name]: day for name, day in form.calendar.items() if name in codes}
    wrong += _out_of_order(view, calendar)
    if wrong:
        raise Invalid("日程还不能这样改", fields=tuple(wrong))
    late = breached(view, calendar)
    basis = f"调整日程：{form.reason}" + (f"；按新日程有 {len(late)} 户会超过法定总期限" if late else "")
    return Outcome(records=(RoundPlan(calendar), CalendarChange(form.reason, late)), basis=basis)


def _out_of_order(view: View, calendar: dict[str, date]) -> list[FieldError]:
    planned = [(state, calendar[state]) for state in view.procedure.stages if state in calendar]
    found = []
    for (before, first), (after, second) in pairwise(planned):
        if second < first:
            labels = [view.procedure.stages[state].label for state in (before, after)]
            found.append(FieldError("calendar", f"“{labels[1]}”不能排在“{labels[0]}”之前"))
    return found


def as_planned(view: View) -> dict[str, Any]:
    plan = view.records.last(RoundPlan)
    stages = view.procedure.stages
    return {
        "calendar": {stages[s].label: day.isoformat() for s, day in (plan.calendar if plan else {}).items()}
    }


ROUND_CALENDAR = StageType(
    "round_calendar",
    "日程",
    (
        Action(
            "change_calendar", "调整日程", change_calendar, CalendarForm, always=True, prefill=as_planned,
            help="日程只作提醒，法定期限不变；本轮采用的规则版本也不变。",
        ),
    ),
    (CalendarChange,),
    kind="round",
)  # fmt: skip
"""For a round procedure's `everywhere`."""
