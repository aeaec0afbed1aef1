"""Households, processes and strategies for tests of text notices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from hypothesis import strategies as st

from core.kernel.process import Process
from core.registry.people import Household, HouseholdPrivate, Member, Person, PersonPrivate

NOW = datetime(2026, 9, 10, 2, 0, tzinfo=UTC)
"""10:00 in China: nobody's quiet hour."""


def a_person(name: str, phone: str = "13800000001", id_number: str = "620802195202020021") -> Person:
    return Person(uuid4(), name, PersonPrivate(id_number, date(1952, 2, 2), "female", phone))


def a_household(
    *members: Person, address: str = "崆峒镇某村3组12号", bank_account: str = "6217000000000000001"
) -> Household:
    people = members or (a_person("王秀英"),)
    relations = ("本人", *("家庭成员" for _ in people[1:]))
    lines = tuple(Member(person, relation) for person, relation in zip(people, relations, strict=True))
    return Household(
        uuid4(), "620802001001", "3组", people[0].id, lines, HouseholdPrivate(address, bank_account)
    )


def a_process(
    *, state: str = "accepted", total_due: date | None = None, stage_due: date | None = None
) -> Process:
    return Process(
        id=uuid4(), tenant_id=uuid4(), kind="case", procedure="application", config_number=1, state=state, version=3,
        area_code="620802001001", number="SQ-620802001001-2026-0001", title="王秀英家庭", opened_at=NOW,
        opened_by=uuid4(), entered_on=NOW.date(), subject_id=uuid4(), total_due=total_due, stage_due=stage_due,
    )  # fmt: skip


hanzi = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
names = st.text(hanzi, min_size=2, max_size=8)
digits = st.text(st.characters(min_codepoint=48, max_codepoint=57), min_size=16, max_size=17)
phones = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
persons = st.builds(a_person, names, phones, digits.map(lambda d: f"{d[:17]:0<17}X"))
households = st.builds(
    lambda people, address, account: a_household(*people, address=address, bank_account=account),
    st.lists(persons, min_size=1, max_size=5),
    st.text(hanzi, min_size=6, max_size=20),
    digits,
)
