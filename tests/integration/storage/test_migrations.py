"""Migrations: each once, in order, whoever runs them; and a plugin that would leave a door open is turned away."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from core.commands import migrate as command
from core.problems import Unavailable
from core.settings import Keyring
from core.storage import Database
from core.storage.embedded import Urls
from core.storage.migrations import CORE_APP, App, migrate, pending, steps

HEADER = """
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from core.storage.migrations import migration
from core.storage.schema import tenant_table

ID = "{name}"
VERSION = "1.38.0"
DESCRIPTION = "test"


async def forwards() -> MigrationManager:
    return migration(ID, "{app}", DESCRIPTION, {statements})
"""
GOOD = "tenant_table('vendor_note', 'id uuid NOT NULL, PRIMARY KEY (tenant_id, id)')"
OPEN = "['CREATE TABLE vendor_open (id uuid PRIMARY KEY, name text)']"
BROKEN = "['CREATE TABLE vendor_half (id uuid PRIMARY KEY)', 'SELECT no_such_function()']"


@pytest.fixture
def empty_url(cluster: Urls) -> Iterator[str]:
    """The owner's address of a database without tables."""
    name = f"test_{uuid4().hex[:16]}"

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(cluster.superuser)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name} OWNER zhunbao_owner"))
    yield f"{cluster.owner.rpartition('/')[0]}/{name}"
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def owner(fresh_urls: Urls) -> AsyncIterator[Database]:
    opened = Database(fresh_urls.owner, max_size=2)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a vendor's migrations, importable as the package of `app(vendor)`."""
    package = tmp_path / f"vendor_{uuid4().hex[:8]}"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield package
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


def app(folder: Path) -> App:
    return App("vendor", folder.name)


def write(folder: Path, name: str, statements: str, owner: str = "vendor") -> None:
    (folder / f"{name}.py").write_text(HEADER.format(name=name, app=owner, statements=statements))


async def tables(database: Database) -> set[str]:
    async with database.platform() as tx:
        rows = await tx.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows}


async def test_an_empty_database_gets_everything_once(empty_url: str) -> None:
    database = Database(empty_url, max_size=2)
    await database.open()
    said: list[str] = []
    done = await migrate(database, [CORE_APP], lambda step: said.append(step.id))
    again = await migrate(database, [CORE_APP])
    left = await pending(database, [CORE_APP])
    found = await tables(database)
    await database.close()
    assert said == [step.id for step in done] == [step.id for step in steps([CORE_APP])]
    assert again == left == []
    assert {"process", "journal", "person", "pgqueuer", "plugin_circuit"} <= found


async def test_two_migrators_at_once_do_the_work_once(empty_url: str) -> None:
    databases = [Database(empty_url, max_size=2) for _ in range(3)]
    for database in databases:
        await database.open()
    done = await asyncio.gather(*(asyncio.create_task(migrate(d, [CORE_APP])) for d in databases))
    for database in databases:
        await database.close()
    assert sorted(map(len, done)) == [0, 0, len(steps([CORE_APP]))]


async def test_a_plugin_brings_its_own(owner: Database, vendor: Path) -> None:
    write(vendor, "vendor_0001_notes", GOOD)
    assert [step.id for step in await pending(owner, [CORE_APP, app(vendor)])] == ["vendor_0001_notes"]
    await migrate(owner, [CORE_APP, app(vendor)])
    assert "vendor_note" in await tables(owner)


async def test_a_plugin_that_leaves_a_table_open_is_undone_and_told(owner: Database, vendor: Path) -> None:
    write(vendor, "vendor_0001_notes", GOOD)
    write(vendor, "vendor_0002_open", OPEN)
    with pytest.raises(Unavailable, match="vendor_open: row-level security is not forced"):
        await migrate(owner, [app(vendor)])
    assert "vendor_note" in await tables(owner)
    assert "vendor_open" not in await tables(owner)
    assert [step.id for step in await pending(owner, [app(vendor)])] == ["vendor_0002_open"]


async def test_a_migration_that_fails_leaves_nothing_half_done(owner: Database, vendor: Path) -> None:
    write(vendor, "vendor_0001_half", BROKEN)
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await migrate(owner, [app(vendor)])
    assert "vendor_half" not in await tables(owner)


def test_a_file_under_a_wrong_name_is_refused(vendor: Path) -> None:
    write(vendor, "other_0001_notes", GOOD)
    with pytest.raises(ValueError, match="start with vendor_"):
        steps([app(vendor)])


def test_core_comes_before_plugins(vendor: Path) -> None:
    write(vendor, "vendor_0001_notes", GOOD)
    assert [step.app.name for step in steps([App("a_vendor", "migrations"), app(vendor), CORE_APP])][
        -1
    ] == "vendor"


def test_the_command_says_what_is_pending_and_then_does_it(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "apps", lambda: (CORE_APP,))
    monkeypatch.setenv("ZHUNBAO_DATABASE_URL", empty_url)
    monkeypatch.setenv("ZHUNBAO_OWNER_URL", empty_url)
    monkeypatch.setenv("ZHUNBAO_KEYS", Keyring.generate().text())
    cli = CliRunner()

    checked = cli.invoke(command.app, ["--check"])
    assert checked.exit_code == 1
    assert "还没有执行" in checked.stderr
    assert "core_0004_kernel" in checked.stderr

    done = cli.invoke(command.app, [])
    assert done.exit_code == 0, done.output
    assert f"已执行 {len(steps([CORE_APP]))} 项" in done.stdout

    checked = cli.invoke(command.app, ["--check"])
    assert checked.exit_code == 0
    assert "已是最新" in checked.stdout
