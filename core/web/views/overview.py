"""A district in figures: on the rolls by category, new, removed, adjusted; cases and rounds by stage; each with its list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.kernel.runtime import Runtime


Month = Annotated[
    str,
    Meta(
        title="月份",
        pattern="^((19|20|21)[0-9]{2}-(0[1-9]|1[0-2]))?$",
        extra={"message": "请按 2026-09 的样子填写"},
    ),
]


class OverviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`month` is `2026-09`; empty: this month."""

    month: Month = ""
    area: Annotated[str, Meta(title="地区", pattern="^([0-9]{2,12})?$")] = ""


class Category(msgspec.Struct, frozen=True):
    """Households and persons on the rolls in a month, and what they are paid (yuan per month)."""

    category: str
    households: int
    persons: int
    amount: Decimal


class Movement(msgspec.Struct, frozen=True):
    """Against the month before. `adjusted` received before and now, but another amount or category."""

    new: int
    removed: int
    adjusted: int
    kept: int


class StateCount(msgspec.Struct, frozen=True):
    state: str
    label: str
    cases: int
    overdue: int


class AreaLine(msgspec.Struct, frozen=True):
    area_code: str
    area: str
    households: int
    persons: int
    amount: Decimal
    open_cases: int
    overdue: int


class Overview(msgspec.Struct, frozen=True):
    month: date
    categories: tuple[Category, ...]
    movement: Movement
    months: tuple[tuple[str, int, int], ...]
    states: tuple[StateCount, ...]
    rounds: tuple[StateCount, ...]
    areas: tuple[AreaLine, ...]

    @property
    def households(self) -> int:
        return sum(c.households for c in self.categories)

    @property
    def persons(self) -> int:
        return sum(c.persons for c in self.categories)

    @property
    def amount(self) -> Decimal:
        return sum((c.amount for c in self.categories), Decimal(0))


def first_of(month: str, today: date) -> date:
    return date.fromisoformat(f"{month}-01") if month else today.replace(day=1)


def month_before(month: date) -> date:
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


_PAID = "b.from_month <= {m} AND (b.until_month IS NULL OR b.until_month > {m})"


async def overview(
    tx: Transaction, runtime: Runtime, today: date, wanted: OverviewQuery, areas: list[str]
) -> Overview:
    """Of all areas with one of these prefixes: where the person may look, narrowed to what they asked for."""
    month = first_of(wanted.month, today)
    return Overview(
        month,
        _in_order(await _categories(tx, month, areas), runtime, today),
        await _movement(tx, month, areas),
        await _months(tx, month, areas),
        await _states(tx, runtime, "case", today, areas),
        await _states(tx, runtime, "round", today, areas),
        await _areas(tx, month, today, areas),
    )


async def _categories(tx: Transaction, month: date, areas: list[str]) -> tuple[Category, ...]:
    rows = await tx.fetch(
        f"""SELECT b.category, count(*) AS households, sum(b.persons) AS persons, sum(b.amount) AS amount
            FROM benefit b WHERE b.tenant_id = $1 AND {_PAID.format(m="$2")} AND EXISTS (SELECT FROM unnest($3::text[]) AS w (area) WHERE starts_with(b.area_code, w.area))
            GROUP BY b.category ORDER BY b.category""",  # noqa: S608
        tx.tenant,
        month,
        areas,
    )
    return tuple(Category(r["category"], r["households"], r["persons"], r["amount"]) for r in rows)


def _in_order(found: tuple[Category, ...], runtime: Runtime, today: date) -> tuple[Category, ...]:
    """As the district's tiers go, the neediest first; what no tier is called comes last, by name."""
    order = [tier.category for tier in runtime.settings.parameters(today).tiers]
    known = {category: place for place, category in enumerate(order)}
    return tuple(sorted(found, key=lambda c: (known.get(c.category, len(known)), c.category)))


async def _movement(tx: Transaction, month: date, areas: list[str]) -> Movement:
    row = await tx.fetchrow(
        f"""WITH now AS (SELECT household_id, category, amount FROM benefit b
                         WHERE b.tenant_id = $1 AND {_PAID.format(m="$2")} AND EXISTS (SELECT FROM unnest($4::text[]) AS w (area) WHERE starts_with(b.area_code, w.area))),
                 before AS (SELECT household_id, category, amount FROM benefit b
                            WHERE b.tenant_id = $1 AND {_PAID.format(m="$3")} AND EXISTS (SELECT FROM unnest($4::text[]) AS w (area) WHERE starts_with(b.area_code, w.area)))
            SELECT count(*) FILTER (WHERE before.household_id IS NULL) AS new,
                   count(*) FILTER (WHERE now.household_id IS NULL) AS removed,
                   count(*) FILTER (WHERE now.amount <> before.amount OR now.category <> before.category) AS adjusted,
                   count(*) FILTER (WHERE now.amount = before.amount AND now.category = before.category) AS kept
            FROM now FULL JOIN before USING (household_id)""",  # noqa: S608
        tx.tenant,
        month,
        month_before(month),
        areas,
    )
    return Movement(**dict(row)) if row else Movement(0, 0, 0, 0)


async def _months(tx: Transaction, month: date, areas: list[str]) -> tuple[tuple[str, int, int], ...]:
    """Households and persons over the last twelve months, oldest first."""
    rows = await tx.fetch(
        f"""SELECT m::date AS month, count(b.household_id) AS households, coalesce(sum(b.persons), 0) AS persons
            FROM generate_series($2::date - interval '11 months', $2::date, interval '1 month') AS m
            LEFT JOIN benefit b ON b.tenant_id = $1 AND {_PAID.format(m="m")} AND EXISTS (SELECT FROM unnest($3::text[]) AS w (area) WHERE starts_with(b.area_code, w.area))
            GROUP BY m ORDER BY m""",  # noqa: S608
        tx.tenant,
        month,
        areas,
    )
    return tuple((r["month"].isoformat()[:7], r["households"], r["persons"]) for r in rows)


async def _states(
    tx: Transaction, runtime: Runtime, kind: str, today: date, areas: list[str]
) -> tuple[StateCount, ...]:
    rows = await tx.fetch(
        """SELECT procedure, state, count(*) AS cases,
                  count(*) FILTER (WHERE least(stage_due, total_due, task_due) < $3) AS overdue
           FROM process WHERE tenant_id = $1 AND kind = $2 AND NOT ended AND EXISTS (SELECT FROM unnest($4::text[]) AS w (area) WHERE starts_with(area_code, w.area))
           GROUP BY procedure, state""",
        tx.tenant,
        kind,
        today,
        areas,
    )
    order = [s for spec in runtime.procedures.procedures.values() for s in spec.stages]
    merged: dict[str, StateCount] = {}
    for row in rows:
        spec = runtime.procedures.procedures.get(row["procedure"])
        label = spec.stages[row["state"]].label if spec and row["state"] in spec.stages else row["state"]
        old = merged.get(row["state"], StateCount(row["state"], label, 0, 0))
        merged[row["state"]] = StateCount(
            row["state"], label, old.cases + row["cases"], old.overdue + row["overdue"]
        )
    return tuple(
        sorted(merged.values(), key=lambda c: order.index(c.state) if c.state in order else len(order))
    )


async def _areas(tx: Transaction, month: date, today: date, areas: list[str]) -> tuple[AreaLine, ...]:
    """By township; inside one township by village."""
    width = 12 if min(map(len, areas), default=0) >= 9 else 9
    rows = await tx.fetch(
        f"""WITH paid AS (SELECT left(b.area_code, $4) AS code, count(*) AS households, sum(b.persons) AS persons,
                                 sum(b.amount) AS amount
                          FROM benefit b WHERE b.tenant_id = $1 AND {_PAID.format(m="$2")}
                            AND EXISTS (SELECT FROM unnest($5::text[]) AS w (area) WHERE starts_with(b.area_code, w.area)) GROUP BY 1),
                 work AS (SELECT left(p.area_code, $4) AS code, count(*) AS open_cases,
                                 count(*) FILTER (WHERE least(p.stage_due, p.total_due, p.task_due) < $3) AS overdue
                          FROM process p WHERE p.tenant_id = $1 AND p.kind = 'case' AND NOT p.ended
                            AND EXISTS (SELECT FROM unnest($5::text[]) AS w (area) WHERE starts_with(p.area_code, w.area)) GROUP BY 1)
            SELECT f.code, coalesce(a.name, f.code) AS area, coalesce(households, 0) AS households,
                   coalesce(persons, 0) AS persons, coalesce(amount, 0) AS amount,
                   coalesce(open_cases, 0) AS open_cases, coalesce(overdue, 0) AS overdue
            FROM (paid FULL JOIN work USING (code)) AS f LEFT JOIN area a ON a.code = rpad(f.code, 12, '0')
            ORDER BY f.code""",  # noqa: S608
        tx.tenant,
        month,
        today,
        width,
        areas,
    )
    return tuple(
        AreaLine(
            r["code"].ljust(12, "0"),
            *(r[k] for k in ("area", "households", "persons", "amount", "open_cases", "overdue")),
        )
        for r in rows
    )
