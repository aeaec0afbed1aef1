"""The same round against separate processes over HTTP, by the command people use: pages, worker, platform and gateway."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from core.app import build
from core.demo import people
from core.demo.preparation import prepare
from core.demo.programs import Ports, programs
from core.demo.supervisor import Supervisor
from core.settings import Keyring, Settings
from core.storage.embedded import Urls

VILLAGE = "620802101203"
SECONDS = 1200


def a_free_port() -> int:
    """The first of three that nobody listens on."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        try:
            for port in (first + 1, first + 2):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


@contextmanager
def a_demo(urls: Urls, folder: Path, keys: Keyring) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Prepared, with its processes running; its address and environment."""
    settings = Settings(
        data=folder, database_url=urls.app, owner_url=urls.owner, keys=keys, secure_cookies=False, demo=True
    )
    settings = replace(settings, host="127.0.0.1", port=a_free_port())
    ports = Ports.beside(settings.port)
    (folder / "clock").write_text("0")  # today; a demo's own story begins in the past
    asyncio.run(prepare(build(settings), ports.simulators, lambda _: None))
    running = programs(settings, ports)
    supervisor = Supervisor(running, folder / "run", lambda _: None)
    supervisor.start()
    try:
        address = f"http://127.0.0.1:{settings.port}"
        _wait_for(address)
        yield address, running[-1].environment
    finally:
        supervisor.stop()


def _wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/healthz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise AssertionError("the pages never answered")


@pytest.mark.slow
def test_a_round_of_sixty_households_comes_out_as_reckoned_over_http(
    fresh_urls: Urls, tmp_path: Path, keys: Keyring
) -> None:
    with a_demo(fresh_urls, tmp_path, keys) as (address, environment):
        platform = f"http://127.0.0.1:{int(address.rpartition(':')[2]) + 1}"
        played = run(
            {"ZHUNBAO_SIMULATE_PASSWORD": people.PASSWORD}, "simulate", "round", "--url", address, "--village",
            VILLAGE, "--households", "60", "--seed", "11", "--platform-url", platform, "--patience", "300", "--json",
        )  # fmt: skip
        verified = run(environment, "audit", "verify")
    report = json.loads(played.stdout)
    assert report["mismatches"] == []
    assert played.returncode == 0, played.stderr
    assert (report["households"], report["errors"]) == (60, 0)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "全部相符" in verified.stdout


def run(environment: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """`zhunbao …` as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "core.cli", *command],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
