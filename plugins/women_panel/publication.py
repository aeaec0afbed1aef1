"""Who may look at a closed household's published record: whoever may see the panel, never kin of the household."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.sdk import NotFound, Refused, Transaction
from plugins.women_panel import agendas, answers, published, records
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.published import Record
from plugins.women_panel.records import Session
from plugins.women_panel.scene import Scene


@dataclass(frozen=True, slots=True)
class Publication:
    """A record as written when the household was closed, read again, and whether recomputing it gives the same."""

    session: Session
    text: str
    record: Record
    holds: bool

    @property
    def digest(self) -> str:
        return published.digest(self.text)

    @property
    def alike(self) -> bool:
        return published.told_alike(self.record)


async def publication(scene: Scene, tx: Transaction, session_id: UUID, case_id: UUID) -> Publication:
    """Raises NotFound before the household is closed, Refused for kin."""
    session = await records.session(tx, session_id)
    scene.demand(PanelAction.VIEW, session.area_code)
    await agendas.entry(tx, session_id, case_id)
    text = await agendas.published(tx, session_id, case_id)
    if not text:
        raise NotFound("这一户还没有公布投票记录。", hint="结束投票、计票以后就能看到")
    kin = (await agendas.recusals(tx, session_id)).get(case_id, {})
    if scene.actor.account_id in kin or await answers.related(scene, tx, session.round_id, case_id):
        raise Refused(
            "您和这户有亲属关系或利害关系，不能看这一户的投票记录。", source="近亲属回避（57号 11）"
        )
    record = published.read(text)
    return Publication(session, text, record, _holds(record))


def _holds(record: Record) -> bool:
    try:
        return published.recount(record) == record.tally
    except ValueError:
        return False
