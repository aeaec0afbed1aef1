"""What waits for one person, as SQL: a step of theirs is open there as far as role, kinship, duties and the round go.

Says the same as the kernel's gate of one process, short of each stage's own guard (a period not over yet is still
their task). Bounded: two look-ups for the person, and a condition on the rows of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.access.duties import APART
from core.stages.kept_out import recused, whose
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.access.authorizer import Actor
    from core.kernel.procedure import ProcedureSpec
    from core.kernel.runtime import Runtime
    from core.kernel.stage import Action
    from core.web.services import WebServices

RESTING = frozenset({"active"})
"""Stages in which nothing waits to be done: a review starts when its time has come."""

_APART = sorted({(a, b) for pair in APART for a in pair for b in pair if a != b})


@dataclass(frozen=True, slots=True)
class Task:
    """A step somebody's roles allow. `place` is `procedure/state`; `always`: whatever stage the round is in."""

    place: str
    duty: str
    always: bool


@dataclass(frozen=True, slots=True)
class Todo:
    """One person's part. `turns` are `round state/case state` in which cases may go on; `accounts` all of the person's."""

    tasks: tuple[Task, ...]
    turns: tuple[str, ...]
    accounts: tuple[UUID, ...]
    kin: tuple[UUID, ...]

    def condition(self, values: list[Any]) -> str:
        """On `process p` and its `case_summary s`; parameters are appended to `values`."""
        n = len(values)
        values += [
            sorted({task.place for task in self.tasks}), [task.place for task in self.tasks],
            [task.duty for task in self.tasks], [task.always for task in self.tasks], list(self.turns),
            list(self.accounts), list(self.kin), [wants for wants, __ in _APART], [did for __, did in _APART],
        ]  # fmt: skip
        places = [f"${n + i}" for i in range(1, 10)]
        return _CONDITION.format(*places, recused=recused(places[5], places[6]))


_CONDITION = """(NOT p.ended AND p.procedure || '/' || p.state = ANY({0}::text[])
  AND NOT {recused}
  AND EXISTS (SELECT FROM unnest({1}::text[], {2}::text[], {3}::boolean[]) AS w (place, duty, anytime)
              WHERE w.place = p.procedure || '/' || p.state
              AND (w.anytime OR p.parent_id IS NULL
                   OR EXISTS (SELECT FROM process r WHERE r.tenant_id = p.tenant_id AND r.id = p.parent_id
                              AND r.state || '/' || p.state = ANY({4}::text[])))
              AND (w.duty = '' OR NOT EXISTS (
                   SELECT FROM process_duty d JOIN unnest({7}::text[], {8}::text[]) AS x (wants, did) ON x.did = d.duty
                   WHERE d.tenant_id = p.tenant_id AND d.process_id = p.id AND d.account_id = ANY({5}::uuid[])
                   AND x.wants = w.duty))))"""


async def todo(tx: Transaction, services: WebServices, runtime: Runtime, actor: Actor) -> Todo:
    accounts, related = await whose(tx, actor, runtime.settings.settings.recusal_degrees)
    return Todo(tasks_of(services, runtime, actor), _turns(runtime), accounts, related)


def tasks_of(services: WebServices, runtime: Runtime, actor: Actor) -> tuple[Task, ...]:
    """Steps one of the actor's roles may take: not supervision, not in a resting stage."""
    areas = sorted({grant.area_code for grant in actor.grants})
    return tuple(
        dict.fromkeys(
            Task(f"{name}/{state}", action.duty or "", action.always)
            for name, spec in runtime.procedures.procedures.items()
            for state in spec.stages
            for action in _to_do(runtime, spec, state)
            if any(services.authorizer.may(actor, spec.kind, action.name, a) is None for a in areas)
        )
    )


def _to_do(runtime: Runtime, spec: ProcedureSpec, state: str) -> list[Action]:
    if spec.stages[state].type in RESTING:
        return []
    offered = runtime.catalogue.actions_at(spec, state)
    aside = {a.name for name in spec.everywhere for a in runtime.catalogue.types[name].actions}
    own = {a.name for a in runtime.catalogue.types[spec.stages[state].type].actions}
    return [
        a for a in offered
        if a.primary or ((a.name in own or a.name not in aside) and (not a.always or a.duty == "verify"))
    ]  # fmt: skip


def _turns(runtime: Runtime) -> tuple[str, ...]:
    return tuple(
        f"{state}/{case_state}"
        for spec in runtime.procedures.procedures.values()
        if spec.kind == "round"
        for state, stage in spec.stages.items()
        for case_state in stage.opens
    )
