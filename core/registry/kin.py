"""Declared near-relative edges between people of a tenant, and the part of that graph a decision needs.

An edge says "`a` is the <relation> of `b`" with relation spouse, parent or sibling; everything else (grandparents,
in-laws, uncles) is computed by `core.access.kinship`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from core.storage.database import Transaction

DeclaredRelation = Literal["spouse", "parent", "sibling"]

REACH = 4
"""Edges followed from a household outwards: enough for cousins, the farthest degree a district may ask for."""


async def declare(
    tx: Transaction, edges: Iterable[tuple[UUID, UUID, DeclaredRelation]], declared_by: UUID
) -> None:
    """Store edges once each; a person is never kin of themself."""
    rows = [(tx.tenant, a, b, r, declared_by) for a, b, r in edges if a != b]
    await tx.executemany(
        """INSERT INTO kinship (tenant_id, person_a, person_b, relation, declared_by)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        rows,
    )


async def around(
    tx: Transaction, people: Iterable[UUID], reach: int = REACH
) -> list[tuple[UUID, UUID, DeclaredRelation]]:
    """All edges within `reach` steps of any of `people`."""
    rows = await tx.fetch(
        """WITH RECURSIVE near (person, steps) AS (
               SELECT unnest($2::uuid[]), 0
             UNION
               SELECT CASE WHEN k.person_a = near.person THEN k.person_b ELSE k.person_a END, near.steps + 1
               FROM near JOIN kinship k ON k.tenant_id = $1 AND near.person IN (k.person_a, k.person_b)
               WHERE near.steps < $3)
           SELECT DISTINCT k.person_a, k.person_b, k.relation FROM kinship k
           WHERE k.tenant_id = $1 AND (k.person_a IN (SELECT person FROM near)
                                       OR k.person_b IN (SELECT person FROM near))""",
        tx.tenant,
        list(people),
        reach,
    )
    return [(r["person_a"], r["person_b"], r["relation"]) for r in rows]
