"""What has become of what earlier re-checks said: whether it stands, is over, or nobody can tell this time. Pure.

stands ─▶ nothing, or filed if it waited      over (gone, ended, left, off the rolls) ─▶ may be said again when it comes back
unsigned, not compared ─▶ stays as it is: what nobody looked at is neither there nor gone; nobody's waiting is kept up by it
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.sdk.verification import Source
from plugins.big_data_check.bulk.registers import BITS

Absence = Literal["ended", "left", "off_rolls", "unsigned"]
"""Why somebody was not compared: the case is over; no member any more; not paid; no good authorisation."""
Fate = Literal["stands", "gone", "not_compared", "ended", "left", "off_rolls", "unsigned"]
OVER: frozenset[Fate] = frozenset({"gone", "ended", "left", "off_rolls"})
WHY: Mapping[Fate, str] = {
    "stands": "",
    "gone": "这次核对时登记里已经没有这一项，不用再提请",
    "not_compared": "这次没有这个来源的数据，不知道还在不在，等下次核对",
    "ended": "这一件已经办结，不再提请",
    "left": "已经不是这户的成员，不再提请",
    "off_rolls": "这户已经不在保，不再提请",
    "unsigned": "核对授权已失效，不能再用；补签后重新核对",
}
FROM: Mapping[str, tuple[Source, ...]] = {
    "death": (Source.HOUSEHOLD_REGISTRATION,),
    "moved": (Source.HOUSEHOLD_REGISTRATION,),
    "vehicle": (Source.VEHICLES,),
    "entity": (Source.MARKET_ENTITIES,),
    "job": (Source.SOCIAL_INSURANCE, Source.HOUSING_FUND),
    "payroll": (Source.PAYROLL,),
    "housing": (Source.REAL_ESTATE,),
    "deposits": (Source.DEPOSITS, Source.SECURITIES),
    "income": (Source.TAX, Source.PAYROLL, Source.SOCIAL_INSURANCE),
}
"""Which sources can say what."""


@dataclass(frozen=True, slots=True)
class Said:
    """One alert of an earlier run that is not over. `sources`: what its people were compared with then (bits; 0: not known)."""

    id: UUID
    case_id: UUID
    person_id: UUID | None
    area_code: str
    kind: str
    namesake: bool
    state: str
    mark: bytes
    sources: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Whom this run compared, with which sources (bits), and the marks of everything that stands.

    `cases`: what all members of the household were compared with; 0 where somebody was left out. `partly`: what any was.
    """

    persons: Mapping[UUID, tuple[UUID, int]]
    cases: Mapping[UUID, int]
    partly: Mapping[UUID, int]
    marks: Set[bytes]

    def has(self, said: Said) -> bool:
        return said.case_id in self.cases if said.person_id is None else said.person_id in self.persons

    def bits(self, person_id: UUID | None, case_id: UUID) -> int:
        if person_id is None:
            return self.cases.get(case_id, 0)
        return self.persons.get(person_id, (case_id, 0))[1]

    def looked(self, said: Said) -> int:
        """What anybody of whom it was said was compared with."""
        if said.person_id is None:
            return self.partly.get(said.case_id, 0)
        return self.bits(said.person_id, said.case_id)

    def case_of(self, said: Said) -> UUID:
        """The case of today: somebody may have come back under another."""
        if said.person_id is None or said.person_id not in self.persons:
            return said.case_id
        return self.persons[said.person_id][0]


def needed(said: Said) -> int:
    """The sources that must have been asked before their silence means anything."""
    every = bits_of(said.kind)
    return (said.sources & every) or every


def bits_of(kind: str) -> int:
    return sum(BITS[source] for source in FROM[kind])


def fate(said: Said, compared: Compared, absence: Absence | None = None) -> Fate:
    """`absence` is asked of the case where nobody of whom it was said is in this run."""
    if not compared.has(said):
        return absence or "not_compared"
    if (
        said.mark in compared.marks
    ):  # the engine carries marks over where nothing moved, from sources that are missing too
        return "stands" if compared.looked(said) & bits_of(said.kind) else "not_compared"
    need = needed(said)
    return "gone" if compared.bits(said.person_id, said.case_id) & need == need else "not_compared"


def is_news(told_by: int, before: int | None) -> bool:
    """Whether an employer is a new one: only if a source that tells of it (bits) was compared with this person last time.

    `before`: what they were compared with then; None when nobody of that name was: newly on the rolls, or signed again.
    """
    return before is not None and bool(told_by & before)
