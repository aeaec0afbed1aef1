"""What an import of existing rolls is refused for, before anything touches the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.problems import Invalid
from core.registry.rolls_import import RollEntry, RollMember, check

TODAY = date(2026, 9, 10)
NUMBERS = ("620802195001010011", "620802195202020021", "620802201503030037")


def an_entry(*numbers: str, **changes: Any) -> RollEntry:
    members = tuple(
        RollMember(f"成员{k}", number, "本人" if k == 0 else "配偶")
        for k, number in enumerate(numbers or NUMBERS[:2])
    )
    entry = RollEntry("620802001001", members, "一类", "tier", Decimal(930), date(2025, 9, 1))
    return msgspec.structs.replace(entry, **changes)


def wrong(*entries: RollEntry) -> set[str]:
    with pytest.raises(Invalid) as refused:
        check(entries, TODAY)
    assert "整批都没有导入" in refused.value.detail
    return {error.field for error in refused.value.fields}


def test_a_sound_entry_is_read_with_birth_dates_and_sex() -> None:
    (found,) = check([an_entry()], TODAY)
    assert [p.birth_date for p in found.people] == [date(1950, 1, 1), date(1952, 2, 2)]
    assert [p.sex for p in found.people] == ["male", "female"]


def test_a_wrong_number_is_named_with_its_household_and_member() -> None:
    assert wrong(an_entry(), an_entry("620802195001010012", NUMBERS[2])) == {"entries.1.members.0.id_number"}


def test_one_person_stands_in_one_household_only() -> None:
    assert wrong(an_entry(NUMBERS[0]), an_entry(NUMBERS[2], NUMBERS[0])) == {"entries.1.members.1.id_number"}


def test_the_first_member_applies_and_no_other() -> None:
    members = an_entry().members
    swapped = (members[1], members[0])
    assert wrong(an_entry(members=swapped)) == {"entries.0.members.0.relation"}
    doubled = (members[0], msgspec.structs.replace(members[1], relation="本人"))
    assert wrong(an_entry(members=doubled)) == {"entries.0.members"}


@pytest.mark.parametrize("month", [date(2026, 9, 2), date(2026, 10, 1), date(2027, 1, 1)])
def test_only_what_is_being_paid_already_can_be_imported(month: date) -> None:
    assert wrong(an_entry(from_month=month)) == {"entries.0.from_month"}
    assert check([an_entry(from_month=date(2026, 9, 1))], TODAY)
