"""A form's type taken apart once: what kind of value, its limits, its words. Decoding and describing both read this."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import Meta

Kind = Literal[
    "text", "integer", "decimal", "float", "boolean", "date", "datetime", "time", "uuid", "choice",
    "list", "mapping", "struct", "union", "anything",
]  # fmt: skip

_SCALARS: dict[Any, Kind] = {
    str: "text", int: "integer", Decimal: "decimal", float: "float", bool: "boolean",
    date: "date", datetime: "datetime", time: "time", UUID: "uuid", Any: "anything", object: "anything",
}  # fmt: skip
_ALSO = {"ge": "minimum", "le": "maximum"}
_LIMITS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern")


@dataclass(frozen=True, slots=True)
class Shape:
    """One value's type. `limits` are Meta's constraints; `extra` its free keys; `item` what a list or mapping holds."""

    kind: Kind
    type: Any
    optional: bool = False
    title: str = ""
    description: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[tuple[Any, str], ...] = ()
    item: Shape | None = None
    container: Any = None
    variants: tuple[type[msgspec.Struct], ...] = ()

    def limit(self, name: str) -> Any:
        """A constraint, from Meta itself or, where msgspec takes none for the type, from `extra`."""
        for found in (self.limits.get(name), self.extra.get(name), self.extra.get(_ALSO.get(name, ""))):
            if found is not None:
                return Decimal(found) if self.kind == "decimal" and isinstance(found, str) else found
        return None


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. `name` is what is sent; `attribute` what the Struct calls it."""

    name: str
    attribute: str
    shape: Shape
    required: bool
    info: msgspec.structs.FieldInfo

    @property
    def title(self) -> str:
        return self.shape.title or (self.shape.item.title if self.shape.item else "") or self.name

    def default(self) -> Any:
        if self.info.default_factory is not msgspec.NODEFAULT:
            return self.info.default_factory()
        return self.info.default


@lru_cache(maxsize=4096)
def fields_of(form_type: type[msgspec.Struct]) -> tuple[FormField, ...]:
    """The fields of a form type. Raises TypeError naming the field for a type no form can hold."""
    found = []
    for info in msgspec.structs.fields(form_type):
        try:
            shape = shape_of(info.type)
        except TypeError as wrong:
            raise TypeError(f"{form_type.__name__}.{info.name}: {wrong}") from None
        found.append(FormField(info.encode_name, info.name, shape, info.required, info))
    return tuple(found)


def shape_of(hint: Any) -> Shape:
    metas: list[Meta] = []
    while get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        metas = [*(note for note in notes if isinstance(note, Meta)), *metas]
    shape = _bare(hint)
    for meta in metas:
        shape = _with(shape, meta)
    return _labelled(shape)


def _bare(hint: Any) -> Shape:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is Literal:
        return Shape("choice", hint, choices=tuple((value, str(value)) for value in arguments))
    if origin is not None:
        return _generic(hint, origin, arguments)
    if hint in _SCALARS:
        return Shape(_SCALARS[hint], hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Shape("choice", hint, choices=tuple((member, _enum_label(member)) for member in hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return Shape("struct", hint)
    raise TypeError(f"a form cannot hold {hint!r}")


def _union(arguments: Sequence[Any]) -> Shape:
    rest = [a for a in arguments if a is not type(None) and a is not msgspec.UnsetType]
    optional = len(rest) < len(arguments)
    if len(rest) == 1:
        return replace(shape_of(rest[0]), optional=optional)
    if all(isinstance(a, type) and issubclass(a, msgspec.Struct) and a.__struct_config__.tag for a in rest):
        return Shape("union", Union[tuple(rest)], optional=optional, variants=tuple(rest))  # noqa: UP007
    raise TypeError(f"a form cannot hold a choice of types {arguments!r} unless they are tagged Structs")


def _generic(hint: Any, origin: Any, arguments: Sequence[Any]) -> Shape:
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return Shape("list", hint, item=shape_of(arguments[0]), container=tuple)
    if origin in (list, Sequence):
        return Shape("list", hint, item=shape_of(arguments[0]), container=list)
    if origin in (set, frozenset, Set):
        container = set if origin is set else frozenset
        return Shape("list", hint, item=shape_of(arguments[0]), container=container)
    if origin in (dict, Mapping) and arguments[0] is str:
        return Shape("mapping", hint, item=shape_of(arguments[1]), container=dict)
    raise TypeError(f"a form cannot hold {hint!r}")


def _with(shape: Shape, meta: Meta) -> Shape:
    limits = {name: value for name in _LIMITS if (value := getattr(meta, name)) is not None}
    return replace(
        shape,
        title=meta.title or shape.title,
        description=meta.description or shape.description,
        limits={**shape.limits, **limits},
        extra={**shape.extra, **(meta.extra or {})},
    )


def _labelled(shape: Shape) -> Shape:
    labels = shape.extra.get("labels")
    if not labels:
        return shape
    if shape.kind == "choice":
        choices = tuple((value, str(labels.get(value, label))) for value, label in shape.choices)
        return replace(shape, choices=choices)
    if shape.kind == "list" and shape.item is not None and shape.item.kind == "choice":
        return replace(
            shape, item=_labelled(replace(shape.item, extra={**shape.item.extra, "labels": labels}))
        )
    return shape


def _enum_label(member: Enum) -> str:
    return str(getattr(member, "label", None) or member.value)
