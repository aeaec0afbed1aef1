"""Everyone on the rolls of a district, household by household: for checks that go over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.registry.people import Household, Registry
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class OnRolls:
    """A household that is paid now, and the open case its review would belong to; None where it has none."""

    household: Household
    case_id: UUID | None


async def households_on_rolls(
    tx: Transaction,
    registry: Registry,
    today: date,
    area: str = "",
    after: UUID | None = None,
    most: int | None = None,
) -> AsyncIterator[OnRolls]:
    """By the households' ids. `area` narrows to codes that begin so; `after` and `most` take a part at a time."""
    rows = await tx.fetch(
        """SELECT DISTINCT ON (b.household_id) b.household_id,
                  (SELECT p.id FROM process p
                   WHERE p.tenant_id = $1 AND p.subject_id = b.household_id AND p.kind = 'case' AND NOT p.ended
                   ORDER BY p.id = b.process_id DESC NULLS LAST, p.opened_at DESC LIMIT 1) AS case_id
           FROM benefit b
           WHERE b.tenant_id = $1 AND (b.until_month IS NULL OR b.until_month > $2) AND starts_with(b.area_code, $3)
             AND ($4::uuid IS NULL OR b.household_id > $4)
           ORDER BY b.household_id, b.from_month DESC LIMIT $5""",
        tx.tenant,
        today,
        area,
        after,
        most,
    )
    for row in rows:
        if (household := await registry.household(tx, row["household_id"])) is not None:
            yield OnRolls(household, row["case_id"])


async def count_on_rolls(tx: Transaction, today: date) -> int:
    found: int = await tx.fetchval(
        """SELECT count(DISTINCT household_id) FROM benefit
           WHERE tenant_id = $1 AND (until_month IS NULL OR until_month > $2)""",
        tx.tenant,
        today,
    )
    return found
