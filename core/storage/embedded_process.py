"""Which processes are our server's: found by their working folder, because a pid file may outlive its process."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path

import psutil

_ORPHANS_END_WITHIN = 30.0


def postmaster(cluster: Path) -> psutil.Process | None:
    """The server's main process, if it lives. A pid file left by a killed one may name somebody else's process."""
    try:
        process = psutil.Process(int((cluster / "postmaster.pid").read_text().split()[0]))
        if _is_of(process, cluster.resolve()) and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except (OSError, ValueError, IndexError, psutil.Error):
        pass
    return None


def clear_remains(cluster: Path) -> None:
    """After a kill: children of the old server end by themselves and are waited for; its pid file is removed."""
    home = cluster.resolve()
    until = time.monotonic() + _ORPHANS_END_WITHIN
    while time.monotonic() < until and any(_is_of(process, home) for process in psutil.process_iter()):
        time.sleep(0.05)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def steady_port(kept: Path) -> int:
    """The port it had before, so that whoever was connected finds a recovered server again; else a free one."""
    with contextlib.suppress(OSError, ValueError):
        return _bindable(int(kept.read_text()))
    port = _bindable(0)
    kept.write_text(str(port))
    return port


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        return process.name() == "postgres" and Path(process.cwd()) == home
    except (OSError, psutil.Error):
        return False
