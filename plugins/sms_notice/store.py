"""Messages and opt-outs as stored. Every statement names the tenant; phone and text are sealed by the caller.

queued ─▶ sending ─▶ sent ─▶ delivered | failed
  ^          ├────▶ refused          no channel will ever take it
  └──────────┴────▶ failed           no answer, `ATTEMPTS` times
skipped: never to be sent, with the reason
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from core.sdk import Transaction

if TYPE_CHECKING:
    from asyncpg import Record

State = Literal["queued", "sending", "sent", "delivered", "failed", "refused", "skipped"]

STATES: Mapping[str, str] = {
    "queued": "等待发送",
    "sending": "正在发送",
    "sent": "已发出",
    "delivered": "已送达",
    "failed": "没有送达",
    "refused": "被拒绝",
    "skipped": "未发送",
}

NOBODY = UUID(int=0)
"""Person and case of news of a complaint: kept as NULL, and as no area, so that no list of an area finds them."""

LEASE = timedelta(minutes=1)
"""How long a message that is being sent belongs to whoever sends it; then it is in doubt."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notice to one person. `phone` and `body` are sealed; `not_before` is when it may be tried (next).

    `channel` has it or had it last; `reserved` is the month whose cap it counts for; `heard_at` when a gateway last
    reported on it; `read_at` when the person saw it in the platform.
    """

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
    channel: str = ""
    reserved: date | None = None
    begun_at: datetime | None = None
    heard_at: datetime | None = None
    read_at: datetime | None = None

    @property
    def key(self) -> str:
        """What the gateway knows it by: the same at every try; another one only after an officer said "again"."""
        return f"{self.id}-{self.resends}"


_COLUMNS = (
    "id, event_id, person_id, notice, wording_version, process_id, area_code, phone, phone_index, body, segments,"
    " state, detail, created_at, not_before, expires_at, attempts, resends, reference, sent_at, ended_at,"
    " channel, reserved, begun_at, heard_at, read_at"
)


def message(row: Record) -> Message:
    kept = {name.strip(): row[name.strip()] for name in _COLUMNS.split(",")}
    return Message(**kept | {name: kept[name] or NOBODY for name in ("person_id", "process_id")})


async def add(tx: Transaction, new: Message) -> bool:
    """Keep it, unless this event already caused this notice to this person. True when it was new."""
    added = await tx.fetchval(
        """INSERT INTO sms_notice_message (tenant_id, id, event_id, person_id, notice, wording_version, process_id,
               area_code, phone, phone_index, body, segments, state, detail, created_at, not_before, expires_at)
           VALUES ($1, $2, $3, nullif($4::uuid, $18::uuid), $5, $6, nullif($7::uuid, $18::uuid), $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
           ON CONFLICT DO NOTHING RETURNING id""",
        *(tx.tenant, new.id, new.event_id, new.person_id, new.notice, new.wording_version, new.process_id),
        *(new.area_code, new.phone, new.phone_index, new.body, new.segments, new.state, new.detail),
        *(new.created_at, new.not_before, new.expires_at, NOBODY),
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


async def claimable(
    tx: Transaction, now: datetime, again_at: Sequence[str], limit: int, first: UUID | None = None
) -> Sequence[Message]:
    """What waits to be tried, the longest waiting first, locked; `first` before the others. What others hold is left out.

    Messages left in the middle of sending come before those where their channel (`again_at`) drops what it has had. One
    statement for each state: so each walks its own part of the index and stops at the limit, however long the queue is.
    """
    found: dict[UUID, Message] = {}
    for where, values in (
        ("id = $3 AND state = 'queued'", (first,)),
        ("state = 'sending' AND channel = ANY($3)", (["", *again_at],)),
        ("state = 'queued' AND $3", (True,)),
    ):
        if len(found) < limit and values != (None,):
            rows = await tx.fetch(
                f"""SELECT {_COLUMNS} FROM sms_notice_message WHERE tenant_id = $1 AND not_before <= $2 AND {where}
                    ORDER BY not_before LIMIT $4 FOR UPDATE SKIP LOCKED""",  # noqa: S608 - our own columns
                *(tx.tenant, now, *values, limit - len(found)),
            )
            found |= {row["id"]: message(row) for row in rows}
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Begin:
    """A message about to be handed to a channel; `reserved` the month its cost is reserved in."""

    message: Message
    channel: str
    reserved: date | None
    first: bool = True


async def begin(tx: Transaction, begun: Sequence[Begin], now: datetime) -> None:
    """They are being sent: nobody else takes them before the lease is over."""
    await tx.execute(
        """UPDATE sms_notice_message m SET state = 'sending', channel = v.channel, reserved = v.reserved,
               attempts = m.attempts + v.one, not_before = $7, begun_at = $6, detail = ''
           FROM unnest($2::uuid[], $3::text[], $4::date[], $5::int[]) AS v (id, channel, reserved, one)
           WHERE m.tenant_id = $1 AND m.id = v.id""",
        tx.tenant, [b.message.id for b in begun], [b.channel for b in begun], [b.reserved for b in begun],
        [int(b.first) for b in begun], now, now + LEASE,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try. `detail` is kept with it; `frees`: it surely was not taken and costs nothing."""

    message: Message
    state: State
    detail: str = ""
    reference: str = ""
    not_before: datetime | None = None
    frees: bool = False


async def settle(tx: Transaction, outcomes: Sequence[Outcome], now: datetime) -> Mapping[date, int]:
    """Record what became of tries. Gives the segments that cost nothing after all, by the month they were reserved in.

    A report that was faster than we are keeps its word; so does an officer's "again".
    """
    freed = await tx.fetch(
        """WITH v AS (
               SELECT * FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::bool[])
                   AS v (id, resends, state, detail, reference, not_before, frees)),
           old AS (
               SELECT m.id, m.segments, m.reserved, m.state FROM sms_notice_message m JOIN v USING (id)
               WHERE m.tenant_id = $1 AND m.resends = v.resends ORDER BY m.id FOR UPDATE OF m),
           done AS (
               UPDATE sms_notice_message m SET
                   reference = CASE WHEN v.reference <> '' THEN v.reference ELSE m.reference END,
                   sent_at = CASE WHEN v.state IN ('sent', 'delivered') THEN coalesce(m.sent_at, $9) ELSE m.sent_at END,
                   state = CASE WHEN open THEN v.state ELSE m.state END,
                   detail = CASE WHEN open THEN v.detail ELSE m.detail END,
                   not_before = CASE WHEN open THEN coalesce(v.not_before, m.not_before) ELSE m.not_before END,
                   ended_at = CASE WHEN open AND v.state NOT IN ('queued', 'sending', 'sent') THEN $9 ELSE m.ended_at END,
                   reserved = CASE WHEN open AND v.frees THEN NULL ELSE m.reserved END
               FROM v JOIN old USING (id), LATERAL (SELECT old.state IN ('queued', 'sending') AS open) AS o
               WHERE m.tenant_id = $1 AND m.id = v.id
               RETURNING old.reserved AS month, CASE WHEN open AND v.frees THEN old.segments ELSE 0 END AS freed)
           SELECT month, sum(freed)::int AS freed FROM done WHERE month IS NOT NULL AND freed > 0 GROUP BY month""",
        tx.tenant, [o.message.id for o in outcomes], [o.message.resends for o in outcomes], [o.state for o in outcomes],
        [o.detail for o in outcomes], [o.reference for o in outcomes], [o.not_before for o in outcomes],
        [o.frees for o in outcomes], now,
    )  # fmt: skip
    return {row["month"]: row["freed"] for row in freed}


@dataclass(frozen=True, slots=True)
class Heard:
    """A gateway's report on a message: `resends` is the second half of its key."""

    message_id: UUID
    resends: int
    state: State
    code: str


async def reported(tx: Transaction, reports: Sequence[Heard], now: datetime) -> Sequence[bool]:
    """Gateways' reports, in the order they came: only forward, and `delivered` stays. Which of them counts now.

    Of several on one message the first that ends it counts, else the first: as if they had been filed one by one. Rows are
    locked in one order everywhere, so that nobody waits in a ring.
    """
    last: dict[tuple[UUID, int], int] = {}
    for n, report in enumerate(reports):
        key = (report.message_id, report.resends)
        if key not in last or (reports[last[key]].state == "sent" and report.state != "sent"):
            last[key] = n
    counting = [(n, reports[n]) for n in last.values()]
    rows = await tx.fetch(
        """WITH v AS (
               SELECT * FROM unnest($2::int[], $3::uuid[], $4::int[], $5::text[], $6::text[])
                   AS v (n, id, resends, state, code)),
           held AS (
               SELECT m.id FROM sms_notice_message m
               WHERE m.tenant_id = $1 AND m.id = ANY($3) ORDER BY m.id FOR UPDATE)
           UPDATE sms_notice_message m SET state = v.state, detail = v.code, heard_at = $7,
               sent_at = coalesce(m.sent_at, $7), ended_at = CASE WHEN v.state = 'sent' THEN NULL ELSE $7::timestamptz END
           FROM v JOIN held USING (id)
           WHERE m.tenant_id = $1 AND m.id = v.id AND m.resends = v.resends
             AND (m.state IN ('queued', 'sending') AND m.attempts > 0 OR m.state = 'sent' AND v.state <> 'sent')
           RETURNING v.n""",
        tx.tenant, [n for n, _ in counting], [r.message_id for _, r in counting], [r.resends for _, r in counting],
        [r.state for _, r in counting], [r.code for _, r in counting], now,
    )  # fmt: skip
    changed = {row["n"] for row in rows}
    return [n in changed for n in range(len(reports))]


async def restart(tx: Transaction, again: Message) -> None:
    """An officer sends it again, to the phone that is on file now: a new key, all tries again."""
    await tx.execute(
        """UPDATE sms_notice_message SET state = 'queued', detail = '', attempts = 0, resends = resends + 1,
               reference = '', phone = $3, phone_index = $4, not_before = $5, expires_at = $6, sent_at = NULL, ended_at = NULL,
               channel = '', reserved = NULL, begun_at = NULL, heard_at = NULL
           WHERE tenant_id = $1 AND id = $2""",
        *(tx.tenant, again.id, again.phone, again.phone_index, again.not_before, again.expires_at),
    )


async def waiting(tx: Transaction, now: datetime) -> bool:
    """Whether anything is due."""
    found = """SELECT EXISTS (SELECT FROM sms_notice_message WHERE tenant_id = $1 AND state = 'queued' AND not_before <= $2)
                   OR EXISTS (SELECT FROM sms_notice_message WHERE tenant_id = $1 AND state = 'sending' AND not_before <= $2)"""
    return bool(await tx.fetchval(found, tx.tenant, now))


async def of_process(tx: Transaction, process_id: UUID) -> Sequence[Message]:
    """The notices about one case, newest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM sms_notice_message"  # noqa: S608 - our own columns
        " WHERE tenant_id = $1 AND process_id = $2 ORDER BY created_at DESC, id",
        tx.tenant,
        process_id,
    )
    return [message(row) for row in rows]


async def of_person(tx: Transaction, person: UUID, limit: int) -> Sequence[Message]:
    """What a person was told, newest first, by whatever way; not what was never to be sent."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM sms_notice_message
            WHERE tenant_id = $1 AND person_id = $2 AND state <> 'skipped' ORDER BY created_at DESC, id LIMIT $3""",  # noqa: S608
        *(tx.tenant, person, limit),
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


async def opted_out_among(tx: Transaction, phones: Sequence[bytes]) -> frozenset[bytes]:
    rows = await tx.fetch(
        "SELECT phone_index FROM sms_notice_opt_out WHERE tenant_id = $1 AND phone_index = ANY($2)",
        tx.tenant,
        list(phones),
    )
    return frozenset(row["phone_index"] for row in rows)
