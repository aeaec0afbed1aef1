"""A Spark standalone cluster on loopback, from the pyspark wheel: one master and two workers of one core each.

with cluster(folder) as master: …                       # spark://127.0.0.1:PORT
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_SECONDS = 120.0
SHORT_LIVED = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -XX:-UsePerfData "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
"""JVM options (`JDK_JAVA_OPTIONS`) for a few hundred rows: compiling well, collecting in parallel and verifying Spark's own
classes would be most of the work."""
DEPLOY = "org.apache.spark.deploy"


def java() -> str | None:
    """Where java is; None: then there is no Spark here."""
    return shutil.which("java")


@contextmanager
def cluster(folder: Path, workers: int = 2, memory: str = "1g") -> Iterator[str]:
    """Everything it starts is ended with it; logs stay in `folder`. Raises TimeoutError when master or workers
    do not come or end at once."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    master = f"spark://127.0.0.1:{port}"
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(
            _daemon(
                folder,
                "master",
                [f"{DEPLOY}.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"],
            )
        )
        _until(lambda: _answers(port), "the master", folder / "master.log", started)
        for n in range(workers):
            arguments = [
                f"{DEPLOY}.worker.Worker",
                "--host",
                "127.0.0.1",
                "--webui-port",
                "0",
                "-c",
                "1",
                "-m",
                memory,
                "-d",
                str(folder / f"w{n}"),
                master,
            ]
            started.append(_daemon(folder, f"worker{n}", arguments))
        log = folder / "master.log"
        _until(
            lambda: log.read_text(errors="replace").count("Registering worker") == workers,
            "the workers",
            log,
            started,
        )
        yield master
    finally:
        for daemon in reversed(started):
            daemon.kill()
            daemon.wait()


def _daemon(folder: Path, name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), *arguments],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
        )


def _until(
    ready: Callable[[], bool], what: str, log: Path, started: Sequence[subprocess.Popen[bytes]]
) -> None:
    until = time.monotonic() + READY_SECONDS
    while not ready():
        if any(daemon.poll() is not None for daemon in started) or time.monotonic() > until:
            raise TimeoutError(f"{what} did not come up (waited at most {READY_SECONDS:g} s): see {log}")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
