"""Everyone on the rolls of a district, household by household: for checks that go over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.registry.people import Household, Registry
from core.storage.database import Transaction

CHUNK = 500


@dataclass(frozen=True, slots=True)
class OnRolls:
    """A household that is paid now, and the open case its review would belong to; None where it has none."""

    household: Household
    case_id: UUID | None


async def households_on_rolls(
    tx: Transaction, registry: Registry, today: date, area: str = ""
) -> AsyncIterator[OnRolls]:
    """In the order of their areas. `area` narrows to codes that begin so."""
    rows = await tx.fetch(
        """SELECT b.household_id,
                  (SELECT p.id FROM process p
                   WHERE p.tenant_id = $1 AND p.subject_id = b.household_id AND p.kind = 'case' AND NOT p.ended
                   ORDER BY p.id = b.process_id DESC NULLS LAST, p.opened_at DESC LIMIT 1) AS case_id
           FROM benefit b
           WHERE b.tenant_id = $1 AND (b.until_month IS NULL OR b.until_month > $2) AND starts_with(b.area_code, $3)
           ORDER BY b.area_code, b.household_id""",
        tx.tenant,
        today,
        area,
    )
    cases: dict[UUID, UUID | None] = {row["household_id"]: row["case_id"] for row in rows}
    ids = list(cases)
    for start in range(0, len(ids), CHUNK):
        for household_id in ids[start : start + CHUNK]:
            if (household := await registry.household(tx, household_id)) is not None:
                yield OnRolls(household, cases[household_id])
