"""Rows of comprehensive appraisals: meetings, who took part, opinions (append-only: the latest counts)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.sdk import NotFound, Platform, Transaction

Stance = Literal["include", "exclude", "unclear"]


@dataclass(frozen=True, slots=True)
class Appraisal:
    id: UUID
    round_id: UUID
    number: int
    area_code: str
    place: str
    opened_at: datetime
    opened_by: UUID
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Participant:
    name: str
    role: str
    account_id: UUID | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """`seq` 1 is the first of a household; a later one takes its place and both stay on file."""

    case_id: UUID
    seq: int
    stance: Stance
    reason: str
    at: datetime
    by: UUID
    stayed_out: tuple[str, ...] = ()


class Given(msgspec.Struct, frozen=True):
    """What is stored sealed of an opinion. `stayed_out`: participants without an account who stayed out of this household."""

    reason: str
    stayed_out: tuple[str, ...] = ()


_COLUMNS = "id, round_id, number, area_code, place, opened_at, opened_by, closed_at"


def _appraisal(row: Any) -> Appraisal:
    return Appraisal(**dict(row))


async def appraisal(tx: Transaction, appraisal_id: UUID, *, lock: bool = False) -> Appraisal:
    """Raises NotFound."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM women_panel_appraisal WHERE tenant_id = $1 AND id = $2"  # noqa: S608
        + (" FOR UPDATE" if lock else ""),
        tx.tenant,
        appraisal_id,
    )
    if row is None:
        raise NotFound("没有找到这次综合评议")
    return _appraisal(row)


async def of_round(tx: Transaction, round_id: UUID) -> list[Appraisal]:
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM women_panel_appraisal WHERE tenant_id = $1 AND round_id = $2 ORDER BY number",  # noqa: S608
        tx.tenant,
        round_id,
    )
    return [_appraisal(row) for row in rows]


async def insert(tx: Transaction, made: Appraisal, participants: Sequence[Participant]) -> None:
    await tx.execute(
        """INSERT INTO women_panel_appraisal (tenant_id, id, round_id, number, area_code, place, opened_at, opened_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tx.tenant, made.id, made.round_id, made.number, made.area_code, made.place, made.opened_at, made.opened_by,
    )  # fmt: skip
    await tx.executemany(
        """INSERT INTO women_panel_participant (tenant_id, appraisal_id, place, name, role, account_id)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        [(tx.tenant, made.id, n, p.name, p.role, p.account_id) for n, p in enumerate(participants, 1)],
    )


async def close(tx: Transaction, appraisal_id: UUID, at: datetime) -> None:
    await tx.execute(
        "UPDATE women_panel_appraisal SET closed_at = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant,
        appraisal_id,
        at,
    )


async def participants(tx: Transaction, appraisal_id: UUID) -> list[Participant]:
    rows = await tx.fetch(
        """SELECT name, role, account_id FROM women_panel_participant
           WHERE tenant_id = $1 AND appraisal_id = $2 ORDER BY place""",
        tx.tenant,
        appraisal_id,
    )
    return [Participant(row["name"], row["role"], row["account_id"]) for row in rows]


async def add_opinion(
    tx: Transaction,
    platform: Platform,
    appraisal_id: UUID,
    case_id: UUID,
    stance: Stance,
    given: Given,
    at: datetime,
    by: UUID,
) -> None:
    """The caller holds the appraisal's row."""
    seq: int = await tx.fetchval(
        """SELECT coalesce(max(seq), 0) + 1 FROM women_panel_opinion
           WHERE tenant_id = $1 AND appraisal_id = $2 AND case_id = $3""",
        tx.tenant, appraisal_id, case_id,
    )  # fmt: skip
    await tx.execute(
        """INSERT INTO women_panel_opinion (tenant_id, appraisal_id, case_id, seq, stance, sealed, at, by_account)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tx.tenant, appraisal_id, case_id, seq, stance,
        platform.seal(msgspec.json.encode(given), _about(appraisal_id, case_id, seq)), at, by,
    )  # fmt: skip


async def opinions(tx: Transaction, platform: Platform, appraisal_id: UUID) -> dict[UUID, Opinion]:
    """The opinion that counts for each household: the latest."""
    rows = await tx.fetch(
        """SELECT DISTINCT ON (case_id) case_id, seq, stance, sealed, at, by_account FROM women_panel_opinion
           WHERE tenant_id = $1 AND appraisal_id = $2 ORDER BY case_id, seq DESC""",
        tx.tenant,
        appraisal_id,
    )
    found = {}
    for row in rows:
        about = _about(appraisal_id, row["case_id"], row["seq"])
        given = msgspec.json.decode(platform.unseal(bytes(row["sealed"]), about), type=Given | str)
        said = Given(given) if isinstance(given, str) else given  # a text alone: of an older version
        found[row["case_id"]] = Opinion(
            row["case_id"],
            row["seq"],
            row["stance"],
            said.reason,
            row["at"],
            row["by_account"],
            said.stayed_out,
        )
    return found


def _about(appraisal_id: UUID, case_id: UUID, seq: int) -> bytes:
    return b"opinion" + appraisal_id.bytes + case_id.bytes + seq.to_bytes(4, "big")
