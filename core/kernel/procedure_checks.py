"""What is wrong with a procedure: unknown names, ways that lead nowhere, nobody who may act, a statutory stage left out.

Pure: the stage types there are, who may take which step, and the statute come in as values; every problem goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.kernel.procedure import STAY, Kind, ProcedureSpec


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What the checks need to know of an action: its outcomes, and whether anybody at all may take it."""

    name: str
    outcomes: frozenset[str]
    has_actor: bool


@dataclass(frozen=True, slots=True)
class StageTypeFacts:
    name: str
    kind: Kind | None
    actions: tuple[ActionFacts, ...]
    ends: bool


Catalogue = Mapping[str, StageTypeFacts]


@dataclass(frozen=True, slots=True)
class MustPass:
    """A statutory rule: no way from the start to a stage of type `goal` avoids a stage of one of `through`."""

    goal: str
    through: frozenset[str]
    law: str
    message: str


@dataclass(frozen=True, slots=True)
class MustLead:
    """A statutory rule: an outcome of a stage of `type` leads to a stage of one of `to` and nowhere else."""

    type: str
    outcome: str
    to: frozenset[str]
    law: str
    message: str


@dataclass(frozen=True, slots=True)
class MustAct:
    """A statutory rule: a stage of `type` has a deadline of at most so many working days, or lets one go on."""

    type: str
    working_days: int
    law: str
    message: str


Statute = Iterable[MustPass | MustLead | MustAct]


@dataclass(frozen=True, slots=True)
class ProcedureProblem:
    """One thing wrong with a procedure. `where` is the key in procedure.toml."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}：{self.message}"


def problems_of(
    name: str, spec: ProcedureSpec, catalogue: Catalogue, statute: Statute = ()
) -> list[ProcedureProblem]:
    """Every problem of a procedure: unknown names first, and the shape of the graph only when the names hold."""
    at = f"procedures.{name}"
    found = [*_unknown_names(at, spec, catalogue)]
    if found:
        return found
    return [
        *_outcomes(at, spec, catalogue),
        *_actors(at, spec, catalogue),
        *_unreachable(at, spec),
        *_dead_ends(at, spec, catalogue),
        *_statutory(at, spec, statute),
    ]


def _unknown_names(at: str, spec: ProcedureSpec, catalogue: Catalogue) -> Iterable[ProcedureProblem]:
    if spec.initial not in spec.stages:
        yield ProcedureProblem(f"{at}.initial", f"起始环节“{spec.initial}”不存在，可用：{_join(spec.stages)}")
    for kind in spec.everywhere:
        yield from _type_problem(f"{at}.everywhere", kind, spec, catalogue)
    for state, stage in spec.stages.items():
        here = f"{at}.stages.{state}"
        for kind in (stage.type, *stage.also):
            yield from _type_problem(f"{here}.type", kind, spec, catalogue)
        for outcome, target in stage.next.items():
            if target not in spec.stages:
                yield ProcedureProblem(
                    f"{here}.next.{outcome}", f"去向“{target}”不存在，可用：{_join(spec.stages)}"
                )


def _type_problem(
    where: str, kind: str, spec: ProcedureSpec, catalogue: Catalogue
) -> Iterable[ProcedureProblem]:
    facts = catalogue.get(kind)
    if facts is None:
        known = [n for n, f in catalogue.items() if f.kind in (None, spec.kind)]
        yield ProcedureProblem(where, f"没有“{kind}”这种环节类型（插件未启用？），可用：{_join(known)}")
    elif facts.kind not in (None, spec.kind):
        yield ProcedureProblem(where, f"环节类型“{kind}”只能用于 {facts.kind} 流程")


def _outcomes(at: str, spec: ProcedureSpec, catalogue: Catalogue) -> Iterable[ProcedureProblem]:
    for state, stage in spec.stages.items():
        possible = {
            outcome
            for kind in spec.types_at(state)
            for action in catalogue[kind].actions
            for outcome in action.outcomes
        } - {STAY}
        for outcome in sorted(stage.next.keys() - possible):
            yield ProcedureProblem(
                f"{at}.stages.{state}.next.{outcome}",
                f"这个环节不会产生结果“{outcome}”，可用：{_join(possible)}",
            )
        own = {o for a in catalogue[stage.type].actions for o in a.outcomes} - {STAY}
        if own and not own & stage.next.keys():
            yield ProcedureProblem(f"{at}.stages.{state}.next", f"没有写去向，至少写其中之一：{_join(own)}")


def _actors(at: str, spec: ProcedureSpec, catalogue: Catalogue) -> Iterable[ProcedureProblem]:
    for state, stage in spec.stages.items():
        moving = [
            action
            for kind in (stage.type, *stage.also)
            for action in catalogue[kind].actions
            if action.outcomes & stage.next.keys()
        ]
        if stage.next and not any(action.has_actor for action in moving):
            yield ProcedureProblem(
                f"{at}.stages.{state}",
                f"没有任何角色有权把它办下去，请授予其中之一的权限：{_join(a.name for a in moving)}",
            )


def _unreachable(at: str, spec: ProcedureSpec) -> Iterable[ProcedureProblem]:
    reached = reachable(spec, spec.initial)
    for state in spec.stages.keys() - reached:
        yield ProcedureProblem(
            f"{at}.stages.{state}", f"从“{spec.initial}”出发永远走不到这个环节，请接上或删去"
        )


def _dead_ends(at: str, spec: ProcedureSpec, catalogue: Catalogue) -> Iterable[ProcedureProblem]:
    ends = {state for state, stage in spec.stages.items() if catalogue[stage.type].ends}
    for state in spec.stages:
        if not reachable(spec, state) & ends:
            yield ProcedureProblem(f"{at}.stages.{state}", "从这里再也走不到办结，请补上去向")


def _statutory(at: str, spec: ProcedureSpec, statute: Statute) -> Iterable[ProcedureProblem]:
    for rule in statute:
        if isinstance(rule, MustLead):
            yield from _leads(at, spec, rule)
        elif isinstance(rule, MustAct):
            yield from _in_time(at, spec, rule)
        else:
            yield from _passes(at, spec, rule)


def _passes(at: str, spec: ProcedureSpec, rule: MustPass) -> Iterable[ProcedureProblem]:
    goals = {state for state, stage in spec.stages.items() if stage.type == rule.goal}
    avoid = {state for state, stage in spec.stages.items() if stage.type in rule.through}
    for goal in sorted(goals & reachable(spec, spec.initial, avoiding=avoid)):
        yield ProcedureProblem(f"{at}.stages.{goal}", f"{rule.message}（{rule.law}）")


def _leads(at: str, spec: ProcedureSpec, rule: MustLead) -> Iterable[ProcedureProblem]:
    for state, stage in spec.stages.items():
        target = stage.next.get(rule.outcome)
        if rule.type in (stage.type, *stage.also) and target and spec.stages[target].type not in rule.to:
            yield ProcedureProblem(
                f"{at}.stages.{state}.next.{rule.outcome}", f"{rule.message}（{rule.law}）"
            )


def _in_time(at: str, spec: ProcedureSpec, rule: MustAct) -> Iterable[ProcedureProblem]:
    for state, stage in spec.stages.items():
        limit = stage.deadline
        if stage.type != rule.type or (limit is not None and limit.continues):
            continue
        if limit is None or limit.working_days is None or limit.working_days > rule.working_days:
            yield ProcedureProblem(
                f"{at}.stages.{state}.deadline.working_days",
                f"{rule.message}，最多 {rule.working_days} 个工作日（{rule.law}）",
            )


def reachable(spec: ProcedureSpec, start: str, *, avoiding: Iterable[str] = ()) -> frozenset[str]:
    """The states one can come to from `start` (itself included) without entering any of `avoiding`."""
    closed = set(avoiding)
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        state = ahead.pop()
        if state in seen or state in closed or state not in spec.stages:
            continue
        seen.add(state)
        ahead.extend(spec.stages[state].next.values())
    return frozenset(seen)


def facts_of(
    name: str,
    kind: Kind | None,
    actions: Iterable[tuple[str, Iterable[str]]],
    ends: bool,
    has_actor: Callable[[str], bool],
) -> StageTypeFacts:
    """Build the checks' view of a stage type from its actions and the policy's answer to "may anybody?"."""
    return StageTypeFacts(
        name, kind, tuple(ActionFacts(n, frozenset(o), has_actor(n)) for n, o in actions), ends
    )


def _join(names: Iterable[str]) -> str:
    return "、".join(sorted(names))
