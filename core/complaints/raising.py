"""One level up: overdue, handed on, or to be looked at again. What is above the district lies in the province's own register.

    township ──up──▶ district ──up──▶ province, on its way: nobody of the district sees or answers it any more
                                      └─carry─▶ in the province's register, `passed_up` in the district's

`up` settles it under the row's lock, so that an answer given meanwhile wins or comes too late, never both; `carry` is a
job of its own and may run twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.clock import local_date
from core.complaints import attachments
from core.complaints.concerned import Accused
from core.complaints.parts import FOLLOW, Parts, province_of
from core.complaints.register import New, Row
from core.complaints.routing import Level
from core.storage.database import Transaction
from core.storage.outbox import enqueue


@dataclass(frozen=True)
class Raising:
    parts: Parts

    async def up(self, tx: Transaction, row: Row, kind: str, by: UUID | None = None, note: str = "") -> Level:
        """To the next level above that has somebody to answer; the same level as before: there is none above.

        The caller holds the row's lock. `note` is what the course of the complaint says of it; the new level, if empty.
        """
        now, accused = self.parts.clock(), Accused(row.accused_accounts, row.accused_persons)
        level = await self.parts.with_somebody(tx, accused, row.level.above, row.area_code, now)
        if level is Level.PROVINCE and (row.origin or await province_of(tx) is None):
            level = Level.DISTRICT
        if not level.outranks(row.level):
            return row.level
        due = await self.parts.due(tx, row.about, local_date(now))
        await self.parts.register.raise_to(tx, row, level, due)
        await self.parts.register.note(tx, row.id, now, kind, by, note or level.value)
        if level is Level.PROVINCE:
            await send_on(tx, row.id)
        return level

    async def carry(self, tenant: UUID, complaint_id: UUID) -> None:
        """Into the province's register first, then out of the district's: repeated, it is done once."""
        async with self.parts.database.transaction(tenant) as tx:
            row, above = await self.parts.register.load(tx, complaint_id), await province_of(tx)
            if above is None or not on_its_way(row):
                return
            new = New(
                row.id, row.number, row.about, row.channel, row.area_code, Level.PROVINCE, self.parts.register.body(tx, row),
                self.parts.register.contact(tx, row), row.received_at, row.due, row.code_index, origin=above[1],
            )  # fmt: skip
            files = await self._files(tx, row)
        now = self.parts.clock()
        async with self.parts.database.transaction(above[0]) as tx:
            if await self.parts.register.find(tx, row.id) is None:
                await self.parts.register.put(tx, new)
                await attachments.keep(tx, self.parts.objects, self.parts.cipher, row.id, files)
                await self.parts.register.note(tx, row.id, now, "passed_up", None, Level.PROVINCE.value)
        async with self.parts.database.transaction(tenant) as tx:
            left = await tx.fetchval(
                """UPDATE complaint SET state = 'passed_up' WHERE tenant_id = $1 AND id = $2 AND state = 'open'
                   RETURNING id""",
                tx.tenant,
                row.id,
            )
            if left is not None:
                await self.parts.register.note(tx, row.id, now, "passed_up", None)

    async def _files(self, tx: Transaction, row: Row) -> list[bytes]:
        return [
            (await attachments.read(tx, self.parts.objects, self.parts.cipher, row.id, n))[0]
            for n in range(await attachments.count(tx, row.id))
        ]


def on_its_way(row: Row) -> bool:
    """Already the province's, and not yet in its register."""
    return row.state == "open" and row.level is Level.PROVINCE and not row.origin


async def send_on(tx: Transaction, complaint_id: UUID) -> None:
    """Has it carried once this transaction stands; while one waits or runs, no second job is queued."""
    payload: dict[str, Any] = {"tenant": str(tx.tenant), "complaint": str(complaint_id)}
    await enqueue(tx, FOLLOW, payload, key=f"{complaint_id}:up")
