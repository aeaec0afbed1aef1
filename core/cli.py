"""The `zhunbao` command. Only the module of the command that was asked for is imported, so that help comes at once."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from core.problems import Problem

# name → what it does, as `zhunbao --help` says it. The module is `core.commands.<name>`.
COMMANDS: dict[str, str] = {
    "demo": "一条命令看全貌：自带数据库、演示数据、网页和后台，Ctrl-C 停止。",
    "serve": "启动网页和接口服务。",
    "worker": "处理后台任务：通知、核对、定时任务。",
    "migrate": "建立或升级数据库的表。",
    "tenant": "区县：建立、应用配置、导出、停用、列出。",
    "audit": "核查存档是否被改动。",
    "doctor": "检查安装有什么不对，怎么改。",
    "simulate": "用真实接口走完一轮整村认定，核对结果。",
    "progress": "长时间的工作做到哪里、还剩多久；省里看各区县。",
    "keys": "生成、轮换加密密钥。",
}


def assemble(wanted: str | None) -> typer.Typer:
    """All commands by name and summary; `wanted` is loaded, the others are only listed."""
    root = typer.Typer(
        name="zhunbao",
        help="准保：精准识别低保家庭。每个命令加 --help 查看详细说明。",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    root.callback()(_nothing)
    for name, summary in COMMANDS.items():
        if name == wanted:
            _add(root, name, summary)
        else:
            root.command(name, help=summary)(_nothing)
    return root


def main() -> None:
    """Run the command line. Problems are told as sentences, not as tracebacks; the exit code is 1."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        assemble(wanted)(prog_name="zhunbao")
    except Problem as problem:
        for line in (problem.detail, *(f"  {f.field}：{f.message}" for f in problem.fields), problem.hint):
            if line:
                typer.echo(line, err=True)
        sys.exit(1)


def _add(root: typer.Typer, name: str, summary: str) -> None:
    """A module with one command is that command; with several, a group."""
    app: typer.Typer = import_module(f"core.commands.{name}").app
    commands = app.registered_commands
    if len(commands) == 1 and app.registered_callback is None and commands[0].callback is not None:
        root.command(name, help=summary)(commands[0].callback)
    else:
        root.add_typer(app, name=name, help=summary)


def _nothing() -> None:
    """Stands for what is not loaded."""


if __name__ == "__main__":
    main()
