"""May this person take this action on this process now? One answer, one order of reasons, for page, API and engine.

Order: role and area → own case → recusal → separation of duties → the round → the stage's own guard. The first that
refuses is what the person reads; each names its rule and whom to turn to. Pure: everything it asks is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.access.authorizer import Actor
from core.access.duties import conflict
from core.kernel.procedure import ProcedureSpec
from core.kernel.stage import Action, Blocked, View

PARTY_ROLES = frozenset({"applicant", "helper"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known about the person beside the view.

    permitted   the authorizer's answer for (kind, action, area): None, or why not
    recused     answers for any person's or account's id whether kinship keeps them out (None for nobody)
    is_party    the person belongs to the household, or holds its mandate
    """

    permitted: Callable[[str], Blocked | None]
    recused: Callable[[UUID | None], Blocked | None]
    is_party: bool
    round_spec: ProcedureSpec | None = None
    children: Mapping[str, int] = field(default_factory=dict)
    state_labels: Mapping[str, str] = field(default_factory=dict)

    def keeps_out(self, account: UUID, person: UUID | None) -> Blocked | None:
        """Why kinship keeps somebody out: the register knows the person, the file may have named the account."""
        return self.recused(person) or self.recused(account)


def gate(view: View, action: Action, standing: Standing) -> Blocked | None:
    """None when the action is open to this person now, else the first reason why not."""
    return (
        standing.permitted(action.name)
        or _own_case(view, standing)
        or _recusal(view, action, standing)
        or _duties(view, action, view.actor.account_id)
        or _round(view, action, standing)
        or action.guard(view)
    )


def co_actor_gate(view: View, action: Action, standing: Standing, other: Actor) -> Blocked | None:
    """The same reasons for somebody who did it together with the actor (the second investigator)."""
    if other.person_id is not None and other.person_id == view.actor.person_id:
        return Blocked("这是同一个人的另一个账号，要由另一个人一同办理。", "57号 16", "请另选一名同事")
    return standing.keeps_out(other.account_id, other.person_id) or _duties(view, action, other.account_id)


def clears(view: View, standing: Standing, outcome_moves: bool) -> Blocked | None:
    """A round goes on only when no case is left in the stages its present stage must clear."""
    if not outcome_moves or view.process.kind != "round":
        return None
    left = {s: n for s, n in standing.children.items() if s in view.stage.clears and n}
    if not left:
        return None
    listed = "、".join(f"“{standing.state_labels.get(s, s)}”{n} 户" for s, n in sorted(left.items()))
    return Blocked(
        f"本村还有没办完的：{listed}。请先办完再进入下一步。", hint="在整村看板上点开这些户逐一办理"
    )


def _own_case(view: View, standing: Standing) -> Blocked | None:
    if view.actor.is_service or not view.actor.roles or view.actor.roles - PARTY_ROLES:
        return None
    if standing.is_party:
        return None
    return Blocked("您只能办理自己家的，或者受委托代办的申请。", "57号 6")


def _recusal(view: View, action: Action, standing: Standing) -> Blocked | None:
    if view.actor.is_service or (action.party and standing.is_party):
        return None
    return standing.keeps_out(view.actor.account_id, view.actor.person_id)


def _duties(view: View, action: Action, account_id: UUID) -> Blocked | None:
    if action.duty is None or view.actor.is_service:
        return None
    clash = conflict(action.duty, account_id, view.duties)
    if clash is None:
        return None
    return Blocked(clash.reason, "职责分离（全案）", "请由另一位同事办理这一步")


def _round(view: View, action: Action, standing: Standing) -> Blocked | None:
    if action.always or standing.round_spec is None or view.parent is None:
        return None
    stage = standing.round_spec.stages[view.parent.state]
    if view.process.state in stage.opens:
        return None
    return Blocked(
        f"本村整村认定正处在“{stage.label}”阶段，这一步要等轮到“{view.stage.label}”时再办。",
        "整村认定流程",
        "到整村看板查看进度和日程",
    )
