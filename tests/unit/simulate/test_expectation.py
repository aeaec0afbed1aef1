"""The simulator's own reckoning: the acceptance cases by hand, and agreement with the rules for whatever is made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.forms import decode
from core.rules.decision import Status, decide
from core.rules.facts import HouseholdFacts
from core.rules.worksheet import worksheet
from core.simulate.expectation import Terms, expect, read_terms
from core.simulate.household import SELF, Household, Income, Medical, Member, Plot, Supporter, facts_form
from core.simulate.people import Villager
from core.simulate.village import village
from tests.builders.households import P1_TOML, p1

DAY = date(2026, 8, 10)
CODE = "620802101201"


def villager(name: str, born: str) -> Villager:
    return Villager(name, "", "male", date.fromisoformat(born))


def household(*members: Member, **more: object) -> Household:
    return Household(members, "一组", "一组1号", "", **more)  # type: ignore[arg-type]


def test_the_elderly_couple_of_acceptance_case_one() -> None:
    couple = household(
        Member(villager("甲", "1952-02-01"), SELF, children=1),
        Member(villager("乙", "1952-05-20"), "配偶", disability=("limb", 1), children=1),
        income=(Income("basic_pension", Decimal(1320), 0), Income("basic_pension", Decimal(1320), 1)),
        plots=(Plot(Decimal(4), rent=Decimal(100)),),
        supporters=(Supporter("丙", "女儿", (0, 1), True, Decimal(9000), 2),),
    )
    found = expect(couple, Terms(), DAY)
    assert (found.total, found.category, found.amount, found.gap) == (
        Decimal("2110.00"), "一类", Decimal("930.00"), Decimal("754.17"),
    )  # fmt: skip
    counted = expect(couple, Terms(pension_exempt=False), DAY)
    assert (counted.total, counted.gap) == (Decimal("4750.00"), Decimal("534.17"))


def test_the_family_of_four_of_acceptance_case_two() -> None:
    family = household(
        Member(villager("甲", "1980-06-15"), SELF, "half"),
        Member(villager("乙", "1982-09-01"), "配偶", "full"),
        Member(villager("丙", "2012-01-10"), "子女", student=True),
        Member(villager("丁", "2015-11-30"), "子女", student=True),
        income=(Income("wages", Decimal(12000), 1),),
        medical=(Medical(Decimal(3000), 0),),
        plots=(Plot(Decimal(6), "grain"),),
    )
    found = expect(family, Terms(), DAY)
    assert (found.total, found.category, found.amount, found.gap) == (
        Decimal("7200.00"), "三类", Decimal("356.00"), Decimal("1260.00"),
    )  # fmt: skip
    assert expect(family, Terms(mode="gap"), DAY).amount == Decimal("1260.00")


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(["tier", "gap"]))
def test_the_rules_and_the_reckoning_agree_for_every_made_up_household(seed: int, mode: str) -> None:
    terms, params = Terms(mode=mode), p1(mode=mode)
    for plan in village(CODE, 16, seed, DAY, terms).plans:
        ids = [str(uuid5(NAMESPACE_URL, m.person.id_number)) for m in plan.household.members]
        facts = decode(HouseholdFacts, facts_form(plan.household, ids, "declared", cars=False))
        decision = decide(worksheet(facts, params, DAY), facts, (), params)
        expected = expect(plan.household, terms, DAY)
        assert decision.status is (Status.ELIGIBLE if expected.entitled else Status.INELIGIBLE)
        assert (decision.category, decision.amount, decision.persons, decision.marginal) == (
            expected.category, expected.amount, expected.persons, expected.marginal,
        )  # fmt: skip


def test_terms_are_read_from_a_districts_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(P1_TOML)
    assert read_terms(file, DAY) == Terms()
    with pytest.raises(ValueError, match="no parameter set"):
        read_terms(file, date(2025, 12, 31))


def test_what_the_reckoning_does_not_know_is_said(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        P1_TOML.replace("[sets.income]", '[sets.income]\nimputed_wage = { rule = "coefficient" }')
    )
    with pytest.raises(ValueError, match="imputed"):
        read_terms(file, DAY)
    file.write_text(P1_TOML.replace('ratio = "< 0.50"', 'ratio = "<= 0.50"'))
    with pytest.raises(ValueError, match="ratio"):
        read_terms(file, DAY)
