"""How far a re-check is, over all its parts: it never goes back, and is whole only when it has ended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.big_data_check.bulk.progress import PARTS, percent_of
from plugins.big_data_check.bulk.store import OPEN, STATES


def test_the_parts_follow_each_other_and_are_the_states_of_a_run_that_goes_on() -> None:
    assert tuple(PARTS) == OPEN
    begin = 0
    for part, (at, width) in PARTS.items():
        assert at == begin, part
        begin += width
    assert begin == 100


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 10**8))
def test_it_never_goes_back_and_is_never_whole_before_the_end(one: int, other: int, total: int) -> None:
    less, more = sorted((one, other))
    told = [percent_of(state, done, total) for state in OPEN for done in (0, less, more, total)]
    if more <= total:
        assert told == sorted(told)
    assert max(told) < 100


@pytest.mark.parametrize("state", sorted(set(STATES) - set(OPEN)))
def test_what_has_ended_is_whole(state: str) -> None:
    assert percent_of(state, 0, 9) == 100
