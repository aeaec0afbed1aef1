"""The Django peer's environment and server: its packages are locked, and made only where the benchmark runs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from bench.ground import Ground, Served, served

HOME = Path(__file__).parent
REQUIREMENTS = HOME / "peer_django" / "requirements.txt"
ENVIRONMENT = HOME / ".envs" / "django"


def python() -> Path:
    """The peer's interpreter; its environment is made when it is missing or the lock has changed."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp, found = ENVIRONMENT / "installed", ENVIRONMENT / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing Django, DRF and gunicorn for the peer …", flush=True)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run(
            [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--require-hashes", "-r", str(REQUIREMENTS)], check=True,
        )  # fmt: skip
        stamp.write_text(wanted)
    return found


def django(here: Ground, port: int) -> AbstractContextManager[Served]:
    """gunicorn with one process; two threads are the fastest (more of them wait for the interpreter's lock)."""
    command = (
        str(python()), "-m", "gunicorn", "--workers", "1", "--worker-class", "gthread", "--threads", "2",
        "--keep-alive", "60", "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "bench.peer_django.wsgi",
    )  # fmt: skip
    return served("django", here.folder, port, command, {"BENCH_DATABASE_URL": here.urls.app})
