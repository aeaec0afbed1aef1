"""What people and programs get wrong in a form, worked out from its type: for every field, down to the rows of its rows.

for mistake in mistakes(VisitForm):
    mistake.path      "facts.income.0.amount": where the message has to stand
    mistake.raw       {"facts": {"income": [{"amount": "-1"}]}}: nothing else is filled in
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from core.kernel.forms.shape import FormField, Shape, fields_of
from core.kernel.forms.values import LONGEST_TEXT

NOT_TEXT: tuple[Any, ...] = (
    {"a": 1},
    [{}],
    True,
    "前\x00后",
    "铃\x07",
    "半个\ud800",
    "字" * (LONGEST_TEXT + 1),
)
NOT_NUMBER: tuple[Any, ...] = (
    "许多",
    10**13,
    "9" * 5000,
    "1e400",
    "NaN",
    "-Infinity",
    True,
    {},
    "1;2",
    "٣x",
    -(10**13),
)
WRONG: Mapping[str, tuple[Any, ...]] = {
    "text": NOT_TEXT,
    "integer": (*NOT_NUMBER, "1.5"),
    "decimal": NOT_NUMBER,
    "float": NOT_NUMBER,
    "boolean": ("也许", 7, {}, "\x00"),
    "date": (
        "0000-01-01",
        "9999-12-31",
        "1066-10-14",
        "2026-02-30",
        "昨天",
        20260901.5,
        {},
        "2026-09-01\x00",
    ),
    "datetime": ("昨天", "0001-01-01T00:00", "9999-12-31T23:59:59-23:59", 5, {}, "2026-13-01T00:00"),
    "time": ("25:00", "中午", 5, {}),
    "uuid": ("不是编号", 5, {}, "00000000-0000-0000-0000-00000000000g", "\x00"),
    "choice": ("没有这个", 5, {}, [1], "\x00"),
    "list": (5, {"a": 1}, True),
    "mapping": (5, ["a"], "没有等号"),
    "struct": ("一句话", 5, ["a"], True),
    "union": ({}, "一句话", 5, {"type": "没有这种"}),
    "anything": (),
}
DEEPEST = 6


@dataclass(frozen=True)
class Mistake:
    path: str
    raw: dict[str, Any]
    what: str

    @property
    def in_json(self) -> bool:
        """Half a surrogate pair cannot be sent as UTF-8 at all."""
        try:
            json.dumps(self.raw, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def mistakes(form_type: type[msgspec.Struct]) -> Iterator[Mistake]:
    """One mistake at a time. Fields left out on the way are further mistakes, at their own paths."""
    if form_type.__struct_config__.forbid_unknown_fields:
        yield Mistake("没有的栏", {"没有的栏": 1}, "unknown field")
    for path, field, nest in _fields(form_type, "", lambda raw: raw, 0):
        for value in _wrong(field):
            yield Mistake(path, nest({field.name: value}), repr(value)[:60])
        if field.required and not field.shape.optional and not _may_be_empty(field.shape):
            yield Mistake(path, nest({"没有的栏": 1}), "left out")


def _fields(
    form_type: type[msgspec.Struct], path: str, nest: Any, depth: int
) -> Iterator[tuple[str, FormField, Any]]:
    """Every field with its path and how to wrap a value of its form so that it lies there."""
    for field in fields_of(form_type):
        here, name = f"{path}{field.name}", field.name
        yield here, field, nest
        shape = field.shape
        if depth >= DEEPEST:
            continue
        if shape.kind == "struct":
            yield from _fields(
                shape.type, f"{here}.", lambda raw, n=nest, name=name: n({name: raw}), depth + 1
            )
        if shape.kind == "list" and shape.item is not None and shape.item.kind == "struct":
            yield from _fields(
                shape.item.type, f"{here}.0.", lambda raw, n=nest, name=name: n({name: [raw]}), depth + 1
            )


def _wrong(field: FormField) -> Iterator[Any]:
    shape = field.shape
    yield from WRONG[shape.kind]
    yield from _beyond_limits(shape)
    if shape.kind == "list" and shape.item is not None and (most := shape.limit("max_length")):
        yield [_some(shape.item)] * (most + 1)


def _beyond_limits(shape: Shape) -> Iterator[Any]:
    low, high = shape.limit("ge"), shape.limit("le")
    if shape.kind in ("integer", "decimal", "float"):
        if low is not None:
            yield str(low - 1)
        if high is not None:
            yield str(high + 1)
        if (above := shape.limit("gt")) is not None:
            yield str(above)
    if shape.kind == "text" and (longest := shape.limit("max_length")):
        yield "字" * (longest + 1)


def _some(item: Shape) -> Any:
    return {"没有的栏": 1} if item.kind in ("struct", "union", "mapping") else "一"


def _may_be_empty(shape: Shape) -> bool:
    return shape.kind == "list" and not shape.limit("min_length")


def money(form_type: type[msgspec.Struct]) -> Iterator[tuple[str, FormField]]:
    """Every amount of money in a form."""
    for path, field, _ in _fields(form_type, "", lambda raw: raw, 0):
        if field.shape.kind == "decimal" and field.shape.extra.get("widget") == "money":
            yield path, field
