"""`zhunbao migrate`: brings the database's tables up to date, core's and every installed plugin's."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from core.plugin_host.discovery import discover
from core.plugin_host.errors import PluginError
from core.problems import Invalid, Unavailable
from core.sdk.version import SDK_VERSION
from core.settings import Settings
from core.storage.database import Database
from core.storage.embedded import provide
from core.storage.migrations import CORE_APP, App, Step, migrate, pending

app = typer.Typer()


@app.command("migrate")
def run(
    check: Annotated[
        bool, typer.Option("--check", help="只检查有没有未执行的变更，有则以状态 1 退出。")
    ] = False,
) -> None:
    """把数据库结构更新到当前版本（平台和所有已安装插件）。可重复运行；同时运行多个也只执行一次。"""
    left = asyncio.run(_pending(Settings.from_env()) if check else _migrate(Settings.from_env()))
    if check and left:
        typer.echo(f"有 {len(left)} 项数据库变更还没有执行，请运行 zhunbao migrate：", err=True)
        for step in left:
            typer.echo(f"  {step.app.name}：{step.id}（{step.description}）", err=True)
        raise typer.Exit(1)
    typer.echo("数据库结构已是最新。" if check or not left else f"已执行 {len(left)} 项数据库变更。")


def apps() -> tuple[App, ...]:
    """Core and every installed plugin that has migrations. Raises Unavailable for a plugin that cannot start."""
    try:
        plugins = discover(SDK_VERSION)
    except PluginError as error:
        raise Unavailable(
            f"插件 {error.plugin} 不能启用（{error.key}：{error.problem}），数据库没有改动",
            hint="请修好或卸载这个插件，再运行 zhunbao migrate。",
        ) from error
    return (CORE_APP, *(App(p.name, p.migrations) for p in plugins if p.migrations))


async def _migrate(settings: Settings) -> list[Step]:
    wanted = apps()
    database = _owner(provide(settings))
    await database.open()
    try:
        return await migrate(database, wanted, lambda step: typer.echo(f"  {step.app.name}：{step.id}"))
    finally:
        await database.close()


async def _pending(settings: Settings) -> list[Step]:
    wanted = apps()
    database = _owner(provide(settings))
    await database.open()
    try:
        return await pending(database, wanted)
    finally:
        await database.close()


def _owner(settings: Settings) -> Database:
    if not settings.owner_url:
        raise Invalid(
            "更新数据库结构需要所有者账号", hint="请用 ZHUNBAO_OWNER_URL 给出 zhunbao_owner 角色的连接地址。"
        )
    return Database(settings.owner_url, max_size=2, statement_seconds=0)
