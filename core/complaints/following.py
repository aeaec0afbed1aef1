"""What follows by itself: the case learns that it is complained of or objected to; who is not answered in time goes one level up.

complaint_follow ─▶ a household's case: noted, so that the district must visit it (57号 20)
                 ─▶ a posting's case: the objection holds it, with the papers that came (57号 19)
every night      ─▶ overdue: township → district → the province's register
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from core.access.authorizer import Actor, Grant
from core.clock import local_date
from core.complaints import attachments
from core.complaints.intake import Parts
from core.complaints.register import COLUMNS, New, Row, row_of
from core.complaints.routing import About, Level
from core.kernel import store
from core.kernel.engine import Engine
from core.problems import Conflict, Refused
from core.registry import evidence
from core.storage.database import Transaction

_TITLE = "投诉举报登记"


@dataclass(frozen=True)
class Following:
    parts: Parts
    engine: Engine

    async def follow(self, payload: Mapping[str, Any]) -> None:
        """Idempotent: what the case was told is noted in the same transaction."""
        async with self.parts.database.transaction(UUID(payload["tenant"])) as tx:
            row = await self.parts.register.load(tx, UUID(payload["complaint"]), lock=True)
            if row.case_id is None:
                return
            if row.about is About.POSTING:
                await self._hold(tx, row)
            else:
                await self._tell(tx, row)

    async def _tell(self, tx: Transaction, row: Row) -> None:
        assert row.case_id is not None
        step = row.outcome or "received"
        if await _told(tx, row, step):
            return
        if (await store.load(tx, row.case_id)).ended:
            return
        form = {"number": row.number, "outcome": row.outcome}
        await self.engine.act_in(
            tx, _service(tx, row), row.case_id, "note_complaint", form, expected_version=None
        )
        await self.parts.register.note(tx, row.id, self.parts.clock(), "case_told", None, step)

    async def _hold(self, tx: Transaction, row: Row) -> None:
        """Where the posting no longer hangs, or holds the case already, the township answers in the register."""
        assert row.case_id is not None
        if row.state != "open" or await _told(tx, row, "received"):
            return
        actor, now = _service(tx, row), self.parts.clock()
        body = self.parts.register.body(tx, row)
        hashes = []
        for position in range(await attachments.count(tx, row.id)):
            data, _ = await attachments.read(tx, self.parts.objects, self.parts.cipher, row.id, position)
            hashes.append((await evidence.put(tx, self.parts.objects, data, actor.account_id, now)).sha256)
        form = {"channel": row.channel, "content": body.content, "papers": hashes}
        try:
            async with tx.savepoint():
                await self.engine.act_in(
                    tx, actor, row.case_id, "record_objection", form, expected_version=None
                )
        except (Conflict, Refused):
            return
        await self.parts.register.note(tx, row.id, now, "case_told", None, "received")

    async def escalate(self, tx: Transaction) -> list[Row]:
        """Raise what is overdue in the transaction's tenant; returns what has to go to the province."""
        now = self.parts.clock()
        today = local_date(now)
        rows = await tx.fetch(
            f"SELECT {COLUMNS} FROM complaint WHERE tenant_id = $1 AND state = 'open' AND due < $2"  # noqa: S608
            " ORDER BY due, number FOR UPDATE SKIP LOCKED",
            tx.tenant,
            today,
        )
        leaving = []
        for row in map(row_of, rows):
            if row.level is Level.TOWNSHIP:
                due = await self.parts.due(tx, row.about, today)
                await self.parts.register.raise_to(tx, row, Level.DISTRICT, due)
                await self.parts.register.note(tx, row.id, now, "overdue", None, Level.DISTRICT.value)
            elif row.level is Level.DISTRICT and row.about is not About.POSTING:
                leaving.append(row)
        return leaving

    async def pass_up(self, tenant: UUID, row: Row) -> None:
        """Into the province's register first, then out of the district's hands: repeated, it is done once."""
        async with self.parts.database.transaction(tenant) as tx:
            above = await tx.fetchrow(
                "SELECT t.parent_id, t.code FROM tenant t WHERE t.id = $1 AND t.parent_id IS NOT NULL", tenant
            )
            if above is None:
                return
            body, contact = self.parts.register.body(tx, row), self.parts.register.contact(tx, row)
            files = [
                (await attachments.read(tx, self.parts.objects, self.parts.cipher, row.id, n))[0]
                for n in range(await attachments.count(tx, row.id))
            ]
        now = self.parts.clock()
        async with self.parts.database.transaction(above["parent_id"]) as tx:
            if await self.parts.register.find(tx, row.id) is None:
                due = await self.parts.due(tx, row.about, local_date(now))
                new = New(
                    row.id, row.number, row.about, row.channel, row.area_code, Level.PROVINCE, body, contact,
                    row.received_at, due, row.code_index, origin=above["code"],
                )  # fmt: skip
                await self.parts.register.put(tx, new)
                await attachments.keep(tx, self.parts.objects, self.parts.cipher, row.id, files)
                await self.parts.register.note(tx, row.id, now, "overdue", None, Level.PROVINCE.value)
        async with self.parts.database.transaction(tenant) as tx:
            await tx.execute(
                "UPDATE complaint SET state = 'passed_up' WHERE tenant_id = $1 AND id = $2 AND state = 'open'",
                tx.tenant,
                row.id,
            )
            await self.parts.register.note(tx, row.id, now, "passed_up", None)


async def _told(tx: Transaction, row: Row, step: str) -> bool:
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM complaint_event
           WHERE tenant_id = $1 AND complaint_id = $2 AND kind = 'case_told' AND note = $3)""",
        tx.tenant,
        row.id,
        step,
    )
    return found


def _service(tx: Transaction, row: Row) -> Actor:
    assert tx.tenant is not None
    account = uuid5(NAMESPACE_URL, f"zhunbao:{tx.tenant}:service:complaints")
    grant = Grant("service", row.area_code[:6].ljust(12, "0"))
    return Actor(tx.tenant, account, _TITLE, (grant,), is_service=True)
