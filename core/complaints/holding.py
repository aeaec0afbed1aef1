"""Between cases and the register: what was told to a clerk on a case enters it, answers close it, open objections hold postings and decisions.

Whoever an objection speaks of, and their near relatives, neither look into it nor answer it on the case either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from core.access.authorizer import Actor
from core.complaints.answering import ON_CASE, says_nobody
from core.complaints.concerned import household_of, kept_out
from core.complaints.forms import MOST_PAPERS, ComplaintReceipt, Result
from core.complaints.intake import Intake, shown
from core.complaints.parts import Parts
from core.complaints.register import Body
from core.complaints.routing import About, Level
from core.kernel.runtime import EffectHandlers
from core.kernel.stage import View
from core.problems import Blocked
from core.stages.supervision import AnswerObjections, EnterComplaint, RecusalOverride
from core.storage.database import Transaction

HELD = {
    "end_posting": "公示期满", "end_village_posting": "村级公示期满", "end_second_posting": "审核公示期满",
    "confirm": "确认", "deny": "不予确认", "open_hearing": "转入听取意见",
}  # fmt: skip
"""What an unanswered objection holds: the end of a posting, and the district's decision while what was posted is in doubt."""

DECIDED = frozenset({"confirm", "deny", "open_hearing"})

LOOKED_INTO = frozenset({"record_reinvestigation", "answer_objection"})
"""What is done with an objection on its case."""


@dataclass(frozen=True)
class Holding:
    """`effects` and `veto` are handed to the engine by the composition root."""

    parts: Parts

    def effects(self) -> EffectHandlers:
        return {EnterComplaint: self.enter, AnswerObjections: self.answer}

    async def enter(self, tx: Transaction, view: View, effect: EnterComplaint) -> None:
        """Who told it and what: into the register as if told at its counter; the case's own file keeps that it was told."""
        assert tx.tenant is not None
        intake, about, area = Intake(self.parts), About(effect.about), view.process.area_code
        household = await household_of(tx, view.process.id)
        accused = await intake.of_household(tx, household, effect.content, area, view.now)
        level = accused.level or Level.TOWNSHIP
        code = _code(self.parts, tx.tenant, view.process.id, view.process.version + 1)
        new = replace(
            intake.new(tx.tenant, about, effect, code, Body(effect.content), view.actor.account_id), area_code=area,
            case_id=view.process.id, accused_accounts=accused.accounts, accused_persons=accused.persons,
            level=Level.DISTRICT if about is About.POSTING and level is Level.PROVINCE else level,
        )  # fmt: skip
        files = [await self.parts.objects.get(tx.tenant, sha256) for sha256 in effect.papers]
        await intake.put(tx, new, files[:MOST_PAPERS])
        await self.parts.register.note(tx, new.id, view.now, "case_told", None, "received")

    async def answer(self, tx: Transaction, view: View, effect: AnswerObjections) -> None:
        """The answer given on the case is what whoever objected reads with their receipt.

        It closes what the case was told of and has not answered; each of the others has its own answer in the register.
        """
        rows = await tx.fetch(
            f"""SELECT id FROM complaint c WHERE tenant_id = $1 AND case_id = $2 AND about = 'posting'
                AND state = 'open' AND {ON_CASE} FOR UPDATE""",  # noqa: S608
            tx.tenant,
            view.process.id,
        )
        outcome = Result.FOUNDED if effect.well_founded else Result.UNFOUNDED
        for found in rows:
            row = await self.parts.register.load(tx, found["id"])
            says_nobody(effect.reply, self.parts.register.contact(tx, row))
            await self.parts.register.answer(tx, row, outcome.value, effect.reply, view.now)
            await self.parts.register.note(
                tx, row.id, view.now, "answered", view.actor.account_id, outcome.value
            )

    async def receipt(self, tx: Transaction, process_id: UUID, seq: int) -> ComplaintReceipt | None:
        """Of what was told with the step `seq` of a case, for whoever took it: with the code, as the counter hands it over."""
        assert tx.tenant is not None
        code = _code(self.parts, tx.tenant, process_id, seq)
        row = await self.parts.register.find(tx, self.parts.register.id_for(tx.tenant, code))
        if row is None:
            return None
        return ComplaintReceipt(row.number, shown(code), row.due.isoformat(), row.level.label)

    async def veto(self, tx: Transaction, view: View, action: str, outcome: str) -> Blocked | None:
        """Neither is a posting over nor a case decided while somebody's objection to it is unanswered (57号 19).

        A case may be with the district already while its list still hangs, where nothing is posted again.
        """
        if action in LOOKED_INTO:
            return await self._spoken_of(tx, view)
        if action not in HELD:
            return None
        rows = await tx.fetch(
            """SELECT c.number FROM complaint c LEFT JOIN posting p ON p.tenant_id = c.tenant_id AND p.id = c.posting_id
               WHERE c.tenant_id = $1 AND c.about = 'posting' AND (p.process_id = $2 OR c.case_id = $2)
                 AND (c.state = 'open' OR c.state = 'passed_up' AND NOT EXISTS (SELECT FROM complaint_event e
                      WHERE e.tenant_id = c.tenant_id AND e.complaint_id = c.id AND e.kind = 'answered_above'))
               ORDER BY c.number LIMIT 5""",
            tx.tenant,
            view.process.id,
        )
        if not rows:
            return None
        numbers = "、".join(row["number"] for row in rows)
        back = "" if action not in DECIDED else "；异议成立的，把这一户“退回”乡镇重新提出意见"
        return Blocked(
            f"还有没答复的公示异议：{numbers}，答复之前不能办“{HELD[action]}”。",
            "57号 19",
            f"请先在“投诉举报”里，或者在被提异议的这一户里答复{back}；已转省级的，等省级答复",
        )

    async def _spoken_of(self, tx: Transaction, view: View) -> Blocked | None:
        """Whoever is accused never answers (57号 37): here by the names in it, where kinship with the household says nothing."""
        assert tx.tenant is not None
        me = view.actor
        actor = Actor(tx.tenant, me.account_id, me.name, person_id=me.person_id)
        kin = await kept_out(tx, actor, (await self.parts.settings(tx)).recusal_degrees)
        concerned: bool = await tx.fetchval(
            f"""SELECT EXISTS (SELECT FROM complaint c WHERE tenant_id = $1 AND case_id = $2 AND about = 'posting'
                AND state = 'open' AND {ON_CASE} AND ($3 = ANY(accused_accounts) OR accused_persons && $4::uuid[]))""",  # noqa: S608
            tx.tenant, view.process.id, me.account_id, list(kin),
        )  # fmt: skip
        if not concerned or any(o.account == me.account_id for o in view.records.all(RecusalOverride)):
            return None
        return Blocked(
            "这条异议说到了您，或者您的近亲属，不能由您调查、答复。",
            "57号 37",
            "请由另一位同事办理；没有别人的，请区级“准予例外参加”，并写明理由",
        )


class _Told(msgspec.Struct, frozen=True):
    seq: int


def _code(parts: Parts, tenant: UUID, process_id: UUID, seq: int) -> str:
    """Of what is told with one step of one case: known again after a repeated submission, and never stored."""
    return parts.register.code_for(tenant, f"case:{process_id}", _Told(seq))
