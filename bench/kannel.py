"""A real Kannel for benchmarks and tests: Debian's bearerbox and smsbox between us and a carrier that speaks SMPP.

with kannel(folder, district="620802", report_to="http://127.0.0.1:8000") as gateway:
    os.environ.update(gateway.environment)
    gateway.carrier()["count"]
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.ground import free_port, served
from plugins.sms_notice.kannel_setup import Setup

CARRIER = Path(__file__).with_name("carrier.mjs")
BOXES = ("bearerbox", "smsbox")
READY = 15.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """`setup` is what it runs with; `desk` the address of the carrier's own desk."""

    setup: Setup
    desk: str
    pids: dict[str, int]

    @property
    def environment(self) -> dict[str, str]:
        """What our processes need to send by it."""
        return self.setup.environment()

    def carrier(self) -> dict[str, Any]:
        """What reached the carrier: `count` phones, which of them `twice`, the first messages."""
        return self._ask("GET", "/")

    def faults(self, **faults: Any) -> None:
        self._ask("PUT", "/faults", faults)

    def forget(self) -> None:
        self._ask("DELETE", "/")

    def answer(self, phone: str, text: str) -> None:
        """Somebody writes to our number."""
        self._ask("POST", "/answers", {"from": phone, "to": self.setup.sender, "text": text})

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.desk}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            told: dict[str, Any] = json.loads(answer.read())
            return told


def installed() -> bool:
    """Whether this machine has what it takes."""
    modules = CARRIER.parents[1] / "node_modules" / "smpp"
    return all(shutil.which(name) for name in (*BOXES, "node")) and modules.exists()


@contextlib.contextmanager
def kannel(folder: Path, district: str, report_to: str) -> Iterator[Gateway]:
    """Carrier, bearerbox and smsbox, ready to send; gone when the block ends. Their notes stand beside `folder`, where a
    next run finds what a killed one left behind.
    """
    smpp, desk = free_port(), free_port()
    (folder / "store").mkdir(parents=True)
    setup = Setup(
        folder, district, report_to, secrets.token_hex(12), secrets.token_hex(8), carrier_port=smpp,
        admin_port=free_port(), box_port=free_port(), send_port=free_port(),
    )  # fmt: skip
    file = folder / "kannel.conf"
    file.write_text(setup.text())
    with ExitStack() as stack:
        pids = {}
        commands = (
            ("carrier", desk, ("node", str(CARRIER), str(smpp), str(desk))),
            ("bearerbox", setup.box_port, ("bearerbox", "-v", "4", str(file))),
            ("smsbox", setup.send_port, ("smsbox", "-v", "4", str(file))),
        )
        for name, port, command in commands:
            server = stack.enter_context(served(name, folder.parent, port, command))
            pids[name] = server.pid
        gateway = Gateway(setup, f"http://127.0.0.1:{desk}", pids)
        _until_bound(gateway)
        yield gateway


def _until_bound(gateway: Gateway) -> None:
    until = time.monotonic() + READY
    while not gateway.carrier()["sessions"]:
        if time.monotonic() > until:
            raise RuntimeError("Kannel did not bind to the carrier")
        time.sleep(0.05)
