"""How often the public may send a form or try a code: per network address and per phone, counted for all processes together.

The one place for every form without sign-in. Keys are blind indexes: the counters tell neither address nor phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.access import attempts
from core.problems import Problem, TooMany
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` within `within`; then nothing more for as long."""

    most: int
    within: timedelta


SENT = Limit(30, timedelta(hours=1))
"""Forms from one address: a village office sends for its villagers, a school shares one address."""
BY_PHONE = Limit(6, timedelta(days=1))
LOOKED_UP = Limit(40, timedelta(hours=1))
"""Receipt codes tried from one address: right ones count as well."""


RECEIPTS = Limit(40, timedelta(hours=1))
"""Codes of application receipts tried from one address that open nothing; right ones are given back."""
OWN_HOUSEHOLD = Limit(5, timedelta(days=1))
"""How often one account may say which ID number is its own."""


async def refusal(
    tx: Transaction, cipher: FieldCipher, what: str, limit: Limit, value: str, now: datetime
) -> Problem | None:
    """Count one use of `what` by `value` (an address, a phone). The caller commits, then raises what is returned."""
    assert tx.tenant is not None
    if not value:
        return None
    key = cipher.blind_index(tx.tenant, f"public.{what}", value)
    counted = await attempts.count(tx, key, now, most=limit.most, within=limit.within, lock=limit.within)
    if not counted.refused:
        return None
    return TooMany("提交得太频繁了，这一次没有收下。", hint="请过一会儿再试；着急的，请直接打监督电话。")


async def was_right(tx: Transaction, cipher: FieldCipher, what: str, limit: Limit, value: str) -> None:
    """The use just counted was an honest one."""
    assert tx.tenant is not None
    if value:
        await attempts.give_back(tx, cipher.blind_index(tx.tenant, f"public.{what}", value), limit.most)


async def used_once(
    tx: Transaction, cipher: FieldCipher, token: str, now: datetime, valid: timedelta
) -> bool:
    """Whether this is a token's first use."""
    assert tx.tenant is not None
    key = cipher.blind_index(tx.tenant, "public.token", token)
    counted = await attempts.count(tx, key, now, most=1, within=valid, lock=valid)
    return not counted.refused
