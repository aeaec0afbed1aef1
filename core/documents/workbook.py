"""The first sheet of somebody's Excel file, looked through before it is held.

A file of five kilobytes may unpack to gigabytes; a single cell in the last row and column makes a table of 17 billion cells;
a long text that stands there once may be named in every row. The reader of Excel files would end the whole process
on any of them, so each is counted first. Pure.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

MIB = 1024 * 1024
UNPACKED = 256 * MIB
"""Bytes of all parts together, and of all texts of its cells."""
CELLS = 16_000_000
"""Of the rectangle from the first cell to the last filled one; each takes some 30 bytes, filled or not."""
_PIECE = MIB
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MARK = b"sheetData"
_USUAL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_ANY_CELL = re.compile(rb"<(?:[^<>\s/]*:)?c[\s/>]")
_NAMED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_SAID = re.compile(rb"<(?:[^<>\s/]*:)?si[\s/>]")


class Unreadable(ValueError):
    """No Excel file, or not whole."""


class TooLarge(ValueError):
    """The text is for people, without a full stop."""


def first_sheet(file: BinaryIO) -> Iterator[Sequence[object]]:
    """Its rows. `file` can be sought in. Raises Unreadable, TooLarge before anything of it is held."""
    try:
        file.seek(0)
        _look_through(file)
        file.seek(0)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.read())).get_sheet_by_index(0)
    except TooLarge:
        raise
    except (zipfile.BadZipFile, CalamineError, NotImplementedError, EOFError, OSError, RuntimeError, ValueError, IndexError):  # fmt: skip
        raise Unreadable from None
    return iter(sheet.iter_rows())


def _look_through(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as packed:
        parts = packed.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names or names & {"xl/workbook.bin", "content.xml"}:
            raise Unreadable
        if sum(part.file_size for part in parts) > UNPACKED:
            raise TooLarge("Excel 文件解压后过大")
        if _plainly_fits(packed):
            return
        found = [_Part() for _ in parts]
        for part, seen in zip(parts, found, strict=True):
            seen.read(packed, part)
        texts = [length for seen in found for length in seen.texts]
        if sum(seen.named for seen in found) * max(texts, default=0) > UNPACKED:
            for part, seen in zip(parts, found, strict=True):
                if seen.named:
                    _Part(texts).read(packed, part)


def _plainly_fits(packed: zipfile.ZipFile) -> bool:
    """Whether it is written as spreadsheets usually are, and small enough even if every cell were filled. Reads every part.

    Counts too much rather than too little; what it does not know is for `_Part` to say, which is exact and much slower.
    """
    rows = columns = named = longest = 0
    for part in packed.infolist():
        text, one = b"", 0
        with packed.open(part) as inside:
            while piece := inside.read(_PIECE):
                whole, mark, rest = (text + piece).rpartition(b"<")
                text = mark + rest
                cells = _USUAL.findall(whole)
                if len(cells) != len(_ANY_CELL.findall(whole)) or len(text) > 4 * _PIECE:
                    return False
                if cells:
                    columns = max(columns, *map(_number, {letters for letters, _ in cells}))
                    rows = max(rows, *(int(row) for _, row in cells))
                named += len(_NAMED.findall(whole))
                lengths = [len(said) for said in _SAID.split(whole)]
                lengths[0] += one
                longest, one = max(longest, *lengths), lengths[-1]
        if _ANY_CELL.search(text):
            return False
        longest = max(longest, one + len(text))
    return rows * columns <= CELLS and named * longest <= UNPACKED


def _number(letters: bytes) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + letter - 64
    return found


class _Part:
    """One part of the file: how far its cells reach; `texts` of the common list and how often cells have `named` one.

    Given all `texts`, it counts what the cells that name them come to.
    """

    def __init__(self, known: Sequence[int] = ()) -> None:
        self.texts: list[int] = []
        self.named = 0
        self._known = known
        self._bytes = 0
        self._row = self._column = self._rows = self._columns = 0
        self._shared = self._filled = self._sheet = False
        self._text: list[str] | None = None
        self._parser: expat.XMLParserType

    def read(self, packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        """Raises TooLarge; Unreadable for a sheet that is no XML."""
        parser, tail = expat.ParserCreate(), b""
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        if self._known:
            parser.EndElementHandler, parser.CharacterDataHandler = self._end, self._said
        self._parser = parser
        parser.StartDoctypeDeclHandler = _no_doctype
        strict = part.filename.lower().endswith((".xml", ".rels"))
        other = False
        with packed.open(part) as inside:
            while piece := inside.read(_PIECE):
                try:
                    if not other:
                        parser.Parse(piece)
                except expat.ExpatError:
                    other = True
                if other and (strict or self._sheet or _MARK in tail + piece):
                    raise Unreadable
                tail = piece[-len(_MARK) :]

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = name.rpartition(":")[2] if ":" in name else name
        if kind == "c":
            self._at(attributes.get("r", ""))
            self._shared = attributes.get("t") == "s"
            self._filled = False
        elif kind in ("v", "is", "f"):
            self._fill()
            self._text = [] if kind == "v" and self._shared and self._known else None
        elif kind == "row":
            self._row = _whole(attributes.get("r")) or self._row + 1
            self._column = 0
        elif kind == "si":
            self.texts.append(0)
            self._parser.CharacterDataHandler = self._said
        elif kind == "sheetData":
            self._sheet = True

    def _at(self, reference: str) -> None:
        if found := _CELL.fullmatch(reference):
            self._column, self._row = _number(found[1].encode()), int(found[2])
        else:
            self._column = self._column + 1 if not reference else CELLS

    def _fill(self) -> None:
        """The cell holds something: the table reaches as far as it."""
        if self._filled:
            return
        self._filled = True
        self.named += self._shared
        self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
        if self._rows * self._columns > CELLS:
            raise TooLarge(
                f"Excel 表格太大：内容一直到第 {self._rows} 行、第 {self._columns} 列，请删除多余的行和列"
            )

    def _said(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
        elif self.texts:
            self.texts[-1] += len(text.encode())

    def _end(self, name: str) -> None:
        if self._text is None or name.rpartition(":")[2] != "v":
            return
        place, self._text = _whole("".join(self._text).strip()), None
        if place is None or place >= len(self._known):
            return
        self._bytes += self._known[place]
        if self._bytes > UNPACKED:
            raise TooLarge("Excel 表格里同一段很长的文字重复太多")


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else None


def _no_doctype(*_: object) -> None:
    raise Unreadable
