"""A delivered batch file: a manifest with counts and hash, and its table (CSV or Excel). Read whole or not at all.

The manifest (JSON) says what was sent, so that a truncated, swapped or half-copied file is noticed:

    {"source": "vehicles", "as_of": "2026-02-28", "format": "csv", "rows": 1203, "sha256": "…", "areas": ["620802"]}

`areas` are the area codes the delivery covers (6, 9 or 12 digits): a person outside them has *no data* there, a person
inside without a row has *no hit*. With a key, `signature` is HMAC-SHA256 over the manifest without it. Pure.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from python_calamine import CalamineError, CalamineWorkbook

from core.sdk import Source
from plugins.big_data_check.matching import Identity, plain_name
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY, key_of, normalise

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ROWS = 1_000_000
SHOWN_PROBLEMS = 200


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sender says it sent. `sha256` (hex) is of the table's bytes; `rows` leaves out the heading."""

    source: Source
    as_of: date
    format: Literal["csv", "xlsx"]
    rows: Annotated[int, Meta(ge=0, le=MAX_ROWS)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    areas: Annotated[
        tuple[Annotated[str, Meta(pattern="^([0-9]{6}|[0-9]{9}|[0-9]{12})$")], ...], Meta(min_length=1)
    ]
    signature: str = ""


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


@dataclass(frozen=True, slots=True)
class Row:
    """One registry record: whose it is, and its fields by key."""

    identity: Identity
    values: Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    """A good delivery, found by ID number or by name and birth date."""

    manifest: Manifest
    by_number: Mapping[str, Sequence[Row]] = field(repr=False)
    by_name: Mapping[str, Sequence[Row]] = field(repr=False)

    def covers(self, area_code: str) -> bool:
        return any(area_code.startswith(area) for area in self.manifest.areas)

    def candidates(self, name: str, numbers: Sequence[str]) -> tuple[Row, ...]:
        """Rows under any of the ID numbers (18 and 15 digits), and those of the name without a readable number."""
        under = [row for number in numbers for row in self.by_number.get(number, ())]
        return (*under, *(row for row in self.by_name.get(plain_name(name), ()) if row not in under))


def sign(manifest: Manifest, key: bytes) -> Manifest:
    """The manifest with its signature."""
    return msgspec.structs.replace(manifest, signature=_signature(manifest, key))


def read_manifest(data: bytes, key: bytes | None) -> Manifest:
    """Raises BrokenDelivery for anything but a complete manifest with the right signature (where a key is set)."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BrokenDelivery.whole(f"清单看不懂：{wrong}") from None
    if key is not None and not hmac.compare_digest(manifest.signature, _signature(manifest, key)):
        raise BrokenDelivery.whole("清单的签名不对，可能被改过，请交付单位重新发送")
    return manifest


def read(manifest: Manifest, data: bytes) -> Delivery:
    """The whole table, or BrokenDelivery with every problem found."""
    if len(data) > MAX_BYTES:
        raise BrokenDelivery.whole(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请分地区交付")
    if hashlib.sha256(data).hexdigest() != manifest.sha256:
        raise BrokenDelivery.whole("文件与清单的校验值不一致，可能没有传完，请重新发送")
    table = _csv(data) if manifest.format == "csv" else _xlsx(data)
    keys = _headings(manifest.source, next(table, []))
    by_number: dict[str, list[Row]] = {}
    by_name: dict[str, list[Row]] = {}
    problems: list[RowProblem] = []
    count = 0
    for number, cells in enumerate(table, 2):
        if not any(str(c if c is not None else "").strip() for c in cells):
            continue
        count += 1
        row, wrong = _row(manifest.source, dict(zip(keys, cells, strict=False)), number)
        problems += wrong
        if len(problems) > SHOWN_PROBLEMS:
            break
        identity = row.identity
        if identity.id_number:
            by_number.setdefault(identity.id_number.upper(), []).append(row)
        by_name.setdefault(plain_name(identity.name), []).append(row)
    if not problems and count != manifest.rows:
        problems.append(RowProblem(0, "", f"清单说有 {manifest.rows} 行，文件里有 {count} 行，请重新发送"))
    if problems:
        raise BrokenDelivery(*problems)
    return Delivery(manifest, by_number, by_name)


def _signature(manifest: Manifest, key: bytes) -> str:
    unsigned = msgspec.json.encode(msgspec.structs.replace(manifest, signature=""), order="sorted")
    return hmac.new(key, unsigned, hashlib.sha256).hexdigest()


def _headings(source: Source, cells: Sequence[object]) -> list[str]:
    fields = (*IDENTITY, *FIELDS[source])
    keys = [key_of(str(cell if cell is not None else ""), fields) or "" for cell in cells]
    missing = [f.label for f in fields if f.required and f.key not in keys]
    if "id_number" not in keys:
        missing.insert(0, "公民身份号码")
    if missing:
        raise BrokenDelivery(*(RowProblem(1, label, "缺少这一列") for label in dict.fromkeys(missing)))
    return keys


def _row(source: Source, raw: Mapping[str, object], number: int) -> tuple[Row, list[RowProblem]]:
    who, wrong_identity = normalise(IDENTITY, raw)
    values, wrong_values = normalise(FIELDS[source], raw)
    born = who.get("birth_date")
    identity = Identity(
        who.get("name", ""),
        who.get("id_number", "").replace(" ", ""),
        date.fromisoformat(born) if born else None,
        who.get("area_code", ""),
    )
    problems = [RowProblem(number, p.column, p.message) for p in (*wrong_identity, *wrong_values)]
    return Row(identity, values), problems


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
