"""`zhunbao audit verify`: is everything on file what was filed? Names the case, the journal row and what does not hold."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from core.access import log_chain
from core.kernel import audit
from core.problems import NotFound, Problem
from core.settings import Settings
from core.stages.rolls_audit import verify_rolls
from core.storage.database import Database
from core.storage.embedded import provide

if TYPE_CHECKING:
    from core.app import Zhunbao

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """核查存档：流程记录、填写内容、凭证是否被改动。"""


@app.command()
def verify(
    district: Annotated[str, typer.Option(help="只核查这个区县（代码）；不写就核查全部。")] = "",
    files: Annotated[bool, typer.Option(help="连同凭证文件逐个核对内容。")] = True,
) -> None:
    """逐件核对流程记录的链条、每份填写内容和凭证的摘要、每天的总摘要，发放名册与决定，访问日志；发现改动时逐条列出，退出码为 1。"""
    found = asyncio.run(_verify(provide(Settings.from_env()), district, files))
    if found:
        raise Problem(f"共发现 {found} 处不符。", hint="请保留现场，不要改动数据，并报告审计管理员。")


async def _verify(settings: Settings, district: str, files: bool) -> int:
    from core.app import build

    house = build(settings)
    await house.database.open()
    try:
        wrong = 0
        for tenant, code, name in await _tenants(house.database, district):
            wrong += await _tenant(house, tenant, f"{code} {name}", files)
        return wrong
    finally:
        await house.database.close()


async def _tenants(database: Database, district: str) -> list[tuple[UUID, str, str]]:
    async with database.platform() as tx:
        rows = await tx.fetch(
            "SELECT id, code, name FROM tenant WHERE $1 = '' OR code = $1 ORDER BY code", district
        )
    if not rows:
        raise NotFound(f"没有区县“{district}”。" if district else "还没有建立任何区县。")
    return [(row["id"], row["code"], row["name"]) for row in rows]


async def _tenant(house: Zhunbao, tenant: UUID, title: str, files: bool) -> int:
    wrong = 0
    async with house.database.transaction(tenant) as tx:
        # One moment for all of it: what is filed meanwhile is no discrepancy.
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        processes = await tx.fetchval("SELECT count(*) FROM process WHERE tenant_id = $1", tenant)
        filed = audit.verify(tx, house.records, house.objects if files else None)
        for found in [
            *[d async for d in filed],
            *[d async for d in verify_rolls(tx, house.records, house.catalogue)],
            *[d async for d in log_chain.verify(tx)],
        ]:
            wrong += 1
            typer.echo(f"{title}：{found}")
    typer.echo(f"{title}：核查 {processes} 件，" + (f"{wrong} 处不符" if wrong else "全部相符"))
    return wrong
