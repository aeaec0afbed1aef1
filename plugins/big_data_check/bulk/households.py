"""Step 5b: the household's own figures: deposits, dwellings and income of all members together, and which limits they pass.

Income is what registries know of the year: the larger of taxed income and stable pay for each person (the same wages
stand in both), and pensions that count. Comparisons are exact.
"""

from __future__ import annotations

from typing import Any

import ibis

from core.sdk.verification import Source
from plugins.big_data_check.bulk.slots import looked_at, piece
from plugins.big_data_check.bulk.summary import AMOUNT

MATTER = (
    Source.TAX, Source.PAYROLL, Source.SOCIAL_INSURANCE, Source.DEPOSITS, Source.SECURITIES, Source.REAL_ESTATE,
)  # fmt: skip
"""Sources whose amounts are added up over a household."""


def per_household(people: ibis.Table, facts: ibis.Table, limits: ibis.Table) -> ibis.Table:
    """`hid`, `rooms`, `deposits_over`, `income_over`, `year` of every household of which there is something to say; `rooms`
    is the piece its area a head lies in, where its district asks for it (`boxes.py`)."""
    persons = _per_person(facts)
    sums = persons.group_by("hid").agg(
        income=_total(ibis.greatest(persons.taxed, persons.paid) + persons.pension),
        deposits=_total(persons.deposits),
        dwelling=_total(persons.dwelling),
        unknown=persons.unknown.sum(),
    )
    whose = people.group_by("hid").agg(persons=people.persons.max(), district=people.area_code[:6].min())
    return _judged(sums.join(whose, "hid").join(limits, "district"))


def _per_person(facts: ibis.Table) -> ibis.Table:
    def of(*sources: Source) -> Any:
        mine = facts.source.isin([source.value for source in sources])
        return facts.amount.sum(where=mine).fill_null(0).cast(AMOUNT)

    return facts.group_by("pid", "hid").agg(
        taxed=of(Source.TAX), paid=of(Source.PAYROLL), pension=of(Source.SOCIAL_INSURANCE),
        deposits=of(Source.DEPOSITS, Source.SECURITIES), dwelling=of(Source.REAL_ESTATE), unknown=facts.unknown.sum(),
    )  # fmt: skip


def _judged(rows: Any) -> ibis.Table:
    persons = rows.persons.cast("int32")
    figures = {"total": rows.deposits, "persons": persons, "head": rows.deposits * 12}
    judged: Any = rows.select(
        "hid",
        rooms=piece(rows, rows.dwelling, persons, rows.unknown),
        deposits_over=looked_at(rows, "deposits", figures, per={"head": persons}),
        income_over=rows.income >= rows.standard * rows.persons,
        year=rows.tax_year + 1,
    )  # fmt: skip
    kept: ibis.Table = judged.filter(judged.rooms.notnull() | judged.deposits_over | judged.income_over)
    return kept


def _total(column: Any) -> Any:
    return column.sum().cast(AMOUNT)
