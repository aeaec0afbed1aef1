"""A bundle: one folder of files that is a tenant's whole configuration, read strictly, every mistake told at once.

    tenants/620802-kongtong/
      tenant.toml       [bundle] head, then the settings (`core.tenancy.settings`); a province's [locked] keys
      procedure.toml    stages and where they lead     optional where a province is extended
      rules.toml        dated parameter sets           optional where a province is extended
      roles.csv         role, object, action, allow|deny: policy lines of its own      optional
      templates/        texts of its own               optional

What is read here is the form of the files; what the values mean is checked where their types are known
(`core.stages.sections`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.problems import Conflict
from core.tenancy.inheritance import FILES, Lock, inherit, merged, misplaced, weakened
from core.tenancy.strict import ConfigProblem, read, refuse, unknown_name
from core.tenancy.toml_text import to_toml

Code = Annotated[str, Meta(title="行政区划代码：省 2 位，区县 6 位", pattern=r"^([0-9]{2}|[0-9]{6})$")]
Kind = Literal["province", "district"]

README = "README.md"
ROLES_HEADING = ["role", "object", "action", "effect"]
LARGEST_TEMPLATE = 200_000


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[bundle]` table: whose configuration this is, whose it builds on, what of that is left out."""

    code: Code
    kind: Annotated[Kind, Meta(title="省级 province，区县 district")]
    extends: Annotated[Code | None, Meta(title="以哪个省的配置为基础")] = None
    drop: Annotated[tuple[str, ...], Meta(title="不采用省级配置的哪些部分")] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """A province's version that districts build on."""

    code: str
    number: int
    sections: Mapping[str, Any]
    locks: Mapping[str, Lock]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written, as plain values (dates as ISO text, exact numbers as Decimal)."""

    head: Head
    own: Mapping[str, Any]
    locks: Mapping[str, Lock] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def name(self) -> str:
        """The tenant's name as the bundle gives it; its code where the province is to give it."""
        return str(self.own.get("tenant", {}).get("name") or self.head.code)

    def resolved(self, baseline: Baseline | None) -> tuple[dict[str, Any], list[ConfigProblem]]:
        """The whole configuration: on the province's where it extends one, and what falls short of its locks."""
        if baseline is None:
            sections = {"roles": [], "templates": {}, **self.own}
            return sections, weakened(sections, self.locks)
        sections, problems = inherit(baseline.sections, self.own, self.head.drop)
        return sections, [*problems, *weakened(sections, baseline.locks)]


def with_values(bundle: Bundle, values: Mapping[str, Any]) -> Bundle:
    """The bundle with single values replaced, by dotted key: `tenant.plugins.big_data_check.platform.url`."""
    own = dict(bundle.own)
    for key, value in values.items():
        own = merged(own, nested(key.split("."), value))
    return replace(bundle, own=own)


def as_stored(bundle: Bundle) -> dict[str, Any]:
    """What a version keeps of the bundle itself: its own parts with the head, so that it can be written out again."""
    return {**bundle.own, "bundle": msgspec.to_builtins(bundle.head)}


def from_stored(own: Mapping[str, Any], locks: Mapping[str, Lock]) -> Bundle:
    """The bundle a stored version came from, without the comments of its files."""
    parts = {name: part for name, part in own.items() if name != "bundle"}
    return Bundle(msgspec.convert(own["bundle"], Head), parts, locks)


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """The files of a bundle in a new folder. Raises Conflict when it is there."""
    if folder.exists():
        raise Conflict(f"{folder} 已经存在", hint="请换一个文件夹名。")
    folder.mkdir(parents=True)
    head = {k: v for k, v in msgspec.to_builtins(bundle.head).items() if v not in (None, [], ())}
    tenant = {**bundle.own.get("tenant", {}), "bundle": head}
    if bundle.locks:
        tenant["locked"] = {key: _lock_text(lock) for key, lock in bundle.locks.items()}
    for section, content in (("tenant", tenant), *((s, bundle.own.get(s)) for s in ("procedure", "rules"))):
        if content:
            (folder / FILES[section]).write_text(to_toml(content), encoding="utf-8")
    if lines := bundle.own.get("roles"):
        text = "\n".join([",".join(ROLES_HEADING), *lines]) + "\n"
        (folder / FILES["roles"]).write_text(text, encoding="utf-8")
    for name, text in bundle.own.get("templates", {}).items():
        (folder / FILES["templates"]).mkdir(exist_ok=True)
        (folder / FILES["templates"] / name).write_text(text, encoding="utf-8")


def _lock_text(lock: Lock) -> dict[str, Any]:
    fields = {name: getattr(lock, name) for name in lock.__struct_fields__}
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def nested(path: Sequence[str], value: Any) -> dict[str, Any]:
    return {path[0]: nested(path[1:], value) if path[1:] else value}


def read_bundle(folder: Path) -> Bundle:
    """Raises Invalid with every mistake in the form of the files."""
    problems: list[ConfigProblem] = []
    if not folder.is_dir():
        refuse("配置包", [ConfigProblem(str(folder), "", "没有这个文件夹")])
    problems += _strange_files(folder)
    tenant = _toml(folder / FILES["tenant"], problems, required=True)
    if not tenant:
        refuse(f"配置包“{folder.name}”", problems or [ConfigProblem(FILES["tenant"], "", "文件是空的")])
    head, wrong = read(Head, tenant.pop("bundle", {}), FILES["tenant"], "bundle")
    problems += wrong
    locks, wrong = read(dict[str, Lock], tenant.pop("locked", {}), FILES["tenant"], "locked")
    problems += wrong
    own: dict[str, Any] = {"tenant": tenant}
    alone = head is None or head.extends is None
    for section in ("procedure", "rules"):
        file = folder / FILES[section]
        content = _toml(file, problems, required=alone)
        if content:
            own[section] = content
    own["roles"] = _roles(folder / FILES["roles"], problems)
    own["templates"] = _templates(folder / FILES["templates"], problems)
    if head is not None:
        problems += _head_problems(head, locks or {})
    refuse(f"配置包“{folder.name}”", problems, "改正后重新运行即可，现行配置没有变。")
    assert head is not None
    return Bundle(head, own, locks or {}, folder)


def _strange_files(folder: Path) -> Iterable[ConfigProblem]:
    known = {*FILES.values(), README}
    for entry in sorted(folder.iterdir()):
        if entry.name not in known and not entry.name.startswith("."):
            text = f"配置包里没有这种文件{unknown_name(entry.name, known)}"
            yield ConfigProblem(entry.name, "", text)


def _toml(file: Path, problems: list[ConfigProblem], *, required: bool) -> dict[str, Any]:
    if not file.is_file():
        if required:
            problems.append(ConfigProblem(file.name, "", "缺少这个文件"))
        return {}
    try:
        parsed = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except UnicodeDecodeError:
        problems.append(ConfigProblem(file.name, "", "不是 UTF-8 编码的文本"))
        return {}
    except tomllib.TOMLDecodeError as wrong:
        problems.append(ConfigProblem(file.name, "", f"TOML 写法不对：{wrong}"))
        return {}
    plain: dict[str, Any] = as_plain(parsed)
    return plain


def as_plain(value: Any) -> Any:
    """Values as they are stored: dates as ISO text; texts, numbers, lists and tables as they are."""
    if isinstance(value, Mapping):
        return {str(key): as_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(entry) for entry in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def _roles(file: Path, problems: list[ConfigProblem]) -> list[str]:
    """The policy lines, `role, object, action, effect`, without heading and comments."""
    if not file.is_file():
        return []
    lines = []
    for number, raw in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        parts = [part.strip() for part in raw.split(",")]
        if not raw.strip() or raw.lstrip().startswith("#") or parts == ROLES_HEADING:
            continue
        if len(parts) != len(ROLES_HEADING):
            text = f"“{raw.strip()}”应为四项：岗位, 对象, 动作, allow|deny"
            problems.append(ConfigProblem(file.name, f"第 {number} 行", text))
        lines.append(", ".join(parts))
    return lines


def _templates(folder: Path, problems: list[ConfigProblem]) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    found = {}
    for file in sorted(folder.iterdir()):
        name = f"{folder.name}/{file.name}"
        try:
            found[file.name] = file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, IsADirectoryError):
            problems.append(ConfigProblem(name, "", "模板要是 UTF-8 文本文件"))
            continue
        if len(found[file.name]) > LARGEST_TEMPLATE:
            problems.append(ConfigProblem(name, "", f"模板太大，最多 {LARGEST_TEMPLATE} 字"))
    return found


def _head_problems(head: Head, locks: Mapping[str, Lock]) -> Iterable[ConfigProblem]:
    file = FILES["tenant"]
    digits = {"province": 2, "district": 6}[head.kind]
    if len(head.code) != digits:
        yield ConfigProblem(file, "bundle.code", f"{head.kind} 的代码是 {digits} 位，写的是“{head.code}”")
    if head.kind == "province" and head.extends is not None:
        yield ConfigProblem(file, "bundle.extends", "省级配置自成一套，不能以别的配置为基础")
    if head.kind == "district" and locks:
        yield ConfigProblem(file, "locked", "只有省级配置可以锁定；区县请直接写自己的值")
    if head.extends is not None and not head.code.startswith(head.extends):
        yield ConfigProblem(file, "bundle.extends", f"{head.code} 不属于 {head.extends}")
    if head.drop and head.extends is None:
        yield ConfigProblem(file, "bundle.drop", "没有以省级配置为基础（extends），不需要去掉什么")
    yield from misplaced(locks)
