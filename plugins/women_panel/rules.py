"""How a panel's vote on one household is counted. Pure: values in, values out.

Recused people leave every denominator; the panel's minimum size is judged before recusal. Present is everybody eligible
who is in the room for that household, however or whether they vote. Without a quorum there is no result. Scored forms
are reckoned by `scoring`; a tally of them counts ballots at or above the mark as agreeing. A mean says nothing of who did
not score, so of scored forms there is a quorum too: fewer handed in are no result, fewer scored do not pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Literal, TypeVar
from uuid import UUID

from plugins.women_panel import scoring
from plugins.women_panel.config import PanelConfig, Rounding

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
    rounding: Rounding = "up"
    tie_fails: bool = False
    form: scoring.Form | None = None
    quorum_of_forms: bool = True
    """Of scored forms there is a quorum as well; only in records published before that rule there was none."""

    @classmethod
    def of(cls, config: PanelConfig) -> Rules:
        return cls(
            config.size_min, Fraction(config.quorum), Fraction(config.pass_share), config.pass_more_than,
            config.basis == "roster", config.rounding, config.tie_fails,
            scoring.Form.of(config) if config.ballot == "score" else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """Who counts for one household. `roster` is the panel before recusal; the others leave recused people out."""

    roster: int
    eligible: frozenset[UUID]
    present: frozenset[UUID]

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.roster, len(self.eligible), len(self.present))


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many count for one household: all that a result needs to know of people."""

    roster: int
    eligible: int
    present: int


@dataclass(frozen=True, slots=True)
class Tally:
    """`mean` is the trimmed mean of scored forms; empty for other votes, and where too few scored."""

    roster: int
    eligible_roster: int
    quorum: int
    present: int
    needed: int
    agree: int
    disagree: int
    abstain: int
    result: Result
    mean: str = ""


def room(
    panel: Iterable[UUID], recused: Iterable[UUID], attending: Iterable[UUID], voted: Iterable[UUID]
) -> Room:
    """Those who count for a household: whoever voted on it was in the room for it, even when gone since."""
    members = frozenset(panel)
    eligible = members - frozenset(recused)
    return Room(len(members), eligible, eligible & (frozenset(attending) | frozenset(voted)))


def quorum_of(rules: Rules, eligible_roster: int) -> int:
    """How many eligible people must be present; nobody eligible is no quorum, so never less than one."""
    return max(1, _whole(rules.quorum * eligible_roster, rules.rounding))


def forms_of(rules: Rules, eligible_roster: int) -> int:
    """How many scored forms a result takes: as many as the quorum, and more than are left out at both ends. 0: none count."""
    if rules.form is None or not rules.quorum_of_forms:
        return 0
    return max(quorum_of(rules, eligible_roster), 2 * rules.form.trim + 1)


def needed_of(rules: Rules, eligible_roster: int, eligible_present: int) -> int:
    """How many must agree; never less than one, nor than half of them, however the district rounds (1/2 of 9 down is 4).

    A scored form needs a mean, not a number of votes: 0.
    """
    if rules.form is not None:
        return 0
    basis = eligible_roster if rules.of_roster else eligible_present
    exact = rules.share * basis
    whole = floor(exact) + 1 if rules.more_than else _whole(exact, rules.rounding)
    return max(1, ceil(Fraction(basis, 2)), whole)


def _whole(exact: Fraction, rounding: Rounding) -> int:
    if rounding == "down":
        return floor(exact)
    return ceil(exact) if rounding == "up" else floor(exact + Fraction(1, 2))


def complete(rules: Rules, here: Room) -> bool:
    """Whether a vote on this household can come to a result at all."""
    return _in_the_room(rules, here.numbers)


def countable(rules: Rules, here: Room, handed_in: int) -> bool:
    """Whether so many ballots, abstentions among them, come to a result; nothing has to be opened to know it."""
    return _complete(rules, here.numbers, handed_in)


def _complete(rules: Rules, here: Numbers, handed_in: int) -> bool:
    return _in_the_room(rules, here) and handed_in >= forms_of(rules, here.eligible)


def _in_the_room(rules: Rules, here: Numbers) -> bool:
    return here.roster >= rules.size_min and here.present >= quorum_of(rules, here.eligible)


def tally(rules: Rules, here: Room, votes: Mapping[Choice, int]) -> Tally:
    """The result. Raises ValueError when there are more votes than people in the room."""
    return of_numbers(rules, here.numbers, votes)


def of_numbers(rules: Rules, here: Numbers, votes: Mapping[Choice, int], handed_in: int = 0) -> Tally:
    """The same, from numbers alone: what anybody recomputes from the published record. `handed_in`: scored forms, unopened."""
    agree, disagree, abstain = _within(here, votes)
    needed = needed_of(rules, here.eligible, here.present)
    tied = rules.tie_fails and agree == disagree
    result: Result = "passed" if agree >= needed and not tied else "failed"
    return Tally(
        here.roster, here.eligible, quorum_of(rules, here.eligible), here.present, needed, agree, disagree, abstain,
        result if _complete(rules, here, handed_in) else "no_quorum",
    )  # fmt: skip


def of_scores(rules: Rules, here: Numbers, totals: Sequence[Decimal], abstain: int) -> Tally:
    """The result of scored forms. A ballot at or above the mark counts as agreeing; the trimmed mean decides.

    Who abstains weighs against the household, as with other votes: where fewer scored than it takes, it does not pass. Raises ValueError without a form, or when there are more votes than people in the room.
    """
    if rules.form is None:
        raise ValueError("these rules have no form to score")
    agree = sum(one >= rules.form.mark for one in totals)
    _within(here, {"agree": agree, "disagree": len(totals) - agree, "abstain": abstain})
    enough = len(totals) >= forms_of(rules, here.eligible)
    mean = scoring.trimmed_mean(totals, rules.form.trim) if enough else None
    result: Result = "passed" if mean is not None and mean >= rules.form.mark else "failed"
    return Tally(
        here.roster, here.eligible, quorum_of(rules, here.eligible), here.present, 0, agree, len(totals) - agree,
        abstain, result if _complete(rules, here, len(totals) + abstain) else "no_quorum", "" if mean is None else str(mean),
    )  # fmt: skip


def _within(here: Numbers, votes: Mapping[Choice, int]) -> tuple[int, int, int]:
    agree, disagree, abstain = (votes.get(choice, 0) for choice in CHOICES)
    if min(agree, disagree, abstain) < 0 or agree + disagree + abstain > here.present:
        raise ValueError("more votes than people in the room")
    return agree, disagree, abstain


def agenda(seed: str, cases: Mapping[str, T]) -> list[T]:
    """The order in which households come up, drawn from a seed: anybody can recompute it from the case numbers."""
    return [cases[number] for number in sorted(cases, key=lambda number: draw_key(seed, number))]


def draw_key(seed: str, number: str) -> str:
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
