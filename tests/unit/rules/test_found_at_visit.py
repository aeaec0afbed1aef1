"""What a visit found says so on every line; what came from a department or the archive keeps its source."""

from __future__ import annotations

from datetime import date

from hypothesis import given

from core.rules.facts import HouseholdFacts
from core.rules.facts_checks import found_at_visit
from core.rules.provenance import DECLARED, Provenance, Source
from tests.unit.rules.strategies import households

FOUND = Provenance(Source.VISITED, date(2026, 7, 1), "入户人员")
SECTIONS = ("income", "deductions", "land", "supporters")


@given(households())
def test_every_line_without_a_source_of_its_own_was_found_at_the_visit(facts: HouseholdFacts) -> None:
    visited = found_at_visit(facts, FOUND)
    for section in SECTIONS:
        for before, after in zip(getattr(facts, section), getattr(visited, section), strict=True):
            assert after.provenance == (FOUND if before.provenance == DECLARED else before.provenance)
    assert found_at_visit(visited, FOUND) == visited
    assert (visited.members, visited.assets) == (facts.members, facts.assets)
