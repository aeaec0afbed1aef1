"""The rolls: who receives how much from which month. Rows are closed, never overwritten.

Entry is only by a confirmed case (57号 28), or by an import of the existing rolls, marked as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Benefit:
    """One entry of the rolls. `amount` is yuan per month for the household; months are first days."""

    id: UUID
    household_id: UUID
    process_id: UUID | None
    area_code: str
    category: str
    mode: str
    amount: Decimal
    persons: int
    from_month: date
    until_month: date | None
    origin: str


def next_month(day: date) -> date:
    """The first day of the month after `day` (57号 21: paid from the month after the decision)."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


async def current(tx: Transaction, household_id: UUID, today: date) -> Benefit | None:
    """What the household receives, or will from next month; in a grace period until its last month.

    An entry ended in the very month it was to begin never paid anything.
    """
    row = await tx.fetchrow(
        """SELECT id, household_id, process_id, area_code, category, mode, amount, persons, from_month,
                  until_month, origin
           FROM benefit WHERE tenant_id = $1 AND household_id = $2
             AND (until_month IS NULL OR (until_month > $3 AND until_month > from_month))
           ORDER BY from_month DESC LIMIT 1""",
        tx.tenant,
        household_id,
        today,
    )
    return Benefit(**dict(row)) if row else None


async def receiving(
    tx: Transaction, person_ids: list[UUID], besides: UUID | None, begins: date | None = None
) -> list[UUID]:
    """Those of `person_ids` who already receive the allowance in another household (duplicate benefit).

    `begins`: the month a new benefit could begin; what runs out later (a grace period) counts as well.
    """
    rows = await tx.fetch(
        """SELECT DISTINCT m.person_id FROM benefit b
           JOIN household_member m ON m.tenant_id = b.tenant_id AND m.household_id = b.household_id
           WHERE b.tenant_id = $1 AND (b.until_month IS NULL OR (b.until_month > $4 AND b.until_month > b.from_month))
             AND m.person_id = ANY($2) AND b.household_id IS DISTINCT FROM $3""",
        tx.tenant,
        person_ids,
        besides,
        begins,
    )
    return [r["person_id"] for r in rows]


async def start(tx: Transaction, benefit: Benefit) -> None:
    """Enter a household from `from_month`, ending what it received until then."""
    await end(tx, benefit.household_id, benefit.from_month)
    await tx.execute(
        """INSERT INTO benefit (tenant_id, id, household_id, process_id, area_code, category, mode, amount, persons,
                                from_month, until_month, origin)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        tx.tenant,
        benefit.id,
        benefit.household_id,
        benefit.process_id,
        benefit.area_code,
        benefit.category,
        benefit.mode,
        benefit.amount,
        benefit.persons,
        benefit.from_month,
        benefit.until_month,
        benefit.origin,
    )


async def end(tx: Transaction, household_id: UUID, until_month: date) -> None:
    """Close the running entry: nothing is paid from `until_month` on."""
    await tx.execute(
        "UPDATE benefit SET until_month = $3 WHERE tenant_id = $1 AND household_id = $2 AND until_month IS NULL",
        tx.tenant,
        household_id,
        until_month,
    )


def entry(
    household_id: UUID,
    process_id: UUID | None,
    area_code: str,
    category: str,
    mode: str,
    amount: Decimal,
    persons: int,
    from_month: date,
    origin: str = "confirmed",
) -> Benefit:
    return Benefit(
        uuid4(),
        household_id,
        process_id,
        area_code,
        category,
        mode,
        amount,
        persons,
        from_month,
        None,
        origin,
    )
