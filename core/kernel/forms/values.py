"""Reading one value a person typed: full-width digits, thousands separators, Chinese dates. Raises `Bad` with the sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.clock import CHINA
from core.kernel.forms.shape import Kind, Shape

LONGEST_TEXT = 20_000
LARGEST = Decimal(10) ** 12
"""NUMERIC(14,2) holds amounts below this; no form asks for a number beyond it."""
DEEPEST = 12
"""How deep what is not looked into (a draft) may be nested."""

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YES = frozenset({"true", "on", "1", "yes", "是", "有"})
_NO = frozenset({"false", "off", "0", "no", "否", "无", "没有"})
# Control characters other than tab and line breaks; NUL and lone surrogates no database takes.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Bad(ValueError):
    """What was typed can't be read; the message is the sentence shown at the field."""


def text(raw: Any, _: Shape) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Bad("这里要填文字")
    value = str(raw).replace("\r\n", "\n").strip()
    if _UNREADABLE.search(value):
        raise Bad("里面有无法识别的字符，请删去后重新填写")
    if len(value) > LONGEST_TEXT:
        raise Bad(f"太长了，请不超过 {LONGEST_TEXT} 个字")
    return value


def _figures(raw: Any) -> str:
    """The number as ASCII: `１，２００．５０ 元` → `1200.50`."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Bad("这里要填数字")
    if isinstance(raw, int) and abs(raw) >= LARGEST:
        raise Bad("数字太大了，请检查是否多写了几位")
    plain = unicodedata.normalize("NFKC", str(raw)).strip()
    plain = plain.removeprefix("¥").removesuffix("元").replace(" ", "").replace("，", ",").replace("−", "-")
    if isinstance(raw, float | Decimal) and re.fullmatch(r"[+-]?[\d.]+[eE][+-]?\d{1,3}", plain):
        plain = f"{Decimal(plain):f}"
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if len(plain) > 60 or not _PLAIN.fullmatch(plain) or not plain.isascii():
        raise Bad("请填写数字，例如 1200 或 1,200.50")
    return plain


def decimal(raw: Any, shape: Shape) -> Decimal:
    value = Decimal(_figures(raw))
    if abs(value) >= LARGEST:
        raise Bad("数字太大了，请检查是否多写了几位")
    places = shape.extra.get("places", 2 if shape.extra.get("widget") == "money" else None)
    exponent = value.normalize().as_tuple().exponent
    if places is not None and isinstance(exponent, int) and -exponent > places:
        raise Bad(f"请最多保留 {places} 位小数")
    return value


def integer(raw: Any, _: Shape) -> int:
    value = Decimal(_figures(raw))
    if value != value.to_integral_value():
        raise Bad("请填写整数，不要小数")
    if abs(value) >= LARGEST:
        raise Bad("数字太大了，请检查是否多写了几位")
    return int(value)


def real(raw: Any, _: Shape) -> float:
    return float(_figures(raw))


def boolean(raw: Any, _: Shape) -> bool:
    if isinstance(raw, list) and raw:
        raw = raw[-1]  # a checkbox with its hidden "false" before it
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower() if isinstance(raw, str | int) else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Bad("请选择“是”或“否”")


def day(raw: Any, _: Shape) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    plain = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else ""
    found = _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)
    if found is None or (not plain.isascii() and "年" not in plain):
        raise Bad("请填写日期，例如 2026-09-10")
    try:
        value = date(*(int(part) for part in found.groups()))
    except ValueError:
        raise Bad("没有这一天，请检查月份和日期") from None
    if not 1900 <= value.year <= 2199:
        raise Bad("年份不对，请检查")
    return value


def instant(raw: Any, _: Shape) -> datetime:
    """An instant in UTC; a time written without an offset is China's."""
    try:
        value = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw).strip())
        aware = value if value.tzinfo else value.replace(tzinfo=CHINA)
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Bad("请填写日期和时间，例如 2026-09-10 14:30") from None
    if not 1900 <= utc.year <= 2199:
        raise Bad("年份不对，请检查")
    return utc


def clock_time(raw: Any, _: Shape) -> time:
    if isinstance(raw, time):
        return raw
    try:
        return time.fromisoformat(unicodedata.normalize("NFKC", str(raw)).strip())
    except ValueError:
        raise Bad("请填写时间，例如 14:30") from None


def identifier(raw: Any, _: Shape) -> UUID:
    if isinstance(raw, UUID):
        return raw
    try:
        return UUID(raw.strip()) if isinstance(raw, str) else UUID("")
    except ValueError:
        raise Bad("请从列表里重新选择") from None


def choice(raw: Any, shape: Shape) -> Any:
    for value, _ in shape.choices:
        plain = getattr(value, "value", value)
        if (type(raw) is type(plain) and raw == plain) or raw is value:
            return value
        if isinstance(raw, str) and raw.strip() == str(plain):
            return value
    raise Bad("请从这些里面选：" + "、".join(label for _, label in shape.choices))


def anything(raw: Any, _: Shape) -> Any:
    if _deeper(raw, DEEPEST):
        raise Bad("内容嵌套太深，请刷新页面后重新填写")
    return raw


def _deeper(raw: Any, levels: int) -> bool:
    """Whether lists and mappings lie in one another more than `levels` deep."""
    inner = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list | tuple) else ()
    return levels < 0 or any(_deeper(one, levels - 1) for one in inner)


READERS: dict[Kind, Callable[[Any, Shape], Any]] = {
    "text": text, "integer": integer, "decimal": decimal, "float": real, "boolean": boolean, "date": day,
    "datetime": instant, "time": clock_time, "uuid": identifier, "choice": choice, "anything": anything,
}  # fmt: skip


def limit_problem(shape: Shape, value: Any) -> str:  # noqa: PLR0911 - one sentence per limit
    """The sentence for the first limit `value` breaks, or the empty string."""
    unit = str(shape.extra.get("unit", ""))
    if shape.kind in ("integer", "decimal", "float", "date"):
        if (ge := shape.limit("ge")) is not None and value < ge:
            return f"不能小于 {ge}{unit}" if shape.kind != "date" else f"不能早于 {ge}"
        if (gt := shape.limit("gt")) is not None and value <= gt:
            return f"要大于 {gt}{unit}" if shape.kind != "date" else f"要晚于 {gt}"
        if (le := shape.limit("le")) is not None and value > le:
            return f"不能超过 {le}{unit}" if shape.kind != "date" else f"不能晚于 {le}"
        if (lt := shape.limit("lt")) is not None and value >= lt:
            return f"要小于 {lt}{unit}" if shape.kind != "date" else f"要早于 {lt}"
        step = shape.limit("multiple_of")
        if step is not None and shape.kind != "date" and Decimal(str(value)) % Decimal(str(step)):
            return f"要是 {step} 的倍数"
    if shape.kind == "text":
        return _text_problem(shape, value)
    if shape.kind in ("list", "mapping"):
        return _count_problem(shape, len(value))
    return ""


def _text_problem(shape: Shape, value: str) -> str:
    shortest, longest, pattern = (shape.limit(name) for name in ("min_length", "max_length", "pattern"))
    if shortest is not None and len(value) < shortest:
        return f"请至少写 {shortest} 个字，现在是 {len(value)} 个"
    if longest is not None and len(value) > longest:
        return f"请不超过 {longest} 个字，现在是 {len(value)} 个"
    if pattern is not None and not re.search(pattern, value):
        return str(shape.extra.get("message") or "格式不对，请检查后重新填写")
    return ""


def _count_problem(shape: Shape, count: int) -> str:
    fewest, most = shape.limit("min_length"), shape.limit("max_length")
    unit = "张" if shape.extra.get("widget") in ("photo", "photos") else str(shape.extra.get("unit", "项"))
    if fewest is not None and count < fewest:
        return f"至少要有 {fewest} {unit}，现在是 {count} {unit}"
    if most is not None and count > most:
        return f"最多 {most} {unit}，现在是 {count} {unit}"
    return ""
