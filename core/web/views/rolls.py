"""The households behind the figures: on the rolls in a month, new, removed, adjusted; for those who may see cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.storage.database import Transaction
from core.web.views.overview import Month, first_of, month_before
from core.web.views.scope import area_names

PAGE_SIZE = 50

Change = Literal["", "new", "removed", "adjusted"]


class RollsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters, as they stand in the address. `month` is `2026-09`; empty: this month."""

    month: Month = ""
    area: Annotated[str, Meta(title="地区", pattern="^([0-9]{2,12})?$")] = ""
    change: Annotated[Change, Meta(title="变动")] = ""
    category: Annotated[str, Meta(title="类别", max_length=40)] = ""
    page: Annotated[int, Meta(title="页", ge=1, le=10_000)] = 1


class RollsRow(msgspec.Struct, frozen=True):
    """One household. Amounts are yuan per month; `before` is what it was paid in the month before, None: nothing."""

    household_id: UUID
    process_id: UUID | None
    applicant: str
    group_name: str
    area: str
    category: str
    persons: int
    amount: Decimal | None
    before: Decimal | None
    before_category: str


class RollsPage(msgspec.Struct, frozen=True):
    month: date
    rows: tuple[RollsRow, ...]
    total: int
    page: int
    pages: int


_CHANGES: dict[str, str] = {
    "": "now.household_id IS NOT NULL",
    "new": "before.household_id IS NULL",
    "removed": "now.household_id IS NULL",
    "adjusted": "now.amount <> before.amount OR now.category <> before.category",
}
_PAID = """SELECT household_id, process_id, area_code, category, persons, amount FROM benefit b
           WHERE b.tenant_id = $1 AND b.from_month <= {m} AND (b.until_month IS NULL OR b.until_month > {m})
             AND EXISTS (SELECT FROM unnest($4::text[]) AS w (area) WHERE starts_with(b.area_code, w.area))"""
_FROM = f"""(WITH now AS ({_PAID.format(m="$2")}), before AS ({_PAID.format(m="$3")})
            SELECT household_id, coalesce(now.process_id, before.process_id) AS process_id,
                   coalesce(now.area_code, before.area_code) AS area_code, coalesce(now.persons, before.persons) AS persons,
                   now.category, now.amount, before.amount AS before, before.category AS before_category
            FROM now FULL JOIN before USING (household_id) WHERE {{change}}) AS r
            JOIN household h ON h.tenant_id = $1 AND h.id = r.household_id
            JOIN person a ON a.tenant_id = $1 AND a.id = h.applicant_id
            WHERE ($5 = '' OR coalesce(r.category, r.before_category) = $5)"""  # noqa: S608


async def rolls(
    tx: Transaction, today: date, wanted: RollsQuery, areas: list[str], *, size: int = PAGE_SIZE
) -> RollsPage:
    """By village and name. `areas` are the prefixes the person may see cases of, narrowed to what they asked for."""
    month = first_of(wanted.month, today)
    values = [tx.tenant, month, month_before(month), areas, wanted.category]
    source = _FROM.format(change=_CHANGES[wanted.change])
    total = await tx.fetchval(f"SELECT count(*) FROM {source}", *values)  # noqa: S608
    pages = max(1, -(-total // size))
    page = min(wanted.page, pages)
    rows = await tx.fetch(
        f"SELECT r.*, a.name AS applicant, h.group_name FROM {source} ORDER BY r.area_code, a.name_key, r.household_id "  # noqa: S608
        f"LIMIT {size} OFFSET {(page - 1) * size}",
        *values,
    )
    names = await area_names(tx, {row["area_code"] for row in rows})
    found = tuple(
        RollsRow(
            r["household_id"], r["process_id"], r["applicant"], r["group_name"], names[r["area_code"]],
            r["category"] or "", r["persons"], r["amount"], r["before"], r["before_category"] or "",
        )
        for r in rows
    )  # fmt: skip
    return RollsPage(month, found, total, page, pages)
