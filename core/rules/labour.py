"""Labour coefficients: 0 by law for some, otherwise as the investigators assessed (domain §3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from core.rules.facts import HouseholdFacts, MemberFacts
from core.rules.lines import Missing

ADULT, ELDERLY = 18, 60


class MemberLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member on the worksheet. `coefficient` is None where it has not been assessed, or the person is not counted."""

    person_id: UUID
    name: str
    relation: str
    age: int
    counted: bool
    coefficient: Decimal | None
    reason: str


def coefficient(member: MemberFacts, day: date) -> tuple[Decimal | None, str]:
    """The coefficient on `day` (of acceptance) with its reason; None when nobody has assessed it yet."""
    age = member.age(day)
    if age < ADULT:
        return Decimal(0), f"未满 {ADULT} 周岁"
    if member.student:
        return Decimal(0), "全日制在校学生（本科及以下）"
    if age >= ELDERLY:
        return Decimal(0), f"满 {ELDERLY} 周岁"
    if member.disability is not None and member.disability.severe:
        return Decimal(0), f"{member.disability.kind.label}{member.disability.grade}级"
    if member.labour is None:
        return None, "还没有评定劳动能力"
    return member.labour.capacity.coefficient, f"{member.labour.capacity.label}：{member.labour.reason}"


def member_lines(facts: HouseholdFacts, day: date) -> tuple[MemberLine, ...]:
    """All members in order, those not counted with the reason."""
    found = []
    for m in facts.members:
        value, reason = coefficient(m, day) if m.living.counted else (None, f"{m.living.label}，不计入")
        found.append(MemberLine(m.person_id, m.name, m.relation, m.age(day), m.living.counted, value, reason))
    return tuple(found)


def missing(members: Iterable[MemberLine]) -> Iterable[Missing]:
    for k, m in enumerate(members):
        if m.counted and m.coefficient is None:
            yield Missing(f"members.{k}.labour", f"{m.name}的劳动能力还没有评定，请调查人评定并写明理由。")
