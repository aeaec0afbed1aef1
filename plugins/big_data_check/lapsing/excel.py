"""The list of authorisations as an Excel file, for who goes from house to house with it; that somebody took it is kept."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter

from core.sdk import CHINA, Call, File, Transaction
from plugins.big_data_check import access_log
from plugins.big_data_check.lapsing.store import Line
from plugins.big_data_check.lapsing.uncovered import Uncovered

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 5000
"""Rows of one file."""
TAKEN = "下载核对授权名单"
_SIGNED = ("受理编号", "申请人", "地区", "最早到期", "已过期（人）", "快到期（人）", "没有签过（人）", "已撤回（人）", "由监护人签（人）", "赡养人本人签（人）", "通知家庭")  # fmt: skip
_UNCOVERED = ("申请人", "地区", "村民小组", "人数", "现在这份待遇从")


def signed_file(lines: Sequence[Line], areas: Mapping[str, str], total: int, name: str) -> File:
    rows = [
        (
            line.case_number, line.title, areas[line.area_code], line.first_until, line.lapsed, line.soon, line.missing,
            line.withdrawn,
            line.guarded, line.supporters, line.told_at.astimezone(CHINA).date() if line.told_at else None,
        )
        for line in lines
    ]  # fmt: skip
    return File(_workbook(_SIGNED, rows, total), TYPE, name)


def uncovered_file(households: Sequence[Uncovered], areas: Mapping[str, str], total: int, name: str) -> File:
    rows = [(h.applicant, areas[h.area_code], h.group_name, h.persons, h.since) for h in households]
    return File(_workbook(_UNCOVERED, rows, total), TYPE, name)


async def log_taken(tx: Transaction, call: Call, lines: Sequence[Line], households: int) -> None:
    """A line of its own and one for each case, as of every other list that is taken out."""
    outcome = f"列出 {len(lines) + households} 户"
    taken = access_log.Entry("looked", TAKEN, outcome=outcome, actor_id=call.actor.account_id)
    await access_log.write(tx, call.context.now, [taken])
    cases = [line.case_id for line in lines]
    await access_log.write_many(tx, call.context.now, taken, cases, [None] * len(cases), [""] * len(cases))


def _workbook(heads: Sequence[str], rows: Sequence[Sequence[Any]], total: int) -> bytes:
    kept = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(kept, options) as book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("核对授权")
        sheet.write_row(0, 0, heads, bold)
        for place, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(place, column, cell, day)
                elif cell is not None:
                    sheet.write(place, column, cell)
        if len(rows) < total:
            sheet.write(len(rows) + 1, 0, f"一共 {total} 户，一个文件最多 {MOST} 户，这里是前 {len(rows)} 户")
        sheet.set_column(0, len(heads) - 1, 16)
        sheet.freeze_panes(1, 0)
    return kept.getvalue()
