"""The made-up village: the same for a seed, plausible, and every story's promise kept before it is played."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry import resident_id
from core.simulate.expectation import Terms, expect
from core.simulate.household import facts_form
from core.simulate.village import EXISTING, FIRST, Story, Village, village

TODAY = date(2026, 9, 1)
CODE = "620802101201"


def made(households: int = 60, seed: int = 7) -> Village:
    return village(CODE, households, seed, TODAY, Terms())


def test_the_same_seed_makes_the_same_village() -> None:
    assert made() == made()
    assert made(seed=8) != made()


@given(st.integers(1, 40), st.integers(0, 10_000))
def test_nobody_shares_an_id_number_and_every_number_is_valid(households: int, seed: int) -> None:
    people = [m.person for p in made(households, seed).plans for m in p.household.members]
    numbers = [person.id_number for person in people]
    assert len(set(numbers)) == len(numbers)
    for person in people:
        read = resident_id.parse(person.id_number)
        assert (read.birth_date, read.sex) == (person.birth_date, person.sex)


def test_applicants_are_told_apart_by_name() -> None:
    names = [p.household.applicant.name for p in made(300).plans]
    assert len(set(names)) == len(names)


def test_twelve_households_live_through_the_most_telling_stories() -> None:
    assert {p.story for p in made(12).plans} == set(FIRST[:12])
    assert {p.story for p in made(len(FIRST)).plans} == set(Story)


@pytest.mark.parametrize("story", Story)
def test_a_household_fits_its_story(story: Story) -> None:
    for plan in (p for seed in range(12) for p in made(16, seed).plans if p.story is story):
        assert plan.existing is (story in EXISTING)
        now = expect(plan.household, Terms(), TODAY)
        assert plan.expected == now
        if story in (Story.GRACE, Story.STOPPED):
            assert not now.entitled
            assert plan.on_rolls is not None
            assert plan.on_rolls.amount > 0
        if story is Story.REDUCED:
            assert plan.on_rolls is not None
            assert now.entitled
            assert plan.on_rolls.amount > now.amount
        if plan.ending == "active":
            assert now.entitled
        assert bool(plan.household.cars) is (story in (Story.CLEARED, Story.UPHELD, Story.UNCONTESTED))


def test_a_declaration_keeps_quiet_about_the_car_and_the_visit_does_not() -> None:
    plan = next(p for p in made().plans if p.story is Story.CLEARED)
    ids = [str(k) for k in range(len(plan.household.members))]
    assert facts_form(plan.household, ids, "declared", cars=False)["assets"]["vehicles"] == []
    assert len(facts_form(plan.household, ids, "visited")["assets"]["vehicles"]) == 1
