"""Is this value what the hook promised? Checks an answer against its annotation, deeply, without trusting its author.

Knows what hook signatures use: plain classes, Structs and dataclasses (field by field), protocols, unions, sequences,
tuples, mappings, `type[...]`, literals and callables. msgspec does not check what a Struct is constructed with, hence this.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import types
import typing
from functools import lru_cache
from typing import Any

import msgspec

_SIMPLE_SEQUENCES = (collections.abc.Sequence, list, tuple, set, frozenset, collections.abc.Set)


def mismatch(value: object, expected: Any, at: str = "") -> str:
    """Empty when `value` conforms; otherwise where and how it does not ("[0].message: expected str, got int")."""
    if expected is Any or expected is object or isinstance(expected, typing.TypeVar):
        return ""
    if expected is None or expected is types.NoneType:
        return "" if value is None else _wrong(at, "None", value)
    origin = typing.get_origin(expected)
    arguments = typing.get_args(expected)
    if origin is typing.Annotated:
        return mismatch(value, arguments[0], at)
    if origin in (typing.Union, types.UnionType):
        return _union(value, arguments, at)
    if origin is typing.Literal:
        return "" if value in arguments else _wrong(at, f"one of {arguments}", value)
    if origin is type:
        return _subclass(value, arguments, at)
    if origin is collections.abc.Callable:
        return "" if callable(value) else _wrong(at, "a callable", value)
    if origin is not None:
        return _container(value, origin, arguments, at)
    return _plain(value, expected, at)


def _wrong(at: str, expected: str, value: object) -> str:
    return f"{at or 'the answer'}: expected {expected}, got {type(value).__name__}"


def _union(value: object, choices: tuple[Any, ...], at: str) -> str:
    found = [mismatch(value, choice, at) for choice in choices]
    return "" if "" in found else found[0]


def _subclass(value: object, arguments: tuple[Any, ...], at: str) -> str:
    base = typing.get_origin(arguments[0]) or arguments[0]
    if isinstance(value, type) and (base is Any or issubclass(value, base)):
        return ""
    return _wrong(at, f"a subclass of {base!r}", value)


def _container(value: object, origin: Any, arguments: tuple[Any, ...], at: str) -> str:
    if isinstance(value, (str, bytes)) and origin in _SIMPLE_SEQUENCES:
        return _wrong(at, origin.__name__, value)
    if isinstance(origin, type) and not isinstance(value, origin):
        return _wrong(at, origin.__name__, value)
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


def _plain(value: object, expected: Any, at: str) -> str:
    if not isinstance(expected, type):
        return ""
    if _is_protocol(expected):
        lacking = _lacking(value, expected)
        return f"{at or 'the answer'}: {type(value).__name__} lacks {', '.join(lacking)}" if lacking else ""
    if isinstance(value, bool) and expected is not bool and expected in (int, float):
        return _wrong(at, expected.__name__, value)
    if not isinstance(value, expected):
        return _wrong(at, expected.__name__, value)
    return _first(
        mismatch(getattr(value, name), kind, f"{at}.{name}") for name, kind in fields_of(type(value)).items()
    )


def _is_protocol(kind: Any) -> bool:
    return bool(getattr(kind, "_is_protocol", False))


def _lacking(value: object, protocol: Any) -> list[str]:
    return sorted(name for name in _members(protocol) if not hasattr(value, name))


@lru_cache(maxsize=256)
def _members(protocol: Any) -> frozenset[str]:
    return frozenset(
        name
        for base in protocol.__mro__
        if _is_protocol(base)
        for name in {**getattr(base, "__annotations__", {}), **vars(base)}
        if not name.startswith("_")
    )


@lru_cache(maxsize=1024)
def fields_of(kind: type) -> dict[str, Any]:
    """Field name → annotation of a Struct or dataclass; empty for other classes and for unresolvable annotations."""
    if not (issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind)):
        return {}
    try:
        hints = typing.get_type_hints(kind)
    except NameError:
        return {}
    names = (
        kind.__struct_fields__
        if issubclass(kind, msgspec.Struct)
        else [field.name for field in dataclasses.fields(kind)]
    )
    return {name: hints[name] for name in names}


def _first(found: collections.abc.Iterable[str]) -> str:
    return next((text for text in found if text), "")
