"""Between cases and the register: what was told to a clerk on a case enters it, answers close it, open objections hold postings."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from core.clock import local_date
from core.complaints import attachments
from core.complaints.concerned import household_of
from core.complaints.forms import MOST_PAPERS, Result
from core.complaints.intake import Parts, next_number
from core.complaints.register import Body, Contact, New
from core.complaints.routing import About, Level
from core.kernel.runtime import EffectHandlers
from core.kernel.stage import View
from core.problems import Blocked
from core.stages.supervision import AnswerObjections, EnterComplaint
from core.storage.database import Transaction

ENDING = frozenset({"end_posting", "end_village_posting", "end_second_posting"})


@dataclass(frozen=True)
class Holding:
    """`effects` and `veto` are handed to the engine by the composition root."""

    parts: Parts

    def effects(self) -> EffectHandlers:
        return {EnterComplaint: self.enter, AnswerObjections: self.answer}

    async def enter(self, tx: Transaction, view: View, effect: EnterComplaint) -> None:
        """Who told it and what: into the register; the case's own file keeps that it was told."""
        assert tx.tenant is not None
        about = About(effect.about)
        accused = await household_of(tx, view.process.id)
        today = local_date(view.now)
        contact = Contact(effect.reporter.strip()) if effect.reporter.strip() else None
        new = New(
            uuid4(), await next_number(tx, view.process.area_code, today), about, effect.channel,
            view.process.area_code, Level.TOWNSHIP, Body(effect.content), contact, view.now,
            await self.parts.due(tx, about, today), uuid4().bytes + uuid4().bytes,
            received_by=view.actor.account_id, case_id=view.process.id, accused_persons=accused.persons,
        )  # fmt: skip
        await self.parts.register.put(tx, new)
        files = [await self.parts.objects.get(tx.tenant, sha256) for sha256 in effect.papers]
        await attachments.keep(tx, self.parts.objects, self.parts.cipher, new.id, files[:MOST_PAPERS])
        await self.parts.register.note(tx, new.id, view.now, "case_told", None, "received")

    async def answer(self, tx: Transaction, view: View, effect: AnswerObjections) -> None:
        """The answer given on the case is what whoever objected reads with their receipt."""
        rows = await tx.fetch(
            """SELECT id FROM complaint WHERE tenant_id = $1 AND case_id = $2 AND about = 'posting' AND state = 'open'
               FOR UPDATE""",
            tx.tenant,
            view.process.id,
        )
        outcome = Result.FOUNDED if effect.well_founded else Result.UNFOUNDED
        for found in rows:
            row = await self.parts.register.load(tx, found["id"])
            await self.parts.register.answer(tx, row, outcome.value, effect.reply, view.now)
            await self.parts.register.note(
                tx, row.id, view.now, "answered", view.actor.account_id, outcome.value
            )

    async def veto(self, tx: Transaction, view: View, action: str, outcome: str) -> Blocked | None:
        """A posting is not over while somebody's objection to it is unanswered (57号 19)."""
        if action not in ENDING:
            return None
        rows = await tx.fetch(
            """SELECT c.number FROM complaint c JOIN posting p ON p.tenant_id = c.tenant_id AND p.id = c.posting_id
               WHERE c.tenant_id = $1 AND p.process_id = $2 AND c.state = 'open' ORDER BY c.number LIMIT 5""",
            tx.tenant,
            view.process.id,
        )
        if not rows:
            return None
        numbers = "、".join(row["number"] for row in rows)
        return Blocked(
            f"还有没答复的公示异议：{numbers}。",
            "57号 19",
            "请先在“投诉举报”里，或者在被提异议的这一户里答复",
        )
