"""Nobody is asked about without a good signature of their own (57号 10; SAL 41, 70(6))."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.verification import Source
from plugins.big_data_check.authorisation import Consent, Person, expires, permitted

TODAY = date(2026, 9, 1)
ADULT = Person(uuid4(), "王建国", date(1980, 1, 1))
CHILD = Person(uuid4(), "王小明", date(2015, 1, 1))
DAUGHTER = Person(uuid4(), "王兰", date(1985, 1, 1), supporter=True)


def refusal(number: str, person: Person, *consents: Consent) -> str:
    found = permitted(number, [person], consents, TODAY)
    assert (person.person_id in found.may) == (not found.refused)
    return found.refused[0].reason if found.refused else ""


@given(st.lists(st.uuids(), max_size=6, unique=True), st.sets(st.integers(0, 5)))
def test_only_those_who_signed_are_ever_permitted(ids: list[UUID], signed: set[int]) -> None:
    people = [Person(i, "某", date(1980, 1, 1)) for i in ids]
    consents = [Consent(i, TODAY) for n, i in enumerate(ids) if n in signed]
    found = permitted("SQ-1", people, consents, TODAY)
    assert set(found.may) == {c.person_id for c in consents}
    assert {r.person_id for r in found.refused} == set(ids) - set(found.may)


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_a_signature_is_good_from_its_day_for_a_year(signed_on: date) -> None:
    reason = refusal("SQ-1", ADULT, Consent(ADULT.person_id, signed_on))
    assert (reason == "") == (signed_on <= TODAY <= expires(Consent(ADULT.person_id, signed_on)))


@pytest.mark.parametrize(
    ("person", "consents", "said"),
    [
        (ADULT, (), "没有签核对授权书"),
        (ADULT, (Consent(ADULT.person_id, TODAY + timedelta(days=1)),), "今天之后"),
        (ADULT, (Consent(ADULT.person_id, TODAY - timedelta(days=500)),), "已于"),
        (CHILD, (Consent(CHILD.person_id, TODAY),), "监护人"),
        (CHILD, (Consent(CHILD.person_id, TODAY, guardian="王建国"),), ""),
        (DAUGHTER, (), "不同意核对"),
        (DAUGHTER, (Consent(DAUGHTER.person_id, TODAY),), "本人单独同意"),
        (DAUGHTER, (Consent(DAUGHTER.person_id, TODAY, supporter=True),), ""),
    ],
)
def test_every_missing_or_bad_signature_says_why(
    person: Person, consents: tuple[Consent, ...], said: str
) -> None:
    reason = refusal("SQ-1", person, *consents)
    assert said in reason if said else reason == ""


def test_without_a_number_of_the_authorisation_nobody_is_asked_about() -> None:
    assert "编号" in refusal("  ", ADULT, Consent(ADULT.person_id, TODAY))


def test_a_signature_for_some_sources_permits_those_alone() -> None:
    consent = Consent(ADULT.person_id, TODAY, sources=frozenset({Source.VEHICLES}))
    found = permitted("SQ-1", [ADULT], [consent], TODAY)
    assert found.may == {ADULT.person_id: {Source.VEHICLES}}
