"""The income worksheet of one household: every line explained, the total, per-capita income, r, L and the gap.

Pure and exact: nothing is rounded before the annual total, which is floored at 0 and rounded once, half up, to the
fen; comparisons use exact fractions; per-capita income, r and L are rounded for display only (domain §3).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

from core.rules import income, labour, support
from core.rules.facts import APPLICANT, HouseholdFacts
from core.rules.facts_checks import problems_of
from core.rules.labour import MemberLine
from core.rules.lines import Flag, Line, Missing
from core.rules.parameters import ImputedWage, ParameterSet
from core.rules.values import fen, rounded, say, say_yuan


class Totals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a complete worksheet adds up to. Yuan; `total` a year, `gap` a month for the household.

    `per_capita`, `ratio` (r) and `labour_index` (L) are for reading; compare with the exact properties.
    """

    persons: int
    standard: Decimal
    before_floor: Decimal
    total: Decimal
    per_capita: Decimal
    ratio: Decimal
    labour_total: Decimal
    labour_index: Decimal
    gap: Decimal

    @property
    def exact_ratio(self) -> Fraction:
        return Fraction(self.total) / (Fraction(self.standard) * self.persons)

    @property
    def exact_labour_index(self) -> Fraction:
        return Fraction(self.labour_total) / self.persons

    def below(self, ratio: Decimal | int) -> bool:
        """`total < ratio × S × n`, exactly."""
        return Fraction(self.total) < Fraction(ratio) * Fraction(self.standard) * self.persons


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the summary under the lines: `人均年收入 = 2,110.00 ÷ 2 人 = 1,055.00 元`."""

    label: str
    formula: str
    result: str


class Worksheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result. `totals` is None while `missing` is not empty: an incomplete worksheet has no sum to misread.

    `period_from`/`period_until` are the 12 calendar months before the month of acceptance, last day included.
    """

    day: date
    period_from: date
    period_until: date
    parameters: str
    members: tuple[MemberLine, ...]
    lines: tuple[Line, ...]
    missing: tuple[Missing, ...] = ()
    flags: tuple[Flag, ...] = ()
    totals: Totals | None = None
    steps: tuple[Step, ...] = ()

    @property
    def persons(self) -> int:
        return sum(m.counted for m in self.members)


def period(day: date) -> tuple[date, date]:
    """The 12 calendar months before the month of `day`: first and last day."""
    first_of_month = day.replace(day=1)
    return first_of_month.replace(year=day.year - 1), date.fromordinal(first_of_month.toordinal() - 1)


def worksheet(facts: HouseholdFacts, params: ParameterSet, day_of_acceptance: date) -> Worksheet:
    """The worksheet of the whole household as of the day of acceptance. Never raises; what is missing is listed."""
    day = day_of_acceptance
    members = labour.member_lines(facts, day)
    wrong = tuple(Missing(p.field, p.message) for p in problems_of(facts, day))
    missing = wrong or tuple(_missing(facts, params, members))
    lines = () if wrong else tuple(_lines(facts, params, members, day))
    since, until = period(day)
    totals = None if missing else _totals(lines, members, params)
    return Worksheet(
        day=day,
        period_from=since,
        period_until=until,
        parameters=params.id,
        members=members,
        lines=lines,
        missing=missing,
        flags=tuple(support.support_flags(facts)),
        totals=totals,
        steps=_steps(totals, params) if totals else (),
    )


def worksheet_alone(
    facts: HouseholdFacts, person: UUID, params: ParameterSet, day_of_acceptance: date
) -> Worksheet:
    """The worksheet of one member applying alone (57号 8): own recorded income only, n = 1, nothing imputed."""
    member = facts.member(person)
    assert member is not None, "the person is a member of the household"
    own = HouseholdFacts(
        members=(msgspec.structs.replace(member, relation=APPLICANT),),
        income=tuple(i for i in facts.income if i.owner == person),
        deductions=tuple(d for d in facts.deductions if d.owner == person),
    )
    rules = msgspec.structs.replace(params.income, imputed_wage=ImputedWage())
    return worksheet(own, msgspec.structs.replace(params, income=rules), day_of_acceptance)


def _missing(
    facts: HouseholdFacts, params: ParameterSet, members: tuple[MemberLine, ...]
) -> Iterator[Missing]:
    yield from labour.missing(members)
    yield from income.income_missing(facts, params.income)
    yield from income.land_missing(facts, params.income)
    yield from support.support_missing(facts, params)


def _lines(
    facts: HouseholdFacts, params: ParameterSet, members: tuple[MemberLine, ...], day: date
) -> Iterator[Line]:
    yield from income.income_lines(facts, params.income, day)
    yield from income.imputed_lines(facts, members, params.income.imputed_wage)
    yield from income.land_lines(facts, params.income)
    yield from support.support_lines(facts, params)
    yield from income.deduction_lines(facts)


def _totals(lines: tuple[Line, ...], members: tuple[MemberLine, ...], params: ParameterSet) -> Totals:
    persons = sum(m.counted for m in members)
    before = sum((entry.value for entry in lines), Fraction(0))
    total = fen(max(before, Fraction(0)))
    standard = Fraction(params.standard)
    labour_total = sum((m.coefficient for m in members if m.coefficient is not None), Decimal(0))
    yearly_gap = standard * persons - Fraction(total)
    return Totals(
        persons=persons,
        standard=params.standard,
        before_floor=fen(before),
        total=total,
        per_capita=fen(Fraction(total) / persons),
        ratio=rounded(Fraction(total) / (standard * persons), 4),
        labour_total=labour_total,
        labour_index=rounded(Fraction(labour_total) / persons, 4),
        gap=fen(max(yearly_gap, Fraction(0)) / 12),
    )


def _steps(t: Totals, params: ParameterSet) -> tuple[Step, ...]:
    people, standard = f"{t.persons} 人", say(params.standard)
    floored = "" if t.before_floor >= 0 else f"（{say_yuan(t.before_floor)}，小于 0 按 0 计）"
    monthly = f"（{standard} × {t.persons} − {say_yuan(t.total)}）÷ 12"
    return (
        Step("家庭年收入", f"以上各项相加{floored}", f"{say_yuan(t.total)} 元"),
        Step("人均年收入", f"{say_yuan(t.total)} ÷ {people}", f"{say_yuan(t.per_capita)} 元"),
        Step("人均收入占标准", f"{say_yuan(t.per_capita)} ÷ {standard}", f"{t.ratio:f}"),
        Step("人均劳动系数", f"{say(t.labour_total)} ÷ {people}", say(t.labour_index)),
        Step("按补差计算的月金额", monthly if t.gap else "人均收入不低于标准", f"{say_yuan(t.gap)} 元"),
    )
