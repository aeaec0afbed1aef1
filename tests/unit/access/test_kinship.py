"""Degrees from declared edges: the usual families, half-declared ones, and what holds for any graph."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.kinship import EVERY_DEGREE, NEAR_RELATIVES, Degree, Edge, Relation, family_of, relatives
from core.access.recusal import recused


def who(name: str) -> UUID:
    return UUID(bytes=name.encode().ljust(16, b"\0"))


def family(*lines: str) -> list[Edge]:
    """`"fang parent ming"`: Fang is the parent of Ming."""
    edges = []
    for line in lines:
        a, relation, b = line.split()
        edges.append(Edge(who(a), who(b), relation))  # type: ignore[arg-type]
    return edges


THREE_GENERATIONS = family(
    "grandpa parent father", "grandma parent father", "grandpa spouse grandma",
    "grandpa parent aunt", "aunt spouse uncle", "aunt parent cousin",
    "father parent ming", "mother parent ming", "father spouse mother",
    "father parent sister", "sister spouse brother_in_law", "sister parent niece",
    "ming spouse hong", "inlaw parent hong", "inlaw parent hongs_brother", "hongs_brother spouse his_wife",
    "ming parent son", "hong parent son", "son spouse bride", "brides_father parent bride", "son parent grandson",
)  # fmt: skip

people = st.integers(0, 7).map(lambda n: UUID(int=n + 1))
edge = st.builds(Edge, people, people, st.sampled_from(["spouse", "parent", "sibling"]))
graphs = st.lists(edge, max_size=14)
degree_sets = st.frozensets(st.sampled_from(sorted(EVERY_DEGREE)))


@pytest.mark.parametrize(
    ("other", "degree"),
    [
        ("hong", Degree.SPOUSE),
        ("father", Degree.PARENT),
        ("mother", Degree.PARENT),
        ("son", Degree.CHILD),
        ("sister", Degree.SIBLING),
        ("grandma", Degree.GRANDPARENT),
        ("grandson", Degree.GRANDCHILD),
        ("inlaw", Degree.PARENT_IN_LAW),
        ("bride", Degree.CHILD_IN_LAW),
        ("hongs_brother", Degree.SIBLING_IN_LAW),
        ("his_wife", Degree.SIBLING_IN_LAW),
        ("brother_in_law", Degree.SIBLING_IN_LAW),
        ("aunt", Degree.UNCLE_AUNT),
        ("uncle", Degree.UNCLE_AUNT),
        ("niece", Degree.NEPHEW_NIECE),
        ("cousin", Degree.COUSIN),
        ("brides_father", Degree.CO_PARENT_IN_LAW),
    ],
)
def test_every_degree_is_found_in_a_family_of_four_generations(other: str, degree: Degree) -> None:
    assert relatives(THREE_GENERATIONS, who("ming"))[who(other)] is degree


def test_the_law_counts_six_kinds_of_near_relatives() -> None:
    near = relatives(THREE_GENERATIONS, who("ming"), NEAR_RELATIVES)
    assert who("aunt") not in near
    assert set(near.values()) == NEAR_RELATIVES


def test_a_sister_declared_without_her_parents_has_her_brothers_parents() -> None:
    edges = family("mei sibling ming", "father parent ming")
    assert relatives(edges, who("mei"))[who("father")] is Degree.PARENT
    assert relatives(edges, who("father"))[who("mei")] is Degree.CHILD


def test_a_marriage_declared_by_one_side_counts_for_both() -> None:
    edges = family("hong spouse ming")
    assert relatives(edges, who("ming")) == {who("hong"): Degree.SPOUSE}
    assert relatives(edges, who("hong")) == {who("ming"): Degree.SPOUSE}


def test_two_who_have_a_child_together_count_as_spouses() -> None:
    edges = family("father parent ming", "mother parent ming")
    assert relatives(edges, who("mother"))[who("father")] is Degree.SPOUSE


def test_half_brothers_are_brothers() -> None:
    edges = family("father parent ming", "father parent liang", "other parent liang")
    assert relatives(edges, who("ming"))[who("liang")] is Degree.SIBLING


def test_the_half_brother_of_a_half_brother_is_no_relative_by_blood() -> None:
    edges = family("f1 parent ming", "f1 parent liang", "m2 parent liang", "m2 parent stranger")
    assert who("stranger") not in relatives(edges, who("ming"), NEAR_RELATIVES)


def test_a_step_mother_is_a_parent() -> None:
    edges = family("father parent ming", "father spouse second_wife")
    assert relatives(edges, who("ming"))[who("second_wife")] is Degree.PARENT


def test_somebody_who_is_two_things_is_found_by_either() -> None:
    edges = family(
        "g parent f1", "g parent f2", "f1 parent ming", "f2 parent hua", "ming sibling lan", "lan spouse hua"
    )
    assert relatives(edges, who("ming"))[who("hua")] is Degree.SIBLING_IN_LAW
    assert relatives(edges, who("ming"), {Degree.COUSIN})[who("hua")] is Degree.COUSIN


def test_a_circle_of_parents_does_no_harm() -> None:
    edges = family("a parent b", "b parent c", "c parent a", "a parent a")
    assert relatives(edges, who("a"))[who("b")] is Degree.CHILD


def test_strangers_are_no_relatives() -> None:
    assert relatives(THREE_GENERATIONS, who("stranger")) == {}


@given(graphs, people, people)
def test_every_degree_has_its_counterpart_the_other_way_round(graph: list[Edge], a: UUID, b: UUID) -> None:
    found = family_of(graph)
    for degree in EVERY_DEGREE:
        assert (b in found.of_degree(a, degree)) == (a in found.of_degree(b, degree.inverse))


@given(graphs, people)
def test_nobody_is_their_own_relative(graph: list[Edge], person: UUID) -> None:
    assert person not in relatives(graph, person)


@given(graphs, people, degree_sets, degree_sets)
def test_more_degrees_never_mean_fewer_relatives(
    graph: list[Edge], person: UUID, some: frozenset[Degree], more: frozenset[Degree]
) -> None:
    assert relatives(graph, person, some).keys() <= relatives(graph, person, some | more).keys()


@given(graphs, people, people, people)
def test_what_is_declared_later_takes_no_relative_away(
    graph: list[Edge], person: UUID, a: UUID, b: UUID
) -> None:
    relation: Relation
    for relation in ("spouse", "parent", "sibling"):
        more = [*graph, Edge(a, b, relation)]
        assert relatives(graph, person).keys() <= relatives(more, person).keys()


@given(graphs, people, people, degree_sets)
def test_who_keeps_out_whom_is_mutual(
    graph: list[Edge], a: UUID, b: UUID, degrees: frozenset[Degree]
) -> None:
    assert (recused(a, {b}, graph, degrees) is None) == (recused(b, {a}, graph, degrees) is None)


@given(graphs, people, st.frozensets(people, max_size=4), degree_sets, degree_sets)
def test_more_degrees_never_let_anybody_in(
    graph: list[Edge],
    person: UUID,
    members: frozenset[UUID],
    some: frozenset[Degree],
    more: frozenset[Degree],
) -> None:
    if recused(person, members, graph, some) is not None:
        assert recused(person, members, graph, some | more) is not None


@given(graphs, st.frozensets(people, min_size=1, max_size=4), degree_sets)
def test_members_of_the_household_are_always_kept_out(
    graph: list[Edge], members: frozenset[UUID], degrees: frozenset[Degree]
) -> None:
    assert all(recused(one, members, graph, degrees) is Degree.MEMBER for one in members)


@given(graphs, people, st.frozensets(people, max_size=4), degree_sets)
def test_being_kept_out_by_a_household_is_being_kept_out_by_one_of_its_members(
    graph: list[Edge], person: UUID, members: frozenset[UUID], degrees: frozenset[Degree]
) -> None:
    by_one = any(recused(person, {member}, graph, degrees) is not None for member in members)
    assert (recused(person, members, graph, degrees) is not None) == by_one


def test_the_applicants_sister_on_the_panel_is_kept_out() -> None:
    edges = family("sister sibling husband", "husband spouse wife")
    assert recused(who("sister"), {who("husband"), who("wife")}, edges, NEAR_RELATIVES) is Degree.SIBLING


def test_a_sister_in_law_is_kept_out_only_where_the_district_says_so() -> None:
    edges = family("wife spouse husband", "clerk sibling wife")
    household = {who("husband")}
    assert recused(who("clerk"), household, edges, NEAR_RELATIVES) is None
    wider = NEAR_RELATIVES | {Degree.SIBLING_IN_LAW}
    assert recused(who("clerk"), household, edges, wider) is Degree.SIBLING_IN_LAW


def test_the_degree_says_what_the_person_is_to_the_member() -> None:
    edges = family("father parent ming")
    assert recused(who("father"), {who("ming")}, edges, NEAR_RELATIVES) is Degree.PARENT
    assert recused(who("ming"), {who("father")}, edges, NEAR_RELATIVES) is Degree.CHILD


def test_every_degree_has_a_chinese_name() -> None:
    assert all(degree.label for degree in Degree)
