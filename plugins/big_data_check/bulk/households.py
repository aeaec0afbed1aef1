"""Step 5b: the household's own figures: deposits, dwellings and income of all members together, and which limits they pass.

Income is what registries know of the year: the larger of taxed income and stable pay for each person (the same wages
stand in both), and pensions that count. Comparisons are exact.
"""

from __future__ import annotations

from typing import Any

import ibis

from core.sdk.verification import Source
from plugins.big_data_check.bulk.summary import AMOUNT

MATTER = (
    Source.TAX, Source.PAYROLL, Source.SOCIAL_INSURANCE, Source.DEPOSITS, Source.SECURITIES, Source.REAL_ESTATE,
)  # fmt: skip
"""Sources whose amounts are added up over a household."""


def per_household(people: ibis.Table, facts: ibis.Table, limits: ibis.Table) -> ibis.Table:
    """`hid`, `narrow`, `deposits_over`, `income_over`, `year` of every household of which one of the three is true."""
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
    by_household = rows.deposits >= rows.deposits_household
    by_person = rows.deposits * 12 > rows.deposits_months * rows.standard * rows.persons
    narrow = (rows.unknown == 0) & (rows.dwelling < rows.housing_small * rows.persons)
    judged: ibis.Table = rows.select(
        "hid",
        narrow=narrow.fill_null(False),
        deposits_over=by_household.fill_null(False) | by_person.fill_null(False),
        income_over=rows.income >= rows.standard * rows.persons,
        year=rows.tax_year + 1,
    )  # fmt: skip
    return judged.filter(judged.narrow | judged.deposits_over | judged.income_over)


def _total(column: Any) -> Any:
    return column.sum().cast(AMOUNT)
