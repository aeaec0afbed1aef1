"""The tenants of this installation: provinces and their districts; created, suspended, resumed, never deleted here.

active --suspend--> suspended --resume--> active        a suspended district answers nobody; its data stays
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from core.problems import Conflict, NotFound
from core.storage.database import Database, Transaction

_COLUMNS = "id, code, name, kind, status, parent_id, created_at"
_BY_CODE = f"SELECT {_COLUMNS} FROM tenant WHERE code = $1"  # noqa: S608
FRESH_SECONDS = 5.0
REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Tenant:
    """`kind` is "province" or "district", `status` "active" or "suspended"; `code` stands in its addresses."""

    id: UUID
    code: str
    name: str
    kind: str
    status: str
    parent_id: UUID | None
    created_at: datetime


def _tenant(row: Any) -> Tenant:
    return Tenant(**dict(row))


class TenantStore:
    """Finds tenants by code for every request, so what it found stays fresh for a few seconds; at most `REMEMBERED`."""

    def __init__(
        self,
        database: Database,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._fresh = fresh_seconds
        self._ticks = ticks
        self._found: OrderedDict[str, tuple[float, Tenant | None]] = OrderedDict()

    async def find(self, code: str) -> Tenant | None:
        """The tenant of an address, whatever its status; None when there is none."""
        known = self._found.get(code)
        if known is not None and self._ticks() - known[0] < self._fresh:
            self._found.move_to_end(code)
            return known[1]
        row = await self._database.platform_row(_BY_CODE, code)
        found = _tenant(row) if row else None
        self._found[code] = (self._ticks(), found)
        self._found.move_to_end(code)
        while len(self._found) > REMEMBERED:
            self._found.popitem(last=False)
        return found

    async def suspend(self, code: str) -> Tenant:
        """Raises NotFound; suspending twice is once."""
        return await self._become(code, "suspended")

    async def resume(self, code: str) -> Tenant:
        return await self._become(code, "active")

    async def list(self) -> list[Tenant]:
        """All tenants by code: a province before its districts."""
        async with self._database.platform() as tx:
            return await everyone(tx)

    async def _become(self, code: str, status: str) -> Tenant:
        async with self._database.platform() as tx:
            row = await tx.fetchrow(
                f"UPDATE tenant SET status = $2 WHERE code = $1 RETURNING {_COLUMNS}",  # noqa: S608
                code,
                status,
            )
        if row is None:
            raise no_such_tenant(code)
        self._found.pop(code, None)
        return _tenant(row)


async def by_code(tx: Transaction, code: str) -> Tenant | None:
    row = await tx.fetchrow(_BY_CODE, code)
    return _tenant(row) if row else None


async def everyone(tx: Transaction) -> list[Tenant]:
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM tenant ORDER BY code")  # noqa: S608
    return [_tenant(row) for row in rows]


async def by_id(tx: Transaction, tenant: UUID) -> Tenant | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM tenant WHERE id = $1", tenant)  # noqa: S608
    return _tenant(row) if row else None


async def insert(
    tx: Transaction,
    *,
    code: str,
    name: str,
    kind: str,
    parent_id: UUID | None,
    now: datetime,
    tenant_id: UUID | None = None,
) -> Tenant:
    """A new tenant, active at once. Raises Conflict when the code is taken."""
    row = await tx.fetchrow(
        f"""INSERT INTO tenant ({_COLUMNS}) VALUES ($1, $2, $3, $4, 'active', $5, $6)
            ON CONFLICT (code) DO NOTHING RETURNING {_COLUMNS}""",  # noqa: S608
        tenant_id or uuid4(),
        code,
        name,
        kind,
        parent_id,
        now,
    )
    if row is None:
        raise Conflict(f"{code} 已经建好了，不能再建一次", hint="要更换配置，请用 zhunbao tenant apply。")
    return _tenant(row)


async def rename(tx: Transaction, tenant: UUID, name: str) -> None:
    """The name on pages and lists follows the configuration in force."""
    await tx.execute("UPDATE tenant SET name = $2 WHERE id = $1 AND name <> $2", tenant, name)


def no_such_tenant(code: str) -> NotFound:
    return NotFound(f"没有代码是“{code}”的地区", hint="用 zhunbao tenant list 看看有哪些。")
