"""`zhunbao simulate`: a whole village round played through the API from outside, and everything checked."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from core.problems import Invalid
from core.simulate.expectation import Terms, read_terms
from core.simulate.report import text
from core.simulate.round import Wanted, simulate
from core.simulate.setting import first_secret

SECRET = "ZHUNBAO_SIMULATE_PASSWORD"  # noqa: S105 - the variable's name
SECURITY_SECRET = "ZHUNBAO_SIMULATE_SECURITY_PASSWORD"  # noqa: S105
STAFF_SECRET = "ZHUNBAO_SIMULATE_STAFF_PASSWORD"  # noqa: S105

app = typer.Typer()


@app.callback()
def group() -> None:
    """从外面走一遍业务，检查结果。"""


@app.command("round")
def village_round(
    village: Annotated[str, typer.Option(help="村（社区）代码，12 位。")],
    url: Annotated[str, typer.Option(help="服务地址。")] = "http://127.0.0.1:8000",
    district: Annotated[str, typer.Option(help="区县代码。")] = "620802",
    households: Annotated[int, typer.Option(min=1, max=2000, help="户数。")] = 12,
    seed: Annotated[int, typer.Option(help="种子：同样的种子编出同样的村子。")] = 1,
    system_admin: Annotated[str, typer.Option(help="系统管理员账号。")] = "system",
    security_admin: Annotated[str, typer.Option(help="安全管理员账号。")] = "security",
    rules: Annotated[
        Path | None, typer.Option(exists=True, help="区县的 rules.toml；不写用参数集 P1。")
    ] = None,
    platform_url: Annotated[str, typer.Option(help="省平台模拟器的地址，写入登记数据。")] = "",
    at_once: Annotated[int, typer.Option(min=1, max=200, help="同时进行的请求数。")] = 8,
    patience: Annotated[float, typer.Option(min=1, help="等核对报告的秒数。")] = 90.0,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。")] = False,
) -> None:
    """整村认定从筹备到公布：编一个村的家庭，扮演每个岗位，核对每一户的结果。

    管理员密码从环境变量 ZHUNBAO_SIMULATE_PASSWORD（系统管理员）和
    ZHUNBAO_SIMULATE_SECURITY_PASSWORD（安全管理员，不设则同前一个）读取。公示要等 7 天，所以只能对演示环境运行。
    """
    secret = _secret(SECRET)
    today = date.today()
    wanted = Wanted(
        url, district, village, households, seed, system_admin, secret, security_admin,
        os.environ.get(SECURITY_SECRET) or secret, os.environ.get(STAFF_SECRET) or first_secret(),
        read_terms(rules, today) if rules else Terms(), at_once, platform_url, patience,
    )  # fmt: skip
    report = asyncio.run(simulate(wanted))
    typer.echo(msgspec.json.format(msgspec.json.encode(report)).decode() if as_json else text(report))
    if not report.ok:
        sys.exit(1)


def _secret(name: str) -> str:
    found = os.environ.get(name, "")
    if not found:
        raise Invalid(f"请把系统管理员的密码放在环境变量 {name} 里")
    return found
