"""A form as a page renders it: one FieldSpec per field, widgets guessed from types where none is named."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from core.kernel.forms.shape import FormField, Shape, fields_of

_FEW = 5
_LONG_TEXT = 200

_BY_KIND = {
    "text": "text", "integer": "number", "decimal": "number", "float": "number", "boolean": "checkbox",
    "date": "date", "datetime": "datetime", "time": "time", "uuid": "member", "struct": "group", "union": "json",
    "mapping": "pairs", "anything": "json",
}  # fmt: skip
_BY_NAME = {"id_number": "id_number", "phone": "phone", "password": "password"}
_PLURAL = {"photo": "photos", "account": "accounts", "member": "members"}
_UNTITLED = {
    "owner": "谁名下的",
    "person": "谁",
    "person_id": "哪位成员",
    "members": "成员",
    "provenance": "来源",
}


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """How one field is asked for. `choices` are (sent value, label); `nested` the fields of a group or of one row.

    `minimum`/`maximum` limit the value, `min_length`/`max_length` the characters or the rows; `unit` stands behind the
    input; `default` is what an untouched input shows (builtins: amounts and dates as text); `office` whom it asks for
    (`core.kernel.named`).
    """

    name: str
    title: str
    widget: str
    required: bool
    description: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    nested: tuple[FieldSpec, ...] = ()
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    unit: str = ""
    placeholder: str = ""
    default: Any = None
    office: str = ""

    @property
    def many(self) -> bool:
        return self.widget in ("rows", "lines", "photos", "checkboxes", "accounts", "members")


@lru_cache(maxsize=2048)
def describe(form_type: type[msgspec.Struct]) -> tuple[FieldSpec, ...]:
    """The fields of a form in order."""
    return tuple(_spec(field) for field in fields_of(form_type))


def _spec(field: FormField) -> FieldSpec:
    shape = field.shape
    widget = _widget(field.name, shape, field.required)
    source = shape.item if shape.kind == "list" and shape.item is not None else shape
    low, high = shape.limit("ge"), shape.limit("le")
    return FieldSpec(
        name=field.name,
        title=shape.title
        or (shape.item.title if shape.item else "")
        or _UNTITLED.get(field.name, field.name),
        widget=widget,
        required=field.required and not shape.optional and not _may_be_empty(shape),
        description=shape.description or str(shape.extra.get("hint", "")),
        choices=_choices(source),
        nested=describe(source.type) if source.kind == "struct" else (),
        minimum=_shown(shape.limit("gt") if low is None else low),
        maximum=_shown(shape.limit("lt") if high is None else high),
        step=_step(shape, widget),
        min_length=shape.limit("min_length"),
        max_length=shape.limit("max_length"),
        pattern=shape.limit("pattern") or "",
        unit=str(shape.extra.get("unit", "元" if widget == "money" else "")),
        placeholder=str(shape.extra.get("placeholder", "")),
        default=None if field.required else _builtins(field.default()),
        office=str(shape.extra.get("office") or source.extra.get("office") or ""),
    )


def _choices(shape: Shape) -> tuple[tuple[str, str], ...]:
    if shape.kind == "boolean":
        labels = shape.extra.get("labels", {})
        return (("true", labels.get("true", "是")), ("false", labels.get("false", "否")))
    return tuple((str(getattr(value, "value", value)), label) for value, label in shape.choices)


def _may_be_empty(shape: Shape) -> bool:
    return shape.kind == "list" and not shape.limit("min_length")


def _widget(name: str, shape: Shape, required: bool) -> str:
    named = str(shape.extra.get("widget", ""))
    if shape.kind == "list" and shape.item is not None:
        return _list_widget(named or str(shape.item.extra.get("widget", "")), shape.item)
    if named:
        return named
    if shape.kind == "choice":
        return "radio" if len(shape.choices) <= _FEW else "select"
    if shape.kind == "boolean" and required:
        return "yes_no"
    if shape.kind == "text" and (shape.limit("max_length") or 0) > _LONG_TEXT:
        return "textarea"
    return _BY_NAME.get(name, _BY_KIND[shape.kind])


def _list_widget(named: str, item: Shape) -> str:
    if named:
        return _PLURAL.get(named, named)
    if item.kind == "uuid":
        return "members"
    if item.kind in ("struct", "union"):
        return "rows"
    return "checkboxes" if item.kind == "choice" else "lines"


def _step(shape: Shape, widget: str) -> str:
    if widget == "money":
        return "0.01"
    if shape.kind == "integer":
        return _shown(shape.limit("multiple_of")) or "1"
    return "any" if shape.kind in ("decimal", "float") else ""


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _builtins(value: Any) -> Any:
    return None if value is msgspec.UNSET else msgspec.to_builtins(value, str_keys=True)
