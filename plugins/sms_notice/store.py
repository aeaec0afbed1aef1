"""Messages, opt-outs and wordings as stored. Every statement names the tenant; phone and text are sealed by the caller.

queued ─▶ sending ─▶ sent ─▶ delivered | failed
  ^          ├────▶ refused          the gateway will never take it
  └──────────┴────▶ failed           no answer, `ATTEMPTS` times
skipped: never to be sent, with the reason
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from core.sdk import Transaction

if TYPE_CHECKING:
    from asyncpg import Record

State = Literal["queued", "sending", "sent", "delivered", "failed", "refused", "skipped"]

STATES: Mapping[str, str] = {
    "queued": "等待发送",
    "sending": "正在发送",
    "sent": "已交运营商",
    "delivered": "已送达",
    "failed": "没有送达",
    "refused": "被拒绝",
    "skipped": "未发送",
}

LEASE = timedelta(minutes=2)
"""How long a message that is being sent belongs to whoever sends it; after that it is sent again under the same key."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notice to one person. `phone` and `body` are sealed; `not_before` is when it may be tried (next)."""

    id: UUID
    event_id: UUID
    person_id: UUID
    notice: str
    wording_version: int
    process_id: UUID
    area_code: str
    phone: bytes
    phone_index: bytes
    body: bytes
    segments: int
    state: State
    detail: str
    created_at: datetime
    not_before: datetime
    expires_at: datetime
    attempts: int = 0
    resends: int = 0
    reference: str = ""
    sent_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        """What the gateway knows it by: the same at every try; another one only after an officer said "again"."""
        return f"{self.id}-{self.resends}"


_COLUMNS = (
    "id, event_id, person_id, notice, wording_version, process_id, area_code, phone, phone_index, body, segments,"
    " state, detail, created_at, not_before, expires_at, attempts, resends, reference, sent_at, ended_at"
)


def message(row: Record) -> Message:
    return Message(**{name.strip(): row[name.strip()] for name in _COLUMNS.split(",")})


async def add(tx: Transaction, new: Message) -> bool:
    """Keep it, unless this event already caused this notice to this person. True when it was new."""
    added = await tx.fetchval(
        """INSERT INTO sms_notice_message (tenant_id, id, event_id, person_id, notice, wording_version, process_id,
               area_code, phone, phone_index, body, segments, state, detail, created_at, not_before, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
           ON CONFLICT DO NOTHING RETURNING id""",
        *(tx.tenant, new.id, new.event_id, new.person_id, new.notice, new.wording_version, new.process_id),
        *(new.area_code, new.phone, new.phone_index, new.body, new.segments, new.state, new.detail),
        *(new.created_at, new.not_before, new.expires_at),
    )
    return added is not None


async def known(tx: Transaction, event_id: UUID) -> bool:
    """Whether this event has caused a notice already."""
    found = "SELECT EXISTS (SELECT FROM sms_notice_message WHERE tenant_id = $1 AND event_id = $2)"
    return bool(await tx.fetchval(found, tx.tenant, event_id))


async def find(tx: Transaction, message_id: UUID, *, lock: bool = False) -> Message | None:
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM sms_notice_message WHERE tenant_id = $1 AND id = $2"  # noqa: S608 - our own columns
        + (" FOR UPDATE" if lock else ""),
        tx.tenant,
        message_id,
    )
    return None if row is None else message(row)


async def begin(tx: Transaction, message_id: UUID, now: datetime) -> None:
    """It is being sent: nobody else takes it before the lease is over."""
    await tx.execute(
        """UPDATE sms_notice_message SET state = 'sending', attempts = attempts + 1, not_before = $3, detail = ''
           WHERE tenant_id = $1 AND id = $2""",
        tx.tenant,
        message_id,
        now + LEASE,
    )


async def accepted(tx: Transaction, sent: Message, reference: str, now: datetime) -> None:
    """The gateway has it. A receipt that was faster than we are keeps its word; so does an officer's "again"."""
    await tx.execute(
        """UPDATE sms_notice_message SET reference = $3, sent_at = $4, state = CASE WHEN state = 'sending' THEN 'sent' ELSE state END
           WHERE tenant_id = $1 AND id = $2 AND resends = $5""",
        *(tx.tenant, sent.id, reference, now, sent.resends),
    )


async def again_later(tx: Transaction, sent: Message, detail: str, not_before: datetime) -> None:
    await tx.execute(
        """UPDATE sms_notice_message SET state = 'queued', detail = $3, not_before = $4
           WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'sending') AND resends = $5""",
        *(tx.tenant, sent.id, detail, not_before, sent.resends),
    )


async def end(tx: Transaction, ended: Message, state: State, detail: str, now: datetime) -> None:
    """Over, one way or the other. A message that was delivered stays so."""
    await tx.execute(
        """UPDATE sms_notice_message SET state = $3, detail = $4, ended_at = $5
           WHERE tenant_id = $1 AND id = $2 AND state <> 'delivered' AND resends = $6""",
        *(tx.tenant, ended.id, state, detail, now, ended.resends),
    )


async def restart(tx: Transaction, again: Message) -> None:
    """An officer sends it again, to the phone that is on file now: a new key, all tries again."""
    await tx.execute(
        """UPDATE sms_notice_message SET state = 'queued', detail = '', attempts = 0, resends = resends + 1,
               reference = '', phone = $3, phone_index = $4, not_before = $5, expires_at = $6, sent_at = NULL, ended_at = NULL
           WHERE tenant_id = $1 AND id = $2""",
        *(tx.tenant, again.id, again.phone, again.phone_index, again.not_before, again.expires_at),
    )


async def due(tx: Transaction, now: datetime, limit: int = 500) -> Sequence[UUID]:
    """What waits to be tried, and what was left in the middle of sending; the longest waiting first."""
    rows = await tx.fetch(
        """SELECT id FROM sms_notice_message
           WHERE tenant_id = $1 AND state IN ('queued', 'sending') AND not_before <= $2
           ORDER BY not_before LIMIT $3""",
        *(tx.tenant, now, limit),
    )
    return [row["id"] for row in rows]


async def spent(tx: Transaction, since: datetime) -> int:
    """Segments handed to the gateway since then."""
    found = "SELECT coalesce(sum(segments), 0) FROM sms_notice_message WHERE tenant_id = $1 AND sent_at >= $2"
    return int(await tx.fetchval(found, tx.tenant, since))


async def of_process(tx: Transaction, process_id: UUID) -> Sequence[Message]:
    """The notices about one case, newest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM sms_notice_message"  # noqa: S608 - our own columns
        " WHERE tenant_id = $1 AND process_id = $2 ORDER BY created_at DESC, id",
        tx.tenant,
        process_id,
    )
    return [message(row) for row in rows]


async def opt_out(tx: Transaction, phone_index: bytes, by: str, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO sms_notice_opt_out (tenant_id, phone_index, since, by) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        *(tx.tenant, phone_index, now, by),
    )


async def opt_in(tx: Transaction, phone_index: bytes) -> None:
    await tx.execute(
        "DELETE FROM sms_notice_opt_out WHERE tenant_id = $1 AND phone_index = $2", tx.tenant, phone_index
    )


async def opted_out(tx: Transaction, phone_index: bytes) -> bool:
    found = "SELECT EXISTS (SELECT FROM sms_notice_opt_out WHERE tenant_id = $1 AND phone_index = $2)"
    return bool(await tx.fetchval(found, tx.tenant, phone_index))
