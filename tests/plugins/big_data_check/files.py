"""Batch files as departments send them, with their manifests."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from core.registry.verification import Source
from plugins.big_data_check.batch_file import Manifest

HEADING = ("公民身份号码", "姓名", "出生日期", "地区代码", "号牌号码", "车辆类型", "评估价值")
VEHICLE = ("620802195101010019", "王建国", "", "", "甘L12345", "汽车", "62000")
AS_OF = date(2026, 8, 31)


def csv_of(*rows: Sequence[str], heading: Sequence[str] = HEADING, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(",".join(row) for row in (heading, *rows)).encode(encoding)


def xlsx_of(*rows: Sequence[Any], heading: Sequence[str] = HEADING) -> bytes:
    """Numbers stay numbers, as in the office's own files."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((heading, *rows)):
            for k, cell in enumerate(row):
                sheet.write(n, k, cell)
    return out.getvalue()


def manifest_of(data: bytes, rows: int, **changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "source": Source.VEHICLES, "as_of": AS_OF, "format": "csv", "rows": rows,
        "sha256": hashlib.sha256(data).hexdigest(), "areas": ("620802",), **changes,
    }  # fmt: skip
    return Manifest(**fields)
