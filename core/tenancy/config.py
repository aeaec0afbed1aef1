"""Versions of a tenant's configuration: what was written, by whom, why, and from which day it holds.

    draft --activate(today)--> active --(the next one begins)--> retired
          --activate(later)--> scheduled --(its day comes)--> active

Nothing is ever changed or removed: rolling back is a new version with an old one's content. A process keeps the number
it was opened under for its whole life. Functions work inside the tenant's own transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from core.problems import Conflict, NotFound
from core.storage.database import Transaction
from core.tenancy.bundle import Baseline
from core.tenancy.inheritance import Lock

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_HEAD = "number, status, effective_from, retired_from, base_code, base_number, author, reason, created_at"


@dataclass(frozen=True, slots=True)
class Written:
    """What a new version is made of: the whole (`sections`), and what the tenant wrote of it itself (`own`).

    `locks` are a province's; `base_code` and `base_number` name the province's version it builds on.
    """

    sections: Mapping[str, Any]
    own: Mapping[str, Any]
    locks: Mapping[str, Lock] = field(default_factory=dict)
    base_code: str = ""
    base_number: int | None = None


@dataclass(frozen=True, slots=True)
class VersionHead:
    """A version without its content, for lists. `status`: draft, scheduled, active or retired."""

    number: int
    status: str
    effective_from: date | None
    retired_from: date | None
    base_code: str
    base_number: int | None
    author: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    head: VersionHead
    written: Written

    @property
    def number(self) -> int:
        return self.head.number


async def draft(tx: Transaction, written: Written, *, author: str, reason: str, now: datetime) -> int:
    """Store a version that does not hold yet; its number."""
    await _alone(tx)
    number: int = await tx.fetchval(
        """INSERT INTO config_version (tenant_id, number, status, sections, own, locks, base_code, base_number, author,
                                       reason, created_at)
           SELECT $1, coalesce(max(number), 0) + 1, 'draft', $2, $3, $4, $5, $6, $7, $8, $9
           FROM config_version WHERE tenant_id = $1 RETURNING number""",
        tx.tenant,
        _encode(written.sections).decode(),
        _encode(written.own).decode(),
        _encode(written.locks).decode(),
        written.base_code,
        written.base_number,
        author,
        reason,
        now,
    )
    return number


async def activate(tx: Transaction, number: int, *, start: date, today: date) -> None:
    """Let a draft hold from `start` on: at once, or on its day. One may wait at a time; the waiting one gives way.

    Raises Conflict for a version that is no draft and for a day that has passed, NotFound for one that isn't there.
    """
    await _alone(tx)
    await settle(tx, today)
    head = await _head(tx, number)
    if head.status not in ("draft", "scheduled"):
        raise Conflict(
            f"第 {number} 版已经启用过，不能再启用",
            hint="要恢复它的内容，请用“恢复到旧版本”，会生成新的一版。",
        )
    if start < today:
        raise Conflict(
            f"启用日期 {start} 已经过去", hint="请写今天或以后的日期；已经办过的事项不能追溯改变。"
        )
    await tx.execute(
        """UPDATE config_version SET status = 'draft', effective_from = NULL
           WHERE tenant_id = $1 AND status = 'scheduled' AND number <> $2""",
        tx.tenant,
        number,
    )
    await tx.execute(
        "UPDATE config_version SET status = 'scheduled', effective_from = $3 WHERE tenant_id = $1 AND number = $2",
        tx.tenant,
        number,
        start,
    )
    await settle(tx, today)


async def settle(tx: Transaction, today: date) -> None:
    """A version whose day has come takes the place of the one before. Reading does not need it; lists do."""
    begun = await tx.fetchrow(
        """SELECT number, effective_from FROM config_version
           WHERE tenant_id = $1 AND status = 'scheduled' AND effective_from <= $2""",
        tx.tenant,
        today,
    )
    if begun is None:
        return
    await tx.execute(
        "UPDATE config_version SET status = 'retired', retired_from = $2 WHERE tenant_id = $1 AND status = 'active'",
        tx.tenant,
        begun["effective_from"],
    )
    await tx.execute(
        "UPDATE config_version SET status = 'active' WHERE tenant_id = $1 AND number = $2",
        tx.tenant,
        begun["number"],
    )


async def rollback(
    tx: Transaction, number: int, *, author: str, reason: str, now: datetime, today: date
) -> int:
    """A new version with the content of an earlier one, active at once; its number."""
    old = await load(tx, number)
    if old.head.status == "draft":
        raise Conflict(f"第 {number} 版从来没有启用过，不能恢复到它", hint="可以直接启用它。")
    fresh = await draft(tx, old.written, author=author, reason=reason, now=now)
    await activate(tx, fresh, start=today, today=today)
    return fresh


async def discard(tx: Transaction, number: int) -> None:
    """Throw a draft away; nothing was ever done under it. Raises Conflict for any other version."""
    done = await tx.execute(
        "DELETE FROM config_version WHERE tenant_id = $1 AND number = $2 AND status = 'draft'",
        tx.tenant,
        number,
    )
    if done == "DELETE 0":
        raise Conflict(f"第 {number} 版不是草稿，不能删除")


async def number_in_force(tx: Transaction, today: date) -> int:
    """The version that holds on `today`. Raises NotFound where none does."""
    number: int | None = await tx.fetchval(
        """SELECT number FROM config_version
           WHERE tenant_id = $1 AND status IN ('active', 'scheduled') AND effective_from <= $2
           ORDER BY effective_from DESC, number DESC LIMIT 1""",
        tx.tenant,
        today,
    )
    if number is None:
        raise NotFound("本区还没有启用任何配置", hint="请系统管理员用 zhunbao tenant apply 启用一版。")
    return number


async def load(tx: Transaction, number: int) -> Version:
    """One version with its content. Raises NotFound."""
    row = await tx.fetchrow(
        f"SELECT {_HEAD}, sections, own, locks FROM config_version WHERE tenant_id = $1 AND number = $2",  # noqa: S608
        tx.tenant,
        number,
    )
    if row is None:
        raise NotFound(f"没有第 {number} 版配置")
    head = VersionHead(*(row[name] for name in VersionHead.__slots__))
    locks = msgspec.convert(_decode(row["locks"]), dict[str, Lock])
    written = Written(
        _decode(row["sections"]), _decode(row["own"]), locks, row["base_code"], row["base_number"]
    )
    return Version(head, written)


async def history(tx: Transaction) -> list[VersionHead]:
    """Every version, the newest first."""
    rows = await tx.fetch(
        f"SELECT {_HEAD} FROM config_version WHERE tenant_id = $1 ORDER BY number DESC",  # noqa: S608
        tx.tenant,
    )
    return [VersionHead(**dict(row)) for row in rows]


async def baseline(tx: Transaction, code: str, today: date) -> Baseline:
    """The province's version now in force, as districts build on it; inside the province's own transaction."""
    version = await load(tx, await number_in_force(tx, today))
    return Baseline(code, version.number, version.written.sections, version.written.locks)


async def _head(tx: Transaction, number: int) -> VersionHead:
    row = await tx.fetchrow(
        f"SELECT {_HEAD} FROM config_version WHERE tenant_id = $1 AND number = $2",  # noqa: S608
        tx.tenant,
        number,
    )
    if row is None:
        raise NotFound(f"没有第 {number} 版配置")
    return VersionHead(**dict(row))


async def _alone(tx: Transaction) -> None:
    """One writer of a tenant's configuration at a time."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('config ' || $1::text, 0))", str(tx.tenant)
    )
