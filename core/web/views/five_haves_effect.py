"""What another table of the five haves would come to among the households of today: counts, and nobody's name."""

from __future__ import annotations

import asyncio

import msgspec

from core.kernel import store
from core.kernel.situation import Situations
from core.rules.five_haves import findings_of
from core.rules.five_haves_columns import FiveHave
from core.rules.parameters import ParameterSet
from core.stages.home_visit import HomeVisit
from core.storage.database import Transaction

MOST = 2000
"""Households looked at, the latest visited or opened first: an answer within seconds."""
_AT_ONCE = 100


class Effect(msgspec.Struct, frozen=True):
    """Households that were visited, by what the investigators found. `raised`, `cleared`: households with an item that only
    the new table, or only the present one asks about; `asked`: by the new table in all. `more`: there are households beyond
    those looked at."""

    households: int
    asked: int
    raised: int
    cleared: int
    more: bool = False


async def effect(
    tx: Transaction, situations: Situations, kind: FiveHave, now: ParameterSet, then: ParameterSet
) -> Effect:
    """Of every open case and running benefit of the transaction's district."""
    cases = await store.open_cases(tx, MOST + 1)
    households = asked = raised = cleared = 0
    for start in range(0, len(cases[:MOST]), _AT_ONCE):
        some = cases[start : min(start + _AT_ONCE, MOST)]
        records = await situations.records_of(tx, some, {HomeVisit.kind()})
        for case in some:
            visit = records[case.id].last(HomeVisit)
            if visit is None:
                continue
            before, after = (
                {s.key for s in findings_of(visit.facts, rules) if s.kind is kind} for rules in (now, then)
            )
            households += 1
            asked += bool(after)
            raised += bool(after - before)
            cleared += bool(before - after)
        await asyncio.sleep(0)
    return Effect(households, asked, raised, cleared, len(cases) > MOST)
