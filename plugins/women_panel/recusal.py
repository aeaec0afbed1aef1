"""Who stays out of a household by their own word, through a whole round: votes, slips, counts, later looks and opinions.

Kinship that the register knows is the kernel's (`Outline.keeps_out`). Beside it stands what somebody said: a conflict
declared in any session of the round, and kin of whatever degree that members declare (`declare_member_kin`).
"""

from __future__ import annotations

from uuid import UUID

from core.sdk import Blocked, Outline, Platform, Transaction
from plugins.women_panel import agendas
from plugins.women_panel.formation.filed import MemberKinship, kept_out_by_word
from plugins.women_panel.scene import Scene, refuse_if

DECLARED = Blocked(
    "您已经声明与这户有亲属关系或利害关系，回避这一户。", "近亲属回避（57号 11）", "请由别人办理这一户"
)


async def declared_in_round(
    platform: Platform, tx: Transaction, round_id: UUID
) -> dict[UUID, frozenset[UUID]]:
    """By case: everybody who said, whenever in this round, that she stays out of it."""
    found = await agendas.declared_of_round(tx, round_id)
    for case, members in kept_out_by_word(await platform.records(tx, round_id, MemberKinship)).items():
        found[case] = found.get(case, frozenset()) | members
    return found


async def kept_out(scene: Scene, tx: Transaction, round_id: UUID) -> frozenset[UUID]:
    """Out of which of the round's cases the actor stays, by kinship as it is known now or by her own word."""
    if scene.actor.is_service:
        return frozenset()
    cases = await scene.platform.cases_of(tx, round_id)
    declared = await declared_in_round(scene.platform, tx, round_id)
    said = {case for case, members in declared.items() if scene.actor.account_id in members}
    return await scene.platform.kept_out_of(tx, scene.actor, cases) | said


async def stays_out(scene: Scene, tx: Transaction, round_id: UUID, case: Outline) -> Blocked | None:
    """Why the actor stays out of a household: kinship as it is known now, or her own word."""
    kin = case.keeps_out(scene.actor.account_id, scene.actor.person_id)
    if kin is not None or scene.actor.is_service:
        return kin
    declared = await declared_in_round(scene.platform, tx, round_id)
    return DECLARED if scene.actor.account_id in declared.get(case.process.id, ()) else None


async def demand_no_part(scene: Scene, tx: Transaction, round_id: UUID, case: Outline) -> None:
    """Raises Refused to whoever stays out of this household."""
    refuse_if(await stays_out(scene, tx, round_id, case))
