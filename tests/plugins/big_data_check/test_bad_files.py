"""Files that are not what they say: bombs, truncated Parquet, millions of rows; a clear report and bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plugins.big_data_check.batch_file import MOST_LEFT_OUT, BrokenDelivery, Delivery, RowProblem, read
from plugins.big_data_check.tables import MAX_BYTES, MAX_UNPACKED
from tests.plugins.big_data_check.files import HEADING, VEHICLE, csv_of, manifest_of, xlsx_of


def parquet_of(**columns: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def a_car(**changes: Any) -> bytes:
    row: dict[str, Any] = dict(zip(HEADING, VEHICLE, strict=True)) | changes
    return parquet_of(**{head: [cell] for head, cell in row.items()})


def refused(data: bytes, rows: int, **changes: Any) -> BrokenDelivery:
    with pytest.raises(BrokenDelivery) as broken:
        read(manifest_of(data, rows, **changes), data)
    return broken.value


def only(delivery: Delivery) -> Any:
    [record] = delivery.records
    return record


def test_parquet_is_read_with_its_own_types_and_an_id_number_kept_as_a_number_is_exact() -> None:
    data = a_car(
        公民身份号码=620802195101010019, 出生日期=date(1951, 1, 1), 评估价值=pa.scalar(62000.5).as_py()
    )
    record = only(read(manifest_of(data, 1, format="parquet"), data))
    assert record.identity.id_number == "620802195101010019"
    assert record.identity.birth_date == date(1951, 1, 1)
    assert record.values["value"] == "62000.50"


def test_truncated_parquet_and_parquet_that_is_none_are_told_as_such() -> None:
    whole = a_car()
    for data in (whole[:-10], whole[: len(whole) // 2], b"PAR1", b"", csv_of(VEHICLE)):
        assert "打不开" in refused(data, 1, format="parquet").problems[0].message


def test_wrong_columns_of_parquet_are_named_too() -> None:
    data = parquet_of(姓名=["王建国"], 价格=[1])
    assert {p.column for p in refused(data, 1, format="parquet").problems} == {
        "公民身份号码", "号牌号码", "车辆类型",
    }  # fmt: skip


def test_headings_of_departments_own_systems_are_understood() -> None:
    heading = ("GMSFHM", "XM", "CSRQ", "行政区划代码", *HEADING[4:])
    record = only(read(manifest_of(d := csv_of(VEHICLE, heading=heading), 1), d))
    assert (record.identity.id_number, record.identity.name) == ("620802195101010019", "王建国")


def test_dates_of_excel_are_dates() -> None:
    row: list[Any] = list(VEHICLE)
    row[2] = datetime(1951, 1, 1)
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADING)
        sheet.write_row(1, 0, row[:2])
        sheet.write_datetime(1, 2, row[2], day)
        sheet.write_row(1, 3, row[3:])
    data = out.getvalue()
    assert only(read(manifest_of(data, 1, format="xlsx"), data)).identity.birth_date == date(1951, 1, 1)


def bomb(declared: int | None) -> bytes:
    """An Excel file whose sheet unpacks to more than is allowed; `declared`: what its directory claims."""
    out, size = io.BytesIO(), MAX_UNPACKED + 1024 * 1024
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(VEHICLE))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for part in good.infolist():
            bad.writestr(part.filename, good.read(part))
        with bad.open("xl/media/filler.bin", "w") as inside:
            for _ in range(size // (1024 * 1024)):
                inside.write(bytes(1024 * 1024))
    data = out.getvalue()
    return (
        data if declared is None else data.replace(size.to_bytes(4, "little"), declared.to_bytes(4, "little"))
    )


def test_a_zip_bomb_is_refused_before_it_is_unpacked_whatever_it_claims() -> None:
    honest = bomb(None)
    assert len(honest) < 1024 * 1024
    assert "解压后过大" in refused(honest, 1, format="xlsx").problems[0].message
    assert "打不开" in refused(bomb(100), 1, format="xlsx").problems[0].message


def test_so_many_faulty_rows_are_a_faulty_file_even_when_the_rest_would_be_kept() -> None:
    wrong = [tuple("x" if head == "评估价值" else cell for head, cell in zip(HEADING, VEHICLE, strict=True))]
    data = csv_of(*(wrong * (MOST_LEFT_OUT + 1)), VEHICLE)
    with pytest.raises(BrokenDelivery) as broken:
        read(manifest_of(data, MOST_LEFT_OUT + 2), data, keep_good=True)
    assert broken.value.good == 0
    assert len(broken.value.problems) == 200


def test_a_file_of_faulty_rows_alone_is_never_taken() -> None:
    data = csv_of(("1", "", "", "", "", "", ""))
    with pytest.raises(BrokenDelivery):
        read(manifest_of(data, 1), data, keep_good=True)


MEMORY = """
import hashlib, pathlib, resource, sys, time
sys.path.insert(0, ".")
from plugins.big_data_check.batch_file import BrokenDelivery, read, table_rows
from plugins.big_data_check.segments import segmented
from plugins.big_data_check.tables import IN_PIECES
from tests.plugins.big_data_check.files import manifest_of
path, kind, rows, way = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
data = path.read_bytes() if way == "at_once" else b""
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    if way == "at_once":
        read(manifest_of(data, rows, format=kind), data)
        said = "taken"
    else:
        def piece(number):
            with path.open("rb") as file:
                file.seek(number * 4 * 1024 * 1024)
                return file.read(4 * 1024 * 1024)
        file = segmented(path.stat().st_size, 4 * 1024 * 1024, piece)
        found = table_rows(manifest_of(b"", rows, format=kind), file, limits=IN_PIECES)
        wrong = [(n, p) for n, (_, problems) in enumerate(found, 1) for p in problems]
        said = f"{[(p.row, p.column) for _, p in wrong]}"
except BrokenDelivery as broken:
    said = broken.problems[0].message
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
sys.stdout.buffer.write(f"{grown // 1024} {said}".encode())
"""


def told(file: Path, kind: str, rows: int, way: str) -> tuple[int, str]:
    """MiB the reading took beside the file itself, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(file), kind, str(rows), way],
        capture_output=True,
        check=True,
        timeout=1800,
    )
    grown, said = done.stdout.decode().split(" ", 1)
    return int(grown), said


def many(folder: Path, kind: str, rows: int) -> Path:
    """A file of good rows but one: the one before the last has no readable value."""
    file, piece = folder / f"many.{kind}", 100_000
    wrong = tuple("很多" if head == "评估价值" else cell for head, cell in zip(HEADING, VEHICLE, strict=True))
    if kind == "csv":
        line = (",".join(VEHICLE) + "\r\n").encode()
        with file.open("wb") as out:
            out.write((",".join(HEADING) + "\r\n").encode())
            for _ in range(rows // piece - 1):
                out.write(line * piece)
            out.write(line * (piece - 2) + (",".join(wrong) + "\r\n").encode() + line)
        return file
    good = pa.table(
        {h: pa.array([c]).take(pa.array([0] * piece)) for h, c in zip(HEADING, VEHICLE, strict=True)}
    )
    last = pa.table({h: [*[c] * (piece - 2), w, c] for h, c, w in zip(HEADING, VEHICLE, wrong, strict=True)})
    with pq.ParquetWriter(file, good.schema) as writer:
        for _ in range(rows // piece - 1):
            writer.write_table(good)
        writer.write_table(last)
    return file


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_ten_million_rows_are_read_to_the_last_with_bounded_memory(tmp_path: Path, kind: str) -> None:
    rows = 10_000_000
    grown, said = told(many(tmp_path, kind, rows), kind, rows, "in_pieces")
    assert said == f"[({rows}, '评估价值')]"
    assert grown < 200


def test_more_rows_than_a_form_takes_are_sent_to_the_other_way() -> None:
    data = b"x" * (MAX_BYTES + 1)
    assert "分段上传" in refused(data, 1).problems[0].message


def test_ten_million_rows_sent_at_once_are_sent_to_the_other_way_unread(tmp_path: Path) -> None:
    rows, out = 10_000_000, tmp_path / "many.parquet"
    piece = pa.table({h: pa.array([c]).take(pa.array([0] * 1_000_000)) for h, c in zip(HEADING[:2], VEHICLE[:2], strict=True)})  # fmt: skip
    with pq.ParquetWriter(out, piece.schema) as writer:
        for _ in range(10):
            writer.write_table(piece)
    data = out.read_bytes()
    assert len(data) < MAX_BYTES
    for told in (rows, 1):  # whatever its manifest says
        assert refused(data, told, format="parquet").problems == (
            RowProblem(0, "", "文件超过 100 万行，请分段上传，或分地区、分几份交付"),
        )


@pytest.mark.slow
def test_a_file_as_large_as_is_taken_at_once_is_read_with_bounded_memory(tmp_path: Path) -> None:
    rows = 400_000
    body = (",".join(HEADING) + "\r\n").encode() + (",".join(VEHICLE) + "\r\n").encode() * rows
    (tmp_path / "large.csv").write_bytes(body)
    grown, said = told(tmp_path / "large.csv", "csv", rows, "at_once")
    assert said == "taken"
    assert grown < 150


def test_a_zip_archive_in_place_of_a_table_says_what_it_is() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("vehicles.csv", csv_of(VEHICLE))
    assert "压缩包" in refused(packed.getvalue(), 1).problems[0].message
    assert "打不开" in refused(packed.getvalue(), 1, format="xlsx").problems[0].message


def test_a_bad_quotation_mark_is_told_with_the_line_it_is_near() -> None:
    data = csv_of(VEHICLE, ("x", '"' + "y" * (1024 * 1024 + 10)))
    assert "第 3 行附近" in refused(data, 2).problems[0].message


def test_a_row_group_that_unpacks_to_more_than_is_allowed_is_refused_unread() -> None:
    out = io.BytesIO()
    column = pa.array(["0" * 1000]).take(pa.array([0] * 300_000))
    with pq.ParquetWriter(out, pa.schema([("公民身份号码", pa.string())]), use_dictionary=False) as writer:
        writer.write_table(pa.table({"公民身份号码": column}), row_group_size=300_000)
    assert len(out.getvalue()) < 20 * 1024 * 1024
    wrong = refused(out.getvalue(), 300_000, format="parquet")
    assert "解压后过大" in wrong.problems[0].message


def repeated(text: str, rows: int, **options: Any) -> bytes:
    """A table whose last column says the same long text in every row, for a few bits a row."""
    columns = {h: pa.array([c]).take(pa.array([0] * rows)) for h, c in zip(HEADING, VEHICLE, strict=True)}
    columns["备注"] = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def test_a_long_text_that_a_dictionary_repeats_is_refused_before_it_is_unfolded() -> None:
    data, rows = repeated("很长" * 5_000, 10_000), 10_000
    assert len(data) < 10_000  # and would be 300 MB
    before = pa.default_memory_pool().max_memory()
    said = refused(data, rows, format="parquet").problems[0].message
    assert "展开后过大：第 1 至 2000 行平均每行超过 4 KB" in said
    assert "请只留下要核对的列" in said
    assert pa.default_memory_pool().max_memory() - before < 20 * 1024 * 1024


def test_a_dictionary_of_ordinary_texts_and_a_single_long_remark_are_taken() -> None:
    rows = 3000
    data = repeated("很长" * 100, rows)
    assert read(manifest_of(data, rows, format="parquet"), data).rows == rows
    table = pq.read_table(io.BytesIO(data)).slice(0, 1)
    alone = io.BytesIO()
    pq.write_table(table.set_column(7, "备注", pa.array(["长" * 100_000])), alone)
    assert read(manifest_of(alone.getvalue(), 1, format="parquet"), alone.getvalue()).rows == 1


def test_a_text_written_as_the_beginning_of_the_one_before_is_named_with_its_column() -> None:
    out = io.BytesIO()
    with pq.ParquetWriter(out, pa.schema([("姓名", pa.string())]), use_dictionary=False, column_encoding={"姓名": "DELTA_BYTE_ARRAY"}) as writer:  # fmt: skip
        writer.write_table(pa.table({"姓名": ["x" * 20_000] * 50}))
    said = refused(out.getvalue(), 50, format="parquet").problems[0].message
    assert "“姓名”一列用了读不了的写法" in said


def test_a_cell_that_holds_a_list_is_refused_by_its_column() -> None:
    data = parquet_of(姓名=["王建国"], 号牌号码=[["甘L12345"] * 3])
    assert "“号牌号码”一列，每格不是单独一个值" in refused(data, 1, format="parquet").problems[0].message


def test_a_table_of_very_many_columns_is_refused_unread() -> None:
    data = parquet_of(**{f"列{n}": [None] for n in range(301)})
    assert "超过 300 列" in refused(data, 1, format="parquet").problems[0].message
