"""The rows of a table as departments send it: CSV in their encodings, Excel, Parquet; one after another, never all at once.

Whatever cannot be read raises `Unreadable` with a sentence that says what to do. Pure.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

Format = Literal["csv", "xlsx", "parquet"]
MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024
MAX_ROWS = 1_000_000
_PIECE = 1024 * 1024
_BATCH = 2000
_ENCODINGS = ("utf-8-sig", "gb18030")

csv.field_size_limit(1024 * 1024)


class Unreadable(Exception):
    """The table as a whole; the text is for people."""


def rows(kind: Format, data: bytes) -> Iterator[Sequence[object]]:
    """The heading first. Raises Unreadable, now or while it is read."""
    return {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[kind](data)


def _csv(data: bytes) -> Iterator[Sequence[object]]:
    if b"\x00" in data:
        raise Unreadable("这不是 CSV 文件，请按清单里的格式发送")
    text = io.TextIOWrapper(io.BytesIO(data), _encoding(data), newline="")
    try:
        yield from csv.reader(text)
    except csv.Error:
        raise Unreadable("CSV 文件的引号或换行有误，读不下去，请重新导出") from None


def _encoding(data: bytes) -> str:
    for name in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for start in range(0, len(data), _PIECE):
                decoder.decode(data[start : start + _PIECE])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise Unreadable("文字编码既不是 UTF-8 也不是 GBK，请另存后重新发送")


def _xlsx(data: bytes) -> Iterator[Sequence[object]]:
    try:
        _unpacks_to_something_sensible(data)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    except (
        zipfile.BadZipFile,
        CalamineError,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ):
        raise Unreadable("Excel 文件打不开，可能没有传完，请重新发送") from None
    yield from sheet.iter_rows()


def _unpacks_to_something_sensible(data: bytes) -> None:
    """A file of a few kilobytes may unpack to gigabytes: counted before anybody holds it, and not believed on its word."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
            raise Unreadable("Excel 文件解压后过大，请改用 CSV 分地区交付")
        for part in packed.infolist():
            with packed.open(part) as inside:
                while inside.read(_PIECE):
                    pass


def _parquet(data: bytes) -> Iterator[Sequence[object]]:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        groups = range(file.metadata.num_row_groups)
        unpacked = sum(file.metadata.row_group(n).total_byte_size for n in groups)
        if file.metadata.num_rows > MAX_ROWS:
            raise Unreadable(f"文件超过 {MAX_ROWS // 10000} 万行，请分地区或分几份交付")
        if unpacked > MAX_UNPACKED:
            raise Unreadable("Parquet 文件解压后过大，请分地区或分几份交付")
        yield file.schema_arrow.names
        for batch in file.iter_batches(_BATCH):
            columns = [[_plain(cell) for cell in column.to_pylist()] for column in batch.columns]
            yield from zip(*columns, strict=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Unreadable("Parquet 文件打不开，可能没有传完，请重新发送") from None


def _plain(cell: object) -> object:
    """Whole numbers are exact in Parquet, unlike in a spreadsheet: an ID number kept as one is not lost."""
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
