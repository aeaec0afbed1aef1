"""The short forms mean what they always meant: the rows they are turned into find the same as the rules written out by hand.

The functions below are those the platform decided by before the tables, kept here to hold the tables against.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.assets import (
    Assets,
    Deposit,
    Entity,
    EntityRole,
    House,
    HouseKind,
    Payroll,
    PayrollKind,
    Vehicle,
    VehicleKind,
)
from core.rules.facts import HouseholdFacts
from core.rules.five_haves import findings_of
from core.rules.five_haves_rules import (
    DepositRule,
    EntityRule,
    FiveHaves,
    HousingRule,
    PayrollRule,
    VehicleRule,
)
from core.rules.five_haves_tables import problems_of
from core.rules.parameters import ParameterSet
from core.rules.values import fen
from tests.builders.households import a_household, p1, person

D = Decimal
Found: TypeAlias = tuple[str, Decimal | None, UUID | None]
"""Key, value and person of a suspicion."""


# --- As it was --------------------------------------------------------------------------------------------------------


def as_before(facts: HouseholdFacts, params: ParameterSet) -> set[Found]:
    rules, assets, counted = params.five_haves, facts.assets, {m.person_id for m in facts.counted}
    found: list[Found] = []
    if (vehicle := rules.vehicle) is not None:
        found += [
            (_key("vehicle", v.reference), v.value, v.owner)
            for v in assets.vehicles
            if v.owner in counted and counts(v, vehicle)
        ]
    if (payroll := rules.payroll) is not None:
        found += [
            (_key("payroll", p.person, p.employer), p.amount, p.person)
            for p in assets.payroll
            if posted(p, payroll, facts)
        ]
    if (housing := rules.housing) is not None:
        mine = [h for h in assets.houses if h.owner in counted]
        found += [
            (_key("housing", h.reference), h.area, h.owner) for h in bought(mine, housing, len(counted))
        ]
    if (entity := rules.entity) is not None:
        mine_too = [e for e in assets.entities if e.owner in counted]
        found += [
            (_key("entity", e.reference), worth(e, entity), e.owner)
            for e in mine_too
            if trades(e, entity, params)
        ]
    total = sum((Fraction(d.amount) for d in assets.deposits if d.owner in counted), Fraction(0))
    if (deposits := rules.deposits) is not None and rich(total, deposits, len(counted), params):
        found.append(("deposits", fen(total), None))
    first: dict[str, Found] = {}
    for one in found:
        first.setdefault(one[0], one)
    return set(first.values())


def _key(kind: str, *parts: object) -> str:
    return ":".join((kind, *("".join(str(p).split()).upper() for p in parts)))


def counts(item: Vehicle, rule: VehicleRule) -> bool:
    if item.disability_aid and rule.disability_aid_exempt:
        return False
    if rule.any_of:
        return item.kind in rule.any_of
    if item.value is None:
        return True
    if rule.at_least is not None:
        return item.value >= rule.at_least
    return rule.more_than is not None and item.value > rule.more_than


def posted(item: Payroll, rule: PayrollRule, facts: HouseholdFacts) -> bool:
    supporter = next((s for s in facts.supporters if s.person_id == item.person), None)
    if any(m.person_id == item.person for m in facts.counted):
        looked_at = rule.members
    else:
        looked_at = supporter is not None and rule.supporters and supporter.consent
    if item.kind is PayrollKind.STATE_ENTERPRISE:
        limit = rule.state_enterprise_at_least
        looked_at = looked_at and limit is not None and (item.amount is None or item.amount >= limit)
    return looked_at


def bought(houses: list[House], rule: HousingRule, persons: int) -> Iterable[House]:
    dwellings = [h.area for h in houses if h.kind is not HouseKind.SHOP]
    together = sum((Fraction(a) for a in dwellings if a is not None), Fraction(0))
    small = (
        rule.small_per_person is not None
        and None not in dwellings
        and together < Fraction(rule.small_per_person) * persons
    )
    for house in houses:
        commercial = house.kind is HouseKind.COMMERCIAL and rule.commercial and not small
        if commercial or (house.kind is HouseKind.SHOP and rule.shops):
            yield house


def trades(item: Entity, rule: EntityRule, params: ParameterSet) -> bool:
    if item.role is EntityRole.COOPERATIVE_MEMBER:
        return False
    if rule.when == "dividends":
        return item.dividends != 0
    if rule.when == "profit":
        limit = Fraction(rule.profit_months) * params.monthly_standard
        much = item.profit is None or Fraction(item.profit) / 12 > limit
        return much or item.employees != 0
    return True


def worth(item: Entity, rule: EntityRule) -> Decimal | None:
    return {"any": None, "dividends": item.dividends, "profit": item.profit}[rule.when]


def rich(total: Fraction, rule: DepositRule, persons: int, params: ParameterSet) -> bool:
    if rule.household_at_least is not None:
        return total >= rule.household_at_least
    return total / persons > (rule.per_person_months or 0) * params.monthly_standard


# --- Drawn ------------------------------------------------------------------------------------------------------------

WHO = st.sampled_from([person("王建国"), person("李秀英"), person("小王"), person("老李"), person("外人")])
YUAN = st.sampled_from(
    [D(v) for v in ("0", "0.01", "11160", "11160.01", "22320", "22320.01", "30000", "50000", "80000.01")]
)
MAYBE_YUAN = st.none() | YUAN
AREA = st.none() | st.sampled_from([D(v) for v in ("0", "9.5", "14.99", "15", "29.99", "30", "90")])
FEW = st.sampled_from(["甲 1", "甲1", "乙", "丙"])
ASSETS = st.builds(
    Assets,
    vehicles=st.lists(st.builds(Vehicle, WHO, FEW, st.sampled_from(VehicleKind), MAYBE_YUAN, st.booleans()), max_size=4).map(tuple),
    houses=st.lists(st.builds(House, WHO, FEW, st.sampled_from(HouseKind), AREA), max_size=4).map(tuple),
    deposits=st.lists(st.builds(Deposit, WHO, YUAN), max_size=4).map(tuple),
    entities=st.lists(
        st.builds(
            Entity, WHO, FEW, role=st.sampled_from(EntityRole), dormant=st.booleans(), dividends=MAYBE_YUAN,
            profit=MAYBE_YUAN | st.just(D(-5)), employees=st.none() | st.integers(0, 2),
        ),
        max_size=4,
    ).map(tuple),
    payroll=st.lists(st.builds(Payroll, WHO, FEW, st.sampled_from(PayrollKind), MAYBE_YUAN), max_size=4).map(tuple),
)  # fmt: skip
LIMIT = YUAN.filter(bool)
RULES = st.builds(
    FiveHaves,
    vehicle=st.none()
    | st.builds(VehicleRule, at_least=LIMIT, disability_aid_exempt=st.booleans())
    | st.builds(VehicleRule, more_than=LIMIT, disability_aid_exempt=st.booleans())
    | st.builds(
        VehicleRule,
        any_of=st.lists(st.sampled_from(VehicleKind), min_size=1).map(tuple),
        disability_aid_exempt=st.booleans(),
    ),
    deposits=st.none()
    | st.builds(DepositRule, household_at_least=LIMIT)
    | st.builds(DepositRule, per_person_months=st.sampled_from([1, 24, 36])),
    housing=st.none()
    | st.builds(HousingRule, st.booleans(), st.booleans(), AREA.filter(lambda a: a is None or a > 0)).filter(
        lambda rule: rule.commercial or rule.shops
    ),
    entity=st.none()
    | st.builds(
        EntityRule, st.sampled_from(["any", "dividends", "profit"]), st.sampled_from([D(2), D("0.5")])
    ),
    payroll=st.none()
    | st.builds(PayrollRule, st.booleans(), st.booleans(), st.none() | LIMIT).filter(
        lambda rule: rule.members or rule.supporters
    ),
)


@settings(max_examples=400, deadline=None)
@given(RULES, ASSETS)
def test_the_rows_of_a_short_form_find_what_it_always_found(rules: FiveHaves, assets: Assets) -> None:
    household = (
        a_household(children=2)
        .with_member("李秀英", "妻", "1980-01-01")
        .with_supporter("小王", "儿子", "王建国", person_id=person("小王"), household_per_capita=D(1))
        .with_supporter("老李", "父亲", "李秀英", consent=False, person_id=person("老李"))
    )
    facts = msgspec.structs.replace(household.facts, assets=assets)
    params = p1(five_haves=rules)
    assert list(problems_of(rules, "five_haves")) == []
    assert {(s.key, s.value, s.person_id) for s in findings_of(facts, params)} == as_before(facts, params)
