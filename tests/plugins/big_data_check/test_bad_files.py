"""Files that are not what they say: bombs, truncated Parquet, millions of rows; a clear report and bounded memory."""

from __future__ import annotations

import hashlib
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

from plugins.big_data_check.batch_file import MOST_LEFT_OUT, BrokenDelivery, Delivery, read
from plugins.big_data_check.tables import MAX_UNPACKED
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
import hashlib, pathlib, resource, sys
sys.path.insert(0, ".")
from plugins.big_data_check.batch_file import BrokenDelivery, read
from tests.plugins.big_data_check.files import manifest_of
data = pathlib.Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = int(sys.argv[3])
try:
    read(manifest_of(data, min(rows, 1_000_000), format=sys.argv[2]), data)
    said = "taken"
except BrokenDelivery as broken:
    said = broken.problems[0].message
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
sys.stdout.buffer.write(f"{grown // 1024} {said}".encode())
"""


def told(file: Path, kind: str, rows: int) -> tuple[int, str]:
    """MiB the reading took beside the file itself, and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(file), kind, str(rows)],
        capture_output=True,
        check=True,
        timeout=300,
    )
    grown, said = done.stdout.decode().split(" ", 1)
    return int(grown), said


@pytest.mark.slow
def test_ten_million_rows_are_refused_with_bounded_memory(tmp_path: Path) -> None:
    rows = 10_000_000
    columns = {
        head: pa.array([cell]).take(pa.array([0] * 100_000))
        for head, cell in zip(HEADING, VEHICLE, strict=True)
    }
    piece = pa.table(columns)
    with pq.ParquetWriter(tmp_path / "many.parquet", piece.schema) as writer:
        for _ in range(rows // 100_000):
            writer.write_table(piece)
    grown, said = told(tmp_path / "many.parquet", "parquet", rows)
    assert "100 万行" in said
    assert grown < 200
    line = (",".join(VEHICLE) + "\r\n").encode()
    with (tmp_path / "many.csv").open("wb") as out:
        out.write((",".join(HEADING) + "\r\n").encode())
        for _ in range(100):
            out.write(line * 100_000)
    grown, said = told(tmp_path / "many.csv", "csv", rows)
    assert "64 MB" in said
    assert grown < 50


@pytest.mark.slow
def test_a_file_as_large_as_is_taken_is_read_with_bounded_memory(tmp_path: Path) -> None:
    rows = 400_000
    body = (",".join(HEADING) + "\r\n").encode() + (",".join(VEHICLE) + "\r\n").encode() * rows
    (tmp_path / "large.csv").write_bytes(body)
    assert hashlib.sha256(body).hexdigest()
    grown, said = told(tmp_path / "large.csv", "csv", rows)
    assert said == "taken"
    assert grown < 150
