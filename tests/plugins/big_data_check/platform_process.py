"""The simulated provincial platform as a process of its own, and what a test tells it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

KEY = "a-key-of-this-run"


class SimulatedPlatform:
    """A running simulator. Nothing is waited for longer than it takes to start."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.control = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def knows(self, truth: dict[str, Any]) -> None:
        self._put("/truth", truth)

    def source(self, name: str, **settings: str) -> None:
        self._put(f"/sources/{name}", settings)

    def faults(self, **shares: float) -> None:
        self._put("/faults", shares)

    def asked(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/log").json()
        return found

    def fresh(self) -> None:
        """As it was when it started."""
        self.knows({})
        self.faults()
        for source in {line["source"] for line in self.asked()}:
            self.source(source, state="up")
        self.control.delete("/log")

    def _put(self, path: str, value: object) -> None:
        self.control.put(path, json=value).raise_for_status()


@contextmanager
def a_platform(*arguments: str) -> Iterator[SimulatedPlatform]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "plugins.big_data_check.simulator", "--port", str(port), "--secret", KEY]
    process = subprocess.Popen([*command, *arguments])
    try:
        platform = SimulatedPlatform(port, process)
        _until_up(platform)
        yield platform
        platform.control.close()
    finally:
        process.terminate()
        process.wait(10)


def _until_up(platform: SimulatedPlatform) -> None:
    for _ in range(200):
        try:
            platform.control.get("/health").raise_for_status()
        except httpx.HTTPError:
            assert platform.process.poll() is None, "the simulator ended at once"
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the simulator did not start")
