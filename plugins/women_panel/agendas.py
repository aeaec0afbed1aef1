"""The households of a session: their place and state, the count once closed, and who stays out of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.sdk import NotFound, Transaction
from plugins.women_panel.records import Session, session
from plugins.women_panel.rules import Tally

State = Literal["open", "closed", "deferred", "withdrawn"]
Origin = Literal["kinship", "declared"]
STATES: dict[State, str] = {
    "open": "待评议",
    "closed": "已评议",
    "deferred": "留到下次",
    "withdrawn": "已退出申请",
}
"""`withdrawn`: the household left the round before its count; votes on it stay sealed."""
WHY_OUT: dict[Origin, str] = {"kinship": "近亲属", "declared": "本人声明"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A household on the agenda. `attempt` grows when a vote had to be started again; `tally` only once closed.

    `on_paper`: this attempt is voted on with paper slips, and no ballot is taken from a phone.
    """

    case_id: UUID
    number: str
    place: int
    state: State
    attempt: int
    tally: Tally | None
    reasons: dict[str, int]
    on_paper: bool = False


_ENTRY = "case_id, number, place, state, attempt, tally, reasons, on_paper"


def _entry(row: Any) -> Entry:
    told = msgspec.json.decode(row["tally"], type=Tally) if row["tally"] else None
    reasons = msgspec.json.decode(row["reasons"], type=dict[str, int]) if row["reasons"] else {}
    return Entry(**{**dict(row), "tally": told, "reasons": reasons})


async def entries(tx: Transaction, session_id: UUID) -> list[Entry]:
    """The agenda in its order."""
    rows = await tx.fetch(
        f"SELECT {_ENTRY} FROM women_panel_case WHERE tenant_id = $1 AND session_id = $2 ORDER BY place",  # noqa: S608
        tx.tenant,
        session_id,
    )
    return [_entry(row) for row in rows]


async def counted(tx: Transaction, session_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """By session: how many households its agenda has, and how many are closed."""
    rows = await tx.fetch(
        """SELECT session_id, count(*) AS n, count(*) FILTER (WHERE state = 'closed') AS closed
           FROM women_panel_case WHERE tenant_id = $1 AND session_id = ANY ($2) GROUP BY session_id""",
        tx.tenant,
        list(session_ids),
    )
    return {row["session_id"]: (row["n"], row["closed"]) for row in rows}


async def entry(tx: Transaction, session_id: UUID, case_id: UUID, *, lock: bool = False) -> Entry:
    """One household of a session; `lock` lets nobody else vote on it or close it meanwhile. Raises NotFound."""
    row = await tx.fetchrow(
        f"SELECT {_ENTRY} FROM women_panel_case WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3"  # noqa: S608
        + (" FOR UPDATE" if lock else ""),
        tx.tenant,
        session_id,
        case_id,
    )
    if row is None:
        raise NotFound("这一户不在这次评议会的名单里")
    return _entry(row)


async def last_closed(tx: Transaction, case_id: UUID) -> tuple[Session, Entry] | None:
    """The latest result of a household and the session it came from."""
    row = await tx.fetchrow(
        """SELECT session_id FROM women_panel_case
           WHERE tenant_id = $1 AND case_id = $2 AND state = 'closed' ORDER BY closed_at DESC LIMIT 1""",
        tx.tenant,
        case_id,
    )
    if row is None:
        return None
    return await session(tx, row["session_id"]), await entry(tx, row["session_id"], case_id)


async def close_entry(
    tx: Transaction,
    session_id: UUID,
    case_id: UUID,
    told: Tally,
    reasons: dict[str, int],
    record: bytes,
    at: datetime,
    by: UUID,
) -> None:
    """End a household with its count and what is published of it."""
    await tx.execute(
        """UPDATE women_panel_case SET state = 'closed', tally = $4, reasons = $5, closed_at = $6, closed_by = $7,
                  published = $8
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3""",
        tx.tenant, session_id, case_id, msgspec.json.encode(told).decode(),
        msgspec.json.encode(reasons).decode(), at, by, record.decode(),
    )  # fmt: skip


async def published(tx: Transaction, session_id: UUID, case_id: UUID) -> str:
    """A closed household's record as written when it was closed; empty before, and for those of older versions."""
    found: str | None = await tx.fetchval(
        "SELECT published FROM women_panel_case WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3",
        tx.tenant,
        session_id,
        case_id,
    )
    return found or ""


async def mark_filed(tx: Transaction, session_id: UUID, case_id: UUID) -> None:
    """The result now stands on the case's own file."""
    await tx.execute(
        "UPDATE women_panel_case SET filed = true WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3",
        tx.tenant, session_id, case_id,
    )  # fmt: skip


async def being_filed(tx: Transaction, case_id: UUID) -> bool:
    """Whether a household was just closed and its result is on its way to the case, in this very transaction."""
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM women_panel_case
                          WHERE tenant_id = $1 AND case_id = $2 AND state = 'closed' AND NOT filed)""",
        tx.tenant,
        case_id,
    )
    return found


async def photos(tx: Transaction, session_id: UUID) -> dict[UUID, str]:
    """By household: the SHA-256 of the photograph of its own summary, where the host took one."""
    rows = await tx.fetch(
        """SELECT case_id, summary_photo FROM women_panel_case
           WHERE tenant_id = $1 AND session_id = $2 AND summary_photo <> ''""",
        tx.tenant,
        session_id,
    )
    return {row["case_id"]: row["summary_photo"] for row in rows}


async def set_photo(tx: Transaction, session_id: UUID, case_id: UUID, sha256: str) -> None:
    await tx.execute(
        "UPDATE women_panel_case SET summary_photo = $4 WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3",
        tx.tenant, session_id, case_id, sha256,
    )  # fmt: skip


async def next_attempt(tx: Transaction, session_id: UUID, case_id: UUID, *, on_paper: bool = False) -> None:
    """Start the vote on a household again: earlier votes stay sealed and count no more."""
    await tx.execute(
        """UPDATE women_panel_case SET attempt = attempt + 1, on_paper = $4
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND state = 'open'""",
        tx.tenant,
        session_id,
        case_id,
        on_paper,
    )


async def recusals(tx: Transaction, session_id: UUID) -> dict[UUID, dict[UUID, Origin]]:
    """By household: who stays out of it, and whether kinship or their own word says so."""
    rows = await tx.fetch(
        "SELECT case_id, account_id, origin FROM women_panel_recusal WHERE tenant_id = $1 AND session_id = $2",
        tx.tenant,
        session_id,
    )
    found: dict[UUID, dict[UUID, Origin]] = {}
    for row in rows:
        found.setdefault(row["case_id"], {})[row["account_id"]] = row["origin"]
    return found


async def declared_of_round(tx: Transaction, round_id: UUID) -> dict[UUID, frozenset[UUID]]:
    """By household: who declared a conflict in any session of a round. `recusal` adds what stands on the round's file."""
    rows = await tx.fetch(
        """SELECT r.case_id, array_agg(r.account_id) AS accounts FROM women_panel_recusal r
           JOIN women_panel_session s ON s.tenant_id = r.tenant_id AND s.id = r.session_id
           WHERE r.tenant_id = $1 AND s.round_id = $2 AND r.origin = 'declared' GROUP BY r.case_id""",
        tx.tenant,
        round_id,
    )
    return {row["case_id"]: frozenset(row["accounts"]) for row in rows}


async def withdraw(tx: Transaction, session_id: UUID, case_id: UUID) -> None:
    """The household left the round before its count."""
    await tx.execute(
        """UPDATE women_panel_case SET state = 'withdrawn'
           WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3 AND state = 'open'""",
        tx.tenant, session_id, case_id,
    )  # fmt: skip


async def set_kin(
    tx: Transaction, session_id: UUID, case_id: UUID, asked: Iterable[UUID], kin: Iterable[UUID]
) -> None:
    """Replace the computed recusals of those `asked` about: `kin` of them stay out. What members declared stays, and what
    was known of accounts that have ended since."""
    await tx.execute(
        """DELETE FROM women_panel_recusal WHERE tenant_id = $1 AND session_id = $2 AND case_id = $3
           AND account_id = ANY($4) AND origin = 'kinship'""",
        tx.tenant, session_id, case_id, list(asked),
    )  # fmt: skip
    await tx.executemany(
        """INSERT INTO women_panel_recusal (tenant_id, session_id, case_id, account_id, origin)
           VALUES ($1, $2, $3, $4, 'kinship') ON CONFLICT DO NOTHING""",
        [(tx.tenant, session_id, case_id, account) for account in kin],
    )


async def declare(tx: Transaction, session_id: UUID, case_id: UUID, account: UUID) -> None:
    """Her own word, which stays also where kinship was found before and is corrected later."""
    await tx.execute(
        """INSERT INTO women_panel_recusal (tenant_id, session_id, case_id, account_id, origin)
           VALUES ($1, $2, $3, $4, 'declared')
           ON CONFLICT (tenant_id, session_id, case_id, account_id) DO UPDATE SET origin = 'declared'""",
        tx.tenant, session_id, case_id, account,
    )  # fmt: skip
