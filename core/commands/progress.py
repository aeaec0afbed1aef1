"""`zhunbao progress`: long work of plugins in a district, or over a province, as bars with the time that is left."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from core.problems import NotFound
from core.sdk.jobs import LongWork
from core.settings import Settings
from core.storage.embedded import provide
from core.tenancy.tenants import by_code

if TYPE_CHECKING:
    from core.app import Zhunbao

app = typer.Typer()
BAR = 30
PAUSE = 2.0
MINUTES = 90
"""Seconds from which on the rest is said in minutes."""


@app.command()
def progress(
    code: Annotated[str, typer.Argument(help="区县或省的代码，例如 620802、62。")],
    watch: Annotated[bool, typer.Option(help="每两秒刷新一次，直到全部做完。")] = False,
) -> None:
    """插件的长时间工作做到哪里、还剩多久：批量复核、大文件检查；省的代码显示各区县的进度，只有数量。"""
    asyncio.run(_shown(provide(Settings.from_env()), code, watch))


async def _shown(settings: Settings, code: str, watch: bool) -> None:
    from core.app import build

    house = build(settings)
    await house.database.open()
    try:
        while True:
            found = await work_of(house, code)
            sys.stdout.write(("\x1b[2J\x1b[H" if watch and sys.stdout.isatty() else "") + said(found))
            sys.stdout.flush()
            if not watch or not any(work.open for work in found):
                return
            await asyncio.sleep(PAUSE)
    finally:
        await house.database.close()


async def work_of(house: Zhunbao, code: str) -> list[LongWork]:
    """What the plugins of one tenant are at; one that fails is named in its place. Raises NotFound."""
    async with house.database.platform() as tx:
        tenant = await by_code(tx, code)
    if tenant is None:
        raise NotFound(f"没有区县或省“{code}”。", hint="`zhunbao tenant list` 列出全部。")
    async with house.database.transaction(tenant.id) as tx:
        scope = await house.runtimes.scope(tx)
    outcome = await house.host.dispatch("long_work", scope)
    failed = [LongWork(failure.message, 0, open=False) for failure in outcome.failures]
    return [*(offer.value for offer in outcome.offers), *failed]


def said(found: list[LongWork]) -> str:
    """One line each: bar, percent, what it is, how long it still takes."""
    if not found:
        return "现在没有长时间的工作。\n"
    return "".join(f"{line}\n" for line in map(_line, found))


def _line(work: LongWork) -> str:
    full = BAR * min(100, max(0, work.percent)) // 100
    parts = [f"{'█' * full}{'░' * (BAR - full)} {work.percent:3d}% {work.label}", work.note]
    if work.open and (seconds := work.seconds_left) is not None:
        left = f"{max(1, round(seconds))} 秒" if seconds < MINUTES else f"{round(seconds / 60)} 分钟"
        parts.append(f"还剩约 {left}")
    return " · ".join(part for part in parts if part)
