"""Is what is paid what was decided? The rolls against the decisions on file, entry by entry.

publish / increase / reduction ─▶ one entry each      grace, end, waiver ─▶ the month in which it ends
Entries taken over with the existing rolls have no decision here and are passed over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from core.kernel import store
from core.kernel.audit import Discrepancy
from core.kernel.process import Process
from core.kernel.stage import Records, StageCatalogue
from core.stages.district_review import Confirmation
from core.stages.hearing import GraceDecision, ReductionDecision, TerminationDecision
from core.stages.monitoring import EndedWithoutHearing
from core.stages.outcome_notices import Publication
from core.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """What the rolls say, or should say: yuan per month from a month on."""

    amount: Decimal
    category: str
    from_month: date


@dataclass(frozen=True, slots=True)
class Decided:
    """What a case's decisions come to. `entries` by journal row; `ends` the first month without benefit."""

    entries: dict[Entry, int]
    ends: date | None = None
    ended_by: int = 0


async def verify_rolls(
    tx: Transaction, records: store.RecordStore, catalogue: StageCatalogue
) -> AsyncIterator[Discrepancy]:
    """Every entry that no decision accounts for, every decision that has no entry, every end that is not kept."""
    rows = await tx.fetch(
        """SELECT process_id, household_id, amount, category, from_month, until_month FROM benefit
           WHERE tenant_id = $1 AND origin = 'confirmed' AND process_id IS NOT NULL ORDER BY process_id, from_month""",
        tx.tenant,
    )
    decided = await tx.fetch(
        """SELECT DISTINCT process_id FROM process_record
           WHERE tenant_id = $1 AND kind IN ('publication', 'reduction_decision') ORDER BY process_id""",
        tx.tenant,
    )
    paid: dict[Any, list[Any]] = {row["process_id"]: [] for row in (*decided, *rows)}
    for row in rows:
        paid[row["process_id"]].append(row)
    for process_id, entries in paid.items():
        process = await store.load(tx, process_id)
        try:
            filed = await records.read(tx, process_id, catalogue)
        except (ValueError, msgspec.ValidationError):
            continue  # changed records are told of by the journal's own check
        for found in compare(process, filed, entries):
            yield found


def compare(process: Process, filed: Records, rows: Iterable[Any]) -> list[Discrepancy]:
    """What does not agree between a case's decisions and its entries on the rolls."""
    decided, rows = decided_by(filed), list(rows)
    found = []
    for row in rows:
        if Entry(row["amount"], row["category"], row["from_month"]) not in decided.entries:
            what = f"发放名册上 {row['from_month']:%Y-%m} 起每月 {row['amount']} 元，没有这样的决定"
            found.append(Discrepancy(process.number, _nearest(decided, row["from_month"]), what))
    there = {Entry(row["amount"], row["category"], row["from_month"]) for row in rows}
    found += [
        Discrepancy(
            process.number, seq, f"决定自 {entry.from_month:%Y-%m} 起每月 {entry.amount} 元，发放名册上没有"
        )
        for entry, seq in decided.entries.items()
        if entry not in there
    ]
    if decided.ends is not None and any(
        r["until_month"] is None or r["until_month"] > decided.ends for r in rows
    ):
        what = f"已决定自 {decided.ends:%Y-%m} 起停发，发放名册上还在发"
        found.append(Discrepancy(process.number, decided.ended_by, what))
    return found


def decided_by(filed: Records) -> Decided:
    """The entries a file's decisions lead to, in the order they were taken."""
    entries: dict[Entry, int] = {}
    ends: date | None = None
    ended_by = 0
    published = filed.last_filed(Publication)
    for one in filed.filed:
        record = one.record
        if isinstance(record, Confirmation) and published is not None:
            if one.seq > published.seq or _last_before(filed, published.seq) == one.seq:
                entries[Entry(record.amount, record.category, record.from_month)] = one.seq
        elif isinstance(record, ReductionDecision):
            entries[Entry(record.amount, record.category, record.from_month)] = one.seq
        elif isinstance(record, GraceDecision):
            ends, ended_by = record.ends_from, one.seq
        elif isinstance(record, TerminationDecision | EndedWithoutHearing):
            ends, ended_by = min(ends, record.from_month) if ends else record.from_month, one.seq
    return Decided(entries, ends, ended_by)


def _last_before(filed: Records, seq: int) -> int:
    """The confirmation that was published: the last one before its publication."""
    return max((f.seq for f in filed.filed if isinstance(f.record, Confirmation) and f.seq < seq), default=0)


def _nearest(decided: Decided, month: date) -> int:
    """The journal row of the decision for that month, else of the last one there is."""
    same = [seq for entry, seq in decided.entries.items() if entry.from_month == month]
    return (
        (same or [*decided.entries.values(), 0])[-1]
        if same or not decided.entries
        else max(decided.entries.values())
    )
