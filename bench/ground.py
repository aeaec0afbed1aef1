"""What benchmarks stand on: a real PostgreSQL of their own, with default durability, and servers in processes of their own.

    with database() as urls, served("ours", command, environment) as port: …

Everything is under one temporary folder and gone afterwards; what a killed run left behind, the next one removes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import psutil

from core.plugin_host.discovery import discover
from core.sdk.version import SDK_VERSION
from core.settings import Keyring
from core.storage.database import Database
from core.storage.embedded import DATABASE, EmbeddedPostgres, Urls
from core.storage.migrations import CORE_APP, App, migrate
from core.storage.schema import OWNER_ROLE

ROOT = Path(__file__).parents[1]
READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Ground:
    """`folder` is the installation's data folder; `urls` sign in to its migrated, empty database."""

    folder: Path
    urls: Urls
    keys: Keyring

    def environment(self, port: int) -> dict[str, str]:
        """What one of our own processes is started with: as in production, no demo."""
        return {
            "ZHUNBAO_DATA": str(self.folder), "ZHUNBAO_PORT": str(port),
            "ZHUNBAO_DATABASE_URL": self.urls.app, "ZHUNBAO_OWNER_URL": self.urls.owner,
            "ZHUNBAO_KEYS": self.keys.text(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers. `pid` leads its process group; `log` is what it said."""

    port: int
    pid: int
    log: Path

    @property
    def memory(self) -> int:
        """Bytes held by the server's processes (resident)."""
        return sum(process.memory_info().rss for process in self._processes())

    @property
    def processor(self) -> float:
        """Seconds of processor the server's processes have used."""
        used: float = sum(t.user + t.system for t in (p.cpu_times() for p in self._processes()))
        return used

    def _processes(self) -> list[psutil.Process]:
        leader = psutil.Process(self.pid)
        return [leader, *leader.children(recursive=True)]


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """A fresh installation: database made, tables migrated, keys at hand, nobody in it."""
    _remove_left_over()
    folder = _folder_of(os.getpid())
    folder.mkdir(mode=0o755)  # the database runs as a user of its own when we are root
    try:
        urls = EmbeddedPostgres(folder / "postgres").start()
        urls = Urls(urls.app, urls.owner, _on(urls.superuser, DATABASE))
        asyncio.run(_migrate(urls))
        yield Ground(folder, urls, Keyring.generate())
    finally:
        _remove(folder)


def _folder_of(pid: int | str) -> Path:
    return Path(tempfile.gettempdir()) / f"zhunbao-bench-{os.getuid()}-{pid}"


def _remove_left_over() -> None:
    for folder in Path(tempfile.gettempdir()).glob(_folder_of("*").name):
        if not psutil.pid_exists(int(folder.name.rpartition("-")[2])):
            _remove(folder)


def _remove(folder: Path) -> None:
    """End what still runs in it (a process begun before its note was written is the one noted), and the folder."""
    for note in folder.glob("*.pid"):
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if psutil.Process(int(note.read_text())).create_time() <= note.stat().st_mtime:
                os.killpg(int(note.read_text()), signal.SIGKILL)
    if (folder / "postgres").exists():
        EmbeddedPostgres(folder / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)


async def _migrate(urls: Urls) -> None:
    owner = Database(urls.owner, max_size=2, statement_seconds=0)
    await owner.open()
    try:
        await migrate(
            owner, (CORE_APP, *(App(p.name, p.migrations) for p in discover(SDK_VERSION) if p.migrations))
        )
    finally:
        await owner.close()


def superuser_runs(urls: Urls, *statements: str, database: str = "") -> None:
    """Statements past every district's wall: to make rows in bulk, and to put a database back as it was."""

    async def run() -> None:
        connection = await asyncpg.connect(_on(urls.superuser, database) if database else urls.superuser)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def copied(ground: Ground, name: str) -> Ground:
    """A second installation beside the first: its database copied, the same keys. Nobody may be connected to the first."""
    superuser_runs(
        ground.urls, f"CREATE DATABASE {name} TEMPLATE {DATABASE} OWNER {OWNER_ROLE}", database="postgres"
    )
    urls = Urls(*(_on(url, name) for url in (ground.urls.app, ground.urls.owner, ground.urls.superuser)))
    return replace(ground, urls=urls)


def _on(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def served(
    name: str,
    folder: Path,
    port: int | None,
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Run a server until the block ends. `port` None: it listens nowhere.

    Raises RuntimeError with the end of its log when it does not come up.
    """
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command), cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    note = folder / f"{name}.pid"
    note.write_text(str(process.pid))
    try:
        if port is not None:
            _wait(process, port, name, log)
        yield Served(port or 0, process.pid, log)
    finally:
        _end(process)
        note.unlink()


def ours(ground: Ground, port: int, name: str = "ours") -> contextlib.AbstractContextManager[Served]:
    """`zhunbao serve`, as it is installed, with one process."""
    command = (sys.executable, "-m", "core.cli", "serve")
    return served(name, ground.folder, port, command, ground.environment(port))


def _wait(process: subprocess.Popen[bytes], port: int, name: str, log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"server {name} did not come up:\n{log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
