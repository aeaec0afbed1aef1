"""What changed between two versions of a configuration, one line a change, for people to read before they say yes.

tenant.toml：入户抽查比例（spot_check_percent）：30 → 40
rules.toml：sets.P1.tiers.三类：每人每月金额（amount）：89 → 96
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

import msgspec

from core.tenancy.inheritance import FILES, say

_NAMES = ("id", "category", "code", "fact", "name")
"""By which of its fields an entry of a list is recognised, when all entries have it."""
_LONGEST = 160
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Change:
    """`before` or `after` is empty where something was added or taken away. `title` is the key's word for people."""

    file: str
    key: str
    title: str
    before: str
    after: str

    def __str__(self) -> str:
        place, _, last = self.key.rpartition(".")
        named = f"{self.title}（{last}）" if self.title else last
        where = "：".join(part for part in (self.file, place, named) if part)
        if not self.before:
            return f"{where}：新增 {self.after}"
        if not self.after:
            return f"{where}：删去（原为 {self.before}）"
        return f"{where}：{self.before} → {self.after}"


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], kinds: Mapping[str, type] | None = None
) -> tuple[Change, ...]:
    """Every difference, file by file. `kinds` are the types of the sections, for the words of their keys."""
    found: list[Change] = []
    for section, file in FILES.items():
        kind = (kinds or {}).get(section)
        pairs = _different(before.get(section, _ABSENT), after.get(section, _ABSENT), ())
        for path, old, new in pairs:
            found.append(Change(file, ".".join(path), title_of(kind, path), _shown(old), _shown(new)))
    return tuple(found)


def title_of(kind: Any, path: tuple[str, ...]) -> str:
    """The `Meta` title of a field at a path of a Struct type; empty where there is none."""
    hint, title = kind, ""
    for step in path:
        hint, title = _inner(hint, step)
        if hint is None:
            return ""
    return title


def _inner(hint: Any, step: str) -> tuple[Any, str]:
    bare = _bare(hint)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        for field in msgspec.structs.fields(bare):
            if field.encode_name == step:
                return field.type, _title(field.type)
        return None, ""
    arguments = get_args(bare)
    if get_origin(bare) in (dict, Mapping) and len(arguments) == 2:
        return arguments[1], ""
    if get_origin(bare) in (tuple, list) and arguments:
        return arguments[0], ""
    return None, ""


def _bare(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if type(None) in get_args(hint):
        rest = [a for a in get_args(hint) if a is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else hint
    return hint


def _title(hint: Any) -> str:
    if get_origin(hint) is not Annotated:
        return ""
    return next((m.title for m in get_args(hint)[1:] if isinstance(m, msgspec.Meta) and m.title), "")


def _different(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if old == new and isinstance(old, bool) is isinstance(new, bool):
        return
    before, after = _table(old), _table(new)
    if before is None or after is None:
        if not (_nothing(old) and _nothing(new)):
            yield path, old, new
        return
    for name in dict.fromkeys([*before, *after]):
        yield from _different(before.get(name, _ABSENT), after.get(name, _ABSENT), (*path, name))


def _table(value: Any) -> dict[str, Any] | None:
    """A table, or a list of tables by what names them; None for what is compared whole."""
    if isinstance(value, Mapping):
        return dict(value)
    if value is _ABSENT or not isinstance(value, list | tuple):
        return None
    if not value or not all(isinstance(entry, Mapping) for entry in value):
        return None
    for name in _NAMES:
        names = [entry.get(name) for entry in value]
        if all(isinstance(n, str) for n in names) and len(set(names)) == len(names):
            return {str(entry[name]): entry for entry in value}
    return {str(n): entry for n, entry in enumerate(value)}


def _nothing(value: Any) -> bool:
    return value is _ABSENT or value in ({}, [], ())


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return ""
    text = say(value) or "（空）"
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "……"
