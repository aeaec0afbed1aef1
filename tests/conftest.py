"""A real PostgreSQL for every test that asks for one: one server a run, one migrated template, copies by the module.

database_urls  a database of this module's own, as (app, owner, superuser) addresses
database       an open `Database` on it, signed in as the application
fresh_urls     a database of this test's own
cipher, keys   field encryption with keys of this run
browser        one Chromium a module: each test opens windows of its own in it, and closes them
s3_address     a real S3 store (Ceph RGW), started when the first test asks for it; skips where it is not installed
tenant         a tenant's id; rows of other tests are as invisible as another district's
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import psutil
import pytest
from hypothesis import settings

from core.settings import Keyring
from core.storage.crypto import FieldCipher
from core.storage.database import Database
from core.storage.embedded import EmbeddedPostgres, Urls
from core.storage.migrations import CORE_APP, App, migrate
from core.storage.schema import OWNER_ROLE
from tests.builders import object_store

if TYPE_CHECKING:
    from playwright.async_api import Browser

# No deadline: a busy machine is no failure. `make test-all` tries three times as many examples.
settings.register_profile("zhunbao", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=300)
settings.load_profile("zhunbao")

CLUSTER = "ZHUNBAO_TEST_CLUSTER"
TEMPLATE = "template_zhunbao"
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "250",
    "max_wal_size": "2GB",
}


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run names the server's folder; workers inherit it by the environment."""
    if not hasattr(config, "workerinput"):
        _remove_left_over()
        os.environ[CLUSTER] = str(_folder_of(os.getpid()))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _remove(Path(os.environ.pop(CLUSTER)))


def _folder_of(pid: int | str) -> Path:
    return Path(tempfile.gettempdir()) / f"zhunbao-tests-{os.getuid()}-{pid}"


def _remove_left_over() -> None:
    """Servers of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(_folder_of("*").name):
        if not psutil.pid_exists(int(folder.name.rpartition("-")[2])):
            _remove(folder)


def _remove(folder: Path) -> None:
    if folder.exists():
        object_store.stop(folder / "ceph")
        try:
            process = psutil.Process(int((folder / "cluster" / "postmaster.pid").read_text().split()[0]))
            if Path(process.cwd()) == folder / "cluster":
                process.send_signal(signal.SIGQUIT)
                process.wait(10)
        except (OSError, psutil.Error):
            pass
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Urls]:
    """The server of this run; its `superuser` address may make databases."""
    folder = Path(os.environ[CLUSTER])
    server = EmbeddedPostgres(folder, FAST)
    urls = server.start()
    with (folder / "template.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "template.ready").exists():
            asyncio.run(_make_template(urls))
            (folder / "template.ready").touch()
    yield urls
    server.leave()


def _on(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"


async def _make_template(urls: Urls) -> None:
    await _run(urls.superuser, f"CREATE DATABASE {TEMPLATE} OWNER {OWNER_ROLE}")
    owner = Database(_on(urls.owner, TEMPLATE), max_size=2)
    await owner.open()
    await migrate(owner, _apps())
    await owner.close()


def _apps() -> list[App]:
    """A plugin that cannot be loaded fails its own tests, not everybody's."""
    from core.plugin_host.discovery import discover
    from core.plugin_host.errors import PluginError
    from core.sdk.version import SDK_VERSION

    found = [CORE_APP]
    for point in entry_points(group="zhunbao.plugins"):
        try:
            found += [App(p.name, p.migrations) for p in discover(SDK_VERSION, [point]) if p.migrations]
        except PluginError:
            continue
    return found


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _copy(cluster: Urls) -> Iterator[Urls]:
    name = f"test_{uuid4().hex[:16]}"
    # Copying the files takes half the time of writing every page to the log again.
    copy = f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER_ROLE} STRATEGY FILE_COPY"
    asyncio.run(_run(cluster.superuser, copy))
    yield Urls(*(_on(url, name) for url in (cluster.app, cluster.owner, cluster.superuser)))
    asyncio.run(_run(cluster.superuser, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def database_urls(cluster: Urls) -> Iterator[Urls]:
    yield from _copy(cluster)


@pytest.fixture
def fresh_urls(cluster: Urls) -> Iterator[Urls]:
    yield from _copy(cluster)


@pytest.fixture
async def database(database_urls: Urls) -> AsyncIterator[Database]:
    opened = Database(database_urls.app, max_size=5)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def keys() -> Keyring:
    return Keyring.generate()


@pytest.fixture(scope="session")
def cipher(keys: Keyring) -> FieldCipher:
    return FieldCipher(keys)


@pytest.fixture(scope="session")
def s3_address() -> str:
    """Without a bucket: `object_store.LOCKED` and `object_store.PLAIN` are there."""
    if not object_store.is_installed():
        pytest.skip("Ceph's RADOS Gateway is not installed")
    return object_store.start(Path(os.environ[CLUSTER]) / "ceph")


@pytest.fixture
def tenant() -> UUID:
    return uuid4()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    from tests.browser.serving import a_chromium

    async with a_chromium() as opened:
        yield opened
