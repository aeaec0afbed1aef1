"""Repeated requests: the same key from the same account gives the first answer again, whatever happened since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.problems import Conflict
from core.storage.database import Transaction

_encoder = msgspec.json.Encoder(order="sorted")


def digest(process_id: UUID | None, action: str, form: msgspec.Struct | Mapping[str, Any]) -> bytes:
    """What was asked, so that one key can't stand for two different requests."""
    return hashlib.sha256(_encoder.encode([process_id, action, form])).digest()


async def alone(tx: Transaction, *names: str) -> None:
    """Wait until no other transaction of this tenant works under one of these names, and keep them to the end of this one.

    Only digests of the names leave this process: they may hold personal data.
    """
    assert tx.tenant is not None
    numbers = {
        int.from_bytes(
            hashlib.blake2b(name.encode(), digest_size=8, key=tx.tenant.bytes).digest(), "big", signed=True
        )
        for name in names
    }
    for number in sorted(numbers):
        await tx.execute("SELECT pg_advisory_xact_lock($1)", number)


async def recall(tx: Transaction, account_id: UUID, key: str, asked: bytes) -> bytes | None:
    """The stored answer, or None; raises Conflict when the key was used for something else."""
    row = await tx.fetchrow(
        "SELECT asked, answer FROM idempotency WHERE tenant_id = $1 AND account_id = $2 AND key = $3",
        tx.tenant,
        account_id,
        key,
    )
    if row is None:
        return None
    if bytes(row["asked"]) != asked:
        raise Conflict("这个请求编号已经用于另一项办理，请刷新页面后重新提交")
    return bytes(row["answer"])


async def remember(
    tx: Transaction, account_id: UUID, key: str, asked: bytes, answer: bytes, now: datetime
) -> None:
    await tx.execute(
        """INSERT INTO idempotency (tenant_id, account_id, key, asked, answer, at)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        tx.tenant,
        account_id,
        key,
        asked,
        answer,
        now,
    )
