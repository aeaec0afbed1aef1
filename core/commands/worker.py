"""`zhunbao worker`: background work: events to plugins, messages, scheduled jobs."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import typer

from core.settings import Settings
from core.storage.embedded import provide

app = typer.Typer()


@app.command()
def worker() -> None:
    """处理后台任务（通知、核对、定时任务），直到被停止。可以同时运行多个。"""
    asyncio.run(work(provide(Settings.from_env())))


async def work(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM; the job in hand is finished first or returned to the queue."""
    from core.app import build

    platform = build(settings)
    await platform.open()
    try:
        running = asyncio.ensure_future(platform.work())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        await platform.close()
