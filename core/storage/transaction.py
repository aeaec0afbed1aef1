"""An open transaction as everybody uses it: bound to one tenant, closed with its block, safe under `gather`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from asyncpg import Record

current: ContextVar[Transaction | None] = ContextVar("zhunbao_transaction", default=None)
"""The transaction of the running task; set by `Database` alone."""


class Transaction:
    """One transaction. Statements of several tasks inside it (`asyncio.gather`) run one after another.

    `tenant` is what row-level security goes by, None outside of any tenant; `connection` is asyncpg's, for what needs
    it itself (COPY, the job queue). `origin` is the `Database` it belongs to; `settled` tells that the server has
    confirmed its end.
    """

    __slots__ = ("_astray", "_lock", "_open", "connection", "origin", "settled", "tenant")

    def __init__(self, connection: Any, tenant: UUID | None, origin: object) -> None:
        self.connection = connection
        self.tenant = tenant
        self.origin = origin
        self._lock = asyncio.Lock()
        self._open = True
        self._astray = False
        self.settled = False

    @property
    def is_open(self) -> bool:
        return self._open

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """All rows."""
        async with self._lock:
            self._check()
            rows: list[Record] = await self.connection.fetch(sql, *args)
            return rows

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        """The first row, or None."""
        async with self._lock:
            self._check()
            row: Record | None = await self.connection.fetchrow(sql, *args)
            return row

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        async with self._lock:
            self._check()
            return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement; returns its status, such as `UPDATE 1`."""
        async with self._lock:
            self._check()
            status: str = await self.connection.execute(sql, *args)
            return status

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for every row, all or none."""
        async with self._lock:
            self._check()
            await self.connection.executemany(sql, rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that is undone alone when it raises; the rest of the transaction stays usable."""
        name = f"sp_{id(object()):x}"
        await self.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            await self.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        else:
            await self.execute(f"RELEASE SAVEPOINT {name}")

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold the connection against the other tasks of this transaction. Raises RuntimeError after its end."""
        async with self._lock:
            self._check()
            yield

    @asynccontextmanager
    async def lent(self, tenant: UUID) -> AsyncIterator[Transaction]:
        """The same transaction as another tenant's, for the block; this one waits meanwhile and has its tenant back after.

        For the few rows two tenants must agree on in one commit (`core.registry.elsewhere`, docs/adr/0032), and nothing
        else: a test names who may call it. A block that raises leaves the transaction unusable: it can only be undone.
        """
        async with self._lock:
            self._check()
            self._astray = True
            await self._become(tenant)
            inner = Transaction(self.connection, tenant, self.origin)
            try:
                yield inner
            finally:
                inner.abandon()
            await self._become(self.tenant)
            self._astray = False

    async def _become(self, tenant: UUID | None) -> None:
        await self.connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(tenant or ""))

    def _check(self) -> None:
        if self._astray:
            raise RuntimeError(
                "the transaction broke while it was lent to another tenant: it can only be undone"
            )
        if not self._open:
            raise RuntimeError("the transaction is over: a task started inside it was not awaited")

    async def finish(self, *, commit: bool) -> None:
        """End it; raises RuntimeError when there was nothing left to commit because a statement had failed."""
        async with self._lock:
            self._open = False
            keeps = commit and not self._astray
            status = await self.connection.execute("COMMIT" if keeps else "ROLLBACK")
            self.settled = True
        if commit and status != "COMMIT":
            raise RuntimeError("nothing was stored: a statement failed and the error was swallowed")

    def abandon(self) -> None:
        """Mark it over without a word to the server."""
        self._open = False
