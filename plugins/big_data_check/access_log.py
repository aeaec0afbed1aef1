"""Who asked for, got or looked at whose registry data, for which case and purpose (SAL 70(6)). Append-only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from core.sdk import Transaction

Event = Literal["asked", "answered", "looked", "noted", "delivered"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor_id` None: the plugin's own service. `outcome` is a result's name or a sentence without personal data.

    `request_id` is the request it belongs to, or the bulk re-check.
    """

    event: Event
    purpose: str
    process_id: UUID | None = None
    request_id: UUID | None = None
    person_id: UUID | None = None
    source: str = ""
    outcome: str = ""
    actor_id: UUID | None = None


async def write(tx: Transaction, at: datetime, entries: Iterable[Entry]) -> None:
    await tx.executemany(
        """INSERT INTO big_data_check_log (tenant_id, id, at, event, actor_id, process_id, request_id, person_id, source,
                                           purpose, outcome)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        [
            (tx.tenant, uuid4(), at, e.event, e.actor_id, e.process_id, e.request_id, e.person_id, e.source, e.purpose,
             e.outcome)
            for e in entries
        ],
    )  # fmt: skip


async def write_many(
    tx: Transaction,
    at: datetime,
    entry: Entry,
    cases: Sequence[UUID],
    persons: Sequence[UUID | None],
    outcomes: Sequence[str],
    once: str = "",
) -> None:
    """One row like `entry` for each case, person and outcome. What is repeated under the same `once` adds none."""
    await tx.execute(
        """INSERT INTO big_data_check_log (tenant_id, id, at, event, actor_id, process_id, request_id, person_id, source,
                                           purpose, outcome)
           SELECT $1::uuid, md5(concat_ws('|', $11::text, $4::text, o.process_id, o.person_id))::uuid, $2::timestamptz,
                  $4::text, $5::uuid, o.process_id, $6::uuid, o.person_id, $3::text, $7::text, o.outcome
           FROM unnest($8::uuid[], $9::uuid[], $10::text[]) AS o (process_id, person_id, outcome)
           ON CONFLICT DO NOTHING""",
        tx.tenant, at, entry.source, entry.event, entry.actor_id, entry.request_id, entry.purpose, list(cases), list(persons),
        list(outcomes), once or str(uuid4()),
    )  # fmt: skip
