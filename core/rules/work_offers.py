"""Suitable work offered to somebody able to work, and what refusing it leads to (57号 34).

Three refusals in a row without a good reason let the office propose to reduce or stop that person's share, and nobody
else's. Taking work, or a refusal with a good reason, ends the row. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from core.rules.values import Labelled

THREE = 3
"""The law's number; no district's to change."""


class Answer(Labelled):
    """What became of an offer. `excused`: refused with a good reason, such as illness or care of somebody."""

    TAKEN = "taken", "接受"
    EXCUSED = "excused", "有正当理由，没有接受"
    REFUSED = "refused", "无正当理由拒绝"


class Offered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One offer, as it counts: to whom, and what they said."""

    member: UUID
    answer: Answer


def in_a_row(offers: Sequence[Offered], member: UUID) -> int:
    """How many of the latest offers to `member` were refused without a good reason, oldest first."""
    count = 0
    for offer in offers:
        if offer.member == member:
            count = count + 1 if offer.answer is Answer.REFUSED else 0
    return count


def refusing(offers: Sequence[Offered]) -> frozenset[UUID]:
    """Whose share may be proposed to be reduced or stopped now."""
    return frozenset(m for m in {o.member for o in offers} if in_a_row(offers, m) >= THREE)


def still_without(stopped: Iterable[UUID], offers_since: Sequence[Offered]) -> frozenset[UUID]:
    """Of the members whose share was stopped, those who have taken no work since."""
    took = {o.member for o in offers_since if o.answer is Answer.TAKEN}
    return frozenset(stopped) - took
