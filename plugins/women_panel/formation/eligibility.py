"""Who may sit on a panel, and who is elected. Pure: values in, values out; reasons in Chinese.

nominees --faults()--> those who may stand --elect()--> elected in order, substitutes in order, the rest with why not
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Literal

from plugins.women_panel.config import PanelConfig

Answer = Literal["asked", "accepted", "declined"]
Standing = Literal["elected", "substitute", "not_elected"]
Sex = Literal["female", "male"]


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
    candidates: Iterable[Candidate], rules: FormationRules, seats: int, posts: int | None = None
) -> list[str]:
    """Names between whom votes don't decide the last seat: a second vote has to. Empty: decided."""
    ranked, found = _ranked(candidates, rules), elect(candidates, rules, seats, posts)
    chosen = {place.name for place in found if place.standing == "elected"}
    out = [c for c in ranked if c.name not in chosen and c.name not in _passed_over(found)]
    if not chosen or not out:
        return []
    edge = max(c.votes for c in out)
    tied = [c.name for c in ranked if c.name in chosen and c.votes == edge]
    return [*tied, *(c.name for c in out if c.votes == edge)] if tied else []


def elect(
    candidates: Iterable[Candidate], rules: FormationRules, seats: int, posts: int | None = None
) -> list[Place]:
    """The outcome by votes: seats first, then substitutes; posts never beyond their share; nobody without a vote.

    `posts`: how many of the seats people with a post may take, where a by-election fills part of a panel.
    """
    given = list(candidates)
    allowed = posts_allowed(rules, seats) if posts is None else posts
    taken, elected, substitutes = 0, 0, 0
    found = []
    for candidate in _ranked(given, rules):
        if not candidate.votes:
            found.append(Place(candidate.name, 0, "not_elected", reason="没有得票"))
        elif not candidate.ordinary and elected < seats and taken >= allowed:
            found.append(
                Place(
                    candidate.name,
                    candidate.votes,
                    "not_elected",
                    reason="担任职务的人数已满，名额留给普通村民",
                )
            )
        elif elected < seats:
            elected, taken = elected + 1, taken + (not candidate.ordinary)
            found.append(Place(candidate.name, candidate.votes, "elected", elected))
        elif candidate.ordinary and substitutes < rules.substitutes:
            substitutes += 1
            found.append(Place(candidate.name, candidate.votes, "substitute", substitutes))
        else:
            found.append(Place(candidate.name, candidate.votes, "not_elected", reason="得票较少"))
    for candidate in given:
        why = fault(candidate, rules)
        if why:
            found.append(Place(candidate.name, candidate.votes, "not_elected", reason=why))
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


def _passed_over(places: Iterable[Place]) -> set[str]:
    return {p.name for p in places if p.standing == "not_elected" and p.reason != "得票较少"}
