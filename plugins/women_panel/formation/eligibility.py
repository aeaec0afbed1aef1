"""Who may sit on a panel, and who is elected. Pure: values in, values out; reasons in Chinese.

nominees --faults()--> those who may stand --elect()--> elected in order, substitutes in order, the rest with why not
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Literal

from plugins.women_panel.config import PanelConfig

Answer = Literal["asked", "accepted", "declined"]
Standing = Literal["elected", "substitute", "not_elected"]
Sex = Literal["female", "male"]


FULL = "担任职务的人数已满，名额留给普通村民"


@dataclass(frozen=True, slots=True)
class FormationRules:
    """A district's rules for its panel. `ordinary` is the least share of members who hold no post."""

    size_min: int
    size_max: int
    ordinary: Fraction
    excluded_posts: tuple[str, ...]
    substitutes: int
    meeting: Fraction
    women_only: bool = True

    @classmethod
    def of(cls, config: PanelConfig) -> FormationRules:
        return cls(
            config.size_min, config.size_max, Fraction(config.ordinary_share), config.excluded_posts,
            config.substitutes_max, Fraction(config.meeting_share), config.women_only,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A nominee as the rules see her. `posts` empty: an ordinary villager."""

    name: str
    posts: tuple[str, ...] = ()
    answer: Answer = "accepted"
    votes: int = 0
    sex: Sex = "female"

    @property
    def ordinary(self) -> bool:
        return not self.posts


@dataclass(frozen=True, slots=True)
class Place:
    """What an election came to for one nominee. `place` counts from 1 among the elected, and among the substitutes."""

    name: str
    votes: int
    standing: Standing
    place: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """Who sits already where a by-election fills part of a panel; `posts` of them hold one."""

    members: int = 0
    posts: int = 0


NOBODY = Beside()


def fault(candidate: Candidate, rules: FormationRules) -> str:
    """Why somebody may not stand; empty when she may."""
    if candidate.answer != "accepted":
        return "本人没有同意参选" if candidate.answer == "declined" else "还没有问过本人是否同意"
    if rules.women_only and candidate.sex != "female":
        return "妇女评议小组由妇女组成"
    barred = [post for post in candidate.posts if any(listed in post for listed in rules.excluded_posts)]
    if barred:
        return f"现任{'、'.join(barred)}，按规定不能参加小组"
    return ""


def posts_allowed(rules: FormationRules, seats: int) -> int:
    """How many of the seats people with a post may take, so that ordinary villagers keep their share."""
    return seats - ceil(rules.ordinary * seats)


def meeting_needs(rules: FormationRules, entitled: int) -> int:
    """How many must come for an election meeting to count."""
    return max(1, ceil(rules.meeting * entitled))


def tied_at_the_edge(
    candidates: Iterable[Candidate], rules: FormationRules, seats: int, beside: Beside = NOBODY
) -> list[str]:
    """Names between whom votes don't decide the last seat: a second vote has to. Empty: decided."""
    given = list(candidates)
    ranked, found = _ranked(given, rules), elect(given, rules, seats, beside)
    chosen = {place.name for place in found if place.standing == "elected"}
    full = {place.name for place in found if place.reason == FULL}
    within, out = (
        [c for c in ranked if c.name in chosen],
        [c for c in ranked if c.votes and c.name not in chosen],
    )
    among_all = _tied(within, [c for c in out if c.name not in full])
    return among_all or _tied([c for c in within if not c.ordinary], [c for c in out if c.name in full])


def tied_substitutes(
    candidates: Iterable[Candidate], rules: FormationRules, seats: int, beside: Beside = NOBODY
) -> list[str]:
    """Names between whom votes decide neither who is a substitute nor who steps in first: they are voted on again."""
    given = list(candidates)
    placed = {place.name: place for place in elect(given, rules, seats, beside)}
    waiting = [
        c
        for c in _ranked(given, rules)
        if c.votes and c.ordinary and placed[c.name].standing != "elected" and placed[c.name].reason != FULL
    ]
    last = rules.substitutes
    open_ = {a.votes for a, b in pairwise(waiting[: last + 1]) if a.votes == b.votes}
    return [c.name for c in waiting if c.votes in open_]


def _tied(within: Sequence[Candidate], out: Sequence[Candidate]) -> list[str]:
    """Those on either side of an edge who have as many votes as the best outside."""
    edge = max((c.votes for c in out), default=0)
    tied = [c.name for c in within if c.votes == edge]
    return [*tied, *(c.name for c in out if c.votes == edge)] if tied else []


def elect(
    candidates: Iterable[Candidate], rules: FormationRules, seats: int, beside: Beside = NOBODY
) -> list[Place]:
    """The outcome by votes: seats first, then substitutes; posts never beyond their share; nobody without a vote.

    Ordinary villagers have their share of the panel that comes of it: where too few of them stand to fill the seats, people
    with a post don't fill up, and seats stay empty.
    """
    given = list(candidates)
    ranked = _ranked(given, rules)
    found: list[Place] = []
    for filled in range(seats, -1, -1):
        allowed = max(0, posts_allowed(rules, beside.members + filled) - beside.posts)
        found = _placed(ranked, rules, filled, allowed, whole=filled == seats)
        if sum(place.standing == "elected" for place in found) == filled:
            break
    refused = [(candidate, fault(candidate, rules)) for candidate in given]
    return found + [Place(c.name, c.votes, "not_elected", reason=why) for c, why in refused if why]


def _placed(
    ranked: Iterable[Candidate], rules: FormationRules, seats: int, posts: int, *, whole: bool
) -> list[Place]:
    """Where so many seats, and of them so many for people with a post, put everybody. `whole`: no seat was given up."""
    taken, elected, substitutes = 0, 0, 0
    found = []
    for candidate in ranked:
        name, votes = candidate.name, candidate.votes
        full = not candidate.ordinary and taken >= posts
        if not votes:
            found.append(Place(name, 0, "not_elected", reason="没有得票"))
        elif full and (elected < seats or not whole):
            found.append(Place(name, votes, "not_elected", reason=FULL))
        elif elected < seats:
            elected, taken = elected + 1, taken + (not candidate.ordinary)
            found.append(Place(name, votes, "elected", elected))
        elif candidate.ordinary and substitutes < rules.substitutes:
            substitutes += 1
            found.append(Place(name, votes, "substitute", substitutes))
        else:
            found.append(Place(name, votes, "not_elected", reason="得票较少"))
    return found


def term_end(formed_on: date, months: int) -> date:
    """The last day of a term of so many months; the day before the same day, or the month's last."""
    count = formed_on.year * 12 + formed_on.month - 1 + months
    year, month = divmod(count, 12)
    for day in range(formed_on.day, 0, -1):
        try:
            return date.fromordinal(date(year, month + 1, day).toordinal() - 1)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def _ranked(candidates: Iterable[Candidate], rules: FormationRules) -> list[Candidate]:
    """Those who may stand, most votes first; equal votes in the order they were listed."""
    return sorted((c for c in candidates if not fault(c, rules)), key=lambda c: -c.votes)
