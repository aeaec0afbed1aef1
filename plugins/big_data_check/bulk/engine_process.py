"""The engine in a process of its own: its memory is its own, the worker's event loop is never blocked, stopping ends it.

When the worker dies, its end of the pipe closes and the engine ends too; the next worker starts it again on the same folder.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from plugins.big_data_check.bulk.progress import Progress
from plugins.big_data_check.bulk.settings import BulkSettings

Told = Callable[[Progress], Awaitable[bool]]
"""Keeps the progress; true when the run is to stop."""

PAUSE = 2.0


class _Line(msgspec.Struct):
    step: str
    done: int
    total: int
    left: float | None


class EngineFailed(RuntimeError):
    """The engine ended with an error; the message is its last line, which names columns and files, never people."""


def command(folder: Path, settings: BulkSettings) -> tuple[str, ...]:
    """How the engine is started: within the memory and on the threads that the district set."""
    return (
        sys.executable, "-m", "plugins.big_data_check.bulk", str(folder), "--watched",
        "--memory", settings.memory, "--threads", str(settings.threads),
    )  # fmt: skip


async def run(folder: Path, settings: BulkSettings, told: Told) -> bool:
    """True when it ran to the end, false when it was stopped. Raises EngineFailed."""
    engine = await asyncio.create_subprocess_exec(
        *command(folder, settings),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert engine.stdout is not None
    assert engine.stderr is not None
    errors = asyncio.ensure_future(engine.stderr.read())
    latest = Progress("", 0, 0, None)
    try:
        while True:
            try:
                line = await asyncio.wait_for(engine.stdout.readline(), PAUSE)
            except TimeoutError:
                line = None
            if line == b"":
                break
            if line:
                read = msgspec.json.decode(line, type=_Line)
                latest = Progress(read.step, read.done, read.total, read.left)
            if await told(latest):
                return False
        if await engine.wait() != 0:
            raise EngineFailed(_last_line(await errors))
        return True
    finally:
        if engine.returncode is None:
            engine.kill()
            await engine.wait()
        errors.cancel()


def _last_line(errors: bytes) -> str:
    lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no message"
