"""A household was marked as told and was not: the mark is taken back, and who took back what, when and why stays on record.

visit, broadcast ──▶ what is left: the meeting it signed in at, else not yet told
signed in        ──▶ refused here: the day's sign-in is mended where it was made
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from core.problems import FieldError, Invalid
from core.publicity.coverage import MOST
from core.storage.database import Transaction


class TakeBackForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    households: Annotated[tuple[UUID, ...], Meta(title="家庭", min_length=1, max_length=MOST)]
    reason: Annotated[str, Meta(title="为什么撤回", min_length=2, max_length=200)]


class TakenBack(msgspec.Struct, frozen=True):
    """What stood (`how`, `told_on`), and who took it back, when and why."""

    group_name: str
    head: str
    apart: str
    how: str
    told_on: date
    reason: str
    by: str
    at: datetime


async def take_back(tx: Transaction, area_code: str, form: TakeBackForm, by: UUID, at: datetime) -> int:
    """How many marks were taken back. Raises Invalid where none stands, or where it came of a sign-in."""
    rows = await tx.fetch(
        """SELECT h.id, h.head, h.how, h.told_on, h.told_by,
                  (SELECT max(s.held_on) FROM publicity_sign_in s
                   WHERE s.tenant_id = h.tenant_id AND s.household_id = h.id) AS signed_on
           FROM publicity_household h
           WHERE h.tenant_id = $1 AND h.area_code = $2 AND h.id = ANY($3) AND h.how <> '' FOR UPDATE""",
        tx.tenant,
        area_code,
        list(form.households),
    )
    if len(rows) < len(set(form.households)):
        raise Invalid(
            "有的家庭没有可撤回的记录",
            fields=(FieldError("households", "可能已经撤回了，请刷新后再看"),),
        )
    signed = [row["head"] for row in rows if row["how"] == "meeting" and row["signed_on"] is not None]
    if signed:
        names = "、".join(signed[:5])
        raise Invalid(
            "到会的在签到里改",
            fields=(FieldError("households", f"{names}是在动员大会签到里记的，请到那天的签到里取消勾选"),),
        )
    await tx.executemany(
        """INSERT INTO publicity_taken_back (tenant_id, id, area_code, household_id, how, told_on, told_by, reason, by, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        [
            (tx.tenant, uuid4(), area_code, r["id"], r["how"], r["told_on"], r["told_by"], form.reason.strip(), by, at)
            for r in rows
        ],
    )  # fmt: skip
    await tx.executemany(
        """UPDATE publicity_household SET how = CASE WHEN $3::date IS NULL THEN '' ELSE 'meeting' END, told_on = $3, told_by = $4
           WHERE tenant_id = $1 AND id = $2""",
        [(tx.tenant, r["id"], r["signed_on"], by if r["signed_on"] else None) for r in rows],
    )
    return len(rows)


async def taken_back(tx: Transaction, area_code: str) -> tuple[TakenBack, ...]:
    """A village's latest ones first."""
    rows = await tx.fetch(
        """SELECT h.group_name, h.head, h.apart, b.how, b.told_on, b.reason, coalesce(a.name, '') AS by, b.at
           FROM publicity_taken_back b
           JOIN publicity_household h ON h.tenant_id = b.tenant_id AND h.id = b.household_id
           LEFT JOIN account a ON a.tenant_id = b.tenant_id AND a.id = b.by
           WHERE b.tenant_id = $1 AND b.area_code = $2 ORDER BY b.at DESC, b.id LIMIT 50""",
        tx.tenant,
        area_code,
    )
    return tuple(TakenBack(**dict(row)) for row in rows)
