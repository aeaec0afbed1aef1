"""Excel files that would end the process that reads them are refused first; ordinary ones are read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from core.documents.workbook import TooLarge, Unreadable, first_sheet
from core.problems import Invalid
from core.publicity.sheet import read

SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def book(rows: int = 2) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for n in range(rows):
            sheet.write_row(n, 0, ["村民小组", "户主", n])
    return out.getvalue()


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for one in before.infolist():
            body = before.read(one)
            after.writestr(one.filename, change(body) if one.filename == part else body)
    return out.getvalue()


def with_row(row: str) -> bytes:
    return changed(book(), SHEET, lambda xml: xml.replace(b"</sheetData>", row.encode() + b"</sheetData>"))


def rows(data: bytes) -> list[list[object]]:
    return [list(row) for row in first_sheet(io.BytesIO(data))]


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
STRANGE = [
    FAR,
    "<row r='1048576'><c s='1' r = 'XFD1048576'><v>1</v></c></row>",
    FAR.replace("<row", "<x:row xmlns:x='http://schemas.openxmlformats.org/spreadsheetml/2006/main'").replace(
        "</row", "</x:row"
    ),
    '<row r="1048576">' + "<c><v>1</v></c>" * 100 + "</row>",
    '<row><c r="A1048576"><v>1</v></c><c r="ALL3"><is><t>x</t></is></c></row>',
]


@pytest.mark.parametrize("row", STRANGE)
def test_a_cell_far_from_the_others_is_refused_however_it_is_written(row: str) -> None:
    data = with_row(row)
    assert len(data) < 10_000
    with pytest.raises(TooLarge, match="一直到第 1048576 行"):
        rows(data)


def test_a_villages_list_with_such_a_cell_says_so_and_ends_nothing() -> None:
    with pytest.raises(Invalid) as refused:
        read(with_row(FAR))
    assert "第 1048576 行、第 16384 列，请删除多余的行和列" in refused.value.fields[0].message


def test_a_long_text_that_every_row_names_is_refused() -> None:
    def longer(xml: bytes) -> bytes:
        return xml.replace("户主".encode(), b"x" * 200_000)

    data = changed(book(3000), TEXTS, longer)
    with pytest.raises(TooLarge, match="同一段很长的文字重复太多"):
        rows(data)
    assert len(rows(changed(book(100), TEXTS, longer))) == 100


def test_a_format_without_content_far_down_is_no_reason_to_refuse() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet, bold = made.add_worksheet(), made.add_format({"bold": True})
        sheet.write_row(0, 0, ["村民小组", "户主"])
        sheet.write_blank(1_048_575, 1000, None, bold)
    assert rows(out.getvalue()) == [["村民小组", "户主"]]


def test_a_long_text_that_few_of_many_rows_name_is_read() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for n in range(10_000):
            sheet.write_row(n, 0, ["一组", "x" * 32_000 if n == 5 else f"户主{n}"])
    assert len(rows(out.getvalue())) == 10_000


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, book()[:-30]])
def test_what_is_no_excel_file_is_told_as_such(data: bytes) -> None:
    with pytest.raises(Unreadable):
        rows(data)


def test_a_table_of_another_office_program_is_no_excel_file() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", "<office/>")
    with pytest.raises(Unreadable):
        rows(out.getvalue())
