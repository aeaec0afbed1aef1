"""What may be said again and what may not: gone is gone, but what nobody looked at is neither gone nor new."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.sdk.verification import Source
from plugins.big_data_check.bulk.registers import ALL_SOURCES, BITS
from plugins.big_data_check.bulk.standing import FROM, OVER, WHY, Compared, Said, bits_of, fate, is_news
from plugins.big_data_check.bulk.store import KINDS

CASE, OTHER, PERSON = uuid4(), uuid4(), uuid4()
MARK = b"mark"
BIT_SETS = st.integers(0, ALL_SOURCES)
STATES = st.sampled_from(["filed", "known", "waiting", "failed"])
KIND = st.sampled_from(sorted(KINDS))
JOBS = bits_of("job")


def a_said(
    kind: str = "vehicle", state: str = "filed", sources: int = 0, person: UUID | None = PERSON
) -> Said:
    return Said(uuid4(), CASE, person, "620802001001", kind, False, state, MARK, sources)


def this_run(bits: int, *marks: bytes, case: UUID = CASE, whole: bool = True) -> Compared:
    return Compared({PERSON: (case, bits)}, {case: bits if whole else 0}, {case: bits}, set(marks))


def test_every_kind_of_alert_has_its_sources_and_every_fate_its_words() -> None:
    assert set(FROM) == set(KINDS)
    assert set(OVER) < set(WHY)


@given(KIND, STATES, BIT_SETS, BIT_SETS)
def test_what_is_found_again_stands_unless_no_source_that_could_tell_was_there(
    kind: str, state: str, before: int, now: int
) -> None:
    looked = now & bits_of(kind) != 0
    for person in (PERSON, None):
        said = a_said(kind, state, before, person)
        found = fate(said, this_run(now, MARK, whole=False))
        assert found == ("stands" if looked else "not_compared")


@given(KIND, STATES, BIT_SETS, BIT_SETS)
def test_what_is_not_found_is_gone_only_if_every_source_that_told_of_it_was_asked_again(
    kind: str, state: str, before: int, now: int
) -> None:
    told_by = (before & bits_of(kind)) or bits_of(kind)
    found = fate(a_said(kind, state, before), this_run(now))
    assert found == ("gone" if told_by & ~now == 0 else "not_compared")


@given(KIND, BIT_SETS)
def test_a_household_is_only_let_off_when_all_its_members_were_compared(kind: str, now: int) -> None:
    assert fate(a_said(kind, person=None), this_run(now, whole=False)) == "not_compared"


@given(KIND, STATES, st.sampled_from(["ended", "left", "off_rolls", "unsigned", None]))
def test_who_was_not_compared_is_told_by_the_case_and_never_by_a_stale_mark(
    kind: str, state: str, absence: Any
) -> None:
    nobody = Compared({}, {}, {}, {MARK})
    assert fate(a_said(kind, state), nobody, absence) == (absence or "not_compared")


def test_whose_authorisation_lapsed_is_not_told_of_anew_when_it_is_renewed() -> None:
    assert fate(a_said(), Compared({}, {}, {}, set()), "unsigned") not in OVER


def test_what_waits_goes_to_the_case_of_today() -> None:
    assert this_run(0, MARK, case=OTHER).case_of(a_said(state="waiting")) == OTHER
    assert this_run(0, MARK).case_of(a_said(person=None)) == CASE


@given(st.integers(1, ALL_SOURCES), BIT_SETS)
def test_an_employer_is_new_only_if_a_source_that_tells_of_it_was_compared_last_time(
    told: int, before: int
) -> None:
    assert is_news(told, before) == any(told & bit and before & bit for bit in BITS.values())
    assert not is_news(told, None)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_over_any_months_a_job_is_told_of_when_it_begins_and_never_because_the_authorisation_came_back(
    months: list[tuple[bool, bool, bool]],
) -> None:
    """Each month: signed?, was the file delivered?, has the job? As the engine keeps its keys and the filing its marks."""
    source = BITS[Source.HOUSING_FUND]
    known, before, open_one, told, seen = False, None, False, list[int](), None
    for month, (signed, delivered, has_job) in enumerate(months):
        now = source if delivered else 0
        there = signed and delivered and has_job
        news = there and not known and is_news(source, before)
        if open_one:
            run = this_run(now, *([MARK] if there else [])) if signed else Compared({}, {}, {}, set())
            open_one = fate(a_said("job", sources=source), run, "unsigned") not in OVER
        if news and not open_one:
            told.append(month)
            open_one = True
            assert seen is False, "they were looked at before, and had no job"
        if signed and delivered:
            seen = has_job
        known, before = there, (now if signed else None)
    began = [
        month for month, (one, two) in enumerate(pairwise(months), 1)
        if one == (True, True, False) and two == (True, True, True)
    ]  # fmt: skip
    assert set(began) <= set(told)
