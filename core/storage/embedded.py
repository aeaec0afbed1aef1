"""The embedded PostgreSQL: made, started, shared, recovered and stopped by us.

    nothing ─ initdb + roles ─▶ stopped ─ start ─▶ running ─ last user leaves ─▶ stopped
                                   ^── recovery at the next start ── killed ◀──┘

Everything is under one folder (`<data>/postgres`): the cluster, a log, the passwords (mode 0600) and two lock files.
Processes that use the server share a lock on `users.lock`, which the system takes back from killed ones; who leaves
last stops the server. Sign-in is by password (scram) over the local port or the socket.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from core.problems import Unavailable
from core.settings import Settings
from core.storage.embedded_process import clear_remains, postmaster, steady_port
from core.storage.embedded_runtime import Runtime, runtime
from core.storage.schema import APP_ROLE, OWNER_ROLE

log = logging.getLogger(__name__)

DATABASE = "zhunbao"
SUPERUSER = "postgres"
RECOVERY_SECONDS = 120
"""How long a start may take, replaying the log after a crash included."""

_SOCKET_PATH_LIMIT = 90

_CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # Statements, parameters and details of errors hold personal data and never reach the log.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True)
class Urls:
    """How to sign in, by role. `superuser` is for making databases (tests) and for repairs."""

    app: str
    owner: str
    superuser: str


class EmbeddedPostgres:
    """One server in one folder. `configuration` is added to ours when the cluster is made."""

    def __init__(self, folder: Path, configuration: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.cluster = folder / "cluster"
        self.log = folder / "server.log"
        self._configuration = _CONFIGURATION | dict(configuration or {})
        self._use: IO[str] | None = None

    def start(self) -> Urls:
        """Make, start or join the server, and count as one of its users until `leave`.

        Raises Unavailable when it does not come up.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        kit = runtime(self.folder)
        with self._starting():
            if self._use is None:
                self._use = (self.folder / "users.lock").open("a")
                fcntl.flock(self._use, fcntl.LOCK_SH)
            if not self.cluster.exists():
                self._make(kit)
            self._check_version(kit)
            port = self._running_port()
            return self._urls(port if port is not None else self._launch(kit))

    def leave(self) -> None:
        """No longer a user of the server; stops it when nobody else is."""
        if self._use is None:
            return
        if not self.folder.exists():
            self._use.close()
            self._use = None
            return
        with self._starting():
            self._use.close()
            self._use = None
            with (self.folder / "users.lock").open("a") as alone:
                try:
                    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._stop(runtime(self.folder))

    def stop(self) -> None:
        """Stop the server whoever uses it."""
        with self._starting():
            if self._use is not None:
                self._use.close()
                self._use = None
            if self.cluster.exists():
                self._stop(runtime(self.folder))

    def is_running(self) -> bool:
        return postmaster(self.cluster) is not None

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        with (self.folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(self, kit: Runtime) -> None:
        """Into a draft first: a cluster that is there is complete, with its roles and its database."""
        passwords = self._passwords()
        draft = self.folder / "cluster.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        kit.give(draft)
        file = _write_secret(self.folder / "initial-password", passwords[SUPERUSER])
        kit.give(file)
        try:
            done = kit.run(
                "initdb", "-D", draft, "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", file, "-E", "UTF8",
                "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
                "--no-sync", cwd=self.folder,
            )  # fmt: skip
        finally:
            file.unlink()
        _succeeded("内置数据库没有建成", done.returncode, done.stdout)
        with (draft / "postgresql.conf").open("a") as out:
            out.writelines(f"{name} = '{value}'\n" for name, value in self._configuration.items())
        done = kit.run(
            "postgres", "--single", "-D", draft, SUPERUSER, cwd=self.folder, stdin=_roles(passwords)
        )
        _succeeded("内置数据库没有建成", done.returncode if "ERROR:" not in done.stdout else 1, done.stdout)
        draft.rename(self.cluster)

    def _passwords(self) -> dict[str, str]:
        file = self.folder / "passwords"
        if not file.exists():
            made = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)}
            _write_secret(file.with_suffix(".draft"), json.dumps(made)).rename(file)
        found: dict[str, str] = json.loads(file.read_text())
        return found

    def _check_version(self, kit: Runtime) -> None:
        has = (self.cluster / "PG_VERSION").read_text().strip()
        needs = kit.run("postgres", "--version", cwd=self.folder).stdout.split()[-1].split(".")[0]
        if has != needs:
            raise Unavailable(
                f"数据文件夹里的数据库是 PostgreSQL {has}，程序带的是 {needs}，不能直接使用",
                hint="请先用原来的版本备份（zhunbao backup），再用新版本恢复。",
            )

    def _running_port(self) -> int | None:
        """The port of a server that is up; waits for one that is just starting. None: none runs."""
        until = time.monotonic() + RECOVERY_SECONDS
        while (process := postmaster(self.cluster)) is not None and time.monotonic() < until:
            with contextlib.suppress(OSError, IndexError, ValueError):
                lines = (self.cluster / "postmaster.pid").read_text().splitlines()
                if lines[7].strip() == "ready":
                    return int(lines[3])
            time.sleep(0.05)
        if process is not None:
            raise Unavailable("内置数据库正在恢复，还没有就绪", hint="请过几分钟再试。")
        return None

    def _launch(self, kit: Runtime) -> int:
        clear_remains(self.cluster)
        port = steady_port(self.folder / "port")
        sockets = self.folder.resolve() / "run"
        sockets.mkdir(exist_ok=True, mode=0o755)
        for left in sockets.glob(".s.PGSQL.*"):  # a killed server's; its pid may still look alive as a zombie
            left.unlink()
        self.log.touch()
        kit.give(sockets)
        kit.give(self.log)
        where = sockets if len(str(sockets)) < _SOCKET_PATH_LIMIT else ""
        code = kit.run_detached(
            "pg_ctl", "start", "-D", self.cluster, "-w", "-t", str(RECOVERY_SECONDS), "-s",
            "-o", f"-p {port} -c unix_socket_directories='{where}'", cwd=self.folder, output=self.log,
        )  # fmt: skip
        _succeeded("内置数据库没有启动", code, _tail(self.log) if code else "")
        return port

    def _stop(self, kit: Runtime) -> None:
        if postmaster(self.cluster) is None:
            return
        done = kit.run(
            "pg_ctl", "stop", "-D", self.cluster, "-m", "fast", "-w", "-t", "60", "-s", cwd=self.folder
        )
        _succeeded("内置数据库没有停下来", done.returncode, done.stdout)

    def _urls(self, port: int) -> Urls:
        passwords = self._passwords()

        def url(role: str, database: str) -> str:
            return f"postgresql://{role}:{passwords[role]}@127.0.0.1:{port}/{database}"

        return Urls(url(APP_ROLE, DATABASE), url(OWNER_ROLE, DATABASE), url(SUPERUSER, SUPERUSER))


def provide(settings: Settings) -> Settings:
    """Settings whose database is there: as given, or with the embedded server started and its addresses filled in.

    The server is left again when this process ends.
    """
    if not settings.embedded:
        return settings
    server = EmbeddedPostgres(settings.data / "postgres")
    urls = server.start()
    atexit.register(server.leave)
    return replace(settings, database_url=urls.app, owner_url=urls.owner)


def _roles(passwords: Mapping[str, str]) -> str:
    """What single-user mode runs, one statement a line. The passwords are URL-safe, so they need no quoting."""
    plain = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT LOGIN"
    return "\n".join(
        (
            f"CREATE ROLE {OWNER_ROLE} {plain} PASSWORD '{passwords[OWNER_ROLE]}'",
            f"CREATE ROLE {APP_ROLE} {plain} PASSWORD '{passwords[APP_ROLE]}'",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}",
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP_ROLE}",
            "",
        )
    )


def _write_secret(file: Path, content: str) -> Path:
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(content)
    return file


def _succeeded(what: str, code: int, said: str) -> None:
    if code:
        last = " / ".join(line.strip() for line in said.splitlines()[-3:])
        log.error("embedded PostgreSQL: %s", last)
        raise Unavailable(
            f"{what}：{last}", hint="请检查磁盘空间和数据文件夹的权限；详情见其中的 postgres/server.log。"
        )


def _tail(file: Path) -> str:
    try:
        return file.read_text(errors="replace")[-4000:]
    except OSError:
        return ""
