"""A real installation of real processes that are killed while a village round goes on, and clients that keep trying.

Every process is one the demo runs: embedded PostgreSQL, `zhunbao serve`, `zhunbao worker`, and the two stand-ins.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from core.app import build
from core.demo.preparation import prepare
from core.demo.programs import Ports, programs
from core.demo.supervisor import Child
from core.settings import Settings
from core.storage.embedded import EmbeddedPostgres
from core.storage.embedded_process import postmaster

UP_WITHIN = 60.0
ONCE = (
    "/api/accounts",
    "/api/cases",
    "/api/rounds",
    "/api/demo/clock",
    "/sessions",
    "/api/rolls/import",
    "/password",
)
"""Requests that carry no key and count each time: whoever sends one waits until nothing is burning."""


@dataclass
class Installation:
    settings: Settings
    ports: Ports
    database: EmbeddedPostgres
    children: dict[str, Child]
    kills: list[str] = field(default_factory=list)
    delicate: int = 0
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def address(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    def logs(self) -> str:
        """The end of what web and worker wrote."""
        return "\n".join(self.children[n].log.read_text()[-1000:] for n in ("web", "worker"))

    async def answers(self) -> None:
        """Until the pages do."""
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            async with asyncio.timeout(UP_WITHIN):
                while True:
                    with contextlib.suppress(httpx.HTTPError):
                        if (await client.get(f"{self.address}/healthz")).status_code == 200:
                            return
                    await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        """Nothing is killed meanwhile."""
        while not self.calm.is_set():
            await self.calm.wait()
        self.delicate += 1
        try:
            yield
        finally:
            self.delicate -= 1
            async with self.settled:
                self.settled.notify_all()

    async def kill(self, name: str) -> None:
        """SIGKILL, without a word; started again as the demo's supervisor would."""
        self.kills.append(name)
        if name == "database":
            process = postmaster(self.database.cluster)
            assert process is not None
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait, 30)
            await asyncio.to_thread(self.database.start)
            return
        child = self.children[name]
        assert child.pid is not None
        os.killpg(child.pid, signal.SIGKILL)
        await asyncio.to_thread(_again, child)

    async def burn(self, seed: int, pause: tuple[float, float], times: int) -> None:
        """Kill at random moments, each of the three once in every turn; `times` turns, then let it be."""
        chance = random.Random(seed)
        for _ in range(times):
            for name in chance.sample(("web", "worker", "database"), 3):
                await asyncio.sleep(chance.uniform(*pause))
                self.calm.clear()
                async with self.settled:
                    await self.settled.wait_for(lambda: not self.delicate)
                try:
                    await self.kill(name)
                    await self.answers()
                finally:
                    self.calm.set()


class Patient(httpx.AsyncBaseTransport):
    """A client that repeats what got no answer: a step with its key, an upload with its content, a look as it is."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._network = httpx.AsyncHTTPTransport()
        self.repeated = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        place = self._installation
        delicate = request.method == "POST" and request.url.path.endswith(ONCE)
        for _ in range(120):
            async with place.undisturbed() if delicate else contextlib.nullcontext():
                answer = await self._once(request)
            if answer is not None and answer.status_code < 500:
                return answer
            self.repeated += 1
            said = f"{answer.status_code} {answer.text[:300]}" if answer is not None else "nothing"
            await asyncio.sleep(0.25)
        raise httpx.ConnectError(
            f"{request.method} {request.url.path} was answered by {said}", request=request
        )

    async def _once(self, request: httpx.Request) -> httpx.Response | None:
        with contextlib.suppress(httpx.TransportError):
            answer = await self._network.handle_async_request(request)
            await answer.aread()
            return answer
        return None

    async def aclose(self) -> None:
        await self._network.aclose()


@contextlib.contextmanager
def a_folder() -> Iterator[Path]:
    """Where the database's own user may go in (pytest's folders are root's alone)."""
    with tempfile.TemporaryDirectory(prefix="zhunbao-fire-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.asynccontextmanager
async def an_installation(folder: Path) -> AsyncIterator[Installation]:
    """Prepared as the demo is, running, and ended with everything it started."""
    web, platform, gateway = free_ports(3)
    server = EmbeddedPostgres(folder / "postgres")
    urls = await asyncio.to_thread(server.start)
    settings = Settings(
        data=folder, port=web, database_url=urls.app, owner_url=urls.owner, demo=True, secure_cookies=False
    )
    settings = replace(settings, keys=settings.keyring())
    ports = Ports(web, platform, gateway)
    (folder / "clock").write_text("0")  # today, and not the day on which the demo's story begins
    await prepare(build(settings), ports.simulators, lambda _: None)
    (folder / "run").mkdir(exist_ok=True)
    children = {program.name: Child(program, folder / "run") for program in programs(settings, ports)}
    made = Installation(settings, ports, server, children)
    made.calm.set()
    try:
        for child in children.values():
            await asyncio.to_thread(child.start)
        await made.answers()
        yield made
    finally:
        for child in reversed(children.values()):
            await asyncio.to_thread(child.stop, 5.0)
        await asyncio.to_thread(server.leave)


def _again(child: Child) -> None:
    """Wait until it is dead, then start it."""
    while child.tend() is None:
        time.sleep(0.05)
    child.start()


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
