"""The hash chain over the access log: sealed every hour, so that writing a row never waits for another one.

    link n = SHA-256(link n-1 ‖ row)     every row in one link; a changed or removed row breaks its own link

Rows are sealed whenever they have become visible, in the order of their time; which link holds which row is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

from core.storage.database import Transaction

_ROW = "l.id, l.at, l.event, l.account_id, l.target_id, l.process_id, l.purpose, l.fields, l.address, l.note"
_BATCH = 2000


async def seal(tx: Transaction) -> int:
    """Add a link for every row that has none; returns how many. One at a time per tenant."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('access_log ' || $1, 0))", str(tx.tenant))
    head = await tx.fetchrow(
        "SELECT seq, hash FROM access_log_link WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1", tx.tenant
    )
    seq, last = (head["seq"], bytes(head["hash"])) if head else (0, b"")
    rows = await tx.fetch(
        f"""SELECT {_ROW} FROM access_log l WHERE l.tenant_id = $1 AND NOT EXISTS
            (SELECT FROM access_log_link k WHERE k.tenant_id = $1 AND k.entry_id = l.id) ORDER BY l.at, l.id""",  # noqa: S608
        tx.tenant,
    )
    links = []
    for row in rows:
        seq, last = seq + 1, link_hash(last, row)
        links.append((tx.tenant, seq, row["id"], last))
    await tx.executemany(
        "INSERT INTO access_log_link (tenant_id, seq, entry_id, hash) VALUES ($1, $2, $3, $4)", links
    )
    return len(links)


async def verify(tx: Transaction) -> AsyncIterator[str]:
    """What does not hold, in Chinese, with the link's number and the row's time where it is still there."""
    expected, last = 1, b""
    while True:
        rows = await tx.fetch(
            f"""SELECT k.seq, k.hash, k.entry_id, {_ROW} FROM access_log_link k
                LEFT JOIN access_log l ON l.tenant_id = k.tenant_id AND l.id = k.entry_id
                WHERE k.tenant_id = $1 AND k.seq >= $2 ORDER BY k.seq LIMIT {_BATCH}""",  # noqa: S608
            tx.tenant,
            expected,
        )
        if not rows:
            return
        for row in rows:
            if row["seq"] != expected:
                yield f"访问日志第 {expected} 到 {row['seq'] - 1} 条的封存记录不见了"
            elif row["id"] is None:
                yield f"访问日志第 {row['seq']} 条被删除"
            elif link_hash(last, row) != bytes(row["hash"]):
                yield f"访问日志第 {row['seq']} 条（{row['at']:%Y-%m-%d %H:%M} UTC）被改动"
            expected, last = row["seq"] + 1, bytes(row["hash"])


def link_hash(previous: bytes, row: Any) -> bytes:
    values = [
        str(row["id"]), row["at"].isoformat(), row["event"], *(str(row[k] or "") for k in ("account_id", "target_id", "process_id")),
        row["purpose"], list(row["fields"]), row["address"], row["note"],
    ]  # fmt: skip
    body = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(previous + hashlib.sha256(body).digest()).digest()
