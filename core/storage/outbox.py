"""Jobs, written in the same transaction as what they are about, so that neither is there without the other.

    queued ─ picked ─▶ done
       ^        └─ failed ─▶ queued again after 2, 4, 8 … seconds ─ `ATTEMPTS` times ─▶ dead letter ─ retry ─▶ queued

Payloads carry ids, never personal data; handlers load what they need and are idempotent: a job may run twice. What is
kept of a failure is the error's type and place, never its text. A tenant with a long backlog waits behind the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import msgspec

from core.storage.transaction import Transaction

if TYPE_CHECKING:
    from pgqueuer.adapters.persistence.queries import Queries
    from pgqueuer.domain.types import JobId

_FAR_BEHIND = 500
"""Backlog after which a tenant is not put back any further."""

_BACKLOG = """
SELECT (SELECT count(*) FROM (SELECT FROM pgqueuer WHERE status = 'queued' AND headers ->> 'tenant' = $1 LIMIT $2) AS b),
       greatest($3::timestamptz - clock_timestamp(), interval '0')
"""


def _queries(tx: Transaction) -> Queries:
    """Loaded when first asked for: it takes half a second, and the engine of a bulk re-check queues nothing."""
    from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
    from pgqueuer.adapters.persistence.queries import Queries

    return Queries(AsyncpgDriver(tx.connection))


async def enqueue(
    tx: Transaction,
    name: str,
    payload: Mapping[str, Any],
    *,
    at: datetime | None = None,
    key: str | None = None,
) -> None:
    """A job for the handler `name`, once the transaction has committed, not before `at` (UTC).

    `payload` carries "tenant" where it is about one. `key`: while a job of this name, tenant and key waits or runs, no
    second one is queued.
    """
    tenant = str(payload.get("tenant") or tx.tenant or "")
    backlog, delay = await _fetch_pair(tx, tenant, at)
    async with tx.exclusive():
        await _queries(tx).enqueue(
            name,
            msgspec.json.encode(payload),
            priority=-backlog,
            execute_after=delay,
            dedupe_key=key and f"{tenant}/{name}/{key}",
            headers={"tenant": tenant},
            on_conflict="skip",
        )


async def _fetch_pair(tx: Transaction, tenant: str, at: datetime | None) -> tuple[int, timedelta | None]:
    row = await tx.fetchrow(_BACKLOG, tenant, _FAR_BEHIND, at)
    assert row is not None
    return row[0], row[1] if at is not None else None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that failed for good. `error` is the type and place of the last failure."""

    id: int
    name: str
    payload: dict[str, Any]
    created: datetime
    failed_at: datetime
    attempts: int
    error: str


async def dead_letters(tx: Transaction, *, tenant: UUID | None = None, limit: int = 200) -> list[DeadLetter]:
    """The newest first; of one tenant, or of the whole installation."""
    rows = await tx.fetch(
        """SELECT j.id, j.entrypoint, j.payload, j.created, j.updated, j.attempts,
                  (SELECT l.traceback ->> 'exception_message' FROM pgqueuer_log l
                   WHERE l.job_id = j.id AND l.status = 'failed' ORDER BY l.id DESC LIMIT 1) AS error
           FROM pgqueuer j
           WHERE j.status = 'failed' AND ($1::text IS NULL OR j.headers ->> 'tenant' = $1)
           ORDER BY j.updated DESC LIMIT $2""",
        None if tenant is None else str(tenant),
        limit,
    )
    return [
        DeadLetter(
            r["id"],
            r["entrypoint"],
            msgspec.json.decode(r["payload"]) if r["payload"] else {},
            r["created"],
            r["updated"],
            r["attempts"] + 1,
            r["error"] or "",
        )
        for r in rows
    ]


async def retry(tx: Transaction, ids: Sequence[int], *, tenant: UUID | None = None) -> int:
    """Queue dead letters again, with all their attempts; returns how many there were."""
    wanted = await _dead(tx, ids, tenant)
    if wanted:
        async with tx.exclusive():
            await _queries(tx).requeue_jobs(cast("list[JobId]", wanted))
    return len(wanted)


async def discard(tx: Transaction, ids: Sequence[int], *, tenant: UUID | None = None) -> int:
    """Remove dead letters that nobody needs any more; returns how many there were."""
    wanted = await _dead(tx, ids, tenant)
    await tx.execute("DELETE FROM pgqueuer WHERE id = ANY($1) AND status = 'failed'", wanted)
    return len(wanted)


async def _dead(tx: Transaction, ids: Sequence[int], tenant: UUID | None) -> list[int]:
    rows = await tx.fetch(
        """SELECT id FROM pgqueuer WHERE id = ANY($1::bigint[]) AND status = 'failed'
           AND ($2::text IS NULL OR headers ->> 'tenant' = $2) FOR UPDATE""",
        list(ids),
        None if tenant is None else str(tenant),
    )
    return [row["id"] for row in rows]


async def waiting(tx: Transaction) -> dict[str, int]:
    """How many jobs wait or run, by handler name."""
    rows = await tx.fetch(
        "SELECT entrypoint, count(*) AS n FROM pgqueuer WHERE status IN ('queued', 'picked') GROUP BY entrypoint"
    )
    return {row["entrypoint"]: row["n"] for row in rows}
