"""Households for tests, read as the domain: `a_household().with_member(...)`, and the five acceptance cases (domain §7).

facts = a_household("王建国", born="1980-03-02", labour=HALF).with_wages("王建国", 1500, months=8).facts
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from core.rules.assets import Deposit, Entity, House, HouseKind, Payroll, Vehicle
from core.rules.facts import (
    APPLICANT,
    Deduction,
    DeductionKind,
    Disability,
    DisabilityClass,
    HouseholdFacts,
    IncomeKind,
    IncomeLine,
    Labour,
    LabourCapacity,
    Land,
    LandUse,
    LegalSupporter,
    MemberFacts,
)
from core.rules.parameters import ParameterSet, RuleBook

FULL, HALF, NONE = LabourCapacity.FULL, LabourCapacity.HALF, LabourCapacity.NONE
ACCEPTED = date(2026, 8, 10)
"""The day of acceptance in the acceptance cases."""

P1_TOML = """
[[sets]]
id = "P1"
label = "2026年农村低保"
effective_from = 2026-01-01
standard = 5580
mode = "tier"

[[sets.tiers]]
category = "一类"
amount = 465
ratio = "< 0.50"
labour_total = "0"
[[sets.tiers]]
category = "二类"
amount = 442
ratio = "< 0.70"
labour_index = "<= 0.25"
[[sets.tiers]]
category = "三类"
amount = 89
ratio = "< 0.85"
[[sets.tiers]]
category = "四类"
amount = 62
ratio = "< 1"

[sets.income]
employment_cost = 0.20
basic_pension_exempt = true
[[sets.income.crops]]
code = "grain"
label = "粮食"
per_mu = 100
[[sets.income.crops]]
code = "cash"
label = "经济作物"
per_mu = 200

[sets.support]
few_children_rate = 0.50
many_children_rate = 0.40
many_from = 3
"""


def p1(**changes: Any) -> ParameterSet:
    """Parameter set P1 of domain §7, with fields replaced."""
    book = msgspec.convert(tomllib.loads(P1_TOML), RuleBook)
    return msgspec.structs.replace(book.sets[0], **changes)


def p1_income(**changes: Any) -> ParameterSet:
    """P1 with other income rules."""
    return p1(income=msgspec.structs.replace(p1().income, **changes))


def person(name: str) -> UUID:
    """The same person for the same name."""
    return uuid5(NAMESPACE_URL, f"zhunbao-test:{name}")


def yuan(value: int | str | Decimal) -> Decimal:
    return Decimal(value)


@dataclass(frozen=True)
class AHousehold:
    """A fluent builder; each step returns a new one. Members are named by their name."""

    facts: HouseholdFacts

    def _with(self, field: str, item: Any) -> AHousehold:
        return self.changed(**{field: (*getattr(self.facts, field), item)})

    def _with_asset(self, field: str, item: Any) -> AHousehold:
        assets = self.facts.assets
        return self.changed(
            assets=msgspec.structs.replace(assets, **{field: (*getattr(assets, field), item)})
        )

    def changed(self, **changes: Any) -> AHousehold:
        return replace(self, facts=msgspec.structs.replace(self.facts, **changes))

    def with_member(self, name: str, relation: str, born: str, **more: Any) -> AHousehold:
        return self._with("members", a_member(name, relation, born, **more))

    def with_income(self, kind: IncomeKind, amount: int | str, who: str = "", **more: Any) -> AHousehold:
        owner = person(who) if who else None
        return self._with("income", IncomeLine(kind, yuan(amount), owner, **more))

    def with_wages(self, who: str, monthly: int, months: int = 12, **more: Any) -> AHousehold:
        basis = f"每月 {monthly:,} 元 × {months} 个月"
        return self.with_income(IncomeKind.WAGES, monthly * months, who, basis=basis, **more)

    def with_medical_cost(self, who: str, amount: int | str, *, documented: bool = True) -> AHousehold:
        cost = Deduction(DeductionKind.MEDICAL, yuan(amount), person(who), documented)
        return self._with("deductions", cost)

    def farming(self, mu: int | str, crop: str = "grain") -> AHousehold:
        return self._with("land", Land(yuan(mu), LandUse.FARMED, crop))

    def leasing_out(self, mu: int | str, rent_per_mu: int | str) -> AHousehold:
        return self._with("land", Land(yuan(mu), LandUse.LEASED_OUT, "", yuan(rent_per_mu)))

    def with_supporter(
        self, name: str, relation: str, *supports: str, consent: bool = True, **more: Any
    ) -> AHousehold:
        ids = tuple(person(s) for s in supports)
        more.setdefault("persons_supported", len(ids))
        return self._with("supporters", LegalSupporter(name, relation, ids, consent, **more))

    def with_vehicle(self, who: str, reference: str, value: int | str | None, **more: Any) -> AHousehold:
        worth = None if value is None else yuan(value)
        return self._with_asset("vehicles", Vehicle(person(who), reference, value=worth, **more))

    def with_deposit(self, who: str, amount: int | str, **more: Any) -> AHousehold:
        return self._with_asset("deposits", Deposit(person(who), yuan(amount), **more))

    def with_house(self, who: str, reference: str, kind: HouseKind, area: int | None = None) -> AHousehold:
        size = None if area is None else Decimal(area)
        return self._with_asset("houses", House(person(who), reference, kind, size))

    def with_entity(self, who: str, reference: str, **more: Any) -> AHousehold:
        return self._with_asset("entities", Entity(person(who), reference, **more))

    def with_post(self, who: str, employer: str, **more: Any) -> AHousehold:
        return self._with_asset("payroll", Payroll(person(who), employer, **more))

    def applying_alone(self, who: str) -> AHousehold:
        return self.changed(alone=person(who))


def a_member(
    name: str,
    relation: str,
    born: str,
    *,
    labour: LabourCapacity | None = None,
    disability: tuple[DisabilityClass, int] | None = None,
    **more: Any,
) -> MemberFacts:
    return MemberFacts(
        person(name),
        name,
        relation,
        date.fromisoformat(born),
        labour=Labour(labour, "调查人评定") if labour else None,
        disability=Disability(*disability) if disability else None,
        **more,
    )


def a_household(applicant: str = "王建国", born: str = "1980-03-02", **more: Any) -> AHousehold:
    """One person able to work, nothing else known, unless said otherwise."""
    more.setdefault("labour", FULL)
    return AHousehold(HouseholdFacts((a_member(applicant, APPLICANT, born, **more),)))


def elderly_couple(*, daughter_consents: bool = True) -> HouseholdFacts:
    """Case 1: both 74, one limb-disabled grade 1, leased-out land, basic pensions, one daughter."""
    couple = (
        a_household("马德福", "1952-02-01", labour=None, children=1)
        .with_member("李秀英", "妻", "1952-05-20", disability=(DisabilityClass.LIMB, 1), children=1)
        .leasing_out(4, 100)
        .with_income(IncomeKind.BASIC_PENSION, 1320, "马德福")
        .with_income(IncomeKind.BASIC_PENSION, 1320, "李秀英")
    )
    income = Decimal(9000) if daughter_consents else None
    return couple.with_supporter(
        "马小兰", "女儿", "马德福", "李秀英", consent=daughter_consents, household_per_capita=income
    ).facts


def family_with_relative_on_panel() -> HouseholdFacts:
    """Case 2: husband half labour and ill, wife full, two pupils, grain 6 mu."""
    return (
        a_household("赵强", "1980-06-15", labour=HALF)
        .with_member("孙梅", "妻", "1982-09-01", labour=FULL)
        .with_member("赵小军", "子", "2012-01-10", student=True)
        .with_member("赵小雨", "女", "2015-11-30", student=True)
        .with_wages("孙梅", 1500, months=8)
        .with_medical_cost("赵强", 3000)
        .farming(6)
        .facts
    )


def family_with_vehicle(value: int | str = 62000) -> HouseholdFacts:
    """Case 3: three persons, L = 1/3, annual total 12,000, a vehicle of 62,000."""
    return (
        a_household("陈建军", "1978-04-04", labour=FULL)
        .with_member("周桂花", "妻", "1980-07-07", disability=(DisabilityClass.LIMB, 2))
        .with_member("陈小明", "子", "2011-03-03", student=True)
        .with_wages("陈建军", 1250)
        .with_vehicle("陈建军", "甘L12345", value)
        .facts
    )


def marginal_family(*, alone: bool = False) -> HouseholdFacts:
    """Case 4: father full labour, cash crop 8 mu, mother mentally disabled grade 2, one child."""
    family = (
        a_household("吴海", "1983-01-20", labour=FULL)
        .with_member("郑芳", "妻", "1985-02-25", disability=(DisabilityClass.MENTAL, 2))
        .with_member("吴小天", "子", "2014-08-08", student=True)
        .with_wages("吴海", 2000)
        .farming(8, "cash")
    )
    return (family.applying_alone("郑芳") if alone else family).facts


def family_with_employed_son(*, employed: bool = True) -> HouseholdFacts:
    """Case 5: two without labour capacity or income, a half-labour son; later employed at 1,900 a month."""
    family = (
        a_household("冯玉兰", "1955-10-10", labour=None)
        .with_member("何有才", "夫", "1953-12-12")
        .with_member("何刚", "子", "1988-05-05", labour=HALF)
    )
    return (family.with_wages("何刚", 1900, new_job=True) if employed else family).facts
