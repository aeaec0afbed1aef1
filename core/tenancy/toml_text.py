"""TOML from plain values, for writing a stored configuration out as a bundle; the standard library only reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100


def to_toml(table: Mapping[str, Any]) -> str:
    """Keys in their order: plain values first, then tables. Raises TypeError for what TOML has no word for."""
    return "\n".join(_table((), table)).strip() + "\n"


def _table(path: tuple[str, ...], table: Mapping[str, Any], head: str = "") -> Iterator[str]:
    plain = {key: value for key, value in table.items() if not _is_part(value)}
    parts = {key: value for key, value in table.items() if _is_part(value)}
    if path and (head or plain or not parts):
        yield ""
        yield head or f"[{_path(path)}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in parts.items():
        inside = (*path, key)
        if isinstance(value, Mapping):
            yield from _table(inside, value)
        else:
            for entry in value:
                yield from _table(inside, entry, f"[[{_path(inside)}]]")


def _is_part(value: Any) -> bool:
    """Whether it gets a heading of its own: a table, or a list of nothing but tables."""
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _path(path: Sequence[str]) -> str:
    return ".".join(map(_key, path))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        entries = [_value(entry) for entry in value]
        line = f"[{', '.join(entries)}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {e},\n" for e in entries) + "]"
    raise TypeError(f"TOML has no word for {type(value).__name__}")
