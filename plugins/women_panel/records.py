"""The plugin's rows: sessions and who sits in them. Households are kept by `agendas`, votes by `urn`, and only there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.sdk import NotFound, Transaction
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.rules import Rules


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting. `config` are the settings it opened under; `seed` draws its agenda."""

    id: UUID
    round_id: UUID
    number: int
    area_code: str
    state: Literal["open", "closed"]
    seed: str
    config: PanelConfig
    opened_at: datetime
    opened_by: UUID
    closed_at: datetime | None
    paused: bool = False

    @property
    def rules(self) -> Rules:
        return Rules.of(self.config)


@dataclass(frozen=True, slots=True)
class Seat:
    """A member in a session. Removed members keep their row; they count no more."""

    account_id: UUID
    present: bool
    removed: bool


_SESSION = "id, round_id, number, area_code, state, seed, config, opened_at, opened_by, closed_at, paused"


def _session(row: Any) -> Session:
    return Session(**{**dict(row), "config": _config(row["config"])})


@lru_cache(256)
def _config(written: str) -> PanelConfig:
    return msgspec.json.decode(written, type=PanelConfig)


async def session(tx: Transaction, session_id: UUID, lock: Literal["", "share", "update"] = "") -> Session:
    """One session. `share` keeps it open and its attendance as it is until the transaction ends. Raises NotFound."""
    held = {"": "", "share": " FOR SHARE", "update": " FOR UPDATE"}[lock]
    row = await tx.fetchrow(
        f"SELECT {_SESSION} FROM women_panel_session WHERE tenant_id = $1 AND id = $2{held}",  # noqa: S608
        tx.tenant,
        session_id,
    )
    if row is None:
        raise NotFound("没有找到这次评议会，可能编号有误，或不在您的辖区内")
    return _session(row)


async def sessions_of(tx: Transaction, round_id: UUID) -> list[Session]:
    rows = await tx.fetch(
        f"SELECT {_SESSION} FROM women_panel_session WHERE tenant_id = $1 AND round_id = $2 ORDER BY number",  # noqa: S608
        tx.tenant,
        round_id,
    )
    return [_session(row) for row in rows]


async def recent(tx: Transaction, areas: Iterable[str], most: int) -> list[Session]:
    """Sessions in areas whose codes begin so, open ones first, then the latest."""
    rows = await tx.fetch(
        f"SELECT {_SESSION} FROM women_panel_session WHERE tenant_id = $1 "  # noqa: S608
        "AND EXISTS (SELECT FROM unnest($2::text[]) AS area WHERE starts_with(area_code, area)) "
        "ORDER BY state = 'closed', opened_at DESC LIMIT $3",
        tx.tenant,
        list(areas),
        most,
    )
    return [_session(row) for row in rows]


async def insert_session(
    tx: Transaction, made: Session, members: Iterable[UUID], agenda: Iterable[tuple[UUID, str]]
) -> None:
    await tx.execute(
        """INSERT INTO women_panel_session (tenant_id, id, round_id, number, area_code, state, seed, config,
                                            opened_at, opened_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        tx.tenant, made.id, made.round_id, made.number, made.area_code, made.state, made.seed,
        msgspec.json.encode(made.config).decode(), made.opened_at, made.opened_by,
    )  # fmt: skip
    await tx.executemany(
        "INSERT INTO women_panel_member (tenant_id, session_id, account_id) VALUES ($1, $2, $3)",
        [(tx.tenant, made.id, account) for account in members],
    )
    await tx.executemany(
        """INSERT INTO women_panel_case (tenant_id, session_id, case_id, number, place, state)
           VALUES ($1, $2, $3, $4, $5, 'open')""",
        [(tx.tenant, made.id, case, number, place) for place, (case, number) in enumerate(agenda, 1)],
    )


async def set_ballot_keys(tx: Transaction, session_id: UUID, public: bytes, private: bytes) -> None:
    """The pair phones seal ballots for; `private` is sealed itself, and gone when the session ends."""
    await tx.execute(
        "UPDATE women_panel_session SET ballot_public = $3, ballot_private = $4 WHERE tenant_id = $1 AND id = $2",
        tx.tenant, session_id, public, private,
    )  # fmt: skip


async def ballot_keys(tx: Transaction, session_id: UUID) -> tuple[bytes, bytes | None]:
    """The public key (empty where the session has none), and the sealed private one while the session lasts."""
    row = await tx.fetchrow(
        "SELECT ballot_public, ballot_private FROM women_panel_session WHERE tenant_id = $1 AND id = $2",
        tx.tenant,
        session_id,
    )
    return (bytes(row["ballot_public"] or b""), row["ballot_private"]) if row else (b"", None)


async def slips_entered(tx: Transaction, session_id: UUID) -> frozenset[tuple[UUID, int]]:
    """Households and attempts for which somebody has entered paper slips."""
    rows = await tx.fetch(
        """SELECT DISTINCT case_id, attempt FROM women_panel_paper
           WHERE tenant_id = $1 AND session_id = $2""",
        tx.tenant,
        session_id,
    )
    return frozenset((row["case_id"], row["attempt"]) for row in rows)


async def end_session(tx: Transaction, session_id: UUID, at: datetime, by: UUID) -> None:
    await tx.execute(
        "UPDATE women_panel_case SET state = 'deferred' WHERE tenant_id = $1 AND session_id = $2 AND state = 'open'",
        tx.tenant,
        session_id,
    )
    await tx.execute(
        """UPDATE women_panel_session SET state = 'closed', closed_at = $3, closed_by = $4, ballot_private = NULL
           WHERE tenant_id = $1 AND id = $2""",
        tx.tenant, session_id, at, by,
    )  # fmt: skip


async def seats(tx: Transaction, session_id: UUID) -> dict[UUID, Seat]:
    rows = await tx.fetch(
        """SELECT account_id, present, removed_at IS NOT NULL AS removed FROM women_panel_member
           WHERE tenant_id = $1 AND session_id = $2""",
        tx.tenant,
        session_id,
    )
    return {row["account_id"]: Seat(**dict(row)) for row in rows}


async def mark_present(tx: Transaction, session_id: UUID, present: Iterable[UUID]) -> None:
    await tx.execute(
        """UPDATE women_panel_member SET present = account_id = ANY($3)
           WHERE tenant_id = $1 AND session_id = $2 AND removed_at IS NULL""",
        tx.tenant, session_id, list(present),
    )  # fmt: skip


async def arrive(tx: Transaction, session_id: UUID, account: UUID) -> None:
    await tx.execute(
        """UPDATE women_panel_member SET present = true
           WHERE tenant_id = $1 AND session_id = $2 AND account_id = $3 AND removed_at IS NULL""",
        tx.tenant, session_id, account,
    )  # fmt: skip


async def set_paused(tx: Transaction, session_id: UUID, paused: bool) -> None:
    await tx.execute(
        "UPDATE women_panel_session SET paused = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant,
        session_id,
        paused,
    )


async def remove(tx: Transaction, session_id: UUID, account: UUID, reason: str, at: datetime) -> None:
    await tx.execute(
        """UPDATE women_panel_member SET present = false, removed_at = $4, removed_reason = $5
           WHERE tenant_id = $1 AND session_id = $2 AND account_id = $3""",
        tx.tenant, session_id, account, at, reason,
    )  # fmt: skip


async def removed(tx: Transaction, round_id: UUID, since: datetime | None) -> frozenset[UUID]:
    """Who was taken out of a session of this round, as having left the panel; after `since`, or ever."""
    rows = await tx.fetch(
        """SELECT m.account_id FROM women_panel_member m
           JOIN women_panel_session s ON s.tenant_id = m.tenant_id AND s.id = m.session_id
           WHERE m.tenant_id = $1 AND s.round_id = $2 AND m.removed_at IS NOT NULL
             AND ($3::timestamptz IS NULL OR m.removed_at > $3)""",
        tx.tenant, round_id, since,
    )  # fmt: skip
    return frozenset(row["account_id"] for row in rows)


async def figures(tx: Transaction, prefix: str) -> tuple[int, int]:
    """Sessions held, and results given, in the areas whose code starts so."""
    row = await tx.fetchrow(
        """SELECT count(*) AS held,
                  coalesce(sum((SELECT count(*) FROM women_panel_case c
                                WHERE c.tenant_id = s.tenant_id AND c.session_id = s.id AND c.state = 'closed')), 0)
                      AS appraised
           FROM women_panel_session s WHERE s.tenant_id = $1 AND starts_with(s.area_code, $2)""",
        tx.tenant,
        prefix,
    )
    assert row is not None
    return row["held"], int(row["appraised"])
