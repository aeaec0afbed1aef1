"""Migrations: Piccolo migration files of core and of every plugin, found by package and run one after another.

A migration is `migrations/<app>/<app>_NNNN_<topic>.py`, and its `ID` is its file name:

    from piccolo.apps.migrations.auto.migration_manager import MigrationManager

    from core.storage.migrations import migration
    from core.storage.schema import tenant_table

    ID = "core_0003_registry"
    VERSION = "1.38.0"
    DESCRIPTION = "people and households"


    async def forwards() -> MigrationManager:
        return migration(ID, "core", DESCRIPTION, tenant_table("person", "…"))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from piccolo.apps.migrations.auto.migration_manager import MigrationManager


def migration(
    migration_id: str, app: str, description: str, forwards: Sequence[str], backwards: Sequence[str] = ()
) -> MigrationManager:
    """What a migration's `forwards()` returns: SQL statements, run in order in one transaction."""
    manager = MigrationManager(migration_id=migration_id, app_name=app, description=description)
    for statement in forwards:
        manager.add_raw(_running(statement))
    for statement in backwards:
        manager.add_raw_backwards(_running(statement))
    return manager


def _running(statement: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        from piccolo.engine import engine_finder

        engine = engine_finder()
        assert engine is not None
        await engine.run_ddl(statement)

    return run
