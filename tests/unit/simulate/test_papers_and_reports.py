"""Small parts of the simulator: files that are taken as what they are, percentiles, what counts as an ending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

import pytest

from core.registry.evidence import media_type_of
from core.simulate import papers
from core.simulate.client import percentile
from core.simulate.expectation import Terms
from core.simulate.outcomes import ending_of
from core.simulate.panel import counted
from core.simulate.village import Story, village
from core.simulate.world import State, Track


@pytest.mark.parametrize("make", [papers.jpeg, papers.png, papers.pdf, papers.photo])
def test_made_up_papers_are_taken_for_what_they_are(make: Callable[[Random], tuple[bytes, str]]) -> None:
    data, media_type = make(Random(1))
    assert media_type_of(data) == media_type
    assert make(Random(2))[0] != data
    assert len(data) < 2000


@pytest.mark.parametrize(
    ("seconds", "share", "expected"),
    [
        ([], 0.5, 0.0),
        ([1.0], 0.95, 1.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.0),
        ([float(n) for n in range(1, 101)], 0.95, 95.0),
    ],
)
def test_percentiles_are_by_nearest_rank(seconds: list[float], share: float, expected: float) -> None:
    assert percentile(seconds, share) == expected


def state(*steps: str) -> State:
    return State({"journal": [{"seq": n, "action": s} for n, s in enumerate(steps, start=1)]})


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        (("open", "submit"), "open"),
        (("confirm", "publish"), "active"),
        (("confirm", "publish", "record_hearing", "decide_termination"), "terminated"),
        (("deny", "serve_refusal"), "refused"),
        (("deny",), "open"),
    ],
)
def test_the_last_deciding_step_tells_where_a_case_ended(steps: tuple[str, ...], ending: str) -> None:
    assert ending_of(state(*steps)) == ending


def test_the_count_of_acceptance_case_two() -> None:
    """A panel of 11 with the applicant's sister: roster 10, quorum 7; 8 present, 6 needed; 5 yes does not pass."""
    plans = village("620802101201", 12, 1, date(2026, 9, 1), Terms()).plans
    passing = Track(next(p for p in plans if p.story is Story.PLAIN), Random(1))
    found = counted(passing, 11, 1, 8)
    assert (found.eligible_roster, found.quorum, found.needed) == (10, 7, 6)
    assert (found.agree, found.disagree, found.abstain, found.result) == (6, 1, 1, "passed")
    failing = Track(next(p for p in plans if p.story is Story.PANEL_RELATIVE), Random(1))
    assert counted(failing, 11, 1, 8).result == "failed"
    assert counted(passing, 11, 1, 6).result == "no_quorum"
