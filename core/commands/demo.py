"""`zhunbao demo`: everything on one machine: database, pages, background work, rounds at several steps to look at."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import typer

from core.app import build
from core.commands.serve import check_address
from core.commands.stories import at_the_meeting, tell
from core.demo import people
from core.demo.preparation import prepare
from core.demo.programs import Ports, programs
from core.demo.supervisor import GivesUp, Supervisor
from core.problems import Unavailable
from core.settings import Settings
from core.storage.embedded import EmbeddedPostgres

app = typer.Typer()

_READY_SECONDS = 60


@app.command()
def demo() -> None:
    """启动演示：自带数据库，装好崆峒区等三个区县，放好走完的、走到一半的、刚筹备的整村认定。Ctrl-C 停止，数据保留。"""
    settings = replace(Settings.from_env(), demo=True)
    ports = Ports.beside(settings.port)
    for port in (ports.web, ports.platform, ports.gateway):
        check_address(settings.host, port)
    settings.data.mkdir(parents=True, exist_ok=True)
    with _database(settings) as (ready, chores):
        typer.echo("准备数据 …")
        asyncio.run(prepare(build(ready), ports.simulators, typer.echo))
        _run(ready, ports, chores)


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[tuple[Settings, tuple[Callable[[], None], ...]]]:
    """The database, watched by us where it is ours: a killed one is started again."""
    if not settings.embedded:
        yield settings, ()
        return
    typer.echo("启动数据库 …")
    server = EmbeddedPostgres(settings.data / "postgres")
    urls = server.start()

    def watch() -> None:
        if not server.is_running():
            typer.echo("数据库意外停止，正在恢复 …")
            server.start()

    try:
        yield replace(settings, database_url=urls.app, owner_url=urls.owner), (watch,)
    finally:
        server.leave()


def _run(settings: Settings, ports: Ports, chores: tuple[Callable[[], None], ...]) -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    supervisor = Supervisor(programs(settings, ports), settings.data / "run", typer.echo, chores=chores)
    supervisor.start()
    try:
        teller = threading.Thread(target=_tell, args=(settings, ports, stopped), daemon=True)
        teller.start()
        supervisor.watch(stopped)
    except GivesUp as gives_up:
        raise Unavailable(str(gives_up), hint="排除原因后重新运行 make demo，数据都在。") from None
    finally:
        typer.echo("正在停止 …")
        supervisor.stop()
        typer.echo("已停止，数据保留在 " + str(settings.data))


def _tell(settings: Settings, ports: Ports, stopped: threading.Event) -> None:
    """Once the pages answer: play what is missing of the demo's rounds, then say what there is."""
    address = f"http://{settings.host}:{settings.port}"
    until = time.monotonic() + _READY_SECONDS
    while not stopped.is_set() and not _answers(address):
        if time.monotonic() > until:
            typer.echo(f"网页一直没有应答，请看日志：{settings.data / 'run' / 'web.log'}", err=True)
            return
        time.sleep(0.3)
    if stopped.is_set():
        return
    asyncio.run(tell(settings, address, ports.simulators.platform, typer.echo))
    _welcome(address)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _welcome(address: str) -> None:
    host, member = at_the_meeting()
    typer.echo(
        f"\n  准保演示已就绪：{address}/d/620802/\n"
        f"  密码都是 {people.PASSWORD}，账号：\n"
        + "".join(f"    {username:<10}{role}\n" for role, username in people.listed())
        + "\n  先看什么：用 clerk 登录看工作台和整村认定；用 confirm 看区级审核；\n"
        "  用 check 看大数据核对：有疑点的、待写说明的；用 officer 看投诉举报和政策宣传；\n"
        f"  高岭村正要评议：先用主持人 {host} 登录，“开评议会”并登记到会的人，\n"
        f"  成员 {member}（共 11 人，依次编号）才能在手机上投票；\n"
        f"  不登录看公示：{address}/d/620802/p/postings\n"
        "  Ctrl-C 停止。\n"
    )
