"""The "five haves": what in a household's assets raises a finding to be resolved. Never a decision (83号; PIPL 24)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

from core.rules.assets import Entity, EntityRole, House, HouseKind, Payroll, PayrollKind, Vehicle
from core.rules.facts import HouseholdFacts
from core.rules.five_haves_rules import EntityRule, HousingRule, PayrollRule, VehicleRule
from core.rules.parameters import ParameterSet
from core.rules.values import Labelled, fen, say, say_yuan

BASIS = "57号 14"


class FiveHave(Labelled):
    VEHICLE = "vehicle", "有车辆或大型农机具"
    PAYROLL = "payroll", "有财政供养等稳定就业人员"
    HOUSING = "housing", "有购买的商品房"
    ENTITY = "entity", "有市场主体"
    DEPOSITS = "deposits", "有大额存款"


class Suspicion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something over a threshold. `key` names kind and item, so that the finding on it is found again."""

    key: str
    kind: FiveHave
    text: str
    """Sensitive: for the household and the officers on the case, never for a posting."""
    value: Decimal | None = None
    person_id: UUID | None = None
    law: str = BASIS


class FindingStatus(Labelled):
    OPEN = "open", "待说明"
    CLEARED = "cleared", "已排除"
    UPHELD = "upheld", "已认定"


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A suspicion and what a person made of it, with the reason."""

    suspicion: Suspicion
    status: FindingStatus = FindingStatus.OPEN
    reason: str = ""


def findings_of(facts: HouseholdFacts, params: ParameterSet) -> tuple[Suspicion, ...]:
    """One suspicion per kind and item, over the assets of the jointly living members (domain §3).

    A value nobody knows yet is suspected too: no data is not no asset.
    """
    rules, assets = params.five_haves, facts.assets
    counted = {m.person_id: m.name for m in facts.counted}
    found: dict[str, Suspicion] = {}
    if rules.vehicle is not None:
        _collect(
            found,
            (_vehicle(v, rules.vehicle, counted[v.owner]) for v in assets.vehicles if v.owner in counted),
        )
    if rules.payroll is not None:
        _collect(found, (_payroll(p, rules.payroll, facts) for p in assets.payroll))
    if rules.housing is not None:
        _collect(found, _houses([h for h in assets.houses if h.owner in counted], rules.housing, counted))
    if rules.entity is not None:
        _collect(
            found,
            (
                _entity(e, rules.entity, params, counted[e.owner])
                for e in assets.entities
                if e.owner in counted
            ),
        )
    _collect(found, [_deposits(facts, params)])
    return tuple(found.values())


def unresolved(
    facts: HouseholdFacts, findings: Sequence[Finding], params: ParameterSet
) -> tuple[tuple[Suspicion, ...], tuple[Finding, ...]]:
    """What is still open, and what was upheld. What the assets on file raise is open until a person resolves it."""
    resolved = {f.suspicion.key for f in findings if f.status is not FindingStatus.OPEN}
    raised = {s.key: s for s in findings_of(facts, params)}
    raised |= {f.suspicion.key: f.suspicion for f in findings if f.status is FindingStatus.OPEN}
    upheld = tuple(f for f in findings if f.status is FindingStatus.UPHELD)
    return tuple(s for key, s in raised.items() if key not in resolved), upheld


def _collect(into: dict[str, Suspicion], found: Iterable[Suspicion | None]) -> None:
    for one in found:
        if one is not None:
            into.setdefault(one.key, one)


def _key(kind: FiveHave, *parts: object) -> str:
    return ":".join((kind.value, *("".join(str(p).split()).upper() for p in parts)))


def _vehicle(item: Vehicle, rule: VehicleRule, owner: str) -> Suspicion | None:
    if item.disability_aid and rule.disability_aid_exempt:
        return None
    what = f"{owner}名下{item.kind.label}（{item.reference}）"
    if rule.any_of:
        if item.kind not in rule.any_of:
            return None
        text = f"{what}，按规定有这类车辆需要说明。"
    elif item.value is None:
        text = f"{what}，价值还不清楚，请先评估。"
    elif not rule.over(item.value):
        return None
    else:
        word = "达到" if rule.at_least is not None else "超过"
        text = f"{what}，价值 {say_yuan(item.value)} 元，{word} {say(rule.limit or Decimal(0))} 元。"
    return Suspicion(_key(FiveHave.VEHICLE, item.reference), FiveHave.VEHICLE, text, item.value, item.owner)


def _payroll(item: Payroll, rule: PayrollRule, facts: HouseholdFacts) -> Suspicion | None:
    member = next((m for m in facts.counted if m.person_id == item.person), None)
    supporter = next((s for s in facts.supporters if s.person_id == item.person), None)
    if member is not None:
        looked_at, who = rule.members, member.name
    elif supporter is not None:
        looked_at, who = (rule.supporters and supporter.consent), f"{supporter.relation}{supporter.name}"
    else:
        return None
    if item.kind is PayrollKind.STATE_ENTERPRISE:
        limit = rule.state_enterprise_at_least
        looked_at = looked_at and limit is not None and (item.amount is None or item.amount >= limit)
    if not looked_at:
        return None
    pay = "年收入还不清楚" if item.amount is None else f"年收入 {say_yuan(item.amount)} 元"
    text = f"{who}在{item.employer}，属于{item.kind.label}，{pay}。"
    key = _key(FiveHave.PAYROLL, item.person, item.employer)
    return Suspicion(key, FiveHave.PAYROLL, text, item.amount, item.person)


def _houses(houses: Sequence[House], rule: HousingRule, names: dict[UUID, str]) -> Iterable[Suspicion]:
    dwellings = [h.area for h in houses if h.kind is not HouseKind.SHOP]
    together = sum((Fraction(a) for a in dwellings if a is not None), Fraction(0))
    small = (
        rule.small_per_person is not None
        and None not in dwellings
        and together < Fraction(rule.small_per_person) * len(names)
    )
    for house in houses:
        bought = house.kind is HouseKind.COMMERCIAL and rule.commercial and not small
        if not bought and not (house.kind is HouseKind.SHOP and rule.shops):
            continue
        area = "面积不详" if house.area is None else f"{say(house.area)} 平方米"
        text = f"{names[house.owner]}名下{house.kind.label}（{house.reference}，{area}）。"
        key = _key(FiveHave.HOUSING, house.reference)
        yield Suspicion(key, FiveHave.HOUSING, text, house.area, house.owner)


def _entity(item: Entity, rule: EntityRule, params: ParameterSet, owner: str) -> Suspicion | None:
    if item.role is EntityRole.COOPERATIVE_MEMBER:
        return None
    state = "，长期停业" if item.dormant else ""
    text = f"{owner}是“{item.name or item.reference}”的{item.role.label}{state}"
    value: Decimal | None = None
    if rule.when == "dividends":
        value = item.dividends
        if value == 0:
            return None
        text += "，分红还不清楚" if value is None else f"，年分红 {say_yuan(value)} 元"
    elif rule.when == "profit":
        value = item.profit
        limit = Fraction(rule.profit_months) * params.monthly_standard
        much = value is None or Fraction(value) / 12 > limit
        if not much and item.employees == 0:
            return None
        if not much and item.employees is None:
            text += "，雇工人数还不清楚"
        elif item.employees:
            text += f"，雇工 {item.employees} 人"
        text += "，利润还不清楚" if value is None else f"，年利润 {say_yuan(value)} 元"
    key = _key(FiveHave.ENTITY, item.reference)
    return Suspicion(key, FiveHave.ENTITY, text + "。", value, item.owner)


def _deposits(facts: HouseholdFacts, params: ParameterSet) -> Suspicion | None:
    rule, counted = params.five_haves.deposits, {m.person_id for m in facts.counted}
    if rule is None or not counted:
        return None
    total = sum((Fraction(d.amount) for d in facts.assets.deposits if d.owner in counted), Fraction(0))
    if rule.household_at_least is not None:
        over, limit = total >= rule.household_at_least, f"达到 {say(rule.household_at_least)} 元"
    else:
        months = rule.per_person_months or 0
        over = total / len(counted) > months * params.monthly_standard
        limit = f"人均超过 {months} 个月的低保标准（{say_yuan(months * params.monthly_standard)} 元）"
    if not over:
        return None
    text = f"全家存款和金融资产合计 {say_yuan(total)} 元（{len(counted)} 人），{limit}。"
    return Suspicion(FiveHave.DEPOSITS.value, FiveHave.DEPOSITS, text, fen(total))
