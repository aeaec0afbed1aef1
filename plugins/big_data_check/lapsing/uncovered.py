"""Households that are paid and have no open case, most of them imported: nobody has signed, so nobody is asked about.

They are counted and listed for whoever opens cases there; until then a re-check leaves them out, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from core.sdk import Platform, Transaction
from plugins.big_data_check.lapsing.store import PAGE


class Uncovered(msgspec.Struct, frozen=True):
    """One household. `since`: the first month of what it receives now."""

    household_id: UUID
    applicant: str
    area_code: str
    group_name: str
    persons: int
    since: date


_FROM = """(SELECT DISTINCT ON (b.household_id) b.household_id, b.area_code, b.from_month FROM benefit b
            WHERE b.tenant_id = $1 AND (b.until_month IS NULL OR b.until_month > $3)
              AND EXISTS (SELECT FROM unnest($2::text[]) a WHERE starts_with(b.area_code, a))
            ORDER BY b.household_id, b.from_month) u
           WHERE NOT EXISTS (SELECT FROM process p WHERE p.tenant_id = $1 AND p.subject_id = u.household_id
                             AND p.kind = 'case' AND NOT p.ended)"""


async def count(tx: Transaction, areas: Sequence[str], today: date) -> int:
    found: int = await tx.fetchval(f"SELECT count(*) FROM {_FROM}", tx.tenant, list(areas), today)  # noqa: S608
    return found


async def listed(
    tx: Transaction, platform: Platform, areas: Sequence[str], today: date, page: int, size: int = PAGE
) -> list[Uncovered]:
    """By village."""
    rows = await tx.fetch(
        f"""SELECT u.household_id, u.area_code, u.from_month FROM {_FROM}
            ORDER BY u.area_code, u.household_id LIMIT {size} OFFSET {(page - 1) * size}""",  # noqa: S608
        tx.tenant,
        list(areas),
        today,
    )
    found = []
    for row in rows:
        household = await platform.household(tx, row["household_id"])
        applicant, persons = household.applicant.person.name, len(household.members)
        found.append(
            Uncovered(
                household.id, applicant, row["area_code"], household.group_name, persons, row["from_month"]
            )
        )
    return found
