"""The doctor's checks, one function each: what was looked at, what is wrong, how to mend it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from core.app import build
from core.clock import local_date
from core.kernel.deadline import official_calendar
from core.plugin_host.discovery import discover
from core.plugin_host.errors import PluginError
from core.problems import Problem
from core.sdk.version import SDK_VERSION
from core.settings import Settings
from core.storage import outbox
from core.storage.crypto import FieldCipher
from core.storage.database import Database
from core.storage.embedded import provide
from core.storage.migrations import CORE_APP, App, pending
from core.storage.objects import object_store
from core.web.assets import Assets, AssetsMissing

_SKEW = timedelta(seconds=5)
_WAITED = timedelta(minutes=5)
_PROBE = UUID(int=0)
_PROBE_BYTES = b"%PDF-zhunbao doctor"


@dataclass(frozen=True, slots=True)
class Found:
    """`ill` makes the command fail; `note` is worth knowing."""

    state: Literal["well", "note", "ill"]
    what: str
    mend: str = ""


@dataclass
class Patient:
    """The installation, its parts opened as far as the checks got."""

    settings: Settings
    app: Database | None = None
    owner: Database | None = field(default=None)

    async def close(self) -> None:
        for database in (self.app, self.owner):
            if database is not None:
                await database.close()


async def data_folder(patient: Patient) -> list[Found]:
    folder = patient.settings.data
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        return [Found("ill", f"{folder} 不能写入", "请改正文件夹权限，或用 ZHUNBAO_DATA 换一个位置")]
    return [Found("well", f"数据文件夹 {folder} 可以写入")]


async def keys(patient: Patient) -> list[Found]:
    ring = patient.settings.keyring()
    FieldCipher(ring, patient.settings.cipher).encrypt(_PROBE, b"probe", b"doctor")
    return [
        Found("well", f"共 {len(ring.masters)} 把，用第 {ring.active} 把加密（{patient.settings.cipher}）")
    ]


async def database(patient: Patient) -> list[Found]:
    ready = provide(patient.settings)
    patient.settings = replace(ready)
    patient.app = Database(ready.database_url, max_size=2)
    await patient.app.open()
    async with patient.app.platform() as tx:
        row = await tx.fetchrow(
            "SELECT current_user AS name, rolsuper OR rolbypassrls AS strong, version() AS version "
            "FROM pg_roles WHERE rolname = current_user"
        )
    assert row is not None
    if row["strong"]:
        return [
            Found("ill", f"应用所用的角色 {row['name']} 权限过大，会绕过行级隔离",
                  "ZHUNBAO_DATABASE_URL 要用 zhunbao_app 角色，不能用超级用户或 BYPASSRLS 角色")
        ]  # fmt: skip
    return [Found("well", f"{row['version'].split(' on ')[0]}，以 {row['name']} 连接")]


async def tables(patient: Patient) -> list[Found]:
    if patient.app is None:
        return [Found("ill", "没有检查，因为数据库连不上", "请先解决数据库的问题")]
    database = patient.app
    if patient.settings.owner_url:
        patient.owner = database = Database(patient.settings.owner_url, max_size=2)
        await database.open()
    plugins = discover(SDK_VERSION)
    left = await pending(database, (CORE_APP, *(App(p.name, p.migrations) for p in plugins if p.migrations)))
    if left:
        return [Found("ill", f"有 {len(left)} 项变更没有执行（{left[0].id} 等）", "请运行 zhunbao migrate")]
    return [Found("well", "表结构是最新的")]


async def objects(patient: Patient) -> list[Found]:
    store = object_store(patient.settings)
    digest = await store.put(_PROBE, _PROBE_BYTES, "application/pdf")
    back = await store.get(_PROBE, digest)
    await store.remove_all(_PROBE)
    if hashlib.sha256(back).hexdigest() != digest:
        return [Found("ill", "读回的文件与存入的不同", "请检查存储服务；在查清之前不要使用")]
    return [
        Found("well", "存入、读回、删除都正常（" + ("S3" if patient.settings.s3_url else "文件夹") + "）")
    ]


async def clock(patient: Patient) -> list[Found]:
    found = []
    if patient.app is not None:
        async with patient.app.platform() as tx:
            theirs: datetime = await tx.fetchval("SELECT clock_timestamp()")
        if abs(theirs - datetime.now(UTC)) > _SKEW:
            found.append(
                Found("ill", "本机与数据库的时间相差 5 秒以上", "请让两台机器都与时间服务器同步（NTP）")
            )
    year, known = local_date(datetime.now(UTC)).year, official_calendar().years
    missing = [str(y) for y in (year, year + 1) if y not in known]
    if missing:
        found.append(
            Found("note", f"没有 {'、'.join(missing)} 年的放假安排，这些年份暂按周一至周五计算期限",
                  "国务院公布后，写进省级配置 tenant.toml 的 [calendar.年份]")
        )  # fmt: skip
    return found or [Found("well", "时间和放假安排都在")]


async def plugins(patient: Patient) -> list[Found]:
    try:
        house = build(patient.settings)
        installed = house.plugins
        _ = house.host, house.policies
    except PluginError as broken:
        return [Found("ill", str(broken), f"请卸载或升级插件 {broken.plugin}")]
    except Problem as broken:
        return [Found("ill", broken.detail, "请卸载或升级这个插件")]
    names = "、".join(f"{p.title} {p.version}" for p in installed) or "没有安装插件"
    return [Found("well", names)]


async def circuits(patient: Patient) -> list[Found]:
    if patient.app is None:
        return []
    async with patient.app.platform() as tx:
        tenants = await tx.fetch("SELECT id, code FROM tenant WHERE status = 'active' ORDER BY code")
    found = []
    for tenant in tenants:
        async with patient.app.transaction(tenant["id"]) as tx:
            rows = await tx.fetch(
                "SELECT plugin FROM plugin_circuit WHERE tenant_id = $1 AND opened_at IS NOT NULL", tx.tenant
            )
        found += [
            Found("ill", f"{tenant['code']}：插件 {row['plugin']} 因多次出错已暂停", "到该区“插件”页查看原因")
            for row in rows
        ]
    return found or [Found("well", f"{len(tenants)} 个地区的插件都在运行")]


async def background(patient: Patient) -> list[Found]:
    if patient.app is None:
        return []
    async with patient.app.platform() as tx:
        late = await tx.fetchval(
            "SELECT count(*) FROM pgqueuer WHERE status = 'queued' AND execute_after < now() - $1::interval",
            _WAITED,
        )
        dead = await outbox.dead_letters(tx)
    found = []
    if late:
        found.append(Found("ill", f"有 {late} 项任务等了 5 分钟以上", "请启动 zhunbao worker，或多启动几个"))
    if dead:
        found.append(
            Found("note", f"有 {len(dead)} 项任务多次失败后停下（{dead[0].name}：{dead[0].error}）",
                  "排除原因后重新放行")
        )  # fmt: skip
    return found or [Found("well", "没有积压")]


async def front_end(_: Patient) -> list[Found]:
    try:
        Assets.load()
    except AssetsMissing as missing:
        return [Found("ill", str(missing), "请运行 make env")]
    return [Found("well", "页面所需的文件齐全")]


Check = Callable[[Patient], Awaitable[list[Found]]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("数据文件夹", data_folder),
    ("加密密钥", keys),
    ("数据库", database),
    ("表结构", tables),
    ("文件存储", objects),
    ("时钟", clock),
    ("插件", plugins),
    ("插件运行", circuits),
    ("后台任务", background),
    ("前端文件", front_end),
)
