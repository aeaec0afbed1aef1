"""Finding out whether what is on file is what was filed: chains, records, evidence, daily roots. Says where it is not.

A journal row names the act and carries digests; its hash covers the row before; the process holds the head. Once a day a
Merkle root over the heads of all processes is kept, so that a chain cut off together with its head is found as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

from core.clock import CHINA
from core.kernel import journal, store
from core.kernel.process import Process
from core.storage.database import Transaction
from core.storage.objects import Altered


class Files(Protocol):
    """Where evidence lies. Raises NotFound for what is gone, Altered for what is not what was put there."""

    async def get(self, tenant: UUID, sha256: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that does not hold. `number` is the process's, empty where a day's root is meant; `seq` its journal row."""

    number: str
    seq: int
    what: str

    def __str__(self) -> str:
        where = f"{self.number} 第 {self.seq} 条：" if self.number else ""
        return where + self.what


async def verify(
    tx: Transaction, records: store.RecordStore, files: Files | None
) -> AsyncIterator[Discrepancy]:
    """Everything wrong in the transaction's tenant. `files` None: evidence files are not read."""
    rows = await tx.fetch("SELECT id FROM process WHERE tenant_id = $1 ORDER BY number", tx.tenant)
    for row in rows:
        process = await store.load(tx, row["id"])
        for found in await verify_process(tx, records, files, process):
            yield found
    async for lost in verify_whole(tx):
        yield lost


async def verify_whole(tx: Transaction) -> AsyncIterator[Discrepancy]:
    """What no single process shows: journals without their process, roots of days that are past."""
    async for lost in _without_process(tx):
        yield lost
    async for wrong in _roots(tx):
        yield wrong


@dataclass(frozen=True, slots=True)
class Slice:
    """Some processes of a tenant verified: `checked` of them, up to number `last`; `ended`: no more follow."""

    found: tuple[Discrepancy, ...]
    checked: int
    last: str
    ended: bool


async def verify_some(
    tx: Transaction, records: store.RecordStore, files: Files | None, after: str, enough: Callable[[], bool]
) -> Slice:
    """Processes in order of their numbers, from the one behind `after` until `enough` says so; at least one."""
    rows = await tx.fetch(
        "SELECT id, number FROM process WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT 500",
        tx.tenant,
        after,
    )
    found: list[Discrepancy] = []
    for checked, row in enumerate(rows, 1):
        found += await verify_process(tx, records, files, await store.load(tx, row["id"]))
        if enough():
            return Slice(tuple(found), checked, row["number"], checked == len(rows) < 500)
    return Slice(tuple(found), len(rows), rows[-1]["number"] if rows else after, len(rows) < 500)


async def verify_process(
    tx: Transaction, records: store.RecordStore, files: Files | None, process: Process
) -> list[Discrepancy]:
    """What does not hold of one process, in the order of its journal."""
    rows = await journal.read(tx, process.id)
    found: list[Discrepancy] = []
    if not rows:
        return [Discrepancy(process.number, 1, "整件的流程记录都不见了")]
    broken = journal.verify_chain(rows, process.head)
    if broken is not None:
        found.append(Discrepancy(process.number, broken.seq, broken.what))
    elif (process.state, process.version) != (rows[-1][0].to_state, rows[-1][0].seq):
        found.append(Discrepancy(process.number, rows[-1][0].seq, "这一件现在的环节与最后一条记录不一致"))
    stored = await records.digests(tx, process.id)
    for entry, _ in rows:
        kept = stored.pop(entry.seq, [])
        if list(entry.digests) != kept:
            found.append(Discrepancy(process.number, entry.seq, _record_problem(entry.digests, kept)))
        if files is not None:
            found += [Discrepancy(process.number, entry.seq, what) for what in await _files(tx, files, entry)]
    found += [Discrepancy(process.number, seq, "多出没有入账的材料") for seq in sorted(stored)]
    return found


def _record_problem(expected: tuple[str, ...], kept: list[str]) -> str:
    if len(expected) != len(kept):
        return f"应有 {len(expected)} 份填写内容，现存 {len(kept)} 份"
    place = next(n for n, (a, b) in enumerate(zip(expected, kept, strict=True), 1) if a != b)
    return f"第 {place} 份填写内容被改动"


async def _files(tx: Transaction, files: Files, entry: journal.Entry) -> list[str]:
    assert tx.tenant is not None
    problems = []
    for sha256 in dict.fromkeys(entry.evidence):
        try:
            data = await files.get(tx.tenant, sha256)
        except Altered:
            problems.append(f"凭证 {sha256[:12]} 的内容被改动")
            continue
        except Exception:  # whatever the store says, the file cannot be read
            problems.append(f"凭证 {sha256[:12]} 读不到")
            continue
        if hashlib.sha256(data).hexdigest() != sha256:
            problems.append(f"凭证 {sha256[:12]} 的内容被改动")
    return problems


async def _without_process(tx: Transaction) -> AsyncIterator[Discrepancy]:
    rows = await tx.fetch(
        """SELECT DISTINCT j.process_id FROM journal j WHERE j.tenant_id = $1
           AND NOT EXISTS (SELECT FROM process p WHERE p.tenant_id = $1 AND p.id = j.process_id)""",
        tx.tenant,
    )
    for row in rows:
        yield Discrepancy(str(row["process_id"]), 0, "有流程记录，但这一件本身不见了")


async def seal_day(tx: Transaction, day: date, now: datetime) -> bytes:
    """Keep the root over every process's last journal row at the end of `day` (24:00 China time); once per day."""
    root, processes = await _root_at(tx, day)
    await tx.execute(
        """INSERT INTO journal_root (tenant_id, day, root, processes, at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (tenant_id, day) DO NOTHING""",
        tx.tenant,
        day,
        root,
        processes,
        now,
    )
    return root


async def _roots(tx: Transaction) -> AsyncIterator[Discrepancy]:
    rows = await tx.fetch(
        "SELECT day, root, processes FROM journal_root WHERE tenant_id = $1 ORDER BY day", tx.tenant
    )
    for row in rows:
        root, processes = await _root_at(tx, row["day"])
        if root != bytes(row["root"]):
            yield Discrepancy(
                "", 0, f"{row['day']} 的当日总摘要对不上（当时 {row['processes']} 件，现在 {processes} 件）"
            )


async def _root_at(tx: Transaction, day: date) -> tuple[bytes, int]:
    until = datetime.combine(day + timedelta(days=1), time(), CHINA)
    rows = await tx.fetch(
        """SELECT DISTINCT ON (process_id) process_id, seq, hash FROM journal
           WHERE tenant_id = $1 AND at < $2 ORDER BY process_id, seq DESC""",
        tx.tenant,
        until,
    )
    leaves = (row["process_id"].bytes + row["seq"].to_bytes(4, "big") + bytes(row["hash"]) for row in rows)
    return journal.merkle_root(leaves), len(rows)
