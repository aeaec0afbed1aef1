"""Parquet files whose footer lies: what their pages say of themselves is counted before any of them is read."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plugins.big_data_check import parquet
from plugins.big_data_check.batch_file import read
from tests.plugins.big_data_check.files import manifest_of
from tests.plugins.big_data_check.test_bad_files import refused, repeated


def varint(number: int) -> bytes:
    """As the footer's Thrift writes a number: zigzag, seven bits a byte."""
    left, out = number << 1, bytearray()
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    return bytes([*out, left])


def lying(data: bytes, told: int) -> bytes:
    """The same file whose footer says `told` bytes wherever it says how much a row group or column unfolds to."""
    group = pq.read_metadata(io.BytesIO(data)).row_group(0)
    footer = data[-8 - int.from_bytes(data[-8:-4], "little") : -8]
    patched = footer
    for true in {group.total_byte_size, group.column(0).total_uncompressed_size}:
        short = varint(told)
        longer = bytes([*(b | 128 for b in short), *[128] * (len(varint(true)) - len(short) - 1), 0])
        assert varint(true) in patched
        patched = patched.replace(varint(true), longer)
    assert len(patched) == len(footer)
    return data.replace(footer, patched)


def one_page(rows: int, encoding: str = "PLAIN", text: str = "0" * 1000) -> bytes:
    """A column in a single page of `rows` cells."""
    out, name = io.BytesIO(), "公民身份号码"
    written = {"use_dictionary": False, "data_page_size": 2**30, "max_rows_per_page": rows, "column_encoding": {name: encoding}, "compression": "zstd"}  # fmt: skip
    with pq.ParquetWriter(out, pa.schema([(name, pa.string())]), write_batch_size=rows, **written) as writer:
        writer.write_table(pa.table({name: pa.array([text]).take(pa.array([0] * rows))}), row_group_size=rows)
    return out.getvalue()


def counted(data: bytes, rows: int) -> tuple[str, int]:
    """What the officer is told, and the most bytes the reader held meanwhile."""
    usual, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(pool)
    try:
        said = refused(data, rows, format="parquet").problems[0].message
    finally:
        pa.set_memory_pool(usual)
    return said, pool.max_memory()


def test_a_footer_that_lies_about_the_size_of_a_page_opens_nothing() -> None:
    honest = one_page(300_000)
    data = lying(honest, 1000)
    meta = pq.read_metadata(io.BytesIO(data)).row_group(0)
    assert (meta.total_byte_size, meta.column(0).total_uncompressed_size) == (1000, 1000)
    assert len(data) < 1024 * 1024  # and would be 300 MB

    said, held = counted(data, 300_000)

    assert "解压后过大" in said
    assert held < 20 * 1024 * 1024


def test_a_page_of_very_many_cells_written_in_a_few_bytes_is_refused_unread() -> None:
    data = lying(one_page(5_000_000, "DELTA_LENGTH_BYTE_ARRAY", ""), 1000)
    assert len(data) < 100 * 1024
    with pytest.raises(parquet.TooLarge, match="解压后过大"):
        parquet.opened(io.BytesIO(data), size=parquet.ROW_GROUP)


def test_pages_that_are_none_are_told_as_a_file_that_cannot_be_opened() -> None:
    data = one_page(100)
    start = pq.read_metadata(io.BytesIO(data)).row_group(0).column(0).data_page_offset
    broken = data[:start] + b"\xff" * 16 + data[start + 16 :]
    assert "打不开" in refused(broken, 100, format="parquet").problems[0].message


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
def test_an_honest_file_of_every_kind_is_counted_and_taken(version: str, compression: str) -> None:
    rows = 3000
    data = repeated("备注", rows, data_page_version=version, compression=compression, data_page_size=1024)
    assert read(manifest_of(data, rows, format="parquet"), data).rows == rows


def test_what_programs_before_2013_wrote_is_refused() -> None:
    data = one_page(10)
    by = pq.read_metadata(io.BytesIO(data)).created_by.encode()
    old = data.replace(by, b"parquet-mr version 1.2.5".ljust(len(by)))
    assert "2013 年以前" in refused(old, 10, format="parquet").problems[0].message


def test_a_table_without_a_row_is_a_table() -> None:
    out = io.BytesIO()
    pq.write_table(
        pa.table({"公民身份号码": pa.array([], pa.string()), "评估价值": pa.array([], pa.float64())}), out
    )
    assert parquet.opened(out, size=1000).rows == 0
