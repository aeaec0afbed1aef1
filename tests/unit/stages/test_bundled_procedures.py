"""The bundles of the project: each is valid, holds the edges of domain B1 and B2, and can't be bent against the law."""

from __future__ import annotations

import msgspec
import pytest

from core.kernel.procedure import ProcedureSet, ProcedureSpec
from tests.builders.bundles import BUNDLES, DISTRICTS, PROVINCE, problems_of, resolved

KONGTONG, LINGTAI, LONGXI = DISTRICTS
BEFORE_DECISION = frozenset(
    [
        "draft",
        "submitted",
        "supplement",
        "accepted",
        "investigating",
        "verification_notice",
        "recheck",
        "assessed",
        "posted",
        "objected",
        "reassessed",
        "reported",
        "spot_check",
    ]
)

# Domain B1: state → states that may follow. `withdrawn` and the panel are asked separately.
B1 = {
    "draft": {"submitted"},
    "submitted": {"accepted", "supplement"},
    "supplement": {"submitted", "lapsed"},
    "accepted": {"investigating"},
    "investigating": {"assessed", "verification_notice", "non_cooperation"},
    "verification_notice": {"recheck", "assessed"},
    "recheck": {"assessed", "verification_notice"},
    "assessed": {"posted", "investigating", "verification_notice"},
    "posted": {"reported", "objected"},
    "objected": {"reassessed"},
    "reported": {"spot_check", "confirmed", "denied", "hearing", "assessed", "investigating"},
    "spot_check": {"confirmed", "denied", "hearing", "assessed", "investigating"},
    "confirmed": {"active"},
    "denied": {"refused"},
    "active": {"reviewing"},
    "reviewing": {"active", "hearing", "terminated"},
    "hearing": {"active", "grace", "terminated"},
    "grace": {"terminated"},
}
# Domain B2: R0 to R12 and the ways back.
B2 = {
    "prepared": {"mobilised"},
    "mobilised": {"applications_open"},
    "applications_open": {"panel_forming"},
    "panel_forming": {"panel_meeting"},
    "panel_meeting": {"visits", "panel_forming"},
    "visits": {"comprehensive"},
    "comprehensive": {"village_posting", "visits"},
    "village_posting": {"township_review", "visits"},
    "township_review": {"verification", "comprehensive"},
    "verification": {"second_posting"},
    "second_posting": {"final_review"},
    "final_review": {"published"},
    "published": set(),
}


def procedures(name: str) -> ProcedureSet:
    return msgspec.convert(resolved(name)["procedure"], ProcedureSet)


def edges(spec: ProcedureSpec, state: str) -> set[str]:
    return set(spec.stages[state].next.values()) - {"withdrawn"}


def rounds(name: str) -> tuple[ProcedureSpec, ProcedureSpec]:
    """The round's procedure and that of its cases."""
    found = procedures(name)
    return found.procedures[found.round or ""], found.procedures[found.in_round or ""]


@pytest.mark.parametrize("name", BUNDLES)
def test_every_bundle_is_valid(name: str) -> None:
    assert [str(problem) for problem in problems_of(resolved(name))] == []


def test_the_individual_procedure_has_the_edges_of_b1() -> None:
    spec = procedures(PROVINCE).procedures["application"]
    assert {state: edges(spec, state) for state in B1} == B1
    assert edges(spec, "reassessed") == {"posted", "investigating", "verification_notice"}


def test_a_case_in_a_round_is_verified_between_the_opinion_and_the_posting() -> None:
    spec = procedures(PROVINCE).procedures["village_case"]
    assert edges(spec, "assessed") == {"verifying", "investigating", "verification_notice"}
    assert edges(spec, "verifying") == {"posted", "verification_notice", "investigating"}
    assert {s: edges(spec, s) for s in B1 if s != "assessed"} == {
        s: to for s, to in B1.items() if s != "assessed"
    }
    assert spec.stages["investigating"].params == {"requires": ["home_visit"]}
    assert spec.stages["verifying"].params == {"requires": ["verification"]}


def test_the_village_round_has_the_edges_of_b2() -> None:
    spec, _ = rounds(KONGTONG)
    assert {state: edges(spec, state) for state in spec.stages} == B2


@pytest.mark.parametrize("name", BUNDLES)
def test_an_application_can_be_withdrawn_until_the_decision_and_not_after(name: str) -> None:
    for spec in procedures(name).procedures.values():
        if spec.kind == "case":
            able = {state for state, stage in spec.stages.items() if "withdrawn" in stage.next}
            assert able == BEFORE_DECISION | (spec.stages.keys() & {"verifying", "appraisal"})


@pytest.mark.parametrize("name", BUNDLES)
def test_nothing_is_reduced_or_stopped_without_a_hearing(name: str) -> None:
    for spec in procedures(name).procedures.values():
        if spec.kind == "case":
            into = {
                s for s, stage in spec.stages.items() if {"terminated", "grace"} & set(stage.next.values())
            }
            assert into == {"hearing", "grace", "reviewing"}
            assert spec.stages["reviewing"].next["ended_without_hearing"] == "terminated"


@pytest.mark.parametrize("name", [KONGTONG, LONGXI])
def test_every_open_stage_of_a_case_is_opened_by_some_step_of_its_round(name: str) -> None:
    spec, case = rounds(name)
    opened = {state for stage in spec.stages.values() for state in stage.opens}
    assert {s for s, stage in case.stages.items() if stage.next} - opened == set()


@pytest.mark.parametrize("name", [KONGTONG, LONGXI])
def test_a_round_waits_only_for_cases_that_can_be_worked_on_meanwhile(name: str) -> None:
    spec, _ = rounds(name)
    assert {s: set(stage.clears) - set(stage.opens) for s, stage in spec.stages.items()} == {
        state: set() for state in spec.stages
    }


@pytest.mark.parametrize("name", [KONGTONG, LONGXI])
def test_a_published_round_leaves_no_case_behind_and_lets_the_rolls_live_on(name: str) -> None:
    spec, case = rounds(name)
    after = {"active", "reviewing", "hearing", "grace"}
    assert set(spec.stages["published"].opens) == after
    cleared = {state for stage in spec.stages.values() for state in stage.clears}
    assert {s for s, stage in case.stages.items() if stage.next} - cleared == after


def test_the_round_holds_a_case_until_its_turn() -> None:
    spec, _ = rounds(KONGTONG)
    opens = {state: set(stage.opens) for state, stage in spec.stages.items()}
    assert opens["applications_open"] == {"draft", "submitted", "supplement", "accepted"}
    assert "investigating" in opens["visits"]
    assert not any("assessed" in opens[s] for s in ("visits", "comprehensive", "village_posting"))
    assert "assessed" in opens["township_review"]
    assert "verifying" not in opens["township_review"]
    assert {"verifying", "verification_notice", "recheck"} <= opens["verification"]
    assert not any("reported" in opens[s] for s in opens if s != "final_review")
