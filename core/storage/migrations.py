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

import contextlib
import importlib
import os
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.tables import Migration

from core.problems import Unavailable
from core.storage.catalogue import violations
from core.storage.database import Database
from core.storage.piccolo_conf import DB
from core.storage.schema import APP_ROLE
from core.storage.transaction import Transaction

_LOCK = 0x7A68_756E_6261_6F
"""Advisory lock: one migrator at a time."""

CORE = "core"


@dataclass(frozen=True, slots=True)
class App:
    """Whose migrations: `name` prefixes their files, `package` holds them."""

    name: str
    package: str


CORE_APP = App(CORE, "migrations.core")


@dataclass(frozen=True, slots=True)
class Step:
    """One migration file."""

    app: App
    id: str
    description: str
    module: ModuleType


def steps(apps: Iterable[App]) -> list[Step]:
    """All migrations, core's first. Raises ValueError for a file whose name and `ID` or app differ."""
    found = []
    for app in sorted(apps, key=lambda a: (a.name != CORE, a.name)):
        package = importlib.import_module(app.package)
        for name in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
            module = importlib.import_module(f"{app.package}.{name}")
            if not hasattr(module, "forwards"):
                continue
            if getattr(module, "ID", None) != name or not name.startswith(f"{app.name}_"):
                raise ValueError(
                    f"{app.package}.{name}: its file name must be its ID and start with {app.name}_"
                )
            found.append(Step(app, name, getattr(module, "DESCRIPTION", ""), module))
    return found


async def pending(database: Database, apps: Iterable[App]) -> list[Step]:
    """Migrations that have not run here, in order."""
    async with database.platform() as tx:
        return await _not_run(tx, steps(apps))


async def migrate(
    database: Database, apps: Iterable[App], say: Callable[[Step], None] = lambda _: None
) -> list[Step]:
    """Run what is pending, each migration in a transaction of its own; `database` signs in as the owner.

    Waits for another migrator to finish. Raises Unavailable when a plugin's migration leaves a table that other
    districts could read; that migration is undone.
    """
    done = []
    async with _alone(database):
        for step in await pending(database, apps):
            async with database.platform() as tx:
                await _run(tx, step)
            say(step)
            done.append(step)
    return done


async def _run(tx: Transaction, step: Step) -> None:
    await tx.execute("SET LOCAL lock_timeout = '30s'")
    await Migration.create_table(if_not_exists=True)
    await tx.execute(f"GRANT SELECT ON migration TO {APP_ROLE}")
    manager = await step.module.forwards()
    with open(os.devnull, "w") as silent, contextlib.redirect_stdout(silent):  # noqa: ASYNC230, PTH123
        await manager.run()
    await Migration.insert(Migration(name=step.id, app_name=step.app.name))
    if step.app.name != CORE:
        broken = await violations(tx)
        if broken:
            raise Unavailable(
                f"插件 {step.app.name} 的数据库变更 {step.id} 不符合隔离要求，已全部撤销：{'；'.join(broken)}",
                hint="请联系插件的提供者；其他插件和平台不受影响。",
            )


async def _not_run(tx: Transaction, all_steps: Sequence[Step]) -> list[Step]:
    if await tx.fetchval("SELECT to_regclass('public.migration') IS NULL"):
        return list(all_steps)
    rows = await tx.fetch("SELECT app_name, name FROM migration")
    ran = {(row["app_name"], row["name"]) for row in rows}
    return [step for step in all_steps if (step.app.name, step.id) not in ran]


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    connection = await database.connect()
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield
    finally:
        await connection.close()


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
        await DB.run_ddl(statement)

    return run
