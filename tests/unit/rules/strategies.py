"""Any household the investigators could have put on file, for property tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from core.rules.facts import (
    Deduction,
    DeductionKind,
    Disability,
    DisabilityClass,
    HouseholdFacts,
    IncomeKind,
    IncomeLine,
    Labour,
    LabourCapacity,
    Land,
    LandUse,
    LegalSupporter,
    Living,
    MemberFacts,
)
from tests.builders.households import person

NAMES = ("甲", "乙", "丙", "丁", "戊", "己")


def yuan(low: int = 0, high: int = 40000) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=2)


COUNTED_KINDS = [k for k in IncomeKind if k not in (IncomeKind.LOCALLY_EXCLUDED, IncomeKind.WAGES)]


@st.composite
def members(draw: st.DrawFn, name: str, relation: str) -> MemberFacts:
    grade = draw(st.none() | st.integers(1, 4))
    applicant = relation == "本人"
    return MemberFacts(
        person(name),
        name,
        relation,
        draw(st.dates(date(1930, 1, 1), date(2026, 1, 1))),
        living=Living.TOGETHER if applicant else draw(st.sampled_from(Living)),
        labour=Labour(draw(st.sampled_from(LabourCapacity)), "评定"),
        disability=Disability(draw(st.sampled_from(DisabilityClass)), grade) if grade else None,
        student=draw(st.booleans()),
        serious_illness=draw(st.booleans()),
        children=draw(st.integers(0, 6)),
    )


@st.composite
def income_lines(draw: st.DrawFn, names: tuple[str, ...]) -> IncomeLine:
    owner = person(draw(st.sampled_from(names)))
    if draw(st.booleans()):
        return IncomeLine(IncomeKind.WAGES, draw(yuan()), owner, new_job=draw(st.booleans()))
    kind = draw(st.sampled_from(COUNTED_KINDS))
    low = -20000 if kind is IncomeKind.BUSINESS else 0
    return IncomeLine(kind, draw(yuan(low)), draw(st.sampled_from([None, owner])))


@st.composite
def supporters(draw: st.DrawFn, names: tuple[str, ...]) -> LegalSupporter:
    supports = tuple(person(n) for n in draw(st.lists(st.sampled_from(names), min_size=1, unique=True)))
    consent = draw(st.booleans())
    more: dict[str, Any] = {"household_per_capita": draw(yuan())} if consent else {}
    if draw(st.booleans()):
        more["decided_amount"] = draw(yuan(0, 5000))
    return LegalSupporter(
        "赡养人", "子", supports, consent, persons_supported=len(supports) + draw(st.integers(0, 3)), **more
    )


@st.composite
def households(draw: st.DrawFn) -> HouseholdFacts:
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    rows = st.lists(income_lines(names), max_size=6)
    costs = st.builds(
        Deduction,
        st.sampled_from(DeductionKind),
        yuan(0, 20000),
        st.sampled_from([person(n) for n in names]),
        st.booleans(),
    )
    plots = st.one_of(
        st.builds(Land, yuan(0, 30), st.just(LandUse.FARMED), st.sampled_from(["grain", "cash"])),
        st.builds(Land, yuan(0, 30), st.just(LandUse.LEASED_OUT), st.just(""), yuan(0, 500)),
    )
    return HouseholdFacts(
        members=tuple(draw(members(n, "本人" if k == 0 else "家人")) for k, n in enumerate(names)),
        income=tuple(draw(rows)),
        deductions=tuple(draw(st.lists(costs, max_size=3))),
        land=tuple(draw(st.lists(plots, max_size=3))),
        supporters=tuple(draw(st.lists(supporters(names), max_size=2))),
    )
