"""From registry records to suspected items: the five haves by the district's own rules, each with what may explain it.

A suspicion is a question to the household, never a decision (83号; PIPL 24). What counts and from which amount on is
`core.rules`' business; here records become assets, and typical traps are pointed out beside the suspicion.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from core.sdk.verification import (
    Assets,
    Deposit,
    DepositKind,
    Entity,
    EntityRole,
    FindingKind,
    House,
    HouseholdFacts,
    HouseKind,
    ParameterSet,
    Payroll,
    PayrollKind,
    Result,
    Source,
    SourceResult,
    Suspicion,
    Vehicle,
    VehicleKind,
    findings_of,
)

NAMESAKE_NOTE = "疑似同名"
"""A result whose note starts so rests on name, birth date and area only."""

_SOURCES = {
    FindingKind.VEHICLE: Source.VEHICLES,
    FindingKind.PAYROLL: Source.PAYROLL,
    FindingKind.HOUSING: Source.REAL_ESTATE,
    FindingKind.ENTITY: Source.MARKET_ENTITIES,
    FindingKind.DEPOSITS: Source.DEPOSITS,
}


class Trap(StrEnum):
    """What often explains a suspicion; the values are the reason codes an officer clears it with."""

    SOLD_NOT_TRANSFERRED = "sold_not_transferred"
    DORMANT_ENTITY = "dormant_entity"
    PASS_THROUGH_DEPOSIT = "pass_through_deposit"  # noqa: S105
    NAMESAKE = "namesake"


TRAPS = {
    Trap.SOLD_NOT_TRANSFERRED: "检验或保险早已到期，可能已经卖掉、没有过户",
    Trap.DORMANT_ENTITY: "多年没有年报或已停业，可能没有实际经营",
    Trap.PASS_THROUGH_DEPOSIT: "近期有相近数额转入转出，可能是过账资金",
    Trap.NAMESAKE: "只有姓名、出生日期和地区相同，可能是同名的另一个人",
}


def assets_of(results: Iterable[SourceResult]) -> Assets:
    """The records that are assets, as the rules know them. Closed companies are gone; what is not known stays None."""
    hits = [r for r in results if r.result is Result.HIT]
    by_source: dict[Source, list[SourceResult]] = {}
    for hit in hits:
        by_source.setdefault(hit.source, []).append(hit)
    financial = [*by_source.get(Source.DEPOSITS, ()), *by_source.get(Source.SECURITIES, ())]
    return Assets(
        vehicles=tuple(_vehicle(r) for r in by_source.get(Source.VEHICLES, ())),
        houses=tuple(_house(r) for r in by_source.get(Source.REAL_ESTATE, ())),
        deposits=tuple(_deposit(r) for r in financial),
        entities=tuple(
            _entity(r)
            for r in by_source.get(Source.MARKET_ENTITIES, ())
            if r.values.get("status") != "closed"
        ),
        payroll=tuple(_payroll(r) for r in by_source.get(Source.PAYROLL, ())),
    )


def suspicions(
    facts: HouseholdFacts, results: Sequence[SourceResult], parameters: ParameterSet, today: date
) -> tuple[Suspicion, ...]:
    """One per kind and item, over the members `facts` counts; `id` stays the same in every later report.

    Of legal supporters nothing counts as the household's; a post of theirs does where the district's rules say so.
    """
    members = {m.person_id for m in facts.members}
    counting = [r for r in results if r.person_id in members or r.source is Source.PAYROLL]
    household = msgspec.structs.replace(facts, assets=assets_of(counting))
    found = []
    for one in findings_of(household, parameters):
        kind = FindingKind(one.kind.value)
        behind = _behind(kind, one.key, counting)
        explained = "".join(f"（{TRAPS[trap]}）" for trap in traps(kind, behind, today))
        found.append(
            Suspicion(
                id=one.key,
                kind=kind,
                item=one.text + explained,
                person_id=one.person_id,
                value=one.value,
                limit=one.limit,
                rule=f"{one.law}；{parameters.label}",
                source=_SOURCES[kind],
            )
        )
    return tuple(found)


def traps(kind: FindingKind, behind: Sequence[SourceResult], today: date) -> tuple[Trap, ...]:
    """What in the records points to a known trap: something to ask about, clearing is an officer's."""
    found = []
    if any(r.note.startswith(NAMESAKE_NOTE) for r in behind):
        found.append(Trap.NAMESAKE)
    if kind is FindingKind.VEHICLE and any(_lapsed(r, today) for r in behind):
        found.append(Trap.SOLD_NOT_TRANSFERRED)
    if kind is FindingKind.ENTITY and any(_dormant(r, today) for r in behind):
        found.append(Trap.DORMANT_ENTITY)
    if kind is FindingKind.DEPOSITS and any(_passing_through(r) for r in behind):
        found.append(Trap.PASS_THROUGH_DEPOSIT)
    return tuple(found)


def _behind(kind: FindingKind, key: str, results: Sequence[SourceResult]) -> list[SourceResult]:
    """The records a suspicion rests on: all accounts together for deposits, else those of the item."""
    wanted = {_SOURCES[kind]} | ({Source.SECURITIES} if kind is FindingKind.DEPOSITS else set())
    hits = [r for r in results if r.result is Result.HIT and r.source in wanted]
    if kind is FindingKind.DEPOSITS:
        return hits
    item = key.rpartition(":")[2]
    name = "employer" if kind is FindingKind.PAYROLL else "reference"
    return [r for r in hits if "".join(r.values.get(name, "").split()).upper() == item]


def _amount(result: SourceResult, key: str) -> Decimal | None:
    return Decimal(result.values[key]) if result.values.get(key) else None


def _vehicle(r: SourceResult) -> Vehicle:
    return Vehicle(
        owner=r.person_id,
        reference=r.values["reference"],
        kind=VehicleKind(r.values["kind"]),
        value=_amount(r, "value"),
        disability_aid=r.values.get("disability_aid") == "yes",
    )


def _house(r: SourceResult) -> House:
    return House(
        owner=r.person_id,
        reference=r.values["reference"],
        kind=HouseKind(r.values["kind"]),
        area=_amount(r, "area"),
    )


def _deposit(r: SourceResult) -> Deposit:
    """An overdraft is no asset, and takes nothing from the others."""
    usual = DepositKind.SECURITIES if r.source is Source.SECURITIES else DepositKind.BANK
    return Deposit(
        owner=r.person_id,
        amount=max(Decimal(r.values["balance"]), Decimal(0)),
        kind=DepositKind(r.values.get("kind") or usual),
    )


def _entity(r: SourceResult) -> Entity:
    employees = _amount(r, "employees")
    return Entity(
        owner=r.person_id,
        reference=r.values["reference"],
        name=r.values.get("entity_name", ""),
        role=EntityRole(r.values["role"]),
        dormant=r.values.get("status") == "dormant",
        dividends=_amount(r, "dividends"),
        profit=_amount(r, "profit"),
        employees=None if employees is None else int(employees),
    )


def _payroll(r: SourceResult) -> Payroll:
    return Payroll(
        person=r.person_id,
        employer=r.values["employer"],
        kind=PayrollKind(r.values["kind"]),
        amount=_amount(r, "annual_pay"),
    )


def _lapsed(r: SourceResult, today: date) -> bool:
    """Inspection or insurance over for a year or more."""
    ends = [date.fromisoformat(v) for k in ("inspected_until", "insured_until") if (v := r.values.get(k))]
    return any((today - end).days >= 365 for end in ends)


def _dormant(r: SourceResult, today: date) -> bool:
    filed = r.values.get("last_filed_year")
    return r.values.get("status") == "dormant" or (filed is not None and int(filed) < today.year - 2)


def _passing_through(r: SourceResult) -> bool:
    """As much went out as came in, and that is more than half of what lies there."""
    came, went, balance = (_amount(r, key) or Decimal(0) for key in ("inflow", "outflow", "balance"))
    return came > 0 and abs(came - went) * 10 <= came and came * 2 > balance
