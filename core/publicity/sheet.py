"""A village's list as the office's Excel, in and out; what is wrong in it is told by row and column."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from core.documents.workbook import TooLarge, Unreadable, first_sheet
from core.problems import FieldError, Invalid
from core.publicity.coverage import MOST, WAYS, Household, Listed, ListForm
from core.publicity.namesakes import Doubtful, Row, by_name, meant

HEADS = ("村民小组", "户主", "区分", "告知方式", "日期")
SIGN_IN = ("村民小组", "户主", "区分", "签到")
_SIGNED = ("村民小组", "户主", "签到")
"""Sheets handed out before namesakes were kept apart have these alone."""
_ABSENT = frozenset({"", "否", "未到", "没到", "缺席", "×", "0", "0.0", "False"})
"""Whatever else stands there (√, 1, 到, a signature typed in) says that somebody was there."""
_HOW = {label: key for key, label in WAYS.items()} | {"": "", "上门": "visit", "到会": "meeting"}


def rows_of(households: Sequence[Household]) -> list[tuple[str, str, str, str, date | None]]:
    return [(h.group_name, h.head, h.apart, WAYS.get(h.how, ""), h.told_on) for h in households]


def read(data: bytes) -> ListForm:
    """Raises Invalid: not a workbook, no such columns, or every row that cannot be taken."""
    found, wrong = list[Listed](), list[FieldError]()
    for n, cells in _rows(data, HEADS, HEADS[:2]):
        _one(n, cells, found, wrong)
    if wrong or not found:
        none = (FieldError("file", "表里没有家庭。"),)
        raise Invalid("名单里有几行要改，这次没有导入。", fields=tuple(wrong[:50]) or none)
    return ListForm(tuple(found))


def read_sign_in(data: bytes, listed: Sequence[Household]) -> tuple[UUID, ...]:
    """Who is marked as having been there. Raises Invalid as `read` does, and for every row that is no household of the list."""
    known = by_name({h.id: Row(h.group_name, h.head, h.apart) for h in listed})
    found, wrong = list[UUID](), list[FieldError]()
    for n, cells in _rows(data, SIGN_IN, _SIGNED):
        group, head, apart, mark = (_text(cells.get(name)) for name in SIGN_IN)
        if mark in _ABSENT:
            continue
        try:
            household = meant(Row(group, head, _apart(apart)), known.get((group, head), {}))
        except Doubtful as doubt:
            wrong.append(FieldError("file", f"第 {n} 行：{doubt}"))
            continue
        if household is not None:
            found.append(household)
        else:
            whom = f"{group} {head}".strip() or "这一行"
            wrong.append(
                FieldError(
                    "file", f"第 {n} 行：名单里没有“{whom}”，请核对村民小组和户主，或者先把这户导入名单。"
                )
            )
    if wrong:
        raise Invalid("签到册里有几行要改，这次没有导入。", fields=tuple(wrong[:50]))
    return tuple(dict.fromkeys(found))


def _rows(data: bytes, heads: Sequence[str], needed: Sequence[str]) -> Iterable[tuple[int, dict[str, Any]]]:
    """(number in the sheet, cells by heading) of every row that says anything."""
    try:
        table = [list(row) for row in islice(first_sheet(io.BytesIO(data)), MOST + 2)]
    except TooLarge as too_large:
        raise _invalid("file", f"{too_large}。") from None
    except Unreadable:
        raise _invalid("file", "这不是 Excel 文件，或者打不开。请用导出的表格填写。") from None
    titles = [str(cell).strip() for cell in table[0]] if table else []
    missing = [head for head in needed if head not in titles]
    if missing:
        raise _invalid("file", f"第 1 行缺少“{'、'.join(missing)}”这一列。")
    if len(table) - 1 > MOST:
        raise _invalid("file", f"一个村最多 {MOST} 户，请检查是不是传错了。")
    at = {head: titles.index(head) for head in heads if head in titles}
    for n, row in enumerate(table[1:], 2):
        cells = {head: row[column] if column < len(row) else "" for head, column in at.items()}
        if any(str(cell).strip() for cell in cells.values()):
            yield n, cells


def _one(n: int, cells: dict[str, Any], found: list[Listed], wrong: list[FieldError]) -> None:
    head, group = _text(cells.get("户主")), _text(cells.get("村民小组"))
    how, told_on = _text(cells.get("告知方式")), cells.get("日期")
    told = told_on.date() if isinstance(told_on, datetime) else told_on if isinstance(told_on, date) else None
    if told is None and _text(told_on):
        try:
            told = date.fromisoformat(_text(told_on).replace("/", "-"))
        except ValueError:
            wrong.append(FieldError("file", f"第 {n} 行“日期”看不懂，请写成 2026-09-10。"))
    if not 2 <= len(head) <= 50:
        wrong.append(FieldError("file", f"第 {n} 行“户主”要写 2 到 50 个字的姓名。"))
    if len(group) > 30:
        wrong.append(FieldError("file", f"第 {n} 行“村民小组”太长。"))
    if how not in _HOW:
        wrong.append(FieldError("file", f"第 {n} 行“告知方式”只能写 {'、'.join(WAYS.values())}，或者空着。"))
        return
    apart = _apart(_text(cells.get("区分")))
    if not re.fullmatch(r"[0-9A-Z-]{0,12}", apart):
        wrong.append(FieldError("file", f"第 {n} 行“区分”请写户号或身份证后四位，不要写完整的身份证号。"))
        return
    found.append(Listed(group, head, apart, _HOW[how], told))  # type: ignore[arg-type]


def _apart(cell: str) -> str:
    """Excel makes `11.0` of a number that was typed in: what tells namesakes apart is taken as it was meant."""
    return cell.removesuffix(".0").upper()


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _invalid(field: str, message: str) -> Invalid:
    return Invalid("名单没有导入。", fields=(FieldError(field, message),))
