"""Income, land and deductions as worksheet lines (57号 13; domain §3). Only counted members' lines enter the sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from core.rules.facts import HouseholdFacts, IncomeGroup, IncomeKind, IncomeLine, LandUse
from core.rules.labour import MemberLine
from core.rules.lines import Line, Missing, line
from core.rules.parameters import ImputedWage, IncomeRules
from core.rules.values import say, say_percent, say_yuan

LAW = "57号 13"
ZERO = Fraction(0)


def income_lines(facts: HouseholdFacts, rules: IncomeRules, day: date) -> Iterator[Line]:
    """Every declared income in the order of 57号 13, each wage followed by its employment cost, then what is excluded."""
    members = {m.person_id: m for m in facts.members}
    for group in IncomeGroup:
        for item in facts.income:
            if item.kind.group is not group:
                continue
            owner = members.get(item.owner) if item.owner else None
            if owner is not None and not owner.living.counted:
                reason = f"{owner.living.label}，本人不计入家庭成员"
                yield _left_out(item, owner.name, reason, "57号 7")
            else:
                yield from _counted(item, owner.name if owner else "", rules, day)


def _counted(item: IncomeLine, who: str, rules: IncomeRules, day: date) -> Iterator[Line]:
    if item.kind.group is IncomeGroup.EXCLUDED:
        local = item.kind is IncomeKind.LOCALLY_EXCLUDED
        yield _left_out(item, who, f"按“{item.local_rule}”不计入" if local else "按规定不计入家庭收入", LAW)
        return
    if item.kind is IncomeKind.BASIC_PENSION and rules.basic_pension_exempt_on(day):
        yield _left_out(item, who, "基础养老金按当地规定不计入", "57号 13（三）")
        return
    sign = -1 if item.kind is IncomeKind.TRANSFER_PAID else 1
    yield _line(item, who, item.basis or say_yuan(item.amount), sign * Fraction(item.amount))
    if item.kind is IncomeKind.WAGES and rules.employment_cost:
        cost = Fraction(item.amount) * Fraction(rules.employment_cost)
        formula = f"{say_yuan(item.amount)} × {say_percent(rules.employment_cost)}"
        label = _label(who, "必要就业成本")
        yield line("employment_cost", label, formula, -cost, person_id=item.owner, law=LAW)


def _label(who: str, what: str) -> str:
    return f"{who}：{what}" if who else what


def _line(item: IncomeLine, who: str, formula: str, value: Fraction) -> Line:
    label = _label(who, item.kind.label)
    return line(
        item.kind.value, label, formula, value, person_id=item.owner, provenance=item.provenance, law=LAW
    )


def _left_out(item: IncomeLine, who: str, reason: str, law: str) -> Line:
    return line(
        item.kind.value,
        _label(who, item.kind.label),
        f"{say_yuan(item.amount)} 元，{reason}",
        ZERO,
        counted=False,
        person_id=item.owner,
        provenance=item.provenance,
        law=law,
    )


def land_lines(facts: HouseholdFacts, rules: IncomeRules) -> Iterator[Line]:
    """Farmed land at the district's net value per mu, leased-out land at its actual rent. Unknown crops are in `land_missing`."""
    for plot in facts.land:
        if plot.use is LandUse.LEASED_OUT and plot.rent_per_mu is not None:
            formula = f"{say(plot.mu)} 亩 × {say(plot.rent_per_mu)} 元"
            value = Fraction(plot.mu) * Fraction(plot.rent_per_mu)
            yield line("land_rent", "土地流转租金", formula, value, provenance=plot.provenance, law=LAW)
        crop = rules.crop(plot.crop)
        if plot.use is LandUse.FARMED and crop is not None:
            formula = f"{say(plot.mu)} 亩 × {say(crop.per_mu)} 元"
            value = Fraction(plot.mu) * Fraction(crop.per_mu)
            yield line("crop", f"种植收入：{crop.label}", formula, value, provenance=plot.provenance, law=LAW)


def land_missing(facts: HouseholdFacts, rules: IncomeRules) -> Iterator[Missing]:
    for k, plot in enumerate(facts.land):
        if plot.use is LandUse.FARMED and plot.crop and rules.crop(plot.crop) is None:
            known = "、".join(c.label for c in rules.crops) or "（还没有）"
            text = f"当地规则里没有“{plot.crop}”的每亩收入，现有：{known}。请改正作物，或请县区补充规则。"
            yield Missing(f"land.{k}.crop", text)


def income_missing(facts: HouseholdFacts, rules: IncomeRules) -> Iterator[Missing]:
    for k, item in enumerate(facts.income):
        if item.kind is IncomeKind.LOCALLY_EXCLUDED and item.local_rule not in rules.local_exclusions:
            text = f"当地规则里没有“{item.local_rule}”这项不计入的规定，请核对名称。"
            yield Missing(f"income.{k}.local_rule", text)


def imputed_lines(facts: HouseholdFacts, members: Iterable[MemberLine], rule: ImputedWage) -> Iterator[Line]:
    """Wages reckoned for members with a coefficient > 0 and no wages or positive business result of their own."""
    if rule.rule == "none":
        return
    reckon = _by_coefficient if rule.rule == "coefficient" else _by_age
    for m in members:
        if not m.counted or not m.coefficient or _earns(facts, m.person_id):
            continue
        label = _label(m.name, "推算的务工收入")
        found = facts.member(m.person_id)
        hard = found.labour.hard_to_employ if found and found.labour else ""
        if hard:
            law = "83号 一（一）"
            yield line(
                "imputed_wage", label, f"不推算：{hard}", ZERO, counted=False, person_id=m.person_id, law=law
            )
            continue
        formula, value = reckon(rule, m)
        yield line("imputed_wage", label, formula, value, person_id=m.person_id, law=LAW)


Reckon = Callable[[ImputedWage, MemberLine], tuple[str, Fraction]]


def _by_coefficient(rule: ImputedWage, m: MemberLine) -> tuple[str, Fraction]:
    share = m.coefficient or Decimal(0)
    formula = f"月最低工资 {say(rule.monthly)} × 劳动系数 {say(share)} × 12 个月"
    return formula, Fraction(rule.monthly) * Fraction(share) * 12


def _by_age(rule: ImputedWage, m: MemberLine) -> tuple[str, Fraction]:
    percent = next((b.percent for b in rule.bands if b.from_age <= m.age <= b.until_age), 0)
    formula = f"月最低工资 {say(rule.monthly)} × {percent}%（{m.age} 周岁）× 12 个月"
    return formula, Fraction(rule.monthly) * percent / 100 * 12


def _earns(facts: HouseholdFacts, person: UUID) -> bool:
    own = [i for i in facts.income if i.owner == person]
    wages = sum(i.amount for i in own if i.kind is IncomeKind.WAGES)
    business = sum(i.amount for i in own if i.kind is IncomeKind.BUSINESS)
    return wages > 0 or business > 0


def deduction_lines(facts: HouseholdFacts) -> Iterator[Line]:
    """Documented self-paid medical and rehabilitation costs; the others are shown and not deducted."""
    members = {m.person_id: m for m in facts.members}
    for item in facts.deductions:
        owner = members.get(item.owner) if item.owner else None
        label = _label(owner.name if owner else "", f"扣减{item.kind.label}")
        reason = "没有票据" if not item.documented else ""
        if owner is not None and not owner.living.counted:
            reason = f"{owner.living.label}，本人不计入家庭成员"
        formula = f"{say_yuan(item.amount)} 元，{reason}，不扣减" if reason else say_yuan(item.amount)
        value = ZERO if reason else -Fraction(item.amount)
        yield line(
            item.kind.value,
            label,
            formula,
            value,
            counted=not reason,
            person_id=item.owner,
            provenance=item.provenance,
            law=LAW,
        )
