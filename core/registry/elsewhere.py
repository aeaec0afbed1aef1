"""Who applies or receives in another district of the province: keyed marks that give away a district's name, nothing else.

    a household's standing changes ─▶ keep(): its marks in the province's rows follow, in the same transaction
    a clerk looks at an application ─▶ seen(): which of its members have a mark from another district

A mark is the HMAC of an ID number under a key of the province, so that districts' marks of one person are equal and
tell nothing to whoever has not the key. They are rows of the province's tenant, under the same forced row-level
security as everything (docs/adr/0032); this module alone borrows the transaction for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from core.clock import Clock, local_date
from core.registry import benefits
from core.registry.people import Person, Registry
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

if TYPE_CHECKING:
    from asyncpg import Record

AT_ONCE = 200
"""Households caught up with in one transaction."""

_STANDING = """
SELECT h.told_above, t.parent_id AS province,
       (SELECT array_agg(m.person_id ORDER BY m.person_id) FROM household_member m
        WHERE m.tenant_id = h.tenant_id AND m.household_id = h.id AND m.claimed IS NULL) AS people,
       EXISTS (SELECT FROM process p WHERE p.tenant_id = h.tenant_id AND p.subject_id = h.id AND p.kind = 'case'
               AND NOT p.ended AND p.state <> 'draft') AS applying,
       EXISTS (SELECT FROM benefit b WHERE b.tenant_id = h.tenant_id AND b.household_id = h.id
               AND b.until_month IS NULL) AS receiving,
       (SELECT max(b.until_month) FROM benefit b WHERE b.tenant_id = h.tenant_id AND b.household_id = h.id
        AND b.until_month > $3 AND b.until_month > b.from_month) AS until_month
FROM household h JOIN tenant t ON t.id = h.tenant_id WHERE h.tenant_id = $1 AND h.id = $2
"""


class _Standing(NamedTuple):
    """What the province should know. `told` says it in one line, kept at the household."""

    province: UUID
    kind: str
    until: date | None
    people: list[UUID]
    told: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A member who has a mark from another district. `kind` is "applying" or "receiving"."""

    person: UUID
    name: str
    district: str
    kind: str


@dataclass(frozen=True)
class Marks:
    """The marks of an installation's provinces. A district without a province has none and finds none."""

    registry: Registry
    cipher: FieldCipher
    clock: Clock

    async def keep(self, tx: Transaction, household_id: UUID) -> None:
        """Bring the province's marks of this household up to date; nothing is written where nothing changed.

        People a household only claims to have are not marked: a stranger's word counts against nobody.
        """
        if await self._changed(tx, household_id) is None:
            return
        await tx.execute(
            "SELECT FROM household WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tx.tenant, household_id
        )
        found = await self._changed(tx, household_id)  # as whoever held it left it
        if found is None:
            return
        province, kind, until, people, told = found
        known = await self.registry.people(tx, people)
        marks = self._marks(province, known.values())
        async with tx.lent(province) as above:
            await above.execute(
                "DELETE FROM mark_elsewhere WHERE tenant_id = $1 AND district_id = $2 AND household = $3",
                above.tenant, tx.tenant, household_id,
            )  # fmt: skip
            if marks:
                await above.execute(
                    """INSERT INTO mark_elsewhere (tenant_id, mark, district_id, household, kind, until_month)
                       SELECT $1, m, $3, $4, $5, $6 FROM unnest($2::bytea[]) AS u (m)""",
                    above.tenant, list(marks), tx.tenant, household_id, kind, until,
                )  # fmt: skip
        await tx.execute(
            "UPDATE household SET told_above = $3 WHERE tenant_id = $1 AND id = $2",
            tx.tenant, household_id, told,
        )  # fmt: skip

    async def _changed(self, tx: Transaction, household_id: UUID) -> _Standing | None:
        """How the household stands, where the province was told something else; None where it is as it was told."""
        row = await tx.fetchrow(_STANDING, tx.tenant, household_id, local_date(self.clock()))
        if row is None or row["province"] is None:
            return None
        kind, until = _kind(row), None if row["receiving"] else row["until_month"]
        people = (row["people"] or []) if kind else []
        told = f"{kind} {until or ''} {' '.join(map(str, people))}".strip()
        return None if told == row["told_above"] else _Standing(row["province"], kind, until, people, told)

    async def seen(
        self, tx: Transaction, people: Sequence[Person], *, alone: bool = False
    ) -> tuple[Elsewhere, ...]:
        """Those of `people` with a mark from another district, and its name; by their order, receiving first.

        `alone`: the marks are held to the end of the transaction, so that two districts do not accept one person at once.
        What ends before a benefit decided today could begin is no hindrance any more.
        """
        province = await _province(tx)
        if province is None or not people:
            return ()
        by_mark = self._marks(province, people)
        begins = benefits.next_month(local_date(self.clock()))
        async with tx.lent(province) as above:
            if alone:
                await _hold(above, by_mark)
            rows = await above.fetch(
                """SELECT s.mark, s.kind, t.name FROM mark_elsewhere s JOIN tenant t ON t.id = s.district_id
                   WHERE s.tenant_id = $1 AND s.mark = ANY($2) AND s.district_id <> $3
                     AND (s.until_month IS NULL OR s.until_month > $4) ORDER BY s.kind DESC, t.code""",
                above.tenant, list(by_mark), tx.tenant, begins,
            )  # fmt: skip
        place = {mark: n for n, mark in enumerate(by_mark)}
        found = [(place[bytes(r["mark"])], by_mark[bytes(r["mark"])], r) for r in rows]
        hits = [Elsewhere(p.id, p.name, r["name"], r["kind"]) for _, p, r in sorted(found, key=_by_place)]
        return tuple(dict.fromkeys(hits))

    async def catch_up(self, tx: Transaction, most: int = AT_ONCE) -> int:
        """Tell the province of households it was never told of; how many. Call again until it is none."""
        rows = await tx.fetch(
            """SELECT h.id FROM household h JOIN tenant t ON t.id = h.tenant_id AND t.parent_id IS NOT NULL
               WHERE h.tenant_id = $1 AND h.told_above IS NULL LIMIT $2 FOR UPDATE OF h SKIP LOCKED""",
            tx.tenant,
            most,
        )
        for row in rows:
            await self.keep(tx, row["id"])
        return len(rows)

    async def forget_past(self, province: Transaction) -> None:
        """Take away marks of benefits that have ended. `province` is the province's own transaction."""
        await province.execute(
            "DELETE FROM mark_elsewhere WHERE tenant_id = $1 AND until_month <= $2",
            province.tenant,
            local_date(self.clock()),
        )

    def _marks(self, province: UUID, people: Iterable[Person]) -> dict[bytes, Person]:
        return {
            self.cipher.blind_index(province, "elsewhere.id_number", p.private.id_number): p for p in people
        }


def _kind(row: Record) -> str:
    if row["receiving"] or row["until_month"]:
        return "receiving"
    return "applying" if row["applying"] else ""


def _by_place(found: tuple[int, Person, Record]) -> int:
    return found[0]


async def _province(tx: Transaction) -> UUID | None:
    province: UUID | None = await tx.fetchval("SELECT parent_id FROM tenant WHERE id = $1", tx.tenant)
    return province


async def _hold(tx: Transaction, marks: Iterable[bytes]) -> None:
    """Advisory locks under the first eight bytes of each mark, always in one order."""
    for number in sorted(int.from_bytes(mark[:8], "big", signed=True) for mark in marks):
        await tx.execute("SELECT pg_advisory_xact_lock($1)", number)
