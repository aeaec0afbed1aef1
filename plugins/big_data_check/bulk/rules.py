"""Step 5a: the district's limits on one registry row: what makes an item to look at. The five haves of `core.rules`, as Ibis.

Every rule gives `kind:reference`, or null where there is nothing to look at. A value nobody knows is looked at: no data
is not no asset. `rows` has the columns of one source and of `limits.SCHEMA`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis

from core.sdk.verification import Source

Rule = Callable[[Any], Any]


def vehicle(rows: Any) -> Any:
    over = (
        rows.value.isnull()
        | (rows.value >= rows.vehicle_at_least).fill_null(False)
        | (rows.value > rows.vehicle_more_than).fill_null(False)
    )
    listed = rows.vehicle_kinds.contains(ibis.literal(",") + rows.kind + ",")
    exempt = rows.vehicle_aid_exempt & (rows.disability_aid == "yes").fill_null(False)
    counts = rows.vehicle & ~exempt & ibis.ifelse(rows.vehicle_kinds == "", over, listed)
    return _item(counts, "vehicle", rows.reference)


def housing(rows: Any) -> Any:
    """Shops apart from dwellings: only these are let off where the household lives narrowly."""
    kind = ibis.cases(
        ((rows.kind == "commercial") & rows.housing_commercial, "housing"),
        ((rows.kind == "shop") & rows.housing_shops, "shop"),
        else_=ibis.null("string"),
    )
    return ibis.ifelse(kind.notnull(), kind + ":" + _reference(rows.reference), ibis.null("string"))


def entity(rows: Any) -> Any:
    there = (rows.status != "closed").fill_null(True) & (rows.role != "cooperative_member")
    much = rows.profit.isnull() | (rows.profit > rows.entity_profit_limit)
    matters = ibis.cases(
        (rows.entity_when == "any", ibis.literal(True)),
        (rows.entity_when == "dividends", (rows.dividends != 0).fill_null(True)),
        (rows.entity_when == "profit", much | (rows.employees != 0).fill_null(True)),
        else_=ibis.literal(False),
    )
    return _item(there & matters, "entity", rows.reference)


def payroll(rows: Any) -> Any:
    stable = (rows.kind == "state_enterprise") & rows.payroll_state_enterprise.notnull()
    enough = (rows.annual_pay >= rows.payroll_state_enterprise).fill_null(True)
    counts = rows.payroll & ((rows.kind == "fiscal") | (stable & enough))
    return _item(counts, "payroll", rows.employer)


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


def _item(counts: Any, kind: str, reference: Any) -> Any:
    return ibis.ifelse(counts, ibis.literal(f"{kind}:") + _reference(reference), ibis.null("string"))


def _reference(text: Any) -> Any:
    """Spelt as `core.rules` spells it in a finding's key."""
    return text.re_replace(r"\s", "").upper()
