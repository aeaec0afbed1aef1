"""`zhunbao doctor`: what is wrong with an installation, and how to mend it. Looks at everything, changes nothing."""

from __future__ import annotations

import asyncio

import typer

from core.commands.ailments import CHECKS, Found, Patient
from core.problems import Problem
from core.settings import Settings

app = typer.Typer()

_SIGN = {"well": "✓", "note": "·", "ill": "✗"}


@app.command()
def doctor() -> None:
    """逐项检查：设置、密钥、数据库、表结构、文件存储、时钟、插件、后台任务、前端文件。有问题时退出码为 1。"""
    try:
        patient = Patient(Settings.from_env())
    except Problem as problem:
        _say("设置", [Found("ill", problem.detail + "".join(f"；{f.field}：{f.message}" for f in problem.fields),
                            problem.hint)])  # fmt: skip
        raise typer.Exit(1) from None
    if asyncio.run(_examine(patient)):
        raise typer.Exit(1)
    typer.echo("\n检查完毕，可以正常使用。")


async def _examine(patient: Patient) -> bool:
    ill = False
    try:
        for title, check in CHECKS:
            try:
                found = await check(patient)
            except Problem as problem:
                found = [Found("ill", problem.detail, problem.hint)]
            except Exception as error:
                found = [Found("ill", f"检查没有完成（{type(error).__name__}）", "请把这一行交给系统管理员")]
            _say(title, found)
            ill = ill or any(one.state == "ill" for one in found)
    finally:
        await patient.close()
    return ill


def _say(title: str, found: list[Found]) -> None:
    for one in found:
        typer.echo(f"{_SIGN[one.state]} {title}：{one.what}")
        if one.mend and one.state != "well":
            typer.echo(f"    怎么办：{one.mend}")
