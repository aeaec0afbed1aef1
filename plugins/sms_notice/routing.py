"""Which way a message takes now: the first of the district's that reaches the person and is not shut. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Reach = Literal["phone", "mail", "person"]


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as far as choosing needs it."""

    name: str
    reaches: Reach
    charged: bool


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a person can be reached, and whether texts to the phone are wanted. `segments`: what one costs."""

    has: frozenset[Reach]
    opted_out: bool
    segments: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A way; or, `way` empty, why there is none: for good (`reason`), or until `wait_until`."""

    way: str = ""
    reason: str = ""
    wait_until: datetime | None = None


def choose(
    ways: Sequence[Way],
    to: Addressee,
    shut: Mapping[str, datetime],
    left: int | None,
    tried: Collection[str] = (),
) -> Choice:
    """`shut`: channels whose circuit is open, until when; `left`: segments of the month's cap, None without one.

    A way that is shut is passed over for the next; only when every way that could be taken is shut does it wait. The
    cap never waits: what cannot be paid for this month takes a way that costs nothing, or none. `no_gateway` is for the
    operator to mend, and worth waiting for.
    """
    reasons: list[str] = []
    wait: list[datetime] = []
    for way in ways:
        if way.name in tried:
            continue
        reason = _never(way, to, left)
        if reason:
            reasons.append(reason)
        elif way.name in shut:
            wait.append(shut[way.name])
        else:
            return Choice(way.name)
    if wait:
        return Choice(wait_until=min(wait))
    if "phone" in to.has and not to.opted_out and not any(way.reaches == "phone" for way in ways):
        return Choice(reason="no_gateway")
    return Choice(reason=next((r for r in _WEIGHT if r in reasons), "no_gateway"))


_WEIGHT = ("monthly_cap", "opted_out", "no_phone", "no_mail", "no_account")
"""What is told of several reasons: the one a person can do something about."""


def _never(way: Way, to: Addressee, left: int | None) -> str:
    if way.reaches not in to.has:
        return {"phone": "no_phone", "mail": "no_mail", "person": "no_account"}[way.reaches]
    if way.reaches == "phone" and to.opted_out:
        return "opted_out"
    return "monthly_cap" if way.charged and left is not None and to.segments > left else ""
