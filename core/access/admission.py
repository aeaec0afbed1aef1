"""What signing in gives: the values that pages and API hold in hand, and the rules they come about by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from core.access.authorizer import Actor
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Admission:
    """What a sign-in step came to: a session's `token`, or a `ticket` with which the second factor is to be shown."""

    token: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A running session. `must_change` names why the password has to be changed first; empty: it need not.

    `must_enrol`: the account has to set up its second factor first.
    """

    token: str
    actor: Actor
    must_change: str = ""
    must_enrol: bool = False


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The installation's rules (GB/T 22239, level 3). `rotate`: how old a password may grow; zero: any age.

    A session ends after `idle` without a request, and after `longest` in any case. `per_address` failures from one
    network address within `lock` close it for as long (a township's office has one address for many people).
    `second_factor`: roles that must show one.
    """

    lock_after: int = 5
    lock: timedelta = timedelta(minutes=15)
    per_address: int = 60
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    ticket: timedelta = timedelta(minutes=5)
    codes_per_hour: int = 5
    rotate: timedelta = timedelta(days=90)
    second_factor: frozenset[str] = frozenset()


SendCode = Callable[[Transaction, str, str], Awaitable[None]]
"""Gets (transaction, phone, code) and enqueues the message, so that nothing goes out when the transaction fails."""

Required = Callable[[Transaction], Awaitable[frozenset[str]]]
"""The roles for which the transaction's tenant demands a second factor."""


async def nobody(_: Transaction) -> frozenset[str]:
    return frozenset()
