"""How a panel's vote on one household is counted. Pure: values in, values out.

Recused people leave every denominator; the panel's minimum size is judged before recusal. Present is everybody eligible
who is in the room for that household, however or whether they vote. Without a quorum there is no result.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeVar
from uuid import UUID

from plugins.women_panel.config import PanelConfig

Choice = Literal["agree", "disagree", "abstain"]
Result = Literal["passed", "failed", "no_quorum"]
CHOICES: tuple[Choice, ...] = ("agree", "disagree", "abstain")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rules:
    """The counting rules of one session, kept as they were when it opened."""

    size_min: int
    quorum: Fraction
    share: Fraction
    more_than: bool = False
    of_roster: bool = False

    @classmethod
    def of(cls, config: PanelConfig) -> Rules:
        return cls(
            config.size_min, Fraction(config.quorum), Fraction(config.pass_share), config.pass_more_than,
            config.basis == "roster",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """Who counts for one household. `roster` is the panel before recusal; the others leave recused people out."""

    roster: int
    eligible: frozenset[UUID]
    present: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Tally:
    roster: int
    eligible_roster: int
    quorum: int
    present: int
    needed: int
    agree: int
    disagree: int
    abstain: int
    result: Result


def room(
    panel: Iterable[UUID], recused: Iterable[UUID], attending: Iterable[UUID], voted: Iterable[UUID]
) -> Room:
    """Those who count for a household: whoever voted on it was in the room for it, even when gone since."""
    members = frozenset(panel)
    eligible = members - frozenset(recused)
    return Room(len(members), eligible, eligible & (frozenset(attending) | frozenset(voted)))


def quorum_of(rules: Rules, eligible_roster: int) -> int:
    """How many eligible people must be present; nobody eligible is no quorum, so never less than one."""
    return max(1, ceil(rules.quorum * eligible_roster))


def needed_of(rules: Rules, eligible_roster: int, eligible_present: int) -> int:
    """How many must agree; never less than one."""
    exact = rules.share * (eligible_roster if rules.of_roster else eligible_present)
    return max(1, floor(exact) + 1 if rules.more_than else ceil(exact))


def complete(rules: Rules, here: Room) -> bool:
    """Whether a vote on this household can come to a result at all."""
    return here.roster >= rules.size_min and len(here.present) >= quorum_of(rules, len(here.eligible))


def tally(rules: Rules, here: Room, votes: Mapping[Choice, int]) -> Tally:
    """The result. Raises ValueError when there are more votes than people in the room."""
    agree, disagree, abstain = (votes.get(choice, 0) for choice in CHOICES)
    if min(agree, disagree, abstain) < 0 or agree + disagree + abstain > len(here.present):
        raise ValueError("more votes than people in the room")
    needed = needed_of(rules, len(here.eligible), len(here.present))
    result: Result = "passed" if agree >= needed else "failed"
    return Tally(
        here.roster, len(here.eligible), quorum_of(rules, len(here.eligible)), len(here.present), needed,
        agree, disagree, abstain, result if complete(rules, here) else "no_quorum",
    )  # fmt: skip


def count(choices: Iterable[Choice]) -> dict[Choice, int]:
    found = Counter(choices)
    return {choice: found[choice] for choice in CHOICES}


def agenda(seed: str, cases: Mapping[str, T]) -> list[T]:
    """The order in which households come up, drawn from a seed: anybody can recompute it from the case numbers."""
    return [cases[number] for number in sorted(cases, key=lambda number: draw_key(seed, number))]


def draw_key(seed: str, number: str) -> str:
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
