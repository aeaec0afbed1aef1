"""Is this value what the hook promised? Checks an answer against its annotation, deeply, without trusting its author.

Knows what hook signatures use: plain classes, Structs and dataclasses (field by field), protocols, unions, sequences,
tuples, mappings, `type[...]`, literals and callables. msgspec does not check what a Struct is constructed with, hence this.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import msgspec

_SIMPLE_SEQUENCES = (collections.abc.Sequence, list, tuple, set, frozenset, collections.abc.Set)


def mismatch(value: object, expected: Any, at: str = "") -> str:
    """Empty when `value` conforms; otherwise where and how it does not ("[0].message: expected str, got int")."""
    if expected is Any or expected is object or isinstance(expected, typing.TypeVar):
        return ""
    if expected is None or expected is types.NoneType:
        return "" if value is None else _wrong(at, "None", value)
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin is None:
        return _plain(value, expected, at)
    return _FORMS.get(origin, partial(_container, origin))(value, arguments, at)


def _wrong(at: str, expected: str, value: object) -> str:
    return f"{at or 'the answer'}: expected {expected}, got {type(value).__name__}"


def _literal(value: object, choices: tuple[Any, ...], at: str) -> str:
    return "" if value in choices else _wrong(at, f"one of {choices}", value)


def _called(value: object, _: tuple[Any, ...], at: str) -> str:
    return "" if callable(value) else _wrong(at, "a callable", value)


def _annotated(value: object, arguments: tuple[Any, ...], at: str) -> str:
    return mismatch(value, arguments[0], at)


def _union(value: object, choices: tuple[Any, ...], at: str) -> str:
    found = [mismatch(value, choice, at) for choice in choices]
    return "" if "" in found else found[0]


def _subclass(value: object, arguments: tuple[Any, ...], at: str) -> str:
    base = typing.get_origin(arguments[0]) or arguments[0]
    if isinstance(value, type) and (base is Any or issubclass(value, base)):
        return ""
    return _wrong(at, f"a subclass of {base!r}", value)


def _container(origin: Any, value: object, arguments: tuple[Any, ...], at: str) -> str:
    text_for_items = isinstance(value, (str, bytes)) and origin in _SIMPLE_SEQUENCES
    if text_for_items or (isinstance(origin, type) and not isinstance(value, origin)):
        return _wrong(at, origin.__name__, value)
    return _items(origin, value, arguments, at)


def _items(origin: Any, value: object, arguments: tuple[Any, ...], at: str) -> str:
    if isinstance(value, collections.abc.Mapping):
        return _first(
            mismatch(item, kind, f"{at}[{key!r}]")
            for key, entry in value.items()
            for item, kind in zip((key, entry), arguments, strict=True)
        )
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        entries = typing.cast("tuple[object, ...]", value)
        if len(entries) != len(arguments):
            return f"{at or 'the answer'}: expected {len(arguments)} items, got {len(entries)}"
        return _first(
            mismatch(item, kind, f"{at}[{place}]")
            for place, (item, kind) in enumerate(zip(entries, arguments, strict=True))
        )
    if origin in _SIMPLE_SEQUENCES and arguments:
        items = typing.cast("collections.abc.Iterable[object]", value)
        return _first(mismatch(item, arguments[0], f"{at}[{place}]") for place, item in enumerate(items))
    return ""


_FORMS: Mapping[Any, Callable[[object, tuple[Any, ...], str], str]] = {
    typing.Annotated: _annotated,
    typing.Union: _union,
    types.UnionType: _union,
    typing.Literal: _literal,
    type: _subclass,
    collections.abc.Callable: _called,
}
"""How each special form is checked; everything else with arguments is a container."""


def _plain(value: object, expected: Any, at: str) -> str:
    if not isinstance(expected, type):
        return ""
    if _is_protocol(expected):
        return _offers(value, expected, at)
    if isinstance(value, bool) and expected is not bool and expected in (int, float):
        return _wrong(at, expected.__name__, value)
    if not isinstance(value, expected):
        return _wrong(at, expected.__name__, value)
    made_of: Any = type(value)
    return _first(
        mismatch(getattr(value, name), kind, f"{at}.{name}") for name, kind in fields_of(made_of).items()
    )


def _is_protocol(kind: Any) -> bool:
    return bool(getattr(kind, "_is_protocol", False))


def _offers(value: object, protocol: Any, at: str) -> str:
    """Every member is there: methods can be called, properties and attributes are of their type."""
    members = _members(protocol)
    lacking = sorted(name for name in members if not hasattr(value, name))
    if lacking:
        return f"{at or 'the answer'}: {type(value).__name__} lacks {', '.join(lacking)}"
    return _first(mismatch(getattr(value, name), kind, f"{at}.{name}") for name, kind in members.items())


@lru_cache(maxsize=256)
def _members(protocol: Any) -> Mapping[str, Any]:
    """Public member → what it must be."""
    found: dict[str, Any] = {}
    for base in reversed([kind for kind in protocol.__mro__ if _is_protocol(kind)]):
        found |= {name: kind for name, kind in _hints(base).items() if not name.startswith("_")}
        for name, member in vars(base).items():
            if name.startswith("_"):
                continue
            if isinstance(member, property) and member.fget is not None:
                found[name] = _hints(member.fget).get("return", Any)
            elif callable(member):
                found[name] = Callable[..., Any]
    return found


@lru_cache(maxsize=1024)
def fields_of(kind: Any) -> Mapping[str, Any]:
    """Field name → annotation of a Struct or dataclass; empty for other classes."""
    if not (issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind)):
        return {}
    hints = _hints(kind)
    names = (
        kind.__struct_fields__
        if issubclass(kind, msgspec.Struct)
        else [field.name for field in dataclasses.fields(kind)]
    )
    return {name: hints.get(name, Any) for name in names}


def _hints(kind: Any) -> dict[str, Any]:
    """Annotations, resolved; empty where one names what is only imported for type checkers."""
    try:
        return typing.get_type_hints(kind)
    except NameError:
        return {}


def _first(found: collections.abc.Iterable[str]) -> str:
    return next((text for text in found if text), "")
