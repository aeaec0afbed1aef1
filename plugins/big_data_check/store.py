"""Requests and their queries as stored. Every function works inside the caller's transaction and its tenant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from core.sdk import NotFound, Transaction
from core.sdk.verification import Result, Source

RequestState = Literal["asking", "waiting", "answered", "closed"]
QueryState = Literal["due", "later", "answered"]

STATE_LABELS = {"asking": "正在查询", "waiting": "有来源未答复", "answered": "已全部答复", "closed": "已结束"}


@dataclass(frozen=True, slots=True)
class Request:
    """One "request_verification" of a case. `seq` is its journal row, `number` counts within the case."""

    id: UUID
    process_id: UUID
    seq: int
    number: int
    case_number: str
    title: str
    area_code: str
    authorisation: str
    purpose: str
    asked_at: datetime
    state: RequestState = "asking"
    rounds: int = 0
    next_at: datetime | None = None
    open_findings: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """One person at one source. `sealed` holds the records found; only `answered` has a final `result`.

    `generation` goes up with every delivery that makes it due again; `channel`, `answered_by` and `delivery_id` are
    whose answer it is.
    """

    id: UUID
    request_id: UUID
    person_id: UUID
    source: Source
    place: int
    state: QueryState = "due"
    result: Result = Result.UNAVAILABLE
    as_of: date | None = None
    reason: str = ""
    note: str = ""
    ticket: str = ""
    attempts: int = 0
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    sealed: bytes | None = None
    generation: int = 0
    channel: str = ""
    answered_by: str = ""
    delivery_id: UUID | None = None

    @property
    def silent(self) -> bool:
        return self.state != "answered"

    @property
    def needs_note(self) -> bool:
        """ "No data" is a person's to explain before anything can be confirmed."""
        return self.result is Result.NO_DATA and not self.note.strip()


_REQUEST = ", ".join(Request.__dataclass_fields__)
_QUERY = ", ".join(Query.__dataclass_fields__)


def request_of(row: Any) -> Request:
    return Request(**dict(row))


def query_of(row: Any) -> Query:
    fields = dict(row)
    fields["source"], fields["result"] = Source(fields["source"]), Result(fields["result"])
    fields["sealed"] = None if fields["sealed"] is None else bytes(fields["sealed"])
    return Query(**fields)


async def add(tx: Transaction, request: Request, queries: Iterable[Query]) -> bool:
    """Store a new request; False when this journal row has one already (the event came twice)."""
    names = list(Request.__dataclass_fields__)
    marks = ", ".join(f"${n}" for n in range(2, len(names) + 2))
    added = await tx.fetchval(
        f"""INSERT INTO big_data_check_request (tenant_id, {_REQUEST}) VALUES ($1, {marks})
            ON CONFLICT (tenant_id, process_id, seq) DO NOTHING RETURNING true""",  # noqa: S608
        tx.tenant,
        *(getattr(request, name) for name in names),
    )
    if not added:
        return False
    await tx.executemany(
        """INSERT INTO big_data_check_query (tenant_id, id, request_id, person_id, source, place, state, result, reason,
                                             note, answered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        [
            (tx.tenant, q.id, q.request_id, q.person_id, q.source.value, q.place, q.state, q.result.value, q.reason,
             q.note, q.answered_at)
            for q in queries
        ],
    )  # fmt: skip
    return True


async def next_number(tx: Transaction, process_id: UUID) -> int:
    found: int = await tx.fetchval(
        "SELECT coalesce(max(number), 0) + 1 FROM big_data_check_request WHERE tenant_id = $1 AND process_id = $2",
        tx.tenant,
        process_id,
    )
    return found


async def of_process(tx: Transaction, process_id: UUID) -> list[Request]:
    """Every request of a case, the newest first."""
    rows = await tx.fetch(
        f"""SELECT {_REQUEST} FROM big_data_check_request WHERE tenant_id = $1 AND process_id = $2
            ORDER BY number DESC""",  # noqa: S608
        tx.tenant,
        process_id,
    )
    return [request_of(row) for row in rows]


async def latest(tx: Transaction, process_id: UUID) -> Request | None:
    found = await of_process(tx, process_id)
    return found[0] if found else None


async def load(tx: Transaction, request_id: UUID, *, lock: bool = False) -> Request:
    """Raises NotFound. `lock` holds the request until the transaction ends."""
    row = await tx.fetchrow(
        f"""SELECT {_REQUEST} FROM big_data_check_request WHERE tenant_id = $1 AND id = $2
            {"FOR UPDATE" if lock else ""}""",  # noqa: S608
        tx.tenant,
        request_id,
    )
    if row is None:
        raise NotFound("没有找到这次核对")
    return request_of(row)


async def queries(tx: Transaction, request_id: UUID) -> list[Query]:
    rows = await tx.fetch(
        f"""SELECT {_QUERY} FROM big_data_check_query WHERE tenant_id = $1 AND request_id = $2
            ORDER BY place, id""",  # noqa: S608
        tx.tenant,
        request_id,
    )
    return [query_of(row) for row in rows]


async def claim(tx: Transaction, request_id: UUID, now: datetime, until: datetime) -> list[Query]:
    """Take what is still to be asked, so that nobody else asks it meanwhile; a lease that ran out is free again."""
    rows = await tx.fetch(
        f"""UPDATE big_data_check_query
            SET leased_until = $4, attempts = attempts + 1, asked_at = $3
            WHERE tenant_id = $1 AND request_id = $2 AND state <> 'answered'
              AND (leased_until IS NULL OR leased_until <= $3)
            RETURNING {_QUERY}""",  # noqa: S608
        tx.tenant,
        request_id,
        now,
        until,
    )
    return sorted((query_of(row) for row in rows), key=lambda q: q.place)


async def keep_answers(tx: Transaction, answers: Sequence[Query]) -> list[Query]:
    """Store what came of asking, in one statement; back come those it was news for: a late or repeated reply counts once.

    What was asked before a delivery made the query due again (`generation`) may be of the old one, and is dropped.
    """
    columns = zip(
        *((q.id, q.state, q.result.value, q.as_of, q.reason, q.ticket, q.answered_at, q.sealed,
          q.generation, q.channel, q.answered_by, q.delivery_id) for q in answers),
        strict=True,
    )  # fmt: skip
    rows = await tx.fetch(
        """UPDATE big_data_check_query q
           SET state = a.state, result = a.result, as_of = a.as_of, reason = a.reason, ticket = a.ticket,
               answered_at = a.answered_at, sealed = a.sealed, channel = a.channel, answered_by = a.answered_by,
               delivery_id = a.delivery_id, leased_until = NULL
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::date[], $6::text[], $7::text[], $8::timestamptz[],
                       $9::bytea[], $10::int[], $11::text[], $12::text[], $13::uuid[])
                AS a (id, state, result, as_of, reason, ticket, answered_at, sealed, generation, channel, answered_by,
                      delivery_id)
           WHERE q.tenant_id = $1 AND q.id = a.id AND q.state <> 'answered' AND q.generation = a.generation
           RETURNING q.id""",
        tx.tenant,
        *(list(column) for column in columns),
    )
    kept = {row["id"] for row in rows}
    return [query for query in answers if query.id in kept]


async def keep_note(tx: Transaction, query_id: UUID, note: str, by: UUID, at: datetime) -> None:
    await tx.execute(
        """UPDATE big_data_check_query SET note = $3, noted_by = $4, noted_at = $5
           WHERE tenant_id = $1 AND id = $2 AND result = 'no_data'""",
        tx.tenant,
        query_id,
        note,
        by,
        at,
    )


async def set_state(
    tx: Transaction, request_id: UUID, state: RequestState, *, rounds: int, next_at: datetime | None
) -> None:
    await tx.execute(
        """UPDATE big_data_check_request SET state = $3, rounds = $4, next_at = $5
           WHERE tenant_id = $1 AND id = $2""",
        tx.tenant,
        request_id,
        state,
        rounds,
        next_at,
    )


async def set_findings(tx: Transaction, request_id: UUID, open_findings: int) -> None:
    await tx.execute(
        "UPDATE big_data_check_request SET open_findings = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant,
        request_id,
        open_findings,
    )


async def close(tx: Transaction, process_id: UUID, *, before: int | None = None) -> None:
    """No more asking for a case that ended, or for requests a newer one (`before` its number) has taken the place of."""
    await tx.execute(
        """UPDATE big_data_check_request SET state = 'closed', next_at = NULL, open_findings = 0
           WHERE tenant_id = $1 AND process_id = $2 AND state <> 'closed' AND ($3::int IS NULL OR number < $3)""",
        tx.tenant,
        process_id,
        before,
    )


async def due(tx: Transaction, now: datetime, stuck_since: datetime) -> list[Request]:
    """Requests whose time to ask again has come, and those whose first asking got lost."""
    rows = await tx.fetch(
        f"""SELECT {_REQUEST} FROM big_data_check_request
            WHERE tenant_id = $1 AND ((state = 'waiting' AND next_at <= $2) OR (state = 'asking' AND asked_at <= $3))
            ORDER BY asked_at LIMIT 2000""",  # noqa: S608
        tx.tenant,
        now,
        stuck_since,
    )
    return [request_of(row) for row in rows]
