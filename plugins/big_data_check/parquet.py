"""A Parquet table some thousand rows at a time, counted before it is unfolded.

What a file says of its own size is how it is written, not what it unfolds to: with a dictionary a long text stands there once
and a few bits repeat it in a million rows. So texts are read as they are written, and a batch that would come to more than
`PER_ROW` bytes a row is refused before anybody holds it. And its footer may lie: what counts is what every page says of itself,
for that much room is made and no more (`parquet_pages`). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plugins.big_data_check.parquet_pages import PAGES, PREFIXED, pages

PER_ROW = 4096
"""Bytes a row may come to on average over a batch; a registry's has a few hundred."""
SPARE = 1024 * 1024
"""So much more may stand in one batch: a single long remark is no reason to refuse a file."""
ROW_GROUP = 256 * 1024 * 1024
COLUMNS = 300
PAGE_VALUES = 4_000_000
"""Cells of one page: some ways of writing take a few bytes of room for each before any is read."""
TOO_MUCH = "Parquet 文件解压后过大，请分地区或分几份交付，每个行组不超过 100 万行"

_OLD = re.compile(r"parquet-mr(?! version (1\.([3-9]|[0-9]{2})|[2-9]|[0-9]{2}))")
"""Of what these wrote the reader reads further than the footer says."""


class TooLarge(ValueError):
    """The text is for people, without a full stop, and says what to do."""


@dataclass(frozen=True, slots=True)
class Parquet:
    """An opened table. `names`: its columns; `rows`: what it says it has."""

    file: pq.ParquetFile
    names: Sequence[str]
    rows: int

    def batches(self, rows: int, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """At most `rows` each, unfolded; all columns or those. Raises TooLarge; pa.ArrowException, OSError where it is broken."""
        first = 1
        for batch in self.file.iter_batches(rows, columns=columns):
            if sum(map(_unfolded, batch.columns)) > len(batch) * PER_ROW + SPARE:
                raise TooLarge(
                    f"Parquet 文件展开后过大：第 {first} 至 {first + len(batch) - 1} 行平均每行超过 {PER_ROW // 1024} KB，"
                    "可能有一列反复写着很长的文字；请只留下要核对的列，或改用 CSV 重新导出"
                )
            first += len(batch)
            yield pa.RecordBatch.from_arrays([_plain(c) for c in batch.columns], names=batch.schema.names)


def opened(given: BinaryIO, *, size: int) -> Parquet:
    """At most `size` bytes as written (before compression), in columns of single values.

    Raises TooLarge; pa.ArrowException, OSError, ValueError, OverflowError for what is no Parquet.
    """
    given.seek(0)
    source = pa.PythonFile(given, "r")
    meta = pq.read_metadata(source)
    written = [meta.row_group(n).total_byte_size for n in range(meta.num_row_groups)]
    if sum(written) > size or max(written, default=0) > ROW_GROUP:
        raise TooLarge(TOO_MUCH)
    if meta.num_columns > COLUMNS:
        raise TooLarge(f"Parquet 文件超过 {COLUMNS} 列，请只留下要核对的列后重新导出")
    _only_single_values(meta)
    _as_the_pages_say(given, meta, size)
    given.seek(0)
    texts = [meta.schema.column(n).path for n in range(meta.num_columns) if _is_text(meta.schema.column(n))]
    file = pq.ParquetFile(source, metadata=meta, read_dictionary=texts)
    return Parquet(file, file.schema_arrow.names, meta.num_rows)


def _only_single_values(meta: Any) -> None:
    """A list unfolds within one row."""
    for n, field in enumerate(meta.schema.to_arrow_schema()):
        if pa.types.is_nested(field.type) or meta.schema.column(n).length > PER_ROW:
            raise TooLarge(
                f"Parquet 文件的“{field.name}”一列，每格不是单独一个值，请每格只写一个值后重新导出"
            )


def _as_the_pages_say(given: BinaryIO, meta: Any, size: int) -> None:
    """Every page is asked; a text written as the beginning of the one before it unfolds before it can be counted."""
    if _OLD.match((meta.created_by or "").lower()):
        raise TooLarge("Parquet 文件是用 2013 年以前的程序写的，读不准大小，请用新的程序或改用 CSV 重新导出")
    whole = seen = 0
    for group in range(meta.num_row_groups):
        in_group = 0
        for n in range(meta.num_columns):
            chunk = meta.row_group(group).column(n)
            for page in pages(given, _begins(chunk), chunk.total_compressed_size):
                in_group, seen = in_group + page.unfolded, seen + 1
                if (
                    in_group > ROW_GROUP
                    or whole + in_group > size
                    or page.values > PAGE_VALUES
                    or seen > PAGES
                ):
                    raise TooLarge(TOO_MUCH)
                if page.encoding == PREFIXED:
                    raise TooLarge(
                        f"Parquet 文件的“{chunk.path_in_schema}”一列用了读不了的写法（DELTA_BYTE_ARRAY），"
                        "请用默认写法或改用 CSV 重新导出"
                    )
        whole += in_group


def _begins(chunk: Any) -> int:
    """Where the reader begins: at the dictionary, where there is one before the data or there are no data."""
    data = int(chunk.data_page_offset)
    if not data and not chunk.num_values and chunk.has_dictionary_page:  # a table without a row
        return int(chunk.dictionary_page_offset)
    return min(data, int(chunk.dictionary_page_offset)) if chunk.has_dictionary_page else data


def _is_text(column: Any) -> bool:
    return bool(column.physical_type == "BYTE_ARRAY")


def _unfolded(column: pa.Array) -> int:
    """Bytes of a column once every cell stands for itself."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0)


def _plain(column: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(column.type):
        return column
    return column.dictionary.take(column.indices)
