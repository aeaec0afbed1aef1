"""`zhunbao serve`: the web pages and the JSON API, on granian."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

from core.problems import Unavailable
from core.settings import Settings

if TYPE_CHECKING:
    from litestar import Litestar

app = typer.Typer()


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, help="网页服务的进程数，一般不超过处理器核数。")] = 1,
) -> None:
    """启动网页和接口服务。地址和端口由 ZHUNBAO_HOST、ZHUNBAO_PORT 决定。"""
    from granian.constants import Interfaces, Loops
    from granian.server import Server

    settings = Settings.from_env()
    check_address(settings.host, settings.port)
    Server(
        "core.commands.serve:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    ).serve()


def application() -> Litestar:
    """What a server process serves; built in each of them."""
    from core.app import build

    return build(Settings.from_env()).litestar


def check_address(host: str, port: int) -> None:
    """Raises Unavailable when somebody else is listening there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"不能在 {host}:{port} 提供服务（{error.strerror}）",
                hint="可能已有程序占用这个端口：请先停掉它，或用 ZHUNBAO_PORT 换一个端口。",
            ) from error
