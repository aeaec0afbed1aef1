"""The rows of a table as departments send it: CSV in their encodings, Excel, Parquet; one after another, never all at once.

Whatever cannot be read raises `Unreadable` with a sentence that says what to do. Pure.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

import pyarrow as pa

from core.sdk.documents import TooLarge, UnreadableWorkbook, first_sheet
from plugins.big_data_check import parquet
from plugins.big_data_check.segments import size_of

Format = Literal["csv", "xlsx", "parquet"]
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be: bytes as sent, bytes unpacked, rows without the heading."""

    size: int
    unpacked: int
    rows: int


AT_ONCE = Limits(64 * _MIB, 256 * _MIB, 1_000_000)
"""For a table that is held in memory while it is read. Excel files are always read so, whichever way they came."""
IN_PIECES = Limits(4096 * _MIB, 16 * 4096 * _MIB, 20_000_000)
"""For a table that is read piece by piece in the background."""
MAX_BYTES, MAX_UNPACKED, MAX_ROWS = AT_ONCE.size, AT_ONCE.unpacked, AT_ONCE.rows
_PIECE = 1024 * 1024
_BATCH = 2000
_ENCODINGS = ("utf-8-sig", "gb18030")
_ZIP = b"PK\x03\x04"

csv.field_size_limit(1024 * 1024)


class Unreadable(Exception):
    """The table as a whole; the text is for people."""


def rows(kind: Format, file: BinaryIO, limits: Limits = AT_ONCE) -> Iterator[Sequence[object]]:
    """The heading first. `file` can be sought in. Raises Unreadable, now or while it is read."""
    return {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[kind](file, limits)


def too_many(limits: Limits) -> str:
    """What to do with a table of more rows than `limits` allow."""
    instead = "请分段上传，或分地区、分几份交付" if limits == AT_ONCE else "请分地区或分几份交付"
    return f"文件超过 {limits.rows // 10000} 万行，{instead}"


def _csv(file: BinaryIO, _: Limits) -> Iterator[Sequence[object]]:
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    reader = csv.reader(text)
    try:
        yield from reader
    except csv.Error:
        raise Unreadable(
            f"CSV 文件第 {reader.line_num} 行附近的引号或换行有误，读不下去，请重新导出"
        ) from None
    finally:
        with contextlib.suppress(ValueError):  # whoever read it has closed it already
            text.detach()


def _encoding(file: BinaryIO) -> str:
    """Of those a department may use, the first in which every byte of the file is text."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in _ENCODINGS}
    file.seek(0)
    if file.read(len(_ZIP)) == _ZIP:
        raise Unreadable("这是压缩包，不是 CSV 文件，请解压后再发送")
    file.seek(0)
    while decoders:
        piece = file.read(_PIECE)
        if b"\x00" in piece:
            raise Unreadable("这不是 CSV 文件，请按清单里的格式发送")
        for name, decoder in list(decoders.items()):
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                del decoders[name]
        if not piece and decoders:
            return next(iter(decoders))
    raise Unreadable("文字编码既不是 UTF-8 也不是 GBK，请另存后重新发送")


def _xlsx(file: BinaryIO, _: Limits) -> Iterator[Sequence[object]]:
    if size_of(file) > AT_ONCE.size:
        raise Unreadable(f"Excel 文件超过 {AT_ONCE.size // _MIB} MB，请改用 CSV 或 Parquet")
    try:
        yield from first_sheet(file)
    except TooLarge as too_large:
        raise Unreadable(f"{too_large}，或改用 CSV 分地区交付") from None
    except UnreadableWorkbook:
        raise Unreadable("Excel 文件打不开，可能没有传完，请重新发送") from None


def _parquet(given: BinaryIO, limits: Limits) -> Iterator[Sequence[object]]:
    try:
        table = parquet.opened(given, size=limits.unpacked)
        if table.rows > limits.rows:
            raise Unreadable(too_many(limits))
        yield table.names
        for batch in table.batches(_BATCH):
            columns = [[_plain(cell) for cell in column.to_pylist()] for column in batch.columns]
            yield from zip(*columns, strict=True)
    except parquet.TooLarge as too_large:
        raise Unreadable(str(too_large)) from None
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Unreadable("Parquet 文件打不开，可能没有传完，请重新发送") from None


def _plain(cell: object) -> object:
    """Whole numbers are exact in Parquet, unlike in a spreadsheet: an ID number kept as one is not lost."""
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
