"""`zhunbao keys`: make and rotate the master keys that protect sensitive fields."""

from __future__ import annotations

from typing import Annotated

import typer

from core.problems import Invalid
from core.settings import Keyring, Settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """加密密钥。内容是秘密：只写进环境变量 ZHUNBAO_KEYS 或密钥管理系统，不要入库、不要发送。"""


@app.command()
def generate() -> None:
    """生成一份新的密钥，打印一行，供 ZHUNBAO_KEYS 使用。"""
    typer.echo(Keyring.generate().text())


@app.command()
def rotate(
    yes: Annotated[bool, typer.Option("--yes", help="已备份现有密钥，直接打印轮换后的一行。")] = False,
) -> None:
    """在现有密钥上加一把新的：以后用新的加密，旧内容仍用旧的解开。打印一行，替换 ZHUNBAO_KEYS 后重启。"""
    if not yes and not typer.confirm("现有密钥必须保留，丢了旧内容就解不开。已备份？"):
        raise Invalid("没有轮换", hint="请先备份现有密钥。")
    typer.echo(Settings.from_env().keyring().rotated().text())
