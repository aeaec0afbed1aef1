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
from core.complaints.answering import ON_CASE
from core.complaints.parts import Parts
from core.complaints.raising import Raising, on_its_way, send_on
from core.complaints.register import COLUMNS, Row, row_of
from core.complaints.routing import About, Level
from core.kernel import store
from core.kernel.engine import Engine
from core.problems import Conflict, Refused
from core.registry import evidence
from core.stages.supervision import unnamed
from core.storage.database import Transaction

_TITLE = "投诉举报登记"


@dataclass(frozen=True)
class Following:
    parts: Parts
    engine: Engine

    async def follow(self, payload: Mapping[str, Any]) -> None:
        """Idempotent: what the case was told is noted in the same transaction."""
        tenant, complaint = UUID(payload["tenant"]), UUID(payload["complaint"])
        async with self.parts.database.transaction(tenant) as tx:
            row = await self.parts.register.load(tx, complaint)
        if on_its_way(row):
            await Raising(self.parts).carry(tenant, complaint)
        elif row.origin:
            await self._answered_above(row)
        async with self.parts.database.transaction(tenant) as tx:
            row = await self.parts.register.load(tx, complaint, lock=True)
            if row.case_id is None or row.state == "passed_up":
                return
            if row.about is About.POSTING:
                await self._hold(tx, row)
            else:
                await self._tell(tx, row)

    async def _answered_above(self, row: Row) -> None:
        """The district hears that it was answered, not what: a posting it holds may end (`core.complaints.holding`)."""
        async with self.parts.database.platform() as tx:
            district = await tx.fetchval("SELECT id FROM tenant WHERE code = $1", row.origin)
        if row.state != "answered" or district is None:
            return
        async with self.parts.database.transaction(district) as tx:
            own = await self.parts.register.find(tx, row.id, lock=True)
            if own is not None and not await _told(tx, own, row.outcome, "answered_above"):
                await self.parts.register.note(
                    tx, own.id, self.parts.clock(), "answered_above", None, row.outcome
                )

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
        body, contact = self.parts.register.body(tx, row), self.parts.register.contact(tx, row)
        content = unnamed(body.content, contact.name, contact.phone) if contact else body.content
        hashes = []
        for position in range(await attachments.count(tx, row.id)):
            data, _ = await attachments.read(tx, self.parts.objects, self.parts.cipher, row.id, position)
            hashes.append((await evidence.put(tx, self.parts.objects, data, actor.account_id, now)).sha256)
        form = {"channel": row.channel, "content": content, "papers": hashes}
        try:
            async with tx.savepoint():
                await self.engine.act_in(
                    tx, actor, row.case_id, "record_objection", form, expected_version=None
                )
        except (Conflict, Refused):
            return
        await self.parts.register.note(tx, row.id, now, "case_told", None, "received")

    async def escalate(self, tx: Transaction) -> None:
        """Raise what is overdue in the transaction's tenant. What the province should have by now is sent on once more.

        At the district an objection stays where its case answers it: that stage has deadlines of its own.
        """
        raising, today = Raising(self.parts), local_date(self.parts.clock())
        rows = await tx.fetch(
            f"""SELECT {COLUMNS}, {ON_CASE} AS on_case FROM complaint c
                WHERE tenant_id = $1 AND state = 'open' AND due < $2
                ORDER BY due, number FOR UPDATE SKIP LOCKED""",  # noqa: S608
            tx.tenant,
            today,
        )
        for found in rows:
            row = row_of(found)
            if on_its_way(row):
                await send_on(tx, row.id)
            elif row.level is Level.TOWNSHIP or not (row.about is About.POSTING and found["on_case"]):
                await raising.up(tx, row, "overdue")


async def _told(tx: Transaction, row: Row, step: str, kind: str = "case_told") -> bool:
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM complaint_event
           WHERE tenant_id = $1 AND complaint_id = $2 AND kind = $4 AND note = $3)""",
        tx.tenant,
        row.id,
        step,
        kind,
    )
    return found


def _service(tx: Transaction, row: Row) -> Actor:
    assert tx.tenant is not None
    account = uuid5(NAMESPACE_URL, f"zhunbao:{tx.tenant}:service:complaints")
    grant = Grant("service", row.area_code[:6].ljust(12, "0"))
    return Actor(tx.tenant, account, _TITLE, (grant,), is_service=True)
