"""Answering: what the level that is responsible sees and does. Nobody accused and none of their relatives gets here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core.access import access_log
from core.access.access_log import Event as Logged
from core.access.authorizer import Actor
from core.access.masking import MIN_PURPOSE, Sensitive
from core.clock import local_date
from core.complaints import attachments
from core.complaints.answering import ON_CASE, says_nobody
from core.complaints.concerned import OBJECT, kept_out, may_answer
from core.complaints.counter import STATES
from core.complaints.forms import (
    Complainant,
    ComplaintEvent,
    ComplaintFile,
    ComplaintLine,
    PassUpForm,
    ReplyForm,
)
from core.complaints.parts import FOLLOW, Parts
from core.complaints.raising import Raising
from core.complaints.register import COLUMNS, Row, row_of
from core.complaints.routing import About, Level, levels_of
from core.problems import Conflict, FieldError, Invalid, NotFound
from core.storage.database import Transaction
from core.storage.outbox import enqueue

MOST = 300
_EVENTS = {
    "received": "收到", "raised": "转上一级", "overdue": "逾期，转上一级", "answered": "答复", "rated": "反映人评价",
    "review_asked": "反映人请求复核", "looked": "查看反映人", "case_told": "已记入这一户的办理", "passed_up": "转省级", "answered_above": "省级已答复",
    "reissued": "当面补发查询码", "not_reissued": "申请补发查询码，没有补发",
}  # fmt: skip
_RATINGS = {"3": "满意", "2": "基本满意", "1": "不满意"}


class Wanted(msgspec.Struct, frozen=True):
    """The list's filters. `tab`: open, overdue, answered or all."""

    tab: str = "open"


@dataclass(frozen=True)
class Desk:
    parts: Parts

    async def lines(self, actor: Actor, wanted: Wanted) -> tuple[ComplaintLine, ...]:
        """What this person may answer, the most urgent first; at most `MOST`."""
        today = local_date(self.parts.clock())
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            areas = self.parts.authorizer.areas_where(actor, OBJECT, "handle")
            kin = await self._kin(tx, actor)
            rows = await tx.fetch(
                f"""SELECT {COLUMNS} FROM complaint c WHERE tenant_id = $1 AND {areas.condition("c.area_code", 2)}
                    AND level = ANY($4) AND NOT $5 = ANY(accused_accounts) AND NOT accused_persons && $6::uuid[]
                    AND {_TABS.get(wanted.tab, _TABS["open"])} AND $7::date IS NOT NULL
                    ORDER BY state = 'open' DESC, due, number LIMIT {MOST}""",  # noqa: S608
                tx.tenant, *areas.parameters, [str(level) for level in self._levels(actor)], actor.account_id,
                list(kin), today,
            )  # fmt: skip
            found = [row_of(row) for row in rows]
            names = await _area_names(tx, {row.area_code for row in found})
        seen = [row for row in found if self._may(actor, row, kin)]
        return tuple(_line(row, names, today) for row in seen)

    async def file(self, actor: Actor, complaint_id: UUID) -> ComplaintFile:
        """Raises NotFound: what one may not answer is not there."""
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            row = await self.mine(tx, actor, complaint_id)
            body = self.parts.register.body(tx, row)
            names = await _area_names(tx, {row.area_code})
            case = await _case(tx, row)
            answered = row.state == "answered"
            return ComplaintFile(
                line=_line(row, names, local_date(self.parts.clock())), whom=body.whom, content=body.content,
                papers=await attachments.count(tx, row.id), events=await self._events(tx, row.id),
                outcome=row.outcome if answered else "", reply=self.parts.register.reply(tx, row) if answered else "",
                rating=row.rating, case_id=row.case_id, case_number=case["number"] if case else "",
                answered_in_case=_in_case(row, case),
            )  # fmt: skip

    async def paper(self, actor: Actor, complaint_id: UUID, position: int) -> tuple[bytes, str]:
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            row = await self.mine(tx, actor, complaint_id)
            return await attachments.read(tx, self.parts.objects, self.parts.cipher, row.id, position)

    async def complainant(self, actor: Actor, complaint_id: UUID, purpose: str) -> Complainant:
        """Who complained, to get back to them; never without a trace. Raises NotFound, Invalid."""
        if len(purpose.strip()) < MIN_PURPOSE:
            raise Invalid(
                "查看反映人前请写明用途", source="57号 37",
                fields=(FieldError("purpose", f"请用至少 {MIN_PURPOSE} 个字写明为什么要看"),),
            )  # fmt: skip
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            row = await self.mine(tx, actor, complaint_id)
            contact = self.parts.register.contact(tx, row)
            if contact is None:
                raise NotFound("这件是匿名反映的，没有留下是谁。")
            now = self.parts.clock()
            await access_log.record(
                tx, now, Logged.LOOKED, account=actor.account_id, process=row.id, purpose=purpose.strip(),
                fields=[Sensitive.NAME.value, Sensitive.PHONE.value],
            )  # fmt: skip
            await self.parts.register.note(tx, row.id, now, "looked", actor.account_id)
        return Complainant(contact.name, contact.phone)

    async def reply(self, actor: Actor, complaint_id: UUID, form: ReplyForm) -> ComplaintFile:
        """Answer one complaint. Raises NotFound, Conflict (answered already, or answered on the case), Invalid."""
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            row = await self.mine(tx, actor, complaint_id, lock=True)
            if row.state != "open":
                raise Conflict("这件已经答复过了。", hint="反映人不满意的，可以凭查询码请上一级复核。")
            if _in_case(row, await _case(tx, row)):
                raise Conflict(
                    "这条异议正在这一户的“异议处理”里办。", hint="请在那里答复，反映人凭查询码同样看得到。"
                )
            says_nobody(form.reply, self.parts.register.contact(tx, row))
            now = self.parts.clock()
            await self.parts.register.answer(tx, row, form.outcome.value, form.reply, now)
            await self.parts.register.note(tx, row.id, now, "answered", actor.account_id, form.outcome.value)
            if row.origin or (row.case_id is not None and row.about is About.HOUSEHOLD):
                payload = {"tenant": str(tx.tenant), "complaint": str(row.id)}
                await enqueue(tx, FOLLOW, payload, key=f"{row.id}:answered")
        return await self.file(actor, complaint_id)

    async def pass_up(self, actor: Actor, complaint_id: UUID, form: PassUpForm) -> None:
        """To the level above: from then on this level sees it no more. Raises NotFound, Conflict."""
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            row = await self.mine(tx, actor, complaint_id, lock=True)
            if row.state != "open":
                raise Conflict("这件已经答复过了，不能再转。")
            if row.level is not Level.TOWNSHIP:
                raise Conflict(
                    "本级就是本区最高一级；逾期没有答复的，会自动转省级。",
                    hint="牵涉本人的，请由其他同事办理。",
                )
            await Raising(self.parts).up(tx, row, "raised", actor.account_id, form.reason)

    async def mine(self, tx: Transaction, actor: Actor, complaint_id: UUID, *, lock: bool = False) -> Row:
        """A complaint this person may answer. Raises NotFound."""
        row = await self.parts.register.load(tx, complaint_id, lock=lock)
        if not self._may(actor, row, await self._kin(tx, actor)):
            raise NotFound("没有找到这件投诉举报")
        return row

    async def _kin(self, tx: Transaction, actor: Actor) -> frozenset[UUID]:
        return await kept_out(tx, actor, (await self.parts.settings(tx)).recusal_degrees)

    def _may(self, actor: Actor, row: Row, kin: frozenset[UUID]) -> bool:
        return may_answer(self.parts.authorizer, actor, row, row.level, row.area_code, kin)

    @staticmethod
    def _levels(actor: Actor) -> frozenset[Level]:
        return levels_of(grant.role for grant in actor.grants)

    async def _events(self, tx: Transaction, complaint_id: UUID) -> tuple[ComplaintEvent, ...]:
        rows = await tx.fetch(
            """SELECT e.at, e.kind, e.note, a.name FROM complaint_event e
               LEFT JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.by AND e.kind <> 'received'
               WHERE e.tenant_id = $1 AND e.complaint_id = $2 ORDER BY e.seq""",
            tx.tenant,
            complaint_id,
        )
        return tuple(
            ComplaintEvent(r["at"].isoformat(), _EVENTS.get(r["kind"], r["kind"]), r["name"] or "", _noted(r)) for r in rows
        )  # fmt: skip


_TABS = {
    "open": "state = 'open'",
    "overdue": "state = 'open' AND due < $7::date",
    "answered": "state = 'answered'",
    "all": "state <> 'passed_up'",
}


def _noted(row: Any) -> str:
    if row["kind"] == "rated":
        return _RATINGS.get(row["note"], "")
    return Level(row["note"]).label if row["note"] in set(Level) else ""


def _line(row: Row, names: dict[str, str], today: date) -> ComplaintLine:
    return ComplaintLine(
        id=row.id, number=row.number, about=row.about.value, about_label=row.about.label, channel=row.channel,
        area_code=row.area_code, area=names.get(row.area_code, row.area_code), level=row.level.value,
        level_label=row.level.label, state=row.state, state_label=STATES[row.state], named=row.named,
        received_on=local_date(row.received_at).isoformat(), due=row.due.isoformat(),
        overdue=row.state == "open" and row.due < today,
    )  # fmt: skip


def _in_case(row: Row, case: Any) -> bool:
    """An objection that holds its case is answered there, by the rules of that stage."""
    return row.about is About.POSTING and case is not None and case["told"] and not case["ended"]


async def _case(tx: Transaction, row: Row) -> Any:
    if row.case_id is None:
        return None
    return await tx.fetchrow(
        f"""SELECT p.number, p.ended, {ON_CASE} AS told
            FROM complaint c JOIN process p ON p.tenant_id = c.tenant_id AND p.id = c.case_id
            WHERE c.tenant_id = $1 AND c.id = $2""",  # noqa: S608
        tx.tenant,
        row.id,
    )


async def _area_names(tx: Transaction, codes: set[str]) -> dict[str, str]:
    wanted: Sequence[str] = sorted(codes | {code[:9] + "000" for code in codes})
    rows = await tx.fetch("SELECT code, name FROM area WHERE code = ANY($1)", wanted)
    own = {row["code"]: row["name"] for row in rows}
    full = {code: own.get(code[:9] + "000", "") if not code.endswith("000") else "" for code in codes}
    return {code: f"{full[code]}{own.get(code, code)}" for code in codes}
