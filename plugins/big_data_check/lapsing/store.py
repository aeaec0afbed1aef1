"""Until when the signatures of open cases are good, as stored. Inside the caller's transaction and its tenant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.sdk import Process, Transaction
from plugins.big_data_check.signatures import Signature

Tab = Literal["soon", "lapsed", "missing", "withdrawn", "uncovered"]
TABS: tuple[tuple[Tab, str], ...] = (
    ("soon", "快到期"), ("lapsed", "已过期"), ("missing", "还没有签"), ("withdrawn", "已撤回"),
    ("uncovered", "在册没有卷宗"),
)  # fmt: skip
PAGE = 50


class Line(msgspec.Struct, frozen=True):
    """One case. `lapsed` and `soon` count signatures, `guarded` and `supporters` those of them by guardians and supporters;
    `withdrawn` people who took theirs back.
    """

    case_id: UUID
    case_number: str
    title: str
    area_code: str
    first_until: date | None
    lapsed: int
    soon: int
    missing: int
    guarded: int
    supporters: int
    told_at: datetime | None
    withdrawn: int = 0


async def keep(tx: Transaction, process: Process, signatures: Sequence[Signature]) -> None:
    """What the file says now takes the place of what it said before."""

    def days(some: Iterable[Signature]) -> list[date]:
        return sorted(s.until for s in some if s.until is not None)

    supporters = [s for s in signatures if s.supporter]
    guarded = [s for s in signatures if s.guardian]
    own = [s for s in signatures if not s.supporter and not s.guardian]
    await tx.execute(
        """INSERT INTO big_data_check_signed (tenant_id, process_id, version, area_code, first_until, own, guarded,
                                              supporters, missing, withdrawn)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (tenant_id, process_id) DO UPDATE SET version = excluded.version, area_code = excluded.area_code,
               first_until = excluded.first_until, own = excluded.own, guarded = excluded.guarded,
               supporters = excluded.supporters, missing = excluded.missing,
               withdrawn = excluded.withdrawn""",
        tx.tenant, process.id, process.version, process.area_code, min(days(signatures), default=None), days(own),
        days(guarded), days(supporters), sum(s.until is None and not s.taken_back for s in signatures),
        sum(s.taken_back is not None for s in signatures),
    )  # fmt: skip


async def forget(tx: Transaction) -> None:
    """Of cases that are over nothing is asked for any more."""
    await tx.execute(
        """DELETE FROM big_data_check_signed s USING process p
           WHERE s.tenant_id = $1 AND p.tenant_id = $1 AND p.id = s.process_id AND p.ended""",
        tx.tenant,
    )


async def stale(tx: Transaction, after: UUID, limit: int) -> list[UUID]:
    """The next open cases behind `after` that went on since they were looked at, or never were."""
    rows = await tx.fetch(
        """SELECT p.id FROM process p
           LEFT JOIN big_data_check_signed s ON s.tenant_id = p.tenant_id AND s.process_id = p.id
           WHERE p.tenant_id = $1 AND p.kind = 'case' AND NOT p.ended AND s.version IS DISTINCT FROM p.version
             AND p.id > $2
           ORDER BY p.id LIMIT $3""",
        tx.tenant,
        after,
        limit,
    )
    return [row["id"] for row in rows]


class Due(msgspec.Struct, frozen=True):
    """A case whose household is to be told. `first`: the earliest day it has not heard of; `ways`: each such day and how."""

    process_id: UUID
    first: date
    ways: list[str]


async def to_remind(tx: Transaction, today: date, by: date, now: datetime, limit: int) -> list[Due]:
    """Cases in which a signature runs out by `by` and the household was not reminded of that day; the first to lapse first.

    Each day counts by itself, once before it and once after: who never signs again holds up nobody else's reminder.
    """
    rows = await tx.fetch(
        """SELECT s.process_id, min(d.day) AS first, array_agg(DISTINCT d.way ORDER BY d.way) AS ways
           FROM big_data_check_signed s, LATERAL (
               SELECT day, day || CASE WHEN day < $3 THEN ' lapsed' ELSE ' soon' END AS way
               FROM unnest(s.own || s.guarded || s.supporters) AS day WHERE day <= $2) d
           WHERE s.tenant_id = $1 AND s.first_until <= $2 AND d.way <> ALL(s.told)
             AND (s.try_after IS NULL OR s.try_after <= $4)
           GROUP BY s.process_id ORDER BY first, s.process_id LIMIT $5""",
        tx.tenant,
        by,
        today,
        now,
        limit,
    )
    return [Due(row["process_id"], row["first"], list(row["ways"])) for row in rows]


async def reminded(tx: Transaction, due: Due, told_at: datetime, version: int) -> None:
    """`version`: the case's after the reminder was written into it."""
    await tx.execute(
        """UPDATE big_data_check_signed SET told = told || $3::text[], told_at = $4, version = $5, try_after = NULL
           WHERE tenant_id = $1 AND process_id = $2""",
        tx.tenant,
        due.process_id,
        due.ways,
        told_at,
        version,
    )


async def put_off(tx: Transaction, process_id: UUID, until: datetime) -> None:
    """The case could not take its reminder: it is tried again, not given up."""
    await tx.execute(
        "UPDATE big_data_check_signed SET try_after = $3 WHERE tenant_id = $1 AND process_id = $2",
        tx.tenant,
        process_id,
        until,
    )


_WANTED: dict[str, str] = {
    "soon": "s.first_until IS NOT NULL AND EXISTS (SELECT FROM unnest(s.own || s.guarded || s.supporters) d"
    " WHERE d BETWEEN $3 AND $4)",
    "lapsed": "s.first_until < $3 AND $4::date IS NOT NULL",
    "missing": "s.missing > 0 AND $3::date <= $4",
    "withdrawn": "s.withdrawn > 0 AND $3::date <= $4",
}
_FROM = """big_data_check_signed s JOIN process p ON p.tenant_id = s.tenant_id AND p.id = s.process_id
           WHERE s.tenant_id = $1 AND NOT p.ended
             AND EXISTS (SELECT FROM unnest($2::text[]) a WHERE starts_with(s.area_code, a))"""


async def counts(tx: Transaction, areas: Sequence[str], today: date, by: date) -> dict[str, int]:
    """How many cases each tab has."""
    columns = ", ".join(f"count(*) FILTER (WHERE {held}) AS {tab}" for tab, held in _WANTED.items())
    row = await tx.fetchrow(f"SELECT {columns} FROM {_FROM}", tx.tenant, list(areas), today, by)  # noqa: S608
    return dict(row) if row else {}


async def listed(
    tx: Transaction, areas: Sequence[str], today: date, by: date, tab: str, page: int, size: int = PAGE
) -> list[Line]:
    rows = await tx.fetch(
        f"""SELECT p.id, p.number, p.title, s.* FROM {_FROM} AND {_WANTED[tab]}
            ORDER BY s.first_until NULLS LAST, p.number LIMIT {size} OFFSET {(page - 1) * size}""",  # noqa: S608
        tx.tenant,
        list(areas),
        today,
        by,
    )
    return [_line(row, today, by) for row in rows]


def _line(row: Any, today: date, by: date) -> Line:
    guarded, supporters = (sum(d <= by for d in row[name]) for name in ("guarded", "supporters"))
    days = [*row["own"], *row["guarded"], *row["supporters"]]
    return Line(
        row["id"], row["number"], row["title"], row["area_code"], row["first_until"], sum(d < today for d in days),
        sum(today <= d <= by for d in days), row["missing"], guarded, supporters, row["told_at"],
        row["withdrawn"],
    )  # fmt: skip
