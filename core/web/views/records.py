"""Records of a file as labelled values, for any stage type: labels come from the forms their stages ask with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from core.kernel.forms import FieldSpec, describe
from core.web.views.worklist import MARKS
from core.web.words import plain

if TYPE_CHECKING:
    from core.kernel.stage import Record, StageCatalogue

HIDDEN = frozenset({"reporter", "objector"})
"""Who complained or objected: for the officers who answer, and nobody else (57号 37)."""

_HASH_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Value:
    """One labelled value. `photos` are hashes of evidence; `rows` a table under `heads`; `inner` a group."""

    label: str
    text: str = ""
    photos: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    inner: tuple[Value, ...] = ()


class Labels:
    """Field titles by stage type, gathered once per catalogue from its forms."""

    def __init__(self, catalogue: StageCatalogue) -> None:
        self._by_record: dict[str, dict[str, FieldSpec]] = {}
        shared: dict[str, FieldSpec] = {}
        for stage in catalogue.types.values():
            own = {spec.name: spec for action in stage.actions for spec in describe(action.form)}
            for record in stage.records:
                self._by_record[record.kind()] = own
            for name, spec in own.items():
                shared.setdefault(name, spec)
        self._shared = shared

    def of(self, record: Record, *, names: dict[UUID, str], full: bool) -> tuple[Value, ...]:
        """What a record says. `names` puts names to accounts and people; `full` shows who complained as well."""
        specs = {**self._shared, **self._by_record.get(record.kind(), {})}
        found = []
        for field in msgspec.structs.fields(type(record)):
            if field.name in HIDDEN and not full:
                continue
            value = _value(specs.get(field.name), field.name, getattr(record, field.name), names)
            if value is not None:
                found.append(value)
        return tuple(found)


def _value(spec: FieldSpec | None, name: str, value: Any, names: dict[UUID, str]) -> Value | None:
    if value in (None, "", (), []) or value == {}:
        return None
    label = spec.title if spec else ""
    if isinstance(value, msgspec.Struct):
        inner = values_of(value, names)
        return Value(label or name, inner=inner) if inner else None
    if isinstance(value, tuple | list | frozenset):
        return _many(label or name, spec, list(value), names)
    if not label or isinstance(value, dict):
        return None
    return Value(label, text=_text(value, spec, names))


def _many(label: str, spec: FieldSpec | None, values: list[Any], names: dict[UUID, str]) -> Value | None:
    if all(_is_hash(v) for v in values):
        return Value(label, photos=tuple(values))
    if isinstance(values[0], msgspec.Struct):
        columns = [f for f in describe(type(values[0])) if f.widget not in ("group", "rows", "json")]
        shown = [c for c in columns if any(getattr(v, c.name, None) not in (None, "", False) for v in values)]
        rows = tuple(tuple(_text(getattr(v, c.name, ""), c, names) for c in shown) for v in values)
        return Value(label, heads=tuple(c.title for c in shown), rows=rows)
    if spec is None:
        return None
    return Value(label, text="、".join(_text(v, spec, names) for v in values))


def values_of(value: msgspec.Struct, names: dict[UUID, str]) -> tuple[Value, ...]:
    """A form or a setting as labelled values, in the order it is asked for."""
    try:
        specs = describe(type(value))
    except TypeError:
        return ()  # not a form's Struct: whoever files such records shows them in a page of its own
    found = (_value(spec, spec.name, getattr(value, spec.name, None), names) for spec in specs)
    return tuple(v for v in found if v is not None)


def _text(value: Any, spec: FieldSpec | None, names: dict[UUID, str]) -> str:
    if isinstance(value, UUID):
        return names.get(value, "（已登记人员）")
    plainly = getattr(value, "value", value)
    if spec is not None and spec.choices:
        key = "true" if value is True else "false" if value is False else str(plainly)
        labels = dict(spec.choices)
        if key in labels:
            return labels[key]
    shown = plain(value)
    return f"{shown} {spec.unit}" if spec is not None and spec.unit and shown not in ("", "—") else shown


def _is_hash(value: Any) -> bool:
    return (
        isinstance(value, str) and len(value) == _HASH_LENGTH and all(c in "0123456789abcdef" for c in value)
    )


def mark_labels(marks: frozenset[str]) -> tuple[str, ...]:
    return tuple(label for mark, label in MARKS.items() if mark in marks)
