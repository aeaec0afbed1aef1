"""Piccolo's engine: whatever its tables and migrations run, runs in the transaction that is open, or not at all.

`PICCOLO_CONF` names this module, so that Piccolo finds `DB` here.
"""

from __future__ import annotations

from typing import Any, NoReturn

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.querystring import QueryString

from core.storage.transaction import Transaction, current


class TransactionEngine(PostgresEngine):
    """Holds no connection of its own, so it can neither leak one nor forget the tenant."""

    def __init__(self) -> None:
        super().__init__(config={}, extensions=())
        self.current_transaction = current  # type: ignore[assignment]

    async def check_version(self) -> None:
        """Nothing to connect to yet."""

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        query, args = querystring.compile_string(engine_type=self.engine_type)
        return await _running().fetch(query, *args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        return await _running().execute(ddl)

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        return _Joined(self)

    async def get_new_connection(self) -> NoReturn:
        raise RuntimeError("connections are opened by core.storage.database alone")


class _Joined(PostgresTransaction):
    """Piccolo's `transaction()`: part of the one that is open, which alone begins and ends."""

    def __init__(self, engine: PostgresEngine) -> None:
        self.engine = engine

    async def __aenter__(self) -> Any:
        return _running()

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        return False


def _running() -> Transaction:
    tx = current.get()
    if tx is None or not tx.is_open:
        raise RuntimeError("no transaction is open: use `async with database.transaction(tenant)`")
    return tx


DB = TransactionEngine()
APP_REGISTRY = AppRegistry(apps=[])
