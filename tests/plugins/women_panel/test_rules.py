"""How a vote on a household is counted: the acceptance case, and what holds for every panel."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.women_panel import rules
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.rules import Room, Rules

P1 = Rules.of(PanelConfig())
HALF = Rules.of(PanelConfig(pass_share="1/2", pass_more_than=True))

people = st.integers(1, 60).map(lambda n: UUID(int=n))
groups = st.frozensets(people, max_size=20)
shares = st.sampled_from(("1/2", "2/3", "3/4", "3/5", "1/1"))
all_rules = st.builds(
    lambda quorum, share, basis, size: Rules.of(
        PanelConfig(size_min=size, size_max=60, quorum=quorum, pass_share=share, basis=basis)
    ),
    shares,
    shares,
    st.sampled_from(("present", "roster")),
    st.integers(3, 12),
)


def members(n: int) -> frozenset[UUID]:
    return frozenset(UUID(int=i) for i in range(n))


def a_room(roster: int, recused: int, present: int) -> Room:
    """A panel whose first `recused` members stay out, and whose next `present` are here."""
    return rules.room(members(roster), members(recused), members(recused + present), ())


def test_the_sister_leaves_every_denominator() -> None:
    """Domain §7 case 2: panel of 11 with the applicant's sister."""
    here = a_room(11, 1, 8)
    assert len(here.eligible) == 10
    assert rules.quorum_of(P1, 10) == 7
    assert rules.needed_of(P1, 10, 8) == 6


@pytest.mark.parametrize(
    ("agree", "disagree", "abstain", "result"),
    [(6, 1, 1, "passed"), (5, 2, 1, "failed"), (5, 0, 0, "failed"), (8, 0, 0, "passed"), (0, 0, 8, "failed")],
)
def test_six_of_eight_present_must_agree(agree: int, disagree: int, abstain: int, result: str) -> None:
    told = rules.tally(P1, a_room(11, 1, 8), {"agree": agree, "disagree": disagree, "abstain": abstain})
    assert (told.eligible_roster, told.quorum, told.present, told.needed, told.result) == (
        10,
        7,
        8,
        6,
        result,
    )


def test_who_is_in_the_room_and_does_not_vote_counts_as_present() -> None:
    told = rules.tally(P1, a_room(11, 1, 9), {"agree": 5})
    assert (told.present, told.needed, told.result) == (9, 6, "failed")


def test_six_present_of_ten_are_no_quorum() -> None:
    assert rules.tally(P1, a_room(11, 1, 6), {"agree": 6}).result == "no_quorum"


def test_a_household_related_to_everybody_has_no_quorum() -> None:
    told = rules.tally(P1, a_room(11, 11, 0), {})
    assert (told.eligible_roster, told.present, told.result) == (0, 0, "no_quorum")
    assert told.quorum >= 1


def test_recusal_does_not_break_the_minimum_size() -> None:
    assert rules.tally(P1, a_room(9, 3, 6), {"agree": 6}).result == "passed"


def test_a_panel_below_its_minimum_size_comes_to_no_result() -> None:
    assert rules.tally(P1, a_room(8, 0, 8), {"agree": 8}).result == "no_quorum"


@pytest.mark.parametrize(("present", "needed"), [(8, 5), (9, 5), (10, 6)])
def test_more_than_half_is_more_than_half(present: int, needed: int) -> None:
    assert rules.needed_of(HALF, present, present) == needed


@given(st.integers(1, 60), st.sampled_from(("1/2", "4/7", "2/3")), st.sampled_from(("up", "half_up", "down")))
def test_a_minority_never_carries_a_household_however_a_district_rounds(
    present: int, share: str, rounding: str
) -> None:
    counted = Rules.of(PanelConfig(pass_share=share, rounding=rounding))  # type: ignore[arg-type]
    assert 2 * rules.needed_of(counted, present, present) >= present


def test_two_thirds_of_nine_are_six_and_not_seven() -> None:
    """0.6667 as a decimal would ask for seven."""
    assert rules.needed_of(P1, 9, 9) == 6


def test_the_share_may_be_of_the_roster_instead() -> None:
    of_roster = Rules.of(PanelConfig(basis="roster"))
    assert rules.needed_of(of_roster, 10, 8) == 7


def test_more_votes_than_people_are_refused() -> None:
    with pytest.raises(ValueError, match="more votes"):
        rules.tally(P1, a_room(11, 0, 8), {"agree": 9})


def test_who_voted_and_left_was_in_the_room() -> None:
    panel = members(9)
    assert rules.room(panel, (), (), panel).present == panel


@given(groups, groups, groups, groups)
def test_recused_people_are_in_no_denominator(
    panel: frozenset[UUID], out: frozenset[UUID], here: frozenset[UUID], voted: frozenset[UUID]
) -> None:
    room = rules.room(panel, out, here, voted)
    assert not room.eligible & out
    assert room.present <= room.eligible <= panel
    assert room.roster == len(panel)


@given(all_rules, st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_a_result_needs_a_quorum_and_enough_of_it(
    rule: Rules, eligible: int, present: int, agree: int
) -> None:
    present, agree = min(present, eligible), min(agree, present, eligible)
    room = Room(20, members(eligible), members(present))
    told = rules.tally(rule, room, {"agree": agree})
    if told.result == "no_quorum":
        assert present < told.quorum
    else:
        assert Fraction(present) >= rule.quorum * eligible
        basis = eligible if rule.of_roster else present
        assert (told.result == "passed") == (agree >= rule.share * basis and agree > 0)


@given(all_rules, st.integers(1, 20), st.data())
def test_one_more_agreement_never_turns_a_pass_into_a_failure(
    rule: Rules, present: int, data: st.DataObject
) -> None:
    room = Room(20, members(present), members(present))
    agree = data.draw(st.integers(0, present - 1))
    before, after = (rules.tally(rule, room, {"agree": n}).result for n in (agree, agree + 1))
    assert (before, after) != ("passed", "failed")


@given(all_rules, st.integers(1, 19), st.integers(0, 19))
def test_an_abstention_weighs_like_a_disagreement(rule: Rules, present: int, agree: int) -> None:
    room, agree = Room(20, members(present + 1), members(present + 1)), min(agree, present)
    one = rules.tally(rule, room, {"agree": agree, "abstain": 1})
    other = rules.tally(rule, room, {"agree": agree, "disagree": 1})
    silent = rules.tally(rule, room, {"agree": agree})
    assert one.result == other.result == silent.result


@given(st.text(min_size=1), st.sets(st.text(min_size=1), max_size=30))
def test_an_agenda_is_the_same_households_in_an_order_anybody_can_draw_again(
    seed: str, numbers: set[str]
) -> None:
    drawn = rules.agenda(seed, {number: number for number in sorted(numbers)})
    again = rules.agenda(seed, {number: number for number in sorted(numbers, reverse=True)})
    assert drawn == again
    assert sorted(drawn) == sorted(numbers)


def test_another_seed_draws_another_order() -> None:
    numbers = {f"620802-2026-{n:06d}": n for n in range(30)}
    assert rules.agenda("a", numbers) != rules.agenda("b", numbers)
