"""What a stage offers: actions with a form, a duty, a guard and a pure `apply`; the records and effects they give.

Stage types are code (core's in `core/stages`, plugins' through the `stage_types` hook); which stages a procedure has,
and where outcomes lead, is data (`procedure.py`). `apply` sees a frozen `View` and returns an `Outcome`; the engine
alone writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from core.kernel.procedure import STAY, Kind, ProcedureSpec, StageSpec
from core.kernel.process import Process
from core.problems import Blocked as Blocked  # noqa: PLC0414 (stages say it, so it is imported from here)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Record(msgspec.Struct, frozen=True, tag_field="kind", tag=_snake):
    """Base of what an action leaves on file. Stored encrypted; its digest stands in the journal.

    The kind is the class name in snake case. Fields are only ever added, with defaults: old files stay readable.
    """

    @classmethod
    def kind(cls) -> str:
        return str(cls.__struct_config__.tag)


class NoForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The form of an action that asks nothing."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A record with when and by whom it was filed. `seq` is its place in the process's journal."""

    seq: int
    at: datetime
    by: UUID
    record: Record


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a process, oldest first."""

    filed: tuple[Filed, ...] = ()

    def all(self, kind: type[R]) -> tuple[R, ...]:
        return tuple(f.record for f in self.filed if isinstance(f.record, kind))

    def last(self, kind: type[R]) -> R | None:
        found = self.all(kind)
        return found[-1] if found else None

    def last_filed(self, kind: type[Record]) -> Filed | None:
        return next((f for f in reversed(self.filed) if isinstance(f.record, kind)), None)


@dataclass(frozen=True, slots=True)
class ActorRef:
    """Who acts, as far as pure code needs to know. `roles` are those held for the process's area."""

    account_id: UUID
    name: str
    roles: frozenset[str]
    person_id: UUID | None = None
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Everything a guard or an apply may look at. `subject` and `settings` are what the composition root loads."""

    process: Process
    procedure: ProcedureSpec
    stage: StageSpec
    records: Records
    actor: ActorRef
    now: datetime
    today: date
    subject: Any = None
    settings: Any = None
    parent: Process | None = None
    duties: tuple[tuple[UUID, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of what must happen in the same transaction besides the move; the composition root has a handler each."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action leads to. `to` is an outcome name of the procedure; `basis` goes into the journal (no personal data)."""

    to: str = STAY
    records: tuple[Record, ...] = ()
    effects: tuple[Effect, ...] = ()
    add_marks: frozenset[str] = frozenset()
    drop_marks: frozenset[str] = frozenset()
    basis: str = ""
    evidence: tuple[str, ...] = ()
    co_actors: tuple[UUID, ...] = ()
    """Accounts that did this together with the actor, under the same duty (the second investigator)."""


Guard = Callable[[View], Blocked | None]
Apply = Callable[[View, Any], Outcome]


def no_guard(_: View) -> Blocked | None:
    return None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do at a stage. Its permission is always (process kind, name).

    duty       what the act counts as for separation of duties over the whole case; None: none
    party      an act of the household itself (recusal does not apply; only on one's own case)
    always     not held back by the round a case belongs to
    consequence  one sentence shown before a binding step: what will happen and to whom; empty: not binding
    asks_first  a veto against it never depends on its form: it is asked for when the step is offered, not only at the end
    """

    name: str
    label: str
    apply: Apply
    form: type[msgspec.Struct] = NoForm
    outcomes: tuple[str, ...] = (STAY,)
    guard: Guard = no_guard
    duty: str | None = None
    party: bool = False
    always: bool = False
    primary: bool = False
    asks_first: bool = False
    consequence: str = ""
    help: str = ""
    prefill: Callable[[View], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class StageType:
    """A kind of stage: the actions it offers and the kinds of record they file.

    `due_label` says what is due on the stage's last day, where that is more than leaving it (a periodic review).
    """

    name: str
    label: str
    actions: tuple[Action, ...] = ()
    records: tuple[type[Record], ...] = ()
    kind: Kind | None = "case"
    ends: bool = False
    owner: str = "core"
    due_label: str = ""

    def action(self, name: str) -> Action | None:
        return next((a for a in self.actions if a.name == name), None)


@dataclass(frozen=True)
class StageCatalogue:
    """The stage types of one set of enabled plugins, and the codec of all their records."""

    types: dict[str, StageType]
    _codec: msgspec.json.Decoder[Record] = field(repr=False)

    @classmethod
    def of(cls, types: Iterable[StageType]) -> StageCatalogue:
        """Raises ValueError when two stage types or two kinds of record share a name, naming the owners."""
        by_name: dict[str, StageType] = {}
        kinds: dict[str, type[Record]] = {}
        for stage_type in types:
            if stage_type.name in by_name:
                other = by_name[stage_type.name].owner
                raise ValueError(
                    f"stage type {stage_type.name!r} of {stage_type.owner!r} is already {other!r}'s"
                )
            by_name[stage_type.name] = stage_type
            for record in stage_type.records:
                if kinds.setdefault(record.kind(), record) is not record:
                    raise ValueError(
                        f"record kind {record.kind()!r} of {stage_type.owner!r} is already taken"
                    )
        union: Any = None
        for record in kinds.values():
            union = record if union is None else union | record
        return cls(by_name, msgspec.json.Decoder(union or Record))

    def decode(self, body: bytes) -> Record:
        return self._codec.decode(body)

    def actions_at(self, spec: ProcedureSpec, state: str) -> Sequence[Action]:
        """The actions offered in a state whose outcomes the procedure knows there, in declared order."""
        ways = spec.stages[state].next.keys() | {STAY}
        seen: dict[str, Action] = {}
        for name in spec.types_at(state):
            for action in self.types[name].actions:
                if ways & set(action.outcomes):
                    seen.setdefault(action.name, action)
        return tuple(seen.values())

    def action(self, spec: ProcedureSpec, state: str, name: str) -> Action | None:
        return next((a for a in self.actions_at(spec, state) if a.name == name), None)
