"""From what was sent to a form, or to every error at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from core.kernel.forms.shape import FormField, Shape, fields_of
from core.kernel.forms.values import DEEPEST, READERS, Bad, limit_problem
from core.problems import FieldError, Invalid

T = TypeVar("T", bound=msgspec.Struct)

MOST_ERRORS = 100

_MISSING: Any = object()


class _Errors(list[FieldError]):
    """`seen` counts those beyond MOST_ERRORS too: what is not kept is wrong all the same."""

    seen = 0

    def at(self, path: str, message: str) -> Any:
        """Note an error; the value it returns is never used."""
        self.seen += 1
        if len(self) < MOST_ERRORS:
            self.append(FieldError(path, message))
        return _MISSING


def decode(form_type: type[T], raw: Mapping[str, Any]) -> T:
    """Decode `raw` (parsed JSON, or `unflatten`ed form items) into a form.

    Text is stripped, full-width digits and thousands separators are understood, blank means not given.
    Raises Invalid with every FieldError, Chinese, at dotted paths such as `members.0.id_number`.
    """
    errors = _Errors()
    form = _struct(form_type, raw, "", errors)
    if errors:
        raise Invalid(f"有 {errors.seen} 处需要改一下，您填的内容都还在。", fields=tuple(errors))
    assert isinstance(form, form_type)
    return form


def _struct(form_type: type[msgspec.Struct], raw: Any, path: str, errors: _Errors) -> Any:
    if not isinstance(raw, Mapping):
        return errors.at(path, "内容的格式不对，请刷新页面后重新填写")
    if path.count(".") > DEEPEST:
        return errors.at(path, "内容嵌套太深，请联系系统管理员")
    fields = fields_of(form_type)
    before = errors.seen
    config = form_type.__struct_config__
    known = {field.name for field in fields} | ({config.tag_field} if config.tag_field else set())
    if config.forbid_unknown_fields:
        _unknown(raw, known, path, errors)
    values = {}
    for field in fields:
        value = _field(field, raw.get(field.name, _MISSING), _join(path, field.name), errors)
        if value is not _MISSING:
            values[field.attribute] = value
    if errors.seen > before:
        return _MISSING
    return _build(form_type, values, path, errors)


def _build(form_type: type[msgspec.Struct], values: dict[str, Any], path: str, errors: _Errors) -> Any:
    """Construct, so that a form's own `__post_init__` may have its say: Invalid with fields, or ValueError."""
    try:
        return form_type(**values)
    except Invalid as wrong:
        for error in wrong.fields or (FieldError("", wrong.detail),):
            errors.at(_join(path, error.field) if error.field else path, error.message)
    except ValueError as wrong:
        errors.at(path, str(wrong))
    return _MISSING


def _unknown(raw: Mapping[str, Any], known: set[str], path: str, errors: _Errors) -> None:
    for key in raw:
        if key in known:
            continue
        near = difflib.get_close_matches(str(key), known, n=1)
        meant = f"，是不是“{near[0]}”？" if near else f"，可用：{'、'.join(sorted(known)) or '（不用填写）'}"
        errors.at(_join(path, str(key)[:80]), f"没有“{str(key)[:80]}”这一栏{meant}")


def _field(field: FormField, raw: Any, path: str, errors: _Errors) -> Any:
    shape = field.shape
    if _blank(raw) or (shape.kind == "struct" and not field.required and _blank_row(raw)):
        if shape.kind == "list" and raw is not _MISSING and field.required:
            return _value(shape, [], field.title, path, errors)
        if not field.required:
            return _MISSING
        if shape.optional:
            return None
        return errors.at(path, f"{_ask(shape)}“{field.title}”")
    return _value(shape, raw, field.title, path, errors)


def _value(shape: Shape, raw: Any, title: str, path: str, errors: _Errors) -> Any:
    if shape.kind == "struct":
        return _struct(shape.type, raw, path, errors)
    if shape.kind == "union":
        return _variant(shape, raw, path, errors)
    if shape.kind == "list":
        return _list(shape, raw, title, path, errors)
    if shape.kind == "mapping":
        return _mapping(shape, raw, title, path, errors)
    try:
        value = READERS[shape.kind](raw, shape)
    except Bad as wrong:
        return errors.at(path, f"“{title}”：{wrong}")
    problem = limit_problem(shape, value)
    return errors.at(path, f"“{title}”：{problem}") if problem else value


def _variant(shape: Shape, raw: Any, path: str, errors: _Errors) -> Any:
    tags = {v.__struct_config__.tag: v for v in shape.variants}
    tag_field = shape.variants[0].__struct_config__.tag_field or "type"
    tag = raw.get(tag_field) if isinstance(raw, Mapping) else None
    if not isinstance(tag, str | int) or tag not in tags:
        return errors.at(_join(path, tag_field), f"请从这些里面选：{'、'.join(str(t) for t in tags)}")
    return _struct(tags[tag], raw, path, errors)


def _list(shape: Shape, raw: Any, title: str, path: str, errors: _Errors) -> Any:
    assert shape.item is not None
    items = _items(shape, raw)
    if items is None:
        return errors.at(path, f"“{title}”：要填一个列表")
    problem = limit_problem(shape, items)
    if problem:
        errors.at(path, f"“{title}”：{problem}")
        if len(items) > (shape.limit("max_length") or len(items)):
            return _MISSING
    before = errors.seen
    item = shape.item if shape.item.title else replace(shape.item, title=title)
    values = [_item(item, entry, n, f"{path}.{n}", errors) for n, entry in enumerate(items)]
    if problem or errors.seen > before:
        return _MISSING
    return shape.container(values)


def _item(shape: Shape, raw: Any, place: int, path: str, errors: _Errors) -> Any:
    title = f"{shape.title}第 {place + 1} 项"
    if raw is None and shape.optional:
        return None
    if _blank(raw) and shape.kind not in ("list", "mapping", "struct"):
        return errors.at(path, f"{_ask(shape)}“{title}”")
    return _value(shape, raw, title, path, errors)


def _items(shape: Shape, raw: Any) -> list[Any] | None:
    """The entries sent. One text stands for its lines; rows left wholly blank at the end count as not written."""
    assert shape.item is not None
    if isinstance(raw, str) and shape.item.kind not in ("struct", "union", "list", "mapping"):
        return [line.strip() for line in raw.splitlines() if line.strip()]
    if not isinstance(raw, list | tuple | set | frozenset):
        return None
    items = list(raw)
    while items and (items[-1] == "" or _blank_row(items[-1])):
        items.pop()
    return items


def _mapping(shape: Shape, raw: Any, title: str, path: str, errors: _Errors) -> Any:
    assert shape.item is not None
    if isinstance(raw, str):
        raw = _pairs(raw)
    if not isinstance(raw, Mapping):
        return errors.at(path, f"“{title}”：请每行写一项，例如 名称=内容")
    problem = limit_problem(shape, raw)
    if problem:
        return errors.at(path, f"“{title}”：{problem}")
    before = errors.seen
    values = {
        str(key): _value(shape.item, entry, str(key), _join(path, str(key)), errors)
        for key, entry in raw.items()
        if not _blank(entry)
    }
    return values if errors.seen == before else _MISSING


def _pairs(raw: str) -> dict[str, str] | None:
    """Lines such as `品牌=五菱` as a mapping; None where a line has no `=` or colon."""
    found = {}
    for line in filter(None, map(str.strip, raw.splitlines())):
        parts = re.split("[=：:]", line, maxsplit=1)
        if len(parts) != 2:
            return None
        found[parts[0].strip()] = parts[1].strip()
    return found


def _blank(raw: Any) -> bool:
    return raw is _MISSING or raw is None or (isinstance(raw, str) and not raw.strip()) or raw in ([], ())


def _blank_row(raw: Any) -> bool:
    """A group or repeating row of an HTML form in which nothing was chosen: empty texts, boxes left unticked."""
    if isinstance(raw, list):
        return all(_blank_row(row) for row in raw)
    return (
        isinstance(raw, Mapping)
        and bool(raw)
        and all(v in ("", "false") or _blank_row(v) for v in raw.values())
    )


def _ask(shape: Shape) -> str:
    if shape.kind == "choice" or shape.extra.get("widget") in ("account", "area"):
        return "请选择"
    if shape.extra.get("widget") in ("photo", "photos"):
        return "请上传"
    return "请填写"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
