"""What somebody has typed so far into a form walked page by page: kept as typed, however incomplete, encrypted.

`about` is the case, or the account while there is no case yet. Every save gives a new stamp; whoever saves names the stamp
they went on from, so that what was typed on another phone meanwhile is not written over unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.problems import Conflict, Invalid
from core.storage.crypto import FieldCipher
from core.storage.database import Transaction

KEPT = timedelta(days=180)
LARGEST = 512 * 1024


@dataclass(frozen=True, slots=True)
class Typed:
    """`page`: the question it was left at, from 0."""

    content: dict[str, Any]
    page: int
    stamp: str
    saved_at: datetime


class TypedElsewhere(Conflict):
    """Another phone, or another window, has saved since. `newer` is what it saved; None: it was handed in or put away."""

    def __init__(self, newer: Typed | None) -> None:
        super().__init__(
            "您在另一部手机或另一个页面上也填了这份申请。",
            hint="两边填的都还在，请选用哪一边的接着填。",
            current={"stamp": newer.stamp, "page": newer.page} if newer else None,
        )
        self.newer = newer


async def load(tx: Transaction, cipher: FieldCipher, about: UUID) -> Typed | None:
    assert tx.tenant is not None
    row = await tx.fetchrow(
        "SELECT stamp, page, body, saved_at FROM typed_draft WHERE tenant_id = $1 AND about = $2",
        tx.tenant, about,
    )  # fmt: skip
    if row is None:
        return None
    plain = cipher.decrypt(tx.tenant, row["body"], about.bytes)
    return Typed(msgspec.json.decode(plain), row["page"], str(row["stamp"]), row["saved_at"])


async def save(
    tx: Transaction,
    cipher: FieldCipher,
    about: UUID,
    content: dict[str, Any],
    page: int,
    after: str,
    now: datetime,
) -> str:
    """The new stamp. `after`: the stamp these answers go on from, empty for the first save. Raises TypedElsewhere."""
    assert tx.tenant is not None
    plain = msgspec.json.encode(content)
    if len(plain) > LARGEST:
        raise Invalid("填的内容太多，存不下。", hint="请把长的说明写短一些，材料请拍照上传。")
    fresh = uuid4()
    body = cipher.encrypt(tx.tenant, plain, about.bytes)
    if after:
        kept = await tx.fetchval(
            """UPDATE typed_draft SET stamp = $3, page = $4, body = $5, saved_at = $6
               WHERE tenant_id = $1 AND about = $2 AND stamp::text = $7 RETURNING stamp""",
            tx.tenant, about, fresh, page, body, now, after,
        )  # fmt: skip
    else:
        kept = await tx.fetchval(
            """INSERT INTO typed_draft (tenant_id, about, stamp, page, body, saved_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, about) DO NOTHING RETURNING stamp""",
            tx.tenant, about, fresh, page, body, now,
        )  # fmt: skip
    if kept is None:
        raise TypedElsewhere(await load(tx, cipher, about))
    return str(kept)


async def drop(tx: Transaction, about: UUID) -> None:
    """Handed in, or put away by the household."""
    await tx.execute("DELETE FROM typed_draft WHERE tenant_id = $1 AND about = $2", tx.tenant, about)


async def sweep(tx: Transaction, now: datetime) -> None:
    """What nobody went on with for half a year is forgotten. For the nightly job."""
    await tx.execute("DELETE FROM typed_draft WHERE tenant_id = $1 AND saved_at <= $2", tx.tenant, now - KEPT)
