"""A lost receipt is made out anew at the counter: for whoever says what was left as contact; the earlier code is void.

Only those who may answer the complaint can do it, so that nobody else learns by trying who complained. What they type is
compared, never shown, and whoever has looked at the contact does not do it; five tries a day; every try is in the access log and in the complaint's own course.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core.access import access_log, public_limits
from core.access.access_log import Event as Logged
from core.access.authorizer import Actor
from core.access.masking import Sensitive
from core.access.public_limits import Limit
from core.complaints.desk import Desk
from core.complaints.forms import ComplaintReceipt, ReissueForm
from core.complaints.intake import shown
from core.complaints.parts import Parts
from core.complaints.register import ALPHABET, CODE_LENGTH, Contact, Row
from core.problems import Conflict, FieldError, Invalid, Problem
from core.storage.database import Transaction

TRIES = Limit(5, timedelta(days=1))


@dataclass(frozen=True)
class Reissuing:
    parts: Parts

    async def reissue(self, actor: Actor, complaint_id: UUID, form: ReissueForm) -> ComplaintReceipt:
        """The new receipt. Raises NotFound, Conflict (knows the contact, nobody left, gone to the province), Invalid, TooMany."""
        register, desk = self.parts.register, Desk(self.parts)
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        district = await self._district(actor, complaint_id)
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            row = await desk.mine(tx, actor, complaint_id, lock=True)
            await self._somebody_else(tx, actor, row)
            problem = await self._refusal(tx, row, form)
            await self._log(tx, actor, row, problem)
            if problem is None:
                await register.recode(tx, row, register.code_index(district, code))
        if problem is not None:
            raise problem
        return ComplaintReceipt(row.number, shown(code), row.due.isoformat(), row.level.label)

    @staticmethod
    async def _somebody_else(tx: Transaction, actor: Actor, row: Row) -> None:
        """Who has seen the contact, or took it down, could say it themself and hold the code: a colleague makes it out."""
        knows = row.received_by == actor.account_id or await tx.fetchval(
            """SELECT EXISTS (SELECT FROM complaint_event
               WHERE tenant_id = $1 AND complaint_id = $2 AND kind = 'looked' AND by = $3)""",
            tx.tenant,
            row.id,
            actor.account_id,
        )
        if knows:
            raise Conflict(
                "您看过反映人留下的称呼、电话，不能再由您补发查询码。",
                hint="请本级另一位同事核对补发；本级没有别人的，请反映人凭原来的回执查询，或者重新反映一次。",
                source="57号 37",
            )

    async def _district(self, actor: Actor, complaint_id: UUID) -> UUID:
        """Whose codes open it: a province's row is asked after in the district it came from."""
        async with self.parts.database.transaction(actor.tenant_id) as tx:
            origin = (await self.parts.register.load(tx, complaint_id)).origin
        if not origin:
            return actor.tenant_id
        async with self.parts.database.platform() as tx:
            found: UUID = await tx.fetchval("SELECT id FROM tenant WHERE code = $1", origin)
        return found

    async def _refusal(self, tx: Transaction, row: Row, form: ReissueForm) -> Problem | None:
        contact = self.parts.register.contact(tx, row)
        if row.state == "passed_up":
            return Conflict("这件已转省级，查询码由省级补发。")
        if contact is None:
            return Conflict(
                "这件是匿名反映的，没有留下是谁，不能补发。", hint="可以请反映人重新反映一次，领新的回执。"
            )
        now = self.parts.clock()
        many = await public_limits.refusal(tx, self.parts.cipher, "reissue", TRIES, str(row.id), now)
        if many is not None:
            return many
        if _same(contact, form):
            return None
        return Invalid(
            "和当时留下的对不上，没有补发。", source="57号 37",
            fields=(FieldError("name", "请核对称呼和电话；当时留下的都要说对"),),
        )  # fmt: skip

    async def _log(self, tx: Transaction, actor: Actor, row: Row, problem: Problem | None) -> None:
        now, purpose = self.parts.clock(), "当面补发查询码" if problem is None else "补发查询码，没有补发"
        await access_log.record(
            tx, now, Logged.LOOKED, account=actor.account_id, process=row.id, purpose=purpose,
            fields=[Sensitive.NAME.value, Sensitive.PHONE.value],
        )  # fmt: skip
        kind = "reissued" if problem is None else "not_reissued"
        await self.parts.register.note(tx, row.id, now, kind, actor.account_id)


def _same(contact: Contact, form: ReissueForm) -> bool:
    """Everything that was left has to be said; what was not left is not asked."""
    said = (_plain(form.name), _plain(form.phone))
    left = (_plain(contact.name), _plain(contact.phone))
    return all(
        not ours or secrets.compare_digest(ours.encode(), theirs.encode())
        for ours, theirs in zip(left, said, strict=True)
    )


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "")
