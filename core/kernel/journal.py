"""The journal: one row per act, append-only, each row's hash covering the row before it.

    hash(n) = SHA-256(hash(n-1) || canonical JSON of row n)

A row names who did what from which state to which, and carries digests of the records and evidence filed with it;
personal data is referenced, never copied. Every day a Merkle root over the heads of all processes is kept, so that
a chain cut off at its end is found as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from core.storage.database import Transaction

_canonical = msgspec.json.Encoder(order="sorted", uuid_format="hex", decimal_format="string")


class Entry(msgspec.Struct, frozen=True):
    """One journal row without its hash. `at` is UTC to the microsecond; `basis` a sentence without personal data."""

    process_id: UUID
    seq: int
    at: datetime
    actor_id: UUID
    action: str
    from_state: str
    to_state: str
    basis: str = ""
    digests: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def entry_hash(previous: bytes, entry: Entry) -> bytes:
    utc = msgspec.structs.replace(entry, at=entry.at.astimezone(UTC))
    return hashlib.sha256(previous + _canonical.encode(utc)).digest()


def digest(body: bytes, salt: bytes) -> str:
    """Digest of a record's plain bytes. The salt is stored encrypted with it, so that the digest gives nothing away."""
    return hashlib.sha256(salt + body).hexdigest()


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """Root over leaves in the order given (RFC 6962 hashing: 0x00 before leaves, 0x01 before nodes)."""
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return level[0]


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """Where a chain does not hold: the process, the row, and what was found there."""

    process_id: UUID
    seq: int
    what: str


def verify_chain(rows: Sequence[tuple[Entry, bytes]], head: bytes) -> ChainBreak | None:
    """The first row that was changed, removed or added; None for a chain that holds up to `head`."""
    previous = b""
    for expected, (entry, stored) in enumerate(rows, start=1):
        if entry.seq != expected:
            return ChainBreak(entry.process_id, expected, "缺少一条记录")
        if entry_hash(previous, entry) != stored:
            return ChainBreak(entry.process_id, entry.seq, "记录内容被改动")
        previous = stored
    if previous != head and rows:
        return ChainBreak(
            rows[-1][0].process_id, rows[-1][0].seq + 1, "末尾的记录与流程不一致（被删除或追加）"
        )
    return None


async def append(tx: Transaction, entry: Entry, previous: bytes) -> bytes:
    """Write one row; returns its hash, the process's new head."""
    chained = entry_hash(previous, entry)
    await tx.execute(
        """INSERT INTO journal (tenant_id, process_id, seq, at, actor_id, action, from_state, to_state, basis,
                                digests, evidence, previous, hash)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        tx.tenant,
        entry.process_id,
        entry.seq,
        entry.at,
        entry.actor_id,
        entry.action,
        entry.from_state,
        entry.to_state,
        entry.basis,
        list(entry.digests),
        list(entry.evidence),
        previous,
        chained,
    )
    return chained


async def read(tx: Transaction, process_id: UUID) -> list[tuple[Entry, bytes]]:
    """All rows of a process in order, each with its stored hash."""
    rows = await tx.fetch(
        """SELECT process_id, seq, at, actor_id, action, from_state, to_state, basis, digests, evidence, hash
           FROM journal WHERE tenant_id = $1 AND process_id = $2 ORDER BY seq""",
        tx.tenant,
        process_id,
    )
    return [(_entry(dict(row)), bytes(row["hash"])) for row in rows]


def _entry(row: dict[str, object]) -> Entry:
    fields = {name: row[name] for name in Entry.__struct_fields__}
    fields["digests"] = tuple(fields["digests"])  # type: ignore[arg-type]
    fields["evidence"] = tuple(fields["evidence"])  # type: ignore[arg-type]
    return Entry(**fields)  # type: ignore[arg-type]
