"""Who may sit on a panel and who is elected: pure rules, property-tested."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from plugins.women_panel.formation.eligibility import (
    Beside,
    Candidate,
    FormationRules,
    elect,
    fault,
    meeting_needs,
    posts_allowed,
    term_end,
    tied_at_the_edge,
    tied_substitutes,
)

RULES = FormationRules(9, 15, Fraction(1, 2), ("村委会主任",), 3, Fraction(1, 2))

candidates = st.lists(
    st.builds(
        Candidate,
        st.integers(0, 10**6).map(lambda n: f"人{n}"),
        st.sampled_from([(), ("妇联主席",), ("小组长",), ("村委会主任",)]),
        st.sampled_from(["accepted", "accepted", "accepted", "declined", "asked"]),
        st.integers(0, 60),
    ),
    unique_by=lambda c: c.name,
    max_size=40,
)
rules = st.builds(
    FormationRules,
    st.just(9),
    st.just(15),
    st.sampled_from([Fraction(1, 2), Fraction(2, 3), Fraction(1, 3), Fraction(1)]),
    st.just(("村委会主任",)),
    st.integers(0, 5),
    st.just(Fraction(1, 2)),
)


@given(candidates, rules, st.integers(9, 15))
def test_everybody_nominated_gets_exactly_one_outcome(
    given_: list[Candidate], rules: FormationRules, seats: int
) -> None:
    found = elect(given_, rules, seats)
    assert sorted(p.name for p in found) == sorted(c.name for c in given_)
    assert all(p.reason for p in found if p.standing == "not_elected")


@given(candidates, rules, st.integers(9, 15))
def test_the_elected_obey_size_share_posts_and_consent(
    given_: list[Candidate], rules: FormationRules, seats: int
) -> None:
    known = {c.name: c for c in given_}
    elected = [known[p.name] for p in elect(given_, rules, seats) if p.standing == "elected"]
    assert len(elected) <= seats
    assert all(not fault(c, rules) and c.votes for c in elected)
    assert sum(c.ordinary for c in elected) >= rules.ordinary * len(elected)
    assert sum(not c.ordinary for c in elected) <= posts_allowed(rules, len(elected))


@given(candidates, rules, st.integers(1, 15), st.integers(0, 12), st.integers(0, 12))
def test_a_by_election_leaves_ordinary_villagers_their_share_of_the_whole_panel(
    given_: list[Candidate], rules: FormationRules, seats: int, ordinary: int, posts: int
) -> None:
    known, beside = {c.name: c for c in given_}, Beside(ordinary + posts, posts)
    elected = [known[p.name] for p in elect(given_, rules, seats, beside) if p.standing == "elected"]
    joined = sum(not c.ordinary for c in elected)
    if joined:
        assert ordinary + sum(c.ordinary for c in elected) >= rules.ordinary * (beside.members + len(elected))


@given(candidates, rules, st.integers(9, 15))
def test_no_seat_stays_empty_that_the_rules_would_let_somebody_have(
    given_: list[Candidate], rules: FormationRules, seats: int
) -> None:
    known, found = {c.name: c for c in given_}, elect(given_, rules, seats)
    elected = [known[p.name] for p in found if p.standing == "elected"]
    if len(elected) == seats:
        return
    left = [known[p.name] for p in found if p.standing != "elected"]
    able = [c for c in left if c.votes and not fault(c, rules)]
    assert not any(c.ordinary for c in able)
    held = sum(not c.ordinary for c in elected)
    assert not able or held + 1 > posts_allowed(rules, len(elected) + 1)


@given(candidates, rules, st.integers(9, 15))
def test_nobody_elected_has_fewer_votes_than_an_ordinary_villager_left_out(
    given_: list[Candidate], rules: FormationRules, seats: int
) -> None:
    known = {c.name: c for c in given_}
    found = elect(given_, rules, seats)
    inside = [known[p.name].votes for p in found if p.standing == "elected"]
    outside = [
        p.votes
        for p in found
        if p.standing != "elected" and known[p.name].ordinary and not fault(known[p.name], rules)
    ]
    assert not inside or not outside or min(inside) >= max(outside)


@given(candidates, rules, st.integers(9, 15))
def test_places_count_from_one_without_gaps(
    given_: list[Candidate], rules: FormationRules, seats: int
) -> None:
    found = elect(given_, rules, seats)
    for standing in ("elected", "substitute"):
        places = [p.place for p in found if p.standing == standing]
        assert places == list(range(1, len(places) + 1))
    assert sum(p.standing == "substitute" for p in found) <= rules.substitutes


@given(candidates, rules, st.integers(9, 15), st.randoms())
def test_without_a_tie_the_order_of_the_list_decides_nothing(
    given_: list[Candidate], rules: FormationRules, seats: int, chance: object
) -> None:
    if tied_at_the_edge(given_, rules, seats):
        return
    turned = list(reversed(given_))

    def won(nominees: list[Candidate]) -> set[str]:
        return {p.name for p in elect(nominees, rules, seats) if p.standing == "elected"}

    assert won(given_) == won(turned)


@given(candidates, rules, st.integers(9, 15))
def test_without_a_tie_the_order_of_the_list_decides_no_substitute(
    given_: list[Candidate], rules: FormationRules, seats: int
) -> None:
    if tied_at_the_edge(given_, rules, seats) or tied_substitutes(given_, rules, seats):
        return

    def waiting(nominees: list[Candidate]) -> dict[str, int]:
        return {p.name: p.place for p in elect(nominees, rules, seats) if p.standing == "substitute"}

    assert waiting(given_) == waiting(list(reversed(given_)))


def test_a_tie_among_substitutes_is_named_and_one_behind_them_is_not() -> None:
    elected = [Candidate(f"人{n}", votes=50 - n) for n in range(9)]
    first = [*elected, Candidate("甲", votes=20), Candidate("乙", votes=20)]
    assert tied_substitutes(first, RULES, 9) == ["甲", "乙"]
    places = [Candidate(name, votes=n) for name, n in (("甲", 9), ("乙", 8), ("丙", 7))]
    last = [*elected, *places, Candidate("丁", votes=7)]
    assert tied_substitutes(last, RULES, 9) == ["丙", "丁"]
    behind = [*elected, *places, Candidate("丁", votes=3), Candidate("戊", votes=3)]
    assert tied_substitutes(behind, RULES, 9) == []


def test_an_excluded_post_and_a_missing_consent_are_told() -> None:
    assert "村委会主任" in fault(Candidate("甲", ("水桥村村委会主任",)), RULES)
    assert fault(Candidate("乙", answer="declined"), RULES) == "本人没有同意参选"
    assert fault(Candidate("丙", ("妇联主席",)), RULES) == ""


def test_officials_win_no_more_seats_than_are_left_to_posts() -> None:
    officials = [Candidate(f"干部{n}", ("小组长",), votes=90 - n) for n in range(6)]
    villagers = [Candidate(f"村民{n}", votes=50 - n) for n in range(8)]
    found = {p.name: p for p in elect([*officials, *villagers], RULES, 11)}
    assert [name for name, p in found.items() if p.standing == "elected" and name.startswith("干部")] == [
        f"干部{n}" for n in range(5)
    ]
    assert "名额留给普通村民" in found["干部5"].reason


def test_where_few_villagers_stand_seats_stay_empty_and_cadres_do_not_fill_up() -> None:
    officials = [Candidate(f"干部{n}", ("小组长",), votes=90 - n) for n in range(7)]
    villagers = [Candidate(f"村民{n}", votes=50 - n) for n in range(3)]
    found = {p.name: p for p in elect([*officials, *villagers], RULES, 15)}
    assert sum(p.standing == "elected" for p in found.values()) == 6
    assert [found[f"干部{n}"].standing for n in range(4)] == ["elected"] * 3 + ["not_elected"]
    assert "名额留给普通村民" in found["干部3"].reason


def test_a_tie_for_the_last_seat_is_named() -> None:
    nominees = [Candidate(f"人{n}", votes=50 - n) for n in range(8)] + [
        Candidate("甲", votes=20),
        Candidate("乙", votes=20),
    ]
    assert tied_at_the_edge(nominees, RULES, 9) == ["甲", "乙"]
    assert tied_at_the_edge(nominees, RULES, 10) == []


@given(st.integers(1, 20000))
def test_an_election_meeting_needs_its_share_rounded_up(entitled: int) -> None:
    assert meeting_needs(RULES, entitled) == ceil(entitled / 2)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_a_term_ends_before_the_same_day_of_its_last_month(formed: date, months: int) -> None:
    ends = term_end(formed, months)
    assert formed < ends
    assert months * 30 - 4 <= (ends - formed).days + 1 + months <= months * 32 + 3


def test_a_term_begun_on_the_last_of_a_month_ends_in_time() -> None:
    assert term_end(date(2026, 8, 31), 6) == date(2027, 2, 27)
    assert term_end(date(2026, 9, 10), 12) == date(2027, 9, 9)
