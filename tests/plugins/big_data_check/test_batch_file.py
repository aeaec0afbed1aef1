"""A delivered file is read whole or refused with every problem by row and column; never half."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.big_data_check.batch_file import BrokenDelivery, Delivery, Manifest, read, read_manifest
from tests.plugins.big_data_check.files import HEADING, VEHICLE, csv_of, manifest_of, xlsx_of


def problems(data: bytes, rows: int, **changes: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(BrokenDelivery) as broken:
        read(manifest_of(data, rows, **changes), data)
    return [(p.row, p.column, p.message) for p in broken.value.problems]


def taken(data: bytes, rows: int, **changes: Any) -> Delivery:
    return read(manifest_of(data, rows, **changes), data)


def changed(**cells: str) -> tuple[str, ...]:
    return tuple(cells.get(head, cell) for head, cell in zip(HEADING, VEHICLE, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_table_is_read_in_the_encodings_offices_use(encoding: str) -> None:
    [record] = taken(csv_of(VEHICLE, encoding=encoding), 1).records
    assert (record.identity.name, record.values["kind"], record.values["value"]) == (
        "王建国", "car", "62000.00",
    )  # fmt: skip


def test_wrong_columns_are_named_all_at_once() -> None:
    data = csv_of(("王建国", "62000"), heading=("姓名", "价格"))
    assert problems(data, 1) == [
        (1, "公民身份号码", "缺少这一列"), (1, "号牌号码", "缺少这一列"), (1, "车辆类型", "缺少这一列"),
    ]  # fmt: skip
    twice = csv_of((*VEHICLE, "1"), heading=(*HEADING, "评估价值"))
    assert (1, "评估价值", "这一列出现了两次") in problems(twice, 1)


def test_every_wrong_cell_is_reported_and_nothing_is_taken() -> None:
    data = csv_of(
        VEHICLE,
        changed(评估价值="六万"),
        VEHICLE,
        changed(车辆类型="飞机", 出生日期="昨天"),
        changed(姓名=""),
    )
    found = problems(data, 5)
    assert [(row, column) for row, column, _ in found] == [
        (3, "评估价值"), (5, "出生日期"), (5, "车辆类型"), (6, "姓名"),
    ]  # fmt: skip


def test_a_truncated_file_is_noticed_by_its_hash_and_a_short_one_by_its_count() -> None:
    data = csv_of(VEHICLE, VEHICLE)
    with pytest.raises(BrokenDelivery) as broken:
        read(manifest_of(data, 2), data[:-20])
    assert "没有传完" in broken.value.problems[0].message
    assert "清单说有 3 行，文件里有 2 行" in problems(data, 3)[0][2]


def test_a_number_kept_as_text_by_excel_is_read_with_what_is_wrapped_around_it() -> None:
    for text in (
        "'620802195101010019",
        '="620802195101010019"',
        "\t620802195101010019 ",
        "620802 19510101 0019",
    ):
        [record] = taken(csv_of(changed(公民身份号码=f'"{text.replace(chr(34), chr(34) * 2)}"')), 1).records
        assert record.identity.id_number == "620802195101010019"


@pytest.mark.parametrize("cell", ["6.20802E+17", "6.20802195101010E+17"])
def test_a_number_whose_last_digits_a_spreadsheet_lost_is_refused_and_never_guessed(cell: str) -> None:
    [(row, column, message)] = problems(csv_of(changed(公民身份号码=cell)), 1)
    assert (row, column) == (2, "公民身份号码")
    assert "末几位已经丢失" in message


def test_excel_numbers_and_dates_are_understood_and_18_digits_as_a_number_are_not() -> None:
    row: list[Any] = list(VEHICLE)
    row[6] = 49999.99
    [record] = taken(xlsx_of(row), 1, format="xlsx").records
    assert record.values["value"] == "49999.99"
    row[0] = 620802510101001
    [old] = taken(xlsx_of(row), 1, format="xlsx").records
    assert old.identity.id_number == "620802510101001"
    row[0] = 620802195101010019
    assert "末几位已经丢失" in problems(xlsx_of(row), 1, format="xlsx")[0][2]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half a file", "不是表格".encode()])
def test_what_is_no_excel_file_says_so(data: bytes) -> None:
    assert "打不开" in problems(data, 0, format="xlsx")[0][2]


def test_a_row_with_more_cells_than_headings_is_not_shifted_into_place() -> None:
    data = csv_of((*VEHICLE[:6], "62", "000"))
    assert "格数比表头多" in problems(data, 1)[0][2]


def test_a_file_in_no_known_encoding_is_refused() -> None:
    assert "编码" in problems(csv_of(VEHICLE) + b"\xff\xff", 1)[0][2]
    assert "不是 CSV" in problems("姓名".encode("utf-16-le") + b"\x00\x00", 1)[0][2]


@given(st.binary(max_size=300))
def test_whatever_bytes_come_are_read_or_refused_and_never_crash(data: bytes) -> None:
    for kind in ("csv", "xlsx", "parquet"):
        with pytest.raises(BrokenDelivery):
            read(manifest_of(data, 1, format=kind), data)


names = st.text("王李张建国红梅", min_size=2, max_size=4)


@given(st.lists(st.tuples(names, st.decimals("0", "99999", places=2)), max_size=20))
def test_a_good_file_gives_back_every_row_in_order(rows: Sequence[tuple[str, Any]]) -> None:
    data = csv_of(*(changed(姓名=name, 评估价值=f"{value:f}") for name, value in rows))
    records = taken(data, len(rows)).records
    assert [(r.identity.name, r.values["value"]) for r in records] == [(n, f"{v:f}") for n, v in rows]


def test_everything_wrong_with_a_manifest_is_said_in_chinese() -> None:
    sent = msgspec.to_builtins(manifest_of(b"", 0)) | {
        "source": "cars",
        "rows": -1,
        "areas": ["甘肃"],
        "extra": 1,
    }
    with pytest.raises(BrokenDelivery) as broken:
        read_manifest(sent)
    said = "\n".join(p.message for p in broken.value.problems)
    assert len(broken.value.problems) == 4
    assert all(word in said for word in ("来源", "行数", "地区", "extra"))
    with pytest.raises(BrokenDelivery) as unreadable:
        read_manifest(b"not json")
    assert "不是 JSON" in unreadable.value.problems[0].message


def test_a_manifest_knows_nothing_but_its_own_fields() -> None:
    assert set(Manifest.__struct_fields__) == {
        "source", "as_of", "format", "rows", "sha256", "areas", "batch", "version", "part", "parts",
    }  # fmt: skip
