"""The embedded server: made in seconds, shared, stopped by the last user, back after being killed."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import psutil
import pytest

from core.problems import Unavailable
from core.settings import Settings
from core.storage.embedded import EmbeddedPostgres, provide


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Outside of pytest's own folder, which the server's user may not enter."""
    with tempfile.TemporaryDirectory(prefix="zhunbao-embedded-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "postgres"


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(folder)
    yield made
    if folder.exists():
        made.stop()


def ask(url: str, sql: str, *arguments: object) -> object:
    async def run() -> object:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await connection.fetchval(sql, *arguments)
        finally:
            await connection.close()

    return asyncio.run(run())


def postmaster(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "cluster" / "postmaster.pid").read_text().split()[0]))


def test_it_is_made_with_two_roles_and_without_any_trust(server: EmbeddedPostgres, folder: Path) -> None:
    urls = server.start()
    assert ask(urls.app, "SELECT current_user::text") == "zhunbao_app"
    assert ask(urls.owner, "SELECT current_user::text") == "zhunbao_owner"
    wrong = urls.app.replace(":", ":x", 2).replace("postgresql:x", "postgresql:")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(wrong, "SELECT 1")
    assert stat.S_IMODE((folder / "passwords").stat().st_mode) == 0o600
    assert not (folder / "initial-password").exists()
    if os.geteuid() == 0:
        assert postmaster(folder).uids().real != 0


def test_statements_and_their_values_never_reach_the_log(server: EmbeddedPostgres, folder: Path) -> None:
    urls = server.start()
    with pytest.raises(asyncpg.DataError):
        ask(urls.app, "SELECT 'zhangsan-622827'::int")
    with pytest.raises(asyncpg.PostgresError):
        ask(urls.app, "SELECT ($1::text || 'lisi-622827')::uuid", "wangwu-622827")
    text = (folder / "server.log").read_text()
    assert "SELECT" not in text


def test_a_second_process_joins_and_the_last_one_stops_it(server: EmbeddedPostgres, folder: Path) -> None:
    urls = server.start()
    other = EmbeddedPostgres(folder)
    assert other.start() == urls
    server.leave()
    assert other.is_running()
    assert ask(urls.app, "SELECT 1") == 1
    other.leave()
    assert not other.is_running()


def test_after_a_kill_it_recovers_with_everything_committed(server: EmbeddedPostgres, folder: Path) -> None:
    urls = server.start()
    ask(urls.owner, "CREATE TABLE IF NOT EXISTS kept (n int)")
    ask(urls.owner, "INSERT INTO kept SELECT generate_series(1, 1000)")
    began = time.monotonic()
    process = postmaster(folder)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    again = EmbeddedPostgres(folder)
    back = again.start()
    assert ask(back.owner, "SELECT count(*) FROM kept") == 1000
    assert time.monotonic() - began < 30
    again.leave()


def test_a_left_over_pid_file_naming_a_stranger_is_no_obstacle(
    server: EmbeddedPostgres, folder: Path
) -> None:
    server.start()
    server.stop()
    pid_file = folder / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{folder}\n0\n5432\n\n127.0.0.1\n0\nready\n")
    urls = server.start()
    assert ask(urls.app, "SELECT 1") == 1


def test_a_cluster_half_made_is_made_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    with tempfile.TemporaryDirectory(prefix="zhunbao-embedded-") as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "postgres"
        (folder / "cluster.draft" / "base").mkdir(parents=True)
        server = EmbeddedPostgres(folder)
        assert ask(server.start().app, "SELECT 1") == 1
        server.stop()


def test_a_cluster_of_another_version_is_told_not_touched(server: EmbeddedPostgres, folder: Path) -> None:
    server.start()
    server.stop()
    version = folder / "cluster" / "PG_VERSION"
    right = version.read_text()
    version.write_text("15\n")
    with pytest.raises(Unavailable, match="PostgreSQL 15"):
        server.start()
    version.write_text(right)
    server.leave()


@pytest.mark.skipif(os.geteuid() != 0, reason="only as root")
def test_a_folder_its_user_cannot_enter_is_told_at_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(Unavailable, match="进不了文件夹") as told:
        EmbeddedPostgres(tmp_path / "postgres").start()
    assert "ZHUNBAO_DATA" in told.value.hint


def test_settings_get_the_addresses_filled_in(folder: Path, server: EmbeddedPostgres) -> None:
    settings = Settings(data=folder.parent)
    filled = provide(settings)
    assert ask(filled.database_url, "SELECT 1") == 1
    assert filled.owner_url
    assert provide(filled) is filled
    assert replace(filled, database_url="", owner_url="") == settings
