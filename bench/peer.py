"""Peers' environments: their packages are locked, and installed only where a benchmark runs; and the Django server."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from bench.ground import Ground, Served, served

HOME = Path(__file__).parent
ENVIRONMENTS = HOME / ".envs"


def environment(name: str) -> Path:
    """The interpreter of the peer in `peer_<name>`; its environment is made when it is missing or the lock has changed."""
    requirements = HOME / f"peer_{name}" / "requirements.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    folder = ENVIRONMENTS / name
    stamp, found = folder / "installed", folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing what the peer {name} runs on …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--require-hashes", "-r", str(requirements)], check=True,
        )  # fmt: skip
        stamp.write_text(wanted)
    return found


def python() -> Path:
    """The Django peer's interpreter."""
    return environment("django")


def django(here: Ground, port: int) -> AbstractContextManager[Served]:
    """gunicorn with one process; two threads are the fastest (more of them wait for the interpreter's lock)."""
    command = (
        str(python()), "-m", "gunicorn", "--workers", "1", "--worker-class", "gthread", "--threads", "2",
        "--keep-alive", "60", "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "bench.peer_django.wsgi",
    )  # fmt: skip
    return served("django", here.folder, port, command, {"BENCH_DATABASE_URL": here.urls.app})
