"""A delivered batch file: a manifest with counts and hash, and its table (CSV or Excel). Read whole or not at all.

The manifest (JSON) says what was sent, so that a truncated, swapped or half-copied file is noticed:

    {"source": "vehicles", "as_of": "2026-02-28", "format": "csv", "rows": 1203, "sha256": "…", "areas": ["620802"]}

`areas` are the area codes the delivery covers (6, 9 or 12 digits): a person outside them has *no data* there, a person
inside without a row has *no hit*. With a key, `signature` is HMAC-SHA256 over the manifest without it. Pure.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import hmac
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from python_calamine import CalamineError, CalamineWorkbook

from core.sdk import Invalid, decode
from core.sdk.verification import Source
from plugins.big_data_check.matching import Identity, RegistryRecord
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY, key_of, normalise

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ROWS = 1_000_000
SHOWN_PROBLEMS = 200
MOST_EXACT = 10**15
"""Spreadsheets keep 15 digits of a number: a 15-digit ID number survives, an 18-digit one does not."""
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sender says it sent. `sha256` (hex) is of the table's bytes; `rows` leaves out the heading."""

    source: Annotated[Source, Meta(title="来源")]
    as_of: Annotated[date, Meta(title="数据截至")]
    format: Annotated[Literal["csv", "xlsx"], Meta(title="格式")]
    rows: Annotated[int, Meta(title="行数", ge=0, le=MAX_ROWS)]
    sha256: Annotated[str, Meta(title="校验值", pattern="^[0-9a-f]{64}$")]
    areas: Annotated[
        tuple[Annotated[str, Meta(pattern="^([0-9]{6}|[0-9]{9}|[0-9]{12})$")], ...],
        Meta(title="地区", min_length=1, max_length=500),
    ]
    signature: Annotated[str, Meta(title="签名", max_length=128)] = ""


class RowProblem(msgspec.Struct, frozen=True):
    """`row` counts as Excel does, the heading is row 1; 0 is the file itself."""

    row: int
    column: str
    message: str


class BrokenDelivery(Exception):
    """The delivery cannot be used. `problems` says why, per row and column where it is about cells."""

    def __init__(self, *problems: RowProblem) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems")

    @classmethod
    def whole(cls, message: str) -> BrokenDelivery:
        return cls(RowProblem(0, "", message))


@dataclass(frozen=True)
class Delivery:
    """A good delivery: what was promised, and every record of it in the order of the file."""

    manifest: Manifest
    records: Sequence[RegistryRecord] = field(repr=False)


def sign(manifest: Manifest, key: bytes) -> Manifest:
    """The manifest with its signature."""
    return msgspec.structs.replace(manifest, signature=_signature(manifest, key))


def read_manifest(sent: bytes | Mapping[str, Any], key: bytes | None) -> Manifest:
    """Raises BrokenDelivery for anything but a complete manifest with the right signature (where a key is given)."""
    if isinstance(sent, bytes):
        try:
            sent = msgspec.json.decode(sent.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BrokenDelivery.whole("清单不是 JSON 文件，请按说明里的样子重新制作") from None
    try:
        manifest = decode(Manifest, sent)
    except Invalid as wrong:
        raise BrokenDelivery(*(RowProblem(0, f.field, f"清单：{f.message}") for f in wrong.fields)) from None
    if key is not None and not hmac.compare_digest(
        manifest.signature.encode(), _signature(manifest, key).encode()
    ):
        raise BrokenDelivery.whole("清单的签名不对，可能被改过，请交付单位重新发送")
    return manifest


def read(manifest: Manifest, data: bytes) -> Delivery:
    """The whole table, or BrokenDelivery with every problem found (at most `SHOWN_PROBLEMS`)."""
    if len(data) > MAX_BYTES:
        raise BrokenDelivery.whole(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请分地区交付")
    if hashlib.sha256(data).hexdigest() != manifest.sha256:
        raise BrokenDelivery.whole("文件与清单的校验值不一致，可能没有传完，请重新发送")
    try:
        records, problems = _table(manifest.source, _csv(data) if manifest.format == "csv" else _xlsx(data))
    except csv.Error:
        raise BrokenDelivery.whole("CSV 文件的引号或换行有误，读不下去，请重新导出") from None
    if not problems and len(records) != manifest.rows:
        wrong = f"清单说有 {manifest.rows} 行，文件里有 {len(records)} 行，请重新发送"
        problems.append(RowProblem(0, "", wrong))
    if problems:
        raise BrokenDelivery(*problems)
    return Delivery(manifest, records)


def _table(
    source: Source, table: Iterator[Sequence[object]]
) -> tuple[list[RegistryRecord], list[RowProblem]]:
    keys = _headings(source, next(table, []))
    records: list[RegistryRecord] = []
    problems: list[RowProblem] = []
    for number, cells in enumerate(table, 2):
        if not any(_filled(cell) for cell in cells):
            continue
        record, wrong = _record(source, keys, cells, number)
        records.append(record)
        problems += wrong
        if len(problems) >= SHOWN_PROBLEMS or len(records) > MAX_ROWS:
            break
    return records, problems[:SHOWN_PROBLEMS]


def _signature(manifest: Manifest, key: bytes) -> str:
    unsigned = msgspec.json.encode(msgspec.structs.replace(manifest, signature=""), order="sorted")
    return hmac.new(key, unsigned, hashlib.sha256).hexdigest()


def _headings(source: Source, cells: Sequence[object]) -> list[str]:
    fields = (*IDENTITY, *FIELDS[source])
    keys = [key_of(str(cell) if _filled(cell) else "", fields) or "" for cell in cells]
    missing = [f.label for f in fields if f.required and f.key not in keys]
    if "id_number" not in keys:
        missing.insert(0, IDENTITY[0].label)
    problems = [RowProblem(1, label, "缺少这一列") for label in dict.fromkeys(missing)]
    problems += [RowProblem(1, f.label, "这一列出现了两次") for f in fields if keys.count(f.key) > 1]
    if problems:
        raise BrokenDelivery(*problems)
    return keys


def _record(
    source: Source, keys: Sequence[str], cells: Sequence[object], number: int
) -> tuple[RegistryRecord, list[RowProblem]]:
    raw = dict(zip(keys, cells, strict=False))
    text, lost = _id_number(raw.get("id_number"))
    who, wrong_identity = normalise(IDENTITY, {**raw, "id_number": text})
    values, wrong_values = normalise(FIELDS[source], raw)
    born = who.get("birth_date")
    identity = Identity(
        who.get("name", ""),
        who.get("id_number", ""),
        date.fromisoformat(born) if born else None,
        who.get("area_code", ""),
    )
    problems = [RowProblem(number, p.column, p.message) for p in (*wrong_identity, *wrong_values)]
    if lost:
        problems.insert(0, RowProblem(number, IDENTITY[0].label, lost))
    if any(_filled(cell) for cell in cells[len(keys) :]):
        problems.append(RowProblem(number, "", "这一行的格数比表头多，可能有逗号没有加引号"))
    return RegistryRecord(identity, values), problems


def _id_number(cell: object) -> tuple[str, str]:
    """The number as text, without what spreadsheets wrap around it; and whether its last digits were lost to Excel."""
    lost = "身份证号被当成数值保存，末几位已经丢失，请把这一列设为文本后重新导出"
    if isinstance(cell, int | float):
        exact = abs(cell) < MOST_EXACT and float(cell).is_integer()
        return (str(int(cell)), "") if exact else ("", lost)
    text = "".join(str(cell).split()).strip("'‘’`") if _filled(cell) else ""
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return ("", lost) if _SCIENTIFIC.fullmatch(text) else (text, "")


def _filled(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip())


def _csv(data: bytes) -> Iterator[Sequence[object]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise BrokenDelivery.whole("文字编码既不是 UTF-8 也不是 GBK，请另存后重新发送") from None
    if "\x00" in text:
        raise BrokenDelivery.whole("这不是 CSV 文件，请按清单里的格式发送")
    yield from csv.reader(io.StringIO(text, newline=""))


def _xlsx(data: bytes) -> Iterator[Sequence[object]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise BrokenDelivery.whole("Excel 文件解压后过大，请改用 CSV 分地区交付")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    except (zipfile.BadZipFile, CalamineError):
        raise BrokenDelivery.whole("Excel 文件打不开，可能没有传完，请重新发送") from None
    yield from sheet.iter_rows()
