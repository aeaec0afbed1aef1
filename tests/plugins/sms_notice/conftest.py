"""The simulator as a process of its own, and an office whose district sends through it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.settings import Keyring
from core.storage.embedded import Urls
from tests.builders.casework import a_bureau, start_on
from tests.builders.installation import an_installation
from tests.plugins.sms_notice.scene import KEY_ID, SECRET, Gateway, Scene

MONDAY = date(2026, 9, 7)


class Sink(BaseHTTPRequestHandler):
    """Where the simulator's receipts arrive; tests hand them on to the platform."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="session")
def simulator() -> Iterator[Gateway]:
    """`python -m plugins.sms_notice.simulator` for the whole run."""
    receipts: list[tuple[str, bytes]] = []
    sink = ThreadingHTTPServer(("127.0.0.1", 0), type("TestSink", (Sink,), {"taken": receipts}))
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    port = _free_port()
    command = (
        sys.executable, "-m", "plugins.sms_notice.simulator", "--port", str(port), "--delay", "0.05",
        "--report-to", f"http://127.0.0.1:{sink.server_address[1]}",
    )  # fmt: skip
    environment = {**os.environ, "ZHUNBAO_SMS_NOTICE_KEY_ID": KEY_ID, "ZHUNBAO_SMS_NOTICE_SECRET": SECRET}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        gateway = Gateway(f"http://127.0.0.1:{port}", receipts)
        _until_ready(port, process)
        yield gateway
    finally:
        process.terminate()
        process.wait(10)
        sink.shutdown()
        sink.server_close()


@pytest.fixture(scope="module")
async def settled(
    database_urls: Urls, tmp_path_factory: pytest.TempPathFactory, keys: Keyring, simulator: Gateway
) -> AsyncIterator[Scene]:
    """The district of a test module, with the simulator named in the operator's environment."""
    folder = tmp_path_factory.mktemp("house")
    start_on(folder, MONDAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHUNBAO_SMS_NOTICE_URL", simulator.url)
        patch.setenv("ZHUNBAO_SMS_NOTICE_KEY_ID", KEY_ID)
        patch.setenv("ZHUNBAO_SMS_NOTICE_SECRET", SECRET)
        async with an_installation(database_urls, folder, keys) as house:
            district = await house.district()
            yield Scene(house, district, await a_bureau(house, district), simulator, database_urls, folder)


@pytest.fixture
async def scene(settled: Scene) -> Scene:
    """The same district on a new morning at nine: nothing sent, nothing queued, nothing broken."""
    settled.gateway.faults()
    settled.gateway.forget()
    settled.gateway.receipts.clear()
    await settled.new_morning()
    return settled


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the simulator did not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the simulator did not start in time")
