"""`zhunbao tenant …`: provinces and districts: created from a bundle, given new configuration, exported, suspended, listed."""

from __future__ import annotations

import asyncio
import getpass
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from core.app import Zhunbao, build
from core.clock import CHINA
from core.problems import Invalid
from core.settings import Settings
from core.stages.configuring import Configurator, Plan
from core.storage.embedded import provide
from core.tenancy import lifecycle
from core.tenancy.areas import LABELS, load_areas, read_areas
from core.tenancy.bundle import Bundle, as_plain, read_bundle, with_values, write_bundle
from core.tenancy.strict import ConfigProblem
from core.tenancy.tenants import Tenant, no_such_tenant

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True)
areas = typer.Typer(no_args_is_help=True)
app.add_typer(areas, name="areas", help="行政区划：省、市州、区县、乡镇、村。")

KINDS = {"province": "省级", "district": "区县"}
STATUS = {"active": "使用中", "suspended": "已停用"}
VERSION = {"draft": "草稿", "scheduled": "待启用", "active": "现行", "retired": "已停用"}

Folder = Annotated[
    Path, typer.Argument(metavar="配置包", help="配置包的文件夹，例如 tenants/620802-kongtong。")
]
Code = Annotated[str, typer.Argument(metavar="代码", help="省 2 位，区县 6 位，例如 620802。")]
Reason = Annotated[str, typer.Option(help="为什么改，写进版本记录。")]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="键=值", help="临时替换一个值，例如 tenant.spot_check_percent=40；可以写多次。"
    ),
]


@app.callback()
def group() -> None:
    """区县：建立、应用配置、导出、停用、列出。"""


@app.command()
def create(bundle: Folder, values: Values = None, reason: Reason = "建立") -> None:
    """按配置包建立一个省或区县，配置当天启用。区县以省级配置为基础，先建省再建区县。"""
    read = _read(bundle, values)

    async def run(zhunbao: Zhunbao) -> Tenant:
        if tree := _tree_of(read):
            await _import_tree(zhunbao, read, tree)
        return await configurator(zhunbao).create(read, author=_author(), reason=reason)

    tenant = _with(run)
    typer.echo(f"已建立{KINDS[tenant.kind]} {tenant.code} {tenant.name}，网址路径 /d/{tenant.code}/")


@app.command()
def apply(
    bundle: Folder,
    start: Annotated[
        str, typer.Option("--from", metavar="日期", help="从哪天起启用，如 2027-01-01；不写就是今天。")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="不再询问，直接启用。")] = False,
    values: Values = None,
    reason: Reason = "应用配置包",
) -> None:
    """按配置包生成新的一版配置：先列出与现行的差别，确认后启用。已经在办的事项按原来的版本办完。"""
    read = _read(bundle, values)
    day = _day(start)

    async def run(zhunbao: Zhunbao) -> int | None:
        made = configurator(zhunbao)
        await made.existing(read.head.code)
        plan = (await made.plan(read)).checked(read.name)
        _show(plan)
        if plan.changes and not (yes or typer.confirm("启用吗？")):
            return None
        number, _ = await made.apply(read, author=_author(), reason=reason, start=day)
        if read.head.kind == "province":
            _warn(await made.falling_short(read.head.code))
        return number

    number = _with(run)
    if number is None:
        typer.echo("没有启用，现行配置没有变。")
        raise typer.Exit(1)
    when = f"{day} 起启用" if day else "已启用"
    typer.echo(f"{read.head.code} 第 {number} 版配置{when}。")


@app.command()
def check(bundle: Folder, values: Values = None) -> None:
    """只检查配置包，列出与现行的差别；什么都不保存。"""
    read = _read(bundle, values)

    async def run(zhunbao: Zhunbao) -> Plan:
        return (await configurator(zhunbao).plan(read)).checked(read.name)

    _show(_with(run))
    typer.echo("配置包没有问题。")


@app.command()
def history(code: Code) -> None:
    """列出一个区县的全部配置版本。"""
    for head in _with(lambda zhunbao: configurator(zhunbao).history(code)):
        start = f"{head.effective_from} 起" if head.effective_from else "未启用"
        typer.echo(f"第 {head.number} 版  {VERSION[head.status]}  {start}  {head.author}  {head.reason}")


@app.command()
def rollback(
    code: Code,
    number: Annotated[int, typer.Argument(metavar="版本", help="恢复到第几版的内容。")],
    reason: Reason = "恢复到旧版本",
) -> None:
    """按旧版本的内容生成新的一版，当天启用。"""
    fresh = _with(
        lambda zhunbao: configurator(zhunbao).rollback(code, number, author=_author(), reason=reason)
    )
    typer.echo(f"{code} 第 {fresh} 版配置已启用，内容与第 {number} 版相同。")


@app.command()
def export(
    code: Code,
    file: Annotated[Path, typer.Argument(metavar="文件", help="导出到哪个 zip 文件。")],
    evidence: Annotated[bool, typer.Option(help="连同照片和材料。")] = True,
) -> None:
    """导出一个区县的全部数据：每张表、全部材料和带校验值的清单。加密的内容仍是加密的。"""

    async def run(zhunbao: Zhunbao) -> lifecycle.Manifest:
        tenant = await _existing(zhunbao, code)
        objects = zhunbao.objects if evidence else None
        async with zhunbao.database.transaction(tenant.id) as tx:
            await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return await lifecycle.export(tx, tenant, file, zhunbao.clock(), objects)

    manifest = _with(run)
    rows = sum(part.rows for part in manifest.parts)
    tables = sum(part.file.startswith("tables/") for part in manifest.parts)
    typer.echo(f"已导出 {code}：{tables} 张表 {rows} 行，材料 {len(manifest.parts) - tables} 份 → {file}")


@app.command("bundle")
def write(
    code: Code, folder: Annotated[Path, typer.Argument(metavar="文件夹", help="写到哪个新文件夹。")]
) -> None:
    """把一个区县的现行配置写成配置包，可以改了再应用，或带到别的安装去。"""
    write_bundle(_with(lambda zhunbao: configurator(zhunbao).bundle_of(code)), folder)
    typer.echo(f"已写出 {code} 的现行配置 → {folder}")


@app.command()
def suspend(code: Code) -> None:
    """停用一个区县：谁也不能登录和办理，数据原样保留。"""
    tenant = _with(lambda zhunbao: zhunbao.tenants.suspend(code))
    typer.echo(f"{tenant.code} {tenant.name} 已停用。恢复请用 zhunbao tenant resume {code}。")


@app.command()
def resume(code: Code) -> None:
    """恢复一个停用的区县。"""
    tenant = _with(lambda zhunbao: zhunbao.tenants.resume(code))
    typer.echo(f"{tenant.code} {tenant.name} 已恢复使用。")


@app.command("list")
def show() -> None:
    """列出全部省和区县。"""
    found = _with(lambda zhunbao: zhunbao.tenants.list())
    for tenant in found:
        typer.echo(f"{tenant.code:<7}{KINDS[tenant.kind]}  {STATUS[tenant.status]}  {tenant.name}")
    if not found:
        typer.echo("还没有建立任何省或区县。用 zhunbao tenant create 建立。")


@areas.command("import")
def import_areas(
    file: Annotated[
        Path, typer.Argument(metavar="文件", help="CSV（code,name,level,parent_code），可以是 .gz。")
    ],
) -> None:
    """导入行政区划，可重复导入：名称有变的更正，新的补上，不删除。"""
    read = read_areas(file)

    async def run(zhunbao: Zhunbao) -> dict[str, int]:
        async with zhunbao.database.platform() as tx:
            return dict(await load_areas(tx, read))

    typer.echo("已导入：" + _counted(_with(run)))


def configurator(zhunbao: Zhunbao) -> Configurator:
    """What brings configurations into this installation."""
    return Configurator(
        zhunbao.database, zhunbao.policies, zhunbao.catalogue_of, zhunbao.plugins, zhunbao.clock
    )


def _with(run: Callable[[Zhunbao], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with _opened() as zhunbao:
            return await run(zhunbao)

    return asyncio.run(inside())


@asynccontextmanager
async def _opened() -> AsyncIterator[Zhunbao]:
    zhunbao = build(provide(Settings.from_env()))
    await zhunbao.database.open()
    try:
        yield zhunbao
    finally:
        await zhunbao.database.close()


async def _existing(zhunbao: Zhunbao, code: str) -> Tenant:
    tenant = await zhunbao.tenants.find(code)
    if tenant is None:
        raise no_such_tenant(code)
    return tenant


def _tree_of(bundle: Bundle) -> Path | None:
    """The area file that lies beside a province's bundle."""
    if bundle.head.kind != "province" or bundle.folder is None:
        return None
    file = bundle.folder.resolve().parent / "areas" / f"{bundle.head.code}.csv.gz"
    return file if file.is_file() else None


async def _import_tree(zhunbao: Zhunbao, bundle: Bundle, file: Path) -> None:
    """A province comes with its tree, unless that was imported already."""
    async with zhunbao.database.platform() as tx:
        if await tx.fetchval("SELECT true FROM area WHERE starts_with(code, $1) LIMIT 1", bundle.head.code):
            return
        counted = await load_areas(tx, read_areas(file))
    typer.echo(f"已导入行政区划（{file.name}）：{_counted(counted)}")


def _counted(counted: dict[str, int]) -> str:
    return "，".join(f"{label} {counted[level]} 个" for level, label in LABELS.items() if counted.get(level))


def _show(plan: Plan) -> None:
    if not plan.changes:
        typer.echo("与现行配置没有差别。")
        return
    typer.echo(f"与现行配置的差别（{len(plan.changes)} 处）：")
    for change in plan.changes:
        typer.echo(f"  {change}")


def _warn(short: dict[str, list[ConfigProblem]]) -> None:
    """Districts keep what is in force; they are told what to mend."""
    for code, problems in short.items():
        typer.echo(f"注意：{code} 的现行配置达不到省级新的要求，请修改后重新应用：", err=True)
        for problem in problems:
            typer.echo(f"  {problem}", err=True)


def _read(folder: Path, values: list[str] | None) -> Bundle:
    bundle = read_bundle(folder)
    return with_values(bundle, dict(_assignment(text) for text in values or ()))


def _assignment(text: str) -> tuple[str, Any]:
    """`key=value`, the value as in TOML; what is no TOML is taken as a text."""
    key, equals, value = text.partition("=")
    section = key.partition(".")[0]
    if not equals or section not in ("tenant", "procedure", "rules"):
        raise Invalid(
            f"“{text}”写法不对",
            hint="应为 键=值，键以 tenant、procedure 或 rules 开头，例如 tenant.spot_check_percent=40",
        )
    try:
        return key, as_plain(tomllib.loads(f"value = {value}")["value"])
    except tomllib.TOMLDecodeError:
        return key, value


def _day(text: str) -> Any:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA).date()
    except ValueError:
        raise Invalid(f"日期“{text}”写法不对", hint="应为 年-月-日，例如 2027-01-01") from None


def _author() -> str:
    """Who stands in the version's record: the operator's account on this machine."""
    try:
        return f"命令行（{getpass.getuser()}）"
    except (KeyError, OSError):
        return "命令行"
