"""The one way to open a transaction, and the one place where the tenant enters SQL.

    async with database.transaction(tenant) as tx:     # BEGIN; SET LOCAL app.tenant_id = '…'
        await tx.fetch("SELECT …")

Inside, the same tenant joins and another one raises. Piccolo's tables used inside run in the same transaction. A
connection always comes back to the pool, or is thrown away when its state is not known.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from core.problems import Unavailable
from core.storage.transaction import Transaction, current

__all__ = ["Database", "Transaction"]

log = logging.getLogger(__name__)

os.environ.setdefault("PICCOLO_CONF", "core.storage.piccolo_conf")

_UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server's farewell lies unread on the connection
    asyncpg.CannotConnectNowError,
)


class Database:
    """A pool of connections of one role. `statement_seconds` ends statements that run away; 0: never."""

    def __init__(
        self,
        dsn: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        acquire_seconds: float = 10,
        statement_seconds: int = 60,
    ) -> None:
        self._dsn = dsn
        self._sizes = (min_size, max_size)
        self._acquire_seconds = acquire_seconds
        self._server_settings = {
            "application_name": "zhunbao",
            "jit": "off",
            "statement_timeout": f"{statement_seconds}s",
            "idle_in_transaction_session_timeout": "120s",
        }
        self._pool: Any = None

    async def open(self) -> None:
        """Connect. Raises Unavailable when the server does not answer or does not let us in."""
        if self._pool is not None:
            return
        try:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=self._sizes[0],
                max_size=self._sizes[1],
                max_inactive_connection_lifetime=600,
                reset=_nothing_to_reset,
                server_settings=self._server_settings,
                timeout=10,
            )
        except (*_UNREACHABLE, TimeoutError, asyncpg.InvalidAuthorizationSpecificationError) as error:
            raise _unreachable("连接数据库失败", error) from error
        except asyncpg.InvalidCatalogNameError as error:
            raise Unavailable("数据库不存在", hint="请先建立数据库，再运行 zhunbao migrate。") from error

    async def close(self) -> None:
        """Close every connection; those still in use are waited for shortly, then cut."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), timeout=10)
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def transaction(self, tenant: UUID, *, separate: bool = False) -> AsyncIterator[Transaction]:
        """A transaction that sees the rows of `tenant` alone; joins the running one of the same tenant.

        `separate` takes a connection of its own even inside another transaction, for what must outlive its rollback.
        """
        running = None if separate else self._running()
        if running is None:
            async with self._begun(UUID(str(tenant))) as tx:
                yield tx
        elif running.tenant == tenant:
            yield running
        else:
            raise RuntimeError(
                f"a transaction of tenant {tenant} was asked for inside one of {running.tenant or 'the platform'}"
            )

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Transaction]:
        """A transaction for what belongs to no tenant (tenant records, area codes); joins whatever runs."""
        running = self._running()
        if running is not None:
            yield running
        else:
            async with self._begun(None) as tx:
                yield tx

    async def platform_row(self, sql: str, *args: object) -> Any:
        """One row of what belongs to no tenant, or None: a statement alone is a transaction, in one round trip."""
        connection = await self._acquire()
        try:
            return await connection.fetchrow(sql, *args)
        except _UNREACHABLE as error:
            raise _unreachable("暂时连不上数据库", error) from error
        finally:
            await self._pool.release(connection)

    async def connect(self) -> Any:
        """A connection outside of the pool, for those who keep one: LISTEN, the job queue. The caller closes it."""
        try:
            return await asyncpg.connect(
                self._dsn, timeout=10, server_settings={"application_name": "zhunbao"}
            )
        except (*_UNREACHABLE, TimeoutError) as error:
            raise _unreachable("连接数据库失败", error) from error

    @property
    def free(self) -> tuple[int, int]:
        """Connections not in use, and the most there may be: for health pages and leak tests."""
        in_use = self._pool.get_size() - self._pool.get_idle_size()
        return self._sizes[1] - in_use, self._sizes[1]

    def _running(self) -> Transaction | None:
        tx = current.get()
        return tx if tx is not None and tx.origin is self and tx.is_open else None

    @asynccontextmanager
    async def _begun(self, tenant: UUID | None) -> AsyncIterator[Transaction]:
        connection = await self._acquire()
        tx = Transaction(connection, tenant, self)
        try:
            await _begin(connection, tenant)
            token = current.set(tx)
            try:
                yield tx
            except BaseException:
                await tx.finish(commit=False)
                raise
            else:
                await tx.finish(commit=True)
            finally:
                current.reset(token)
        finally:
            tx.abandon()
            await self._give_back(connection, tx.settled)

    async def _acquire(self) -> Any:
        if self._pool is None:
            raise RuntimeError("the database is not open: call open() first")
        at_once = self._pool.get_idle_size() > 0
        try:
            return await self._pool.acquire(timeout=None if at_once else self._acquire_seconds)
        except TimeoutError as error:
            raise Unavailable("正在办理的人太多，暂时排不上", hint="请过一会儿再试。") from error
        except _UNREACHABLE as error:
            raise _unreachable("暂时连不上数据库，刚才的操作没有保存", error) from error

    async def _give_back(self, connection: Any, settled: bool) -> None:
        """Into the pool when the transaction is certainly over; otherwise the connection is cut, and it with it."""
        if not settled and not connection.is_closed():
            log.warning("a connection was cut because its transaction could not be ended")
            connection.terminate()
        if self._pool is None:  # closed meanwhile; its connections went with it
            connection.terminate()
        else:
            await self._pool.release(connection)


async def _begin(connection: Any, tenant: UUID | None) -> None:
    """One round trip. The tenant is a UUID by type, so its text needs no quoting."""
    statement = "BEGIN" if tenant is None else f"BEGIN; SET LOCAL app.tenant_id = '{tenant}'"
    try:
        await connection.execute(statement)
    except _UNREACHABLE as error:
        raise _unreachable("暂时连不上数据库，刚才的操作没有保存", error) from error


async def _nothing_to_reset(_: Any) -> None:
    """Sessions carry no state: everything is SET LOCAL. Saves a round trip for every transaction."""


def _unreachable(what: str, error: BaseException) -> Unavailable:
    log.error("database unreachable: %s", type(error).__name__)
    return Unavailable(what, hint="请稍后再试；一直不行，请管理员检查 ZHUNBAO_DATABASE_URL 和数据库服务。")
