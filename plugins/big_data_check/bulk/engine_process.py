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


AGAIN = "请再开始一次；还是这样，请把这句话告诉系统管理员"


class _Line(msgspec.Struct):
    step: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None
    failed: str = ""


class EngineFailed(RuntimeError):
    """The engine ended with an error. `error` is its class, "" where it said none: what an error says may quote a row,
    so that nothing of it is kept. `killed`: the system ended it. The message is a sentence for the officer."""

    def __init__(self, error: str, *, killed: bool = False) -> None:
        self.error = error
        if "Memory" in error:
            why = f"内存不够（{error}），核对程序停下了。请在设置里调大“内存上限”，再开始一次"
        elif killed:
            why = "核对程序被系统中止了，多半是这台机器内存不够。请在设置里调小“内存上限”或请系统管理员加内存，再开始一次"
        else:
            told = f"（错误类型 {error}）" if error else ""
            why = f"核对程序出错停下了{told}。{AGAIN}"
        super().__init__(why)


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
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert engine.stdout is not None
    latest, failed = Progress("", 0, 0, None), ""
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
                if read.failed:
                    failed = read.failed
                    continue
                latest = Progress(read.step, read.done, read.total, read.left)
            if await told(latest):
                return False
        code = await engine.wait()
        if code != 0:
            raise EngineFailed(failed, killed=code < 0)
        return True
    finally:
        if engine.returncode is None:
            engine.kill()
            await engine.wait()
