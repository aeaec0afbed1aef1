"""Where one household's case, or one village's round, stands; and the pure function that moves it.

    (state, version) --outcome--> (next state, version + 1)      `stay` keeps the state and still counts a version

A process never jumps: the next state is the one its own procedure names for the outcome. Pure values only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core.kernel.procedure import STAY, Kind, ProcedureSpec


@dataclass(frozen=True, slots=True)
class Process:
    """One process as stored. Dates are China calendar days, instants aware UTC.

    `marks` are facts that change how others treat it (`relative_flag`, `complaint`, `objected`);
    `accepted_on` starts the statutory clock; `total_due` ends it; `head` is the hash of its last journal row. `task`
    names what runs beside the stage with a deadline of its own (verification, 57号 17); empty: nothing does.
    """

    id: UUID
    tenant_id: UUID
    kind: Kind
    procedure: str
    config_number: int
    state: str
    version: int
    area_code: str
    number: str
    title: str
    opened_at: datetime
    opened_by: UUID
    entered_on: date
    subject_id: UUID | None = None
    parent_id: UUID | None = None
    accepted_on: date | None = None
    stage_due: date | None = None
    total_due: date | None = None
    uncertain_years: tuple[int, ...] = ()
    marks: frozenset[str] = frozenset()
    ended: bool = False
    head: bytes = b""
    task: str = ""
    task_due: date | None = None


class NoSuchOutcome(LookupError):
    """The procedure names no next state for this outcome: a configuration error, never a user's."""


def next_state(spec: ProcedureSpec, state: str, outcome: str) -> str:
    """The state that follows; raises NoSuchOutcome naming procedure stage and outcome."""
    if outcome == STAY:
        return state
    try:
        return spec.stages[state].next[outcome]
    except KeyError:
        raise NoSuchOutcome(f"stage {state!r} of {spec.label!r} has no way for outcome {outcome!r}") from None


def move(spec: ProcedureSpec, process: Process, outcome: str, today: date) -> Process:
    """The process after an outcome: next state, next version, the day it came there, ended or not."""
    state = next_state(spec, process.state, outcome)
    moved = state != process.state
    stage = spec.stages[state]
    return replace(
        process,
        state=state,
        version=process.version + 1,
        entered_on=today if moved else process.entered_on,
        stage_due=None if moved else process.stage_due,
        ended=not (stage.next or stage.also),
    )
