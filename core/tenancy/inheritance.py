"""How a district builds on its province: what it does not write is the province's; locked keys may only be tightened.

    [locked]                                          # in the province's tenant.toml
    "tenant.spot_check_percent" = { minimum = 10, law = "甘民发〔2019〕55号" }
    "tenant.total_working_days" = { maximum = 30 }
    "tenant.posting_days" = { exact = 7 }
    "tenant.recusal_degrees" = { superset = ["spouse", "parent"] }
    "rules.sets.*.grace.months" = { maximum = 6 }     # * is every entry of a list or table

Tables are laid over one another key by key; everything else (numbers, texts, lists) is replaced whole. With
`drop = ["procedure.procedures.village_round"]` in its head a district leaves out a part of the province's. A locked
key must be there: leaving it out would be a way around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from core.tenancy.strict import ConfigProblem, unknown_name

Sections = Mapping[str, Any]
Number = int | Decimal

FILES = {
    "tenant": "tenant.toml", "procedure": "procedure.toml", "rules": "rules.toml", "roles": "roles.csv",
    "templates": "templates",
}  # fmt: skip
"""Which file of a bundle a section of the configuration is written in."""


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a locked key must satisfy; at least one of the four. `law` is shown to whoever tries otherwise."""

    minimum: Number | None = None
    maximum: Number | None = None
    exact: Any = None
    superset: tuple[str, ...] | None = None
    law: str = ""

    def broken_by(self, value: Any) -> str:
        """What is wrong with a value, as the end of a sentence; empty: nothing."""
        if self.exact is not None and not _same(value, self.exact):
            return f"必须是 {say(self.exact)}"
        if self.minimum is not None and not (_is_number(value) and value >= self.minimum):
            return f"不能小于 {self.minimum}"
        if self.maximum is not None and not (_is_number(value) and value <= self.maximum):
            return f"不能大于 {self.maximum}"
        if self.superset is not None:
            given = value if isinstance(value, list | tuple) else ()
            missing = [one for one in self.superset if one not in given]
            if missing:
                return f"不能少了 {say(missing)}"
        return ""

    @property
    def empty(self) -> bool:
        return self.exact is None and self.minimum is None and self.maximum is None and self.superset is None


Locks = Mapping[str, Lock]


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`own` laid over `base`: tables key by key, everything else replaced."""
    result = dict(base)
    for key, value in own.items():
        below = result.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        result[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return result


def inherit(
    base: Sections, own: Sections, drop: Iterable[str] = ()
) -> tuple[dict[str, Any], list[ConfigProblem]]:
    """The district's whole configuration: the province's without what is dropped, the district's own laid over it.

    Policy lines (`roles`) of both hold; a deny outweighs. Templates are by name.
    """
    kept, problems = _without(base, drop)
    result = merged(kept, {name: part for name, part in own.items() if name != "roles"})
    result["roles"] = list(dict.fromkeys([*base.get("roles", ()), *own.get("roles", ())]))
    return result, problems


def weakened(sections: Sections, locks: Locks) -> list[ConfigProblem]:
    """Every locked key of which a configuration falls short, naming the key, the value, the lock and its law."""
    found = []
    for pattern, lock in locks.items():
        for key, value in _at(sections, pattern.split("."), ()):
            wrong = "必须写明" if value is _ABSENT else lock.broken_by(value)
            if wrong:
                found.append(_problem(pattern, key, value, wrong, lock))
    return found


def misplaced(locks: Locks) -> list[ConfigProblem]:
    """Locks that can't work: they lock nothing, or a section that does not exist."""
    found = []
    for pattern, lock in locks.items():
        section, _, rest = pattern.partition(".")
        if section not in ("tenant", "procedure", "rules") or not rest:
            tail = unknown_name(section, ("tenant", "procedure", "rules"))
            found.append(
                ConfigProblem(FILES["tenant"], f"locked.{pattern}", f"要写明是哪个文件的哪一项{tail}")
            )
        elif lock.empty:
            text = "至少写 minimum、maximum、exact、superset 之一"
            found.append(ConfigProblem(FILES["tenant"], f"locked.{pattern}", text))
    return found


def say(value: Any) -> str:
    """A value as it stands in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "、".join(say(v) for v in value) or "（空）"
    if isinstance(value, Mapping):
        return "{" + "，".join(f"{k} = {say(v)}" for k, v in value.items()) + "}"
    return str(value)


_ABSENT: Any = object()


def _problem(pattern: str, key: str, value: Any, wrong: str, lock: Lock) -> ConfigProblem:
    section, _, place = key.partition(".")
    law = f"，依据：{lock.law}" if lock.law else ""
    stands = "没有写" if value is _ABSENT else f"写的是 {say(value)}"
    return ConfigProblem(FILES[section], place, f"{stands}，{wrong}。省级锁定了“{pattern}”，只能更严{law}")


def _at(value: Any, path: Sequence[str], done: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every place a dotted pattern names, with its value; a place that should be there and isn't is `_ABSENT`."""
    if not path:
        yield ".".join(done), value
        return
    step, rest = path[0], path[1:]
    if step == "*":
        for name, entry in _entries(value):
            yield from _at(entry, rest, (*done, name))
    elif isinstance(value, Mapping) and step in value:
        yield from _at(value[step], rest, (*done, step))
    else:
        yield ".".join((*done, *path)), _ABSENT


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((str(n), entry) for n, entry in enumerate(value))


def _without(base: Sections, drop: Iterable[str]) -> tuple[dict[str, Any], list[ConfigProblem]]:
    result: dict[str, Any] = dict(base)
    problems = []
    for key in drop:
        if not _removed(result, key.split(".")):
            text = f"要去掉的“{key}”在省级配置里没有"
            problems.append(ConfigProblem(FILES["tenant"], "bundle.drop", text))
    return result, problems


def _removed(table: dict[str, Any], path: Sequence[str]) -> bool:
    """Take one key out, copying what is changed; False when it isn't there."""
    step, rest = path[0], path[1:]
    if step not in table:
        return False
    if not rest:
        del table[step]
        return True
    if not isinstance(table[step], Mapping):
        return False
    table[step] = dict(table[step])
    return _removed(table[step], rest)


def _is_number(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int) and not isinstance(value, bool)


def _same(value: Any, other: Any) -> bool:
    """Equal, and not merely equal by Python's habit of taking True for 1."""
    if isinstance(value, Decimal) and value.is_nan():
        return False  # a signalling one cannot even be compared
    return isinstance(value, bool) is isinstance(other, bool) and bool(value == other)
