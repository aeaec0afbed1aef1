"""Income and marriage, as the household says it and as registries know it, in the same terms. Pure.

A register that knows nothing of somebody says nothing here: wages paid in cash stand in no tax register, and couples who
married long ago in no electronic one. Amounts are yuan for twelve months.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from core.sdk.verification import HouseholdFacts, IncomeKind, Result, Source, SourceResult

WAGES = frozenset({IncomeKind.WAGES})
PENSIONS = frozenset({IncomeKind.PENSION, IncomeKind.BASIC_PENSION})

_FOR_WORK = ("个人所得税", "个税", "工资", "薪金", "劳务", "综合所得")
_NOT_FOR_WORK = ("经营", "财产", "利息", "股息", "红利", "租赁", "偶然")
_SPOUSE = ("配偶", "夫", "妻", "丈夫", "妻子")
_SELF = "本人"


def said(facts: HouseholdFacts | None, person: UUID, kinds: frozenset[IncomeKind]) -> Decimal | None:
    """A member's income of these kinds; None where the file does not tell whose it is, or knows nobody of that name."""
    if facts is None or facts.member(person) is None:
        return None
    lines = [line for line in facts.income if line.kind in kinds]
    own = [line.amount for line in lines if line.owner == person]
    if not own and any(line.owner is None for line in lines):
        return None
    return sum(own, Decimal(0))


def wages(results: Iterable[SourceResult], person: UUID) -> Decimal | None:
    """What the tax office, or the payroll, knows of somebody's pay: both see the same, so the larger; None: neither does."""
    hits = [r for r in results if r.person_id == person and r.result is Result.HIT]
    taxed = [r for r in hits if r.source is Source.TAX and _for_work(r.values.get("item", ""))]
    newest = max((r.values.get("year", "") for r in taxed), key=lambda y: Decimal(y or 0), default="")
    known = [
        _total(_taxed_in(taxed, newest), "taxed_income"),
        _total((r for r in hits if r.source is Source.PAYROLL), "annual_pay"),
    ]
    return max((amount for amount in known if amount is not None), default=None)


def pension(results: Iterable[SourceResult], person: UUID) -> Decimal | None:
    """What social insurance pays somebody in twelve months; None: it pays nothing that it knows of."""
    monthly = _total(
        (
            r
            for r in results
            if r.person_id == person and r.result is Result.HIT and r.source is Source.SOCIAL_INSURANCE
        ),
        "monthly_pension",
    )
    return None if monthly is None else monthly * 12


def has_spouse(facts: HouseholdFacts | None, person: UUID) -> bool | None:
    """By the relations to the applicant: known of the applicant and of who is named as spouse, of nobody else."""
    member = facts.member(person) if facts else None
    if facts is None or member is None:
        return None
    if member.relation in _SPOUSE:
        return True
    if member.relation != _SELF:
        return None
    relations = [*(m.relation for m in facts.members), *(s.relation for s in facts.supporters)]
    return any(relation in _SPOUSE for relation in relations)


def registered_spouse(results: Iterable[SourceResult], person: UUID) -> bool | None:
    """By the newest entry of the marriage register; None: it has none."""
    entries: Sequence[SourceResult] = [
        r for r in results if r.person_id == person and r.result is Result.HIT and r.source is Source.MARRIAGE
    ]
    newest = max(entries, key=lambda r: r.values.get("registered_on", ""), default=None)
    return None if newest is None else newest.values.get("status") == "married"


def _taxed_in(taxed: Iterable[SourceResult], year: str) -> list[SourceResult]:
    """Those of one year, and those that name none."""
    return [r for r in taxed if r.values.get("year", year) == year]


def _for_work(item: str) -> bool:
    return any(word in item for word in _FOR_WORK) and not any(word in item for word in _NOT_FOR_WORK)


def _total(results: Iterable[SourceResult], key: str) -> Decimal | None:
    amounts = [Decimal(r.values[key]) for r in results if r.values.get(key)]
    return sum(amounts, Decimal(0)) if amounts else None
