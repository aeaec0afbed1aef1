"""For whoever has a receipt: how it stands, and what they think of the answer. A wrong code is one that never was."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.clock import local_date
from core.complaints.forms import ComplaintStanding, RatingForm, Result
from core.complaints.parts import Parts, province_of
from core.complaints.raising import Raising
from core.complaints.register import Row
from core.complaints.routing import Level
from core.problems import Conflict, NotFound
from core.storage.database import Transaction

STATES = {"open": "正在核查", "answered": "已答复", "passed_up": "已转上一级"}
_TOP = "本件已由最高一级答复；仍有意见的，可以依法申请行政复议或者提起诉讼。"


@dataclass(frozen=True)
class Counter:
    parts: Parts

    async def standing(self, tenant: UUID, code: str) -> ComplaintStanding:
        """Raises NotFound, in the same words whatever was typed."""
        index = self.parts.register.code_index(tenant, code)
        async with self.parts.database.transaction(tenant) as tx:
            row = await self.parts.register.by_code(tx, index)
            if row is not None and row.state != "passed_up":
                return self._standing(tx, row, above=await province_of(tx) is not None)
            province = await _parent(tx)
        if province is not None:
            async with self.parts.database.transaction(province) as tx:
                row = await self.parts.register.by_code(tx, index)
                if row is not None:
                    return self._standing(tx, row, above=False)
        raise _unknown()

    def _standing(self, tx: Transaction, row: Row, *, above: bool) -> ComplaintStanding:
        """`above`: there is somebody above the district, too."""
        answered = row.state == "answered"
        higher = row.level is Level.TOWNSHIP or (row.level is Level.DISTRICT and above)
        return ComplaintStanding(
            number=row.number, about=row.about.label, state=row.state, state_label=STATES[row.state],
            received_on=local_date(row.received_at).isoformat(), due=row.due.isoformat(), level=row.level.label,
            outcome=Result(row.outcome).label if answered and row.outcome else "",
            reply=self.parts.register.reply(tx, row) if answered else "", rating=row.rating,
            may_rate=answered and row.rating is None,
            may_review=answered and row.rating is None and not row.reviewed and higher,
        )  # fmt: skip

    async def rate(self, tenant: UUID, form: RatingForm) -> ComplaintStanding:
        """Once for each answer. Asking for a review opens it again, one level up. Raises NotFound, Conflict."""
        index = self.parts.register.code_index(tenant, form.code)
        async with self.parts.database.transaction(tenant) as tx:
            row = await self.parts.register.by_code(tx, index, lock=True)
            if row is not None and row.state != "passed_up":
                await self._rate(tx, row, form)
            province = await _parent(tx)
        if (row is None or row.state == "passed_up") and province is not None:
            async with self.parts.database.transaction(province) as tx:
                row = await self.parts.register.by_code(tx, index, lock=True)
                if row is not None:
                    await self._rate(tx, row, form)
        return await self.standing(tenant, form.code)

    async def _rate(self, tx: Transaction, row: Row, form: RatingForm) -> None:
        if row.state != "answered" or row.rating is not None:
            raise Conflict(
                "还没有新的答复可以评价，或者已经评价过了。", hint="请先用查询码看看现在办到哪一步。"
            )
        review = form.review and not row.reviewed
        await tx.execute(
            """UPDATE complaint SET rating = $3, reviewed = reviewed OR $4 WHERE tenant_id = $1 AND id = $2""",
            tx.tenant, row.id, int(form.rating), review,
        )  # fmt: skip
        await self.parts.register.note(tx, row.id, self.parts.clock(), "rated", None, form.rating)
        if review and await Raising(self.parts).up(tx, row, "review_asked") is row.level:
            raise Conflict(_TOP)


async def _parent(tx: Transaction) -> UUID | None:
    found: UUID | None = await tx.fetchval("SELECT parent_id FROM tenant WHERE id = $1", tx.tenant)
    return found


def _unknown() -> NotFound:
    return NotFound(
        "没有查到这个查询码。",
        hint="请对照受理回执再输一遍；回执丢了的，请本人到答复的单位，报编号和当时留下的称呼、电话，当面补发。",
    )
