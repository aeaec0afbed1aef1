"""`zhunbao audit verify`: is everything on file what was filed? Names the case, the journal row and what does not hold."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from core.kernel import audit
from core.kernel.store import RecordStore
from core.problems import NotFound, Problem
from core.settings import Settings
from core.storage.crypto import FieldCipher
from core.storage.database import Database
from core.storage.embedded import provide
from core.storage.objects import object_store

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """核查存档：流程记录、填写内容、凭证是否被改动。"""


@app.command()
def verify(
    district: Annotated[str, typer.Option(help="只核查这个区县（代码）；不写就核查全部。")] = "",
    files: Annotated[bool, typer.Option(help="连同凭证文件逐个核对内容。")] = True,
) -> None:
    """逐件核对流程记录的链条、每份填写内容和凭证的摘要、每天的总摘要；发现改动时逐条列出，退出码为 1。"""
    found = asyncio.run(_verify(provide(Settings.from_env()), district, files))
    if found:
        raise Problem(f"共发现 {found} 处不符。", hint="请保留现场，不要改动数据，并报告审计管理员。")


async def _verify(settings: Settings, district: str, files: bool) -> int:
    database = Database(settings.database_url)
    await database.open()
    try:
        wrong = 0
        for tenant, code, name in await _tenants(database, district):
            wrong += await _tenant(database, settings, tenant, f"{code} {name}", files)
        return wrong
    finally:
        await database.close()


async def _tenants(database: Database, district: str) -> list[tuple[UUID, str, str]]:
    async with database.platform() as tx:
        rows = await tx.fetch(
            "SELECT id, code, name FROM tenant WHERE $1 = '' OR code = $1 ORDER BY code", district
        )
    if not rows:
        raise NotFound(f"没有区县“{district}”。" if district else "还没有建立任何区县。")
    return [(row["id"], row["code"], row["name"]) for row in rows]


async def _tenant(database: Database, settings: Settings, tenant: UUID, title: str, files: bool) -> int:
    records = RecordStore(FieldCipher(settings.keyring(), settings.cipher))
    store = object_store(settings) if files else None
    wrong = 0
    async with database.transaction(tenant) as tx:
        processes = await tx.fetchval("SELECT count(*) FROM process WHERE tenant_id = $1", tenant)
        async for found in audit.verify(tx, records, store):
            wrong += 1
            typer.echo(f"{title}：{found}")
    typer.echo(f"{title}：核查 {processes} 件，" + (f"{wrong} 处不符" if wrong else "全部相符"))
    return wrong
