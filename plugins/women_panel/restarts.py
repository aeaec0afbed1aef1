"""What a phone asks now and then while its ballot page is open: on which households its member is to vote once more.

Asked by every phone in every room of one evening, so it takes two statements and mostly answers with nothing.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from core.sdk import Call, Json, Transaction
from plugins.women_panel import records
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Session
from plugins.women_panel.scene import Scene


class Restart(msgspec.Struct, frozen=True):
    """A household whose earlier votes are void. `attempt` is what a ballot is sealed for now; `on_paper`, none is."""

    case_id: UUID
    attempt: int
    on_paper: bool


class Restarts(msgspec.Struct, frozen=True):
    """`account_id` is who is signed in: on a shared phone not always whose page asks. `again` are open households that were
    started again, on which she sits, is present, not recused by what is on file, and has not voted since."""

    account_id: UUID
    again: tuple[Restart, ...] = ()


async def show(call: Call) -> Json:
    scene, account = Scene.of(call), call.actor.account_id
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, call.path["session_id"])
        scene.demand(PanelAction.VOTE, session.area_code)
        again = await _again(tx, session, account) if session.state == "open" else ()
    return Json(Restarts(account, again))


async def _again(tx: Transaction, session: Session, account: UUID) -> tuple[Restart, ...]:
    """In the order of the agenda."""
    rows = await tx.fetch(
        """SELECT c.case_id, c.attempt, c.on_paper FROM women_panel_case c
           JOIN women_panel_member m ON m.tenant_id = c.tenant_id AND m.session_id = c.session_id
                AND m.account_id = $3 AND m.present AND m.removed_at IS NULL
           WHERE c.tenant_id = $1 AND c.session_id = $2 AND c.state = 'open' AND c.attempt > 1
           AND NOT EXISTS (SELECT FROM women_panel_recusal r WHERE r.tenant_id = $1 AND r.session_id = $2
                           AND r.case_id = c.case_id AND r.account_id = $3)
           AND NOT EXISTS (SELECT FROM women_panel_voter v WHERE v.tenant_id = $1 AND v.session_id = $2
                           AND v.case_id = c.case_id AND v.attempt = c.attempt AND v.account_id = $3)
           ORDER BY c.place""",
        tx.tenant,
        session.id,
        account,
    )
    return tuple(Restart(**dict(row)) for row in rows)
