"""What a procedure is: the stages a process runs through, as data a district may change, checked before it is used.

A bundle's `procedure.toml` holds a `ProcedureSet`:

    [procedures.application]                # one procedure
    kind = "case"                           # "case" (one household) or "round" (one village)
    label = "个案申请"
    initial = "draft"
    everywhere = ["supervision"]            # stage types whose actions every open stage offers as well

    [procedures.application.stages.submitted]
    type = "acceptance"                     # a StageType: core's, or an enabled plugin's
    label = "待受理"
    also = ["withdrawal"]                   # further stage types whose actions this stage offers
    next = { accepted = "accepted", supplement = "supplement", withdrawn = "withdrawn" }
    deadline = { working_days = 5, law = "57号 15" }
    params = { }                            # the stage type's own settings

    [procedures.village_round.stages.visits]
    type = "round_step"
    label = "入户核查"
    opens = ["investigating"]               # stages in which the round's cases may be worked on now
    clears = ["investigating"]              # stages no case may be left in before the round goes on

`next` maps each *outcome* an action can have to the state that follows; the outcome `stay` needs no entry.
Pure values; `procedure_checks` finds what is wrong with them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

STAY = "stay"

Kind = Literal["case", "round"]


class StageDeadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a process may stand in a stage: working or calendar days after the day it came there.

    `continues`: the limit of the stage before goes on running (the district's ten days include the spot check).
    """

    working_days: int | None = None
    calendar_days: int | None = None
    law: str = ""
    continues: bool = False


class StageSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stage (the process's state) of a procedure: its type, where outcomes lead, and its settings."""

    type: str
    label: str
    next: dict[str, str] = {}
    also: tuple[str, ...] = ()
    deadline: StageDeadline | None = None
    params: dict[str, Any] = {}
    opens: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()


class ProcedureSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole procedure. Raises nothing by itself; see `problems_of`."""

    kind: Kind
    label: str
    initial: str
    stages: dict[str, StageSpec]
    everywhere: tuple[str, ...] = ()

    def types_at(self, state: str) -> tuple[str, ...]:
        """The stage types whose actions are offered in `state`; `everywhere` does not reach ended stages."""
        stage = self.stages[state]
        shared = self.everywhere if stage.next or stage.also else ()
        return (stage.type, *stage.also, *shared)


class ProcedureSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `procedure` section of a tenant's configuration."""

    procedures: dict[str, ProcedureSpec]
    individual: str = "application"
    """Which procedure an application outside a round follows."""
    in_round: str | None = None
    """Which procedure a household's case inside a round follows; None: the district holds no rounds."""
    round: str | None = None

    def for_case(self, *, in_round: bool) -> str:
        """The procedure a new case follows. Raises LookupError where the district holds no rounds."""
        if not in_round:
            return self.individual
        if self.in_round is None:
            raise LookupError("this district holds no village rounds")
        return self.in_round
