"""Step 5a: the districts' tables on one registry row: what makes an item to look at. The five haves of `core.rules`, as Ibis.

Every rule gives `kind:reference`, or null where there is nothing to look at. A value nobody knows is looked at: no data
is not no asset. `rows` has the columns of one source and of the districts' limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

import ibis

from core.sdk.verification import FACTS, FiveHave, Source
from plugins.big_data_check.bulk.slots import bit, looked_at, pieces

Rule = Callable[[Any], Any]


def vehicle(rows: Any) -> Any:
    figures = {
        "kind": _bit(FiveHave.VEHICLE, "kind", rows.kind),
        "value": rows.value,
        "disability_aid": _yes(rows.disability_aid == "yes"),
    }
    return _item(looked_at(rows, "vehicle", figures), "vehicle", rows.reference)


def housing(rows: Any) -> Any:
    """What it comes to may depend on the area a head of the whole household, which only `households` knows: then the item is
    `home` with the letters of the pieces in which it is looked at."""
    figures = {"kind": _bit(FiveHave.HOUSING, "kind", rows.kind), "area": rows.area}
    letters = pieces(rows)
    if not letters:
        return _item(looked_at(rows, "housing", figures), "housing", rows.reference)
    where = [
        ibis.ifelse(
            looked_at(rows, "housing", {**figures, "rooms": ibis.literal(1 << k, "int64")}), letter, ""
        )
        for k, letter in enumerate(letters)
    ]
    there = reduce(add, where)
    kind = ibis.cases((there == letters, "housing"), (there != "", "home" + there), else_=ibis.null("string"))
    return ibis.ifelse(kind.notnull(), kind + ":" + _reference(rows.reference), ibis.null("string"))


def entity(rows: Any) -> Any:
    """Closed companies are gone; mere members of a cooperative own none (domain §3)."""
    figures = {
        "role": _bit(FiveHave.ENTITY, "role", rows.role), "dormant": _yes(rows.status == "dormant"),
        "dividends": rows.dividends, "profit": rows.profit, "employees": rows.employees,
    }  # fmt: skip
    there = (rows.status != "closed").fill_null(True) & (rows.role != "cooperative_member")
    return _item(there & looked_at(rows, "entity", figures), "entity", rows.reference)


def payroll(rows: Any) -> Any:
    figures = {"kind": _bit(FiveHave.PAYROLL, "kind", rows.kind), "annual_pay": rows.annual_pay}
    return _item(looked_at(rows, "payroll", figures), "payroll", rows.employer)


def job(rows: Any) -> Any:
    """An employer pays contributions. Which of these are new is for `alerts` to say."""
    return _item(rows.employer.notnull(), "job", rows.employer)


def insured_job(rows: Any) -> Any:
    ended = rows.status.re_search("停|终止|退休|注销").fill_null(False)
    return _item(rows.employer.notnull() & ~ended, "job", rows.employer)


def registration(rows: Any) -> Any:
    return ibis.cases(
        (rows.status == "deceased", "death:"),
        (rows.status == "moved_out", "moved:"),
        else_=ibis.null("string"),
    )


ITEMS: Mapping[Source, Rule] = {
    Source.HOUSEHOLD_REGISTRATION: registration,
    Source.VEHICLES: vehicle,
    Source.REAL_ESTATE: housing,
    Source.MARKET_ENTITIES: entity,
    Source.SOCIAL_INSURANCE: insured_job,
    Source.HOUSING_FUND: job,
    Source.PAYROLL: payroll,
}


def _bit(kind: FiveHave, name: str, column: Any) -> Any:
    return bit(column, next(fact.words for fact in FACTS[kind] if fact.name == name))


def _yes(flag: Any) -> Any:
    return flag.fill_null(False)


def _item(counts: Any, kind: str, reference: Any) -> Any:
    return ibis.ifelse(counts, ibis.literal(f"{kind}:") + _reference(reference), ibis.null("string"))


def _reference(text: Any) -> Any:
    """Spelt as `core.rules` spells it in a finding's key."""
    return text.re_replace(r"\s", "").upper()
