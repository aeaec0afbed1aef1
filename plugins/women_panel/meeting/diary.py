"""What happened in a session, in order and for good: arrivals, pauses, observers' notes, the signed attendance sheet,
slips that were counted three ways.

Append-only. Never a vote: who voted and what was voted are `urn`'s alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.sdk import Platform, Transaction

Kind = Literal["arrived", "left", "code", "code_wrong", "paused", "resumed", "note", "sheet", "recounted"]


class Said(msgspec.Struct, frozen=True):
    """What was written, and photographs by SHA-256. Stored sealed: a note may name people."""

    text: str = ""
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """`account_id` is whom it is about (an arrival), `by` who entered it."""

    seq: int
    kind: Kind
    at: datetime
    by: UUID
    account_id: UUID | None
    said: Said


async def add(
    tx: Transaction,
    platform: Platform,
    session_id: UUID,
    kind: Kind,
    at: datetime,
    by: UUID,
    *,
    account_id: UUID | None = None,
    said: Said | None = None,
) -> None:
    """Write an event down. The caller holds the session's row, so that events have an order."""
    seq: int = await tx.fetchval(
        "SELECT coalesce(max(seq), 0) + 1 FROM women_panel_event WHERE tenant_id = $1 AND session_id = $2",
        tx.tenant,
        session_id,
    )
    sealed = platform.seal(msgspec.json.encode(said), _about(session_id, seq)) if said is not None else None
    await tx.execute(
        """INSERT INTO women_panel_event (tenant_id, session_id, seq, kind, at, by_account, account_id, sealed)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tx.tenant, session_id, seq, kind, at, by, account_id, sealed,
    )  # fmt: skip


async def moved(
    tx: Transaction,
    platform: Platform,
    session_id: UUID,
    before: Iterable[UUID],
    after: Iterable[UUID],
    at: datetime,
    by: UUID,
) -> None:
    """Note who came and who left between two attendance lists."""
    was, now = frozenset(before), frozenset(after)
    for account in sorted(now - was):
        await add(tx, platform, session_id, "arrived", at, by, account_id=account)
    for account in sorted(was - now):
        await add(tx, platform, session_id, "left", at, by, account_id=account)


async def events(tx: Transaction, platform: Platform, session_id: UUID) -> list[Event]:
    rows = await tx.fetch(
        """SELECT seq, kind, at, by_account, account_id, sealed FROM women_panel_event
           WHERE tenant_id = $1 AND session_id = $2 ORDER BY seq""",
        tx.tenant,
        session_id,
    )
    return [
        Event(
            row["seq"], row["kind"], row["at"], row["by_account"], row["account_id"],
            _opened(platform, session_id, row["seq"], row["sealed"]),
        )
        for row in rows
    ]  # fmt: skip


async def wrong_codes(tx: Transaction, session_id: UUID, account: UUID) -> int:
    """How often somebody typed a wrong attendance code in this session."""
    found: int = await tx.fetchval(
        """SELECT count(*) FROM women_panel_event
           WHERE tenant_id = $1 AND session_id = $2 AND kind = 'code_wrong' AND by_account = $3""",
        tx.tenant, session_id, account,
    )  # fmt: skip
    return found


def _opened(platform: Platform, session_id: UUID, seq: int, sealed: bytes | None) -> Said:
    if sealed is None:
        return Said()
    return msgspec.json.decode(platform.unseal(bytes(sealed), _about(session_id, seq)), type=Said)


def _about(session_id: UUID, seq: int) -> bytes:
    return b"event" + session_id.bytes + seq.to_bytes(4, "big")
