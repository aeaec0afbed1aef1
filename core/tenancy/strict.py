"""Configuration files into types, strictly: every mistake at once, each with file, dotted key, what is allowed, what was meant.

    settings, problems = read(TenantSettings, {"spot_chek_percent": 30}, "tenant.toml")
    str(problems[0])    # tenant.toml：spot_chek_percent：没有这一项，是不是“spot_check_percent”？

Unlike forms (`core.kernel.forms`), which understand what people type, nothing is stripped, guessed or converted here.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from core.problems import FieldError, Invalid

T = TypeVar("T")

_NOTHING: Any = object()
_MOST_NAMES = 40


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong with a configuration: the file (or the section it came from), the dotted key, a sentence."""

    file: str
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}：{self.key}：{self.message}" if self.key else f"{self.file}：{self.message}"

    @property
    def field(self) -> FieldError:
        return FieldError(f"{self.file}：{self.key}" if self.key else self.file, self.message)


def refuse(what: str, problems: Iterable[ConfigProblem], hint: str = "") -> None:
    """Raise Invalid with all of them; nothing to say, nothing happens."""
    found = tuple(problem.field for problem in problems)
    if found:
        raise Invalid(f"{what}有 {len(found)} 处要改", hint=hint, fields=found)


def unknown_name(name: str, allowed: Iterable[str]) -> str:
    """The end of a sentence about a name that does not exist: the near match, or everything that is allowed."""
    names = sorted(allowed)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"，是不是“{near[0]}”？"
    shown = "、".join(names[:_MOST_NAMES]) + ("……" if len(names) > _MOST_NAMES else "")
    return f"，可用：{shown}" if shown else "，这里不用写任何内容"


def read(kind: type[T], raw: Any, file: str, key: str = "") -> tuple[T | None, list[ConfigProblem]]:
    """`raw` (parsed TOML or JSON) as `kind`, or None and everything that is wrong with it."""
    problems: list[ConfigProblem] = []
    value = _value(kind, raw, key, lambda at, message: problems.append(ConfigProblem(file, at, message)))
    return (None, problems) if problems else (value, [])


Report = Callable[[str, str], None]


def _value(hint: Any, raw: Any, key: str, report: Report) -> Any:
    bare = _bare(hint)
    origin, arguments = get_origin(bare), get_args(bare)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return _struct(bare, raw, key, report)
    if origin in (Union, types.UnionType):
        return _union(hint, arguments, raw, key, report)
    if origin in (dict, Mapping) and arguments[1] is not Any:
        return _mapping(hint, arguments, raw, key, report)
    if origin in (tuple, list, frozenset) and (origin is not tuple or arguments[1:] == (...,)):
        return _list(hint, origin, arguments[0], raw, key, report)
    return _leaf(hint, raw, key, report)


def _bare(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _struct(kind: type[msgspec.Struct], raw: Any, key: str, report: Report) -> Any:
    if not isinstance(raw, Mapping):
        report(key, "这里要写一段（表），里面是若干项")
        return _NOTHING
    fields = _fields(kind)
    for name in raw:
        if name not in fields:
            report(_join(key, str(name)), f"没有这一项{unknown_name(str(name), fields)}")
    values, whole = {}, True
    for name, field in fields.items():
        if name not in raw:
            if field.required:
                report(_join(key, name), f"缺少这一项{_what(field.type)}")
                whole = False
            continue
        value = _value(field.type, raw[name], _join(key, name), report)
        whole = whole and value is not _NOTHING
        values[field.name] = value
    if not whole:
        return _NOTHING
    try:
        return kind(**values)
    except ValueError as wrong:
        report(key, str(wrong))
        return _NOTHING


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """By the names they are written under; kept, because reading annotations takes longer than reading values."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _union(hint: Any, arguments: tuple[Any, ...], raw: Any, key: str, report: Report) -> Any:
    rest = [a for a in arguments if a is not type(None)]
    if len(rest) == 1:
        return None if raw is None else _value(rest[0], raw, key, report)
    return _leaf(hint, raw, key, report)


def _mapping(hint: Any, arguments: tuple[Any, ...], raw: Any, key: str, report: Report) -> Any:
    if not isinstance(raw, Mapping):
        report(key, "这里要写一段（表），里面是若干项")
        return _NOTHING
    values, whole = {}, True
    for name, entry in raw.items():
        made = _leaf(arguments[0], name, _join(key, str(name)), report)
        value = _value(arguments[1], entry, _join(key, str(name)), report)
        whole = whole and made is not _NOTHING and value is not _NOTHING
        if whole:
            values[made] = value
    return values if whole else _NOTHING


def _list(hint: Any, origin: Any, item: Any, raw: Any, key: str, report: Report) -> Any:
    if not isinstance(raw, list | tuple):
        report(key, "这里要写一列，用方括号，例如 [ … ]")
        return _NOTHING
    values = [_value(item, entry, _join(key, str(n)), report) for n, entry in enumerate(raw)]
    if any(value is _NOTHING for value in values):
        return _NOTHING
    return _limits(hint, origin(values), key, report)


def _limits(hint: Any, value: Any, key: str, report: Report) -> Any:
    """A list's own limits (how many), now that its entries are known to be right."""
    for meta in (m for m in get_args(hint)[1:] if isinstance(m, msgspec.Meta)):
        if meta.min_length is not None and len(value) < meta.min_length:
            report(key, f"至少要写 {meta.min_length} 项")
            return _NOTHING
        if meta.max_length is not None and len(value) > meta.max_length:
            report(key, f"最多写 {meta.max_length} 项")
            return _NOTHING
    return value


def _leaf(hint: Any, raw: Any, key: str, report: Report) -> Any:
    given = float(raw) if isinstance(raw, Decimal) and _bare(hint) is float else raw
    try:
        return msgspec.convert(given, hint)
    except msgspec.ValidationError as wrong:
        report(key, _sentence(hint, raw, str(wrong)))
        return _NOTHING


_LIMIT = re.compile(r"Expected `(?P<kind>\w+)` (?:(?P<sign>[<>]=?) (?P<bound>\S+)|matching regex|of length (?P<length>[<>]=?) (?P<size>\d+))")  # fmt: skip
_SIGNS = {"<=": "不能大于", ">=": "不能小于", "<": "要小于", ">": "要大于"}
_KINDS = {
    "str": "文字（加引号）", "int": "整数", "float": "数字", "decimal": "数字", "bool": "true 或 false",
    "date": "日期，例如 2026-01-01", "array": "一列（方括号）", "object": "一段（表）",
}  # fmt: skip


def _sentence(hint: Any, raw: Any, wrong: str) -> str:
    """What the decoder said, for people."""
    choices = _choices(_bare(hint))
    if choices and isinstance(raw, str):
        return f"“{raw}”不能用{unknown_name(raw, choices)}"
    found = _LIMIT.match(wrong)
    if found and found["sign"]:
        return f"“{raw}”不能用，{_SIGNS[found['sign']]} {found['bound']}{_why(hint)}"
    if found and found["size"]:
        return f"“{raw}”的长度不对，{_SIGNS[found['length']]} {found['size']} 个字"
    if found:
        return f"“{raw}”的写法不对{_why(hint)}"
    wanted = re.search(r"Expected `(\w+)", wrong)
    kind = _KINDS.get(wanted[1], wanted[1]) if wanted else ""
    if "date" in wrong:
        kind = _KINDS["date"]
    if wrong.startswith("Invalid decimal"):
        kind = _KINDS["decimal"]
    return f"“{raw}”不能用，这里要写{kind}" if kind else f"“{raw}”不能用（{wrong}）"


def _choices(bare: Any) -> tuple[str, ...]:
    if get_origin(bare) is Literal:
        return tuple(str(choice) for choice in get_args(bare))
    members = getattr(bare, "__members__", None)
    return tuple(str(member.value) for member in members.values()) if members else ()


def _what(hint: Any) -> str:
    title = next((m.title for m in get_args(hint)[1:] if isinstance(m, msgspec.Meta) and m.title), "")
    return f"（{title}）" if title else ""


def _why(hint: Any) -> str:
    metas = [m for m in get_args(hint)[1:] if isinstance(m, msgspec.Meta)]
    return next((f"（{m.title}：{m.description}）" for m in metas if m.description), _what(hint))


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
