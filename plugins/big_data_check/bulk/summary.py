"""Step 4: what one source says of one person, in one row: how much, which items to look at, and a digest to see change by.

    pid · hid · source · records · namesakes · amount · unknown · items · digest

`amount` is yuan a year or in the accounts (m² of dwellings for real estate), `unknown` counts dwellings without an area,
`items` are `kind:reference` where a rule of the district finds something, `kind~reference` where only a namesake does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from core.sdk.verification import Source
from plugins.big_data_check.bulk.registers import fields_of
from plugins.big_data_check.bulk.rules import ITEMS
from plugins.big_data_check.vocabulary import IDENTITY

AMOUNT = "decimal(18, 2)"
BASIC_PENSION = "城乡居民"
COLUMNS = ("pid", "hid", "source", "records", "namesakes", "amount", "unknown", "items", "digest")
TELLING = ("pid", "hid", "source", "amount", "unknown", "items")
DIGEST_BITS = (1 << 46) - 1
"""Of each row's digest, so that the sum over a person's rows (up to 100,000) is an integer still."""
_NO_ITEMS: Any = ibis.null("array<string>")
READ: Mapping[Source, tuple[str, ...]] = {
    Source.HOUSEHOLD_REGISTRATION: ("status",),
    Source.VEHICLES: ("reference", "kind", "value", "disability_aid"),
    Source.REAL_ESTATE: ("reference", "kind", "area"),
    Source.MARKET_ENTITIES: ("reference", "role", "status", "profit", "dividends", "employees"),
    Source.TAX: ("taxed_income", "year"),
    Source.SOCIAL_INSURANCE: ("scheme", "status", "employer", "monthly_pension"),
    Source.HOUSING_FUND: ("employer",),
    Source.DEPOSITS: ("balance",),
    Source.SECURITIES: ("balance",),
    Source.PAYROLL: ("employer", "kind", "annual_pay"),
}
"""What rules and sums read of a row; the rest of it goes no further than the digest."""


WIDEST = max(map(len, READ.values()))


def said(source: Source, rows: ibis.Table, salt: str) -> ibis.Table:
    """A registry's rows as steps 2 to 4 want them: whose, what rules and sums read, and `said`, a digest of all there is.

    What is read is called `read_0`, `read_1`, …, as many for every source, so that looking for the owners is the same query for
    all; `_named` gives the names back.
    """
    keys = READ.get(source, ())
    return rows.select(
        *(field.key for field in IDENTITY),
        said=_digest(source, rows, salt) & DIGEST_BITS,
        **{f"read_{n}": rows[keys[n]] if n < len(keys) else ibis.null("string") for n in range(WIDEST)},
    )


def _named(source: Source, matched: ibis.Table) -> ibis.Table:
    """What rules and sums read of rows of `said`, by the names the source gives them, and what steps 2 and 3 found."""
    read = {key: matched[f"read_{n}"] for n, key in enumerate(READ.get(source, ()))}
    return matched.select("pid", "hid", "district", "namesake", "said", **read)


def per_person(source: Source, matched: ibis.Table, limits: ibis.Table) -> ibis.Table:
    """`matched` is what steps 2 and 3 found in rows of `said`, with `pid`, `hid`, `district` and `namesake`."""
    matched = _named(source, matched)
    rows: Any = matched.join(limits, "district") if source in ITEMS or source is Source.TAX else matched
    measures = {
        "hid": rows.hid.min(),
        "records": rows.count(where=~rows.namesake),
        "namesakes": rows.count(where=rows.namesake),
        "digest": rows.said.sum().cast("int64"),
    }
    empty: dict[str, Any] = {
        "amount": ibis.literal(0).cast(AMOUNT), "unknown": ibis.literal(0).cast("int64"),
        "items": _NO_ITEMS,
    }  # fmt: skip
    if (total := _total_of(source, rows)) is not None:
        measures["amount"] = total.fill_null(0).cast(AMOUNT)
    if source is Source.REAL_ESTATE:
        measures["unknown"] = rows.count(where=rows.area.isnull() & (rows.kind != "shop"))
    if (rule := ITEMS.get(source)) is not None:
        item = rule(rows)
        marked = ibis.ifelse(rows.namesake, item.replace(":", "~"), item)
        measures["items"] = marked.collect(where=item.notnull())
    found = rows.group_by("pid").agg(**measures)
    if "items" in measures:
        found = found.mutate(items=ibis.ifelse(found["items"].length() > 0, found["items"].sort(), _NO_ITEMS))
    rest = {name: value for name, value in empty.items() if name not in measures}
    return found.mutate(source=ibis.literal(source.value), **rest).select(*COLUMNS)


def telling(facts: ibis.Table) -> ibis.Table:
    """What households and alerts are made from: about half of the facts only say that nothing is different."""
    told = facts.items.notnull() | (facts.unknown != 0) | (facts.amount != 0)
    return facts.filter(told).select(*TELLING)


def _total_of(source: Source, rows: Any) -> Any:
    """One figure for each person, exact; None for sources that tell none."""
    match source:
        case Source.DEPOSITS | Source.SECURITIES:
            nothing = ibis.literal(0).cast("decimal(14, 2)")
            return ibis.greatest(
                rows.balance, nothing
            ).sum()  # an overdraft takes nothing from other accounts
        case Source.REAL_ESTATE:
            return rows.area.sum(where=rows.kind != "shop")
        case Source.TAX:
            return rows.taxed_income.sum(where=rows.year.isnull() | (rows.year == rows.tax_year))
        case Source.PAYROLL:
            return rows.annual_pay.sum()
        case Source.SOCIAL_INSURANCE:
            counts = rows.basic_pension_counts | ~rows.scheme.contains(BASIC_PENSION)
            return rows.monthly_pension.sum(where=counts) * 12
    return None


def _digest(source: Source, rows: Any, salt: str) -> Any:
    """Of everything the source says; salted, so that nothing can be looked up by it. Only compared on the same engine."""
    told = {field.key: rows[field.key] for field in fields_of(source)}
    return ibis.struct({"salt": ibis.literal(salt), **told}).hash()
