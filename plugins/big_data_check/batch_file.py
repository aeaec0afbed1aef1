"""A delivered batch file: a manifest with counts and hash, and its table. Read whole or not at all.

The manifest (JSON) says what was sent, so that a truncated, swapped or half-copied file is noticed:

    {"source": "vehicles", "as_of": "2026-02-28", "format": "csv", "rows": 1203, "sha256": "…", "areas": ["620802"]}

`areas` are the area codes the delivery covers (6, 9 or 12 digits): a person outside them has *no data* there, a person
inside without a row has *no hit*. A reply to one of our own requests names it in `batch` instead, and covers whom it asked
about. What is too large comes in `parts`; a correction comes with a higher `version`. Good rows of a faulty file are kept
only when an officer says so, and who stands in the others is remembered. Pure.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, BinaryIO

import msgspec
from msgspec import Meta

from core.sdk import Invalid, decode
from core.sdk.verification import Source
from plugins.big_data_check.matching import Identity, RegistryRecord
from plugins.big_data_check.segments import size_of
from plugins.big_data_check.tables import AT_ONCE, IN_PIECES, Format, Limits, Unreadable, rows, too_many
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY, key_of, normalise

SHOWN_PROBLEMS = 200
MOST_LEFT_OUT = 1000
"""So many faulty rows (or one in a hundred, where that is more) are a faulty file: not taken even when an officer would keep
the rest, and not read to its end."""
MOST_EXACT = 10**15
"""Spreadsheets keep 15 digits of a number: a 15-digit ID number survives, an 18-digit one does not."""
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sender says it sent. `sha256` (hex) is of the table's own bytes; `rows` leaves out the heading."""

    source: Annotated[Source, Meta(title="来源")]
    as_of: Annotated[date, Meta(title="数据截至")]
    format: Annotated[Format, Meta(title="格式")]
    rows: Annotated[int, Meta(title="行数", ge=0, le=IN_PIECES.rows)]
    sha256: Annotated[str, Meta(title="校验值", pattern="^[0-9a-f]{64}$")]
    areas: Annotated[
        tuple[Annotated[str, Meta(pattern="^([0-9]{6}|[0-9]{9}|[0-9]{12})$")], ...],
        Meta(title="地区", max_length=500),
    ] = ()
    batch: Annotated[str, Meta(title="核对批次", max_length=40)] = ""
    version: Annotated[int, Meta(title="版本", ge=1, le=999)] = 1
    part: Annotated[int, Meta(title="第几份", ge=1, le=999)] = 1
    parts: Annotated[int, Meta(title="共几份", ge=1, le=999)] = 1

    def canonical(self) -> bytes:
        """The bytes a signature is over: every field, in the order of their names, without spaces."""
        return msgspec.json.encode(self, order="sorted")


class RowProblem(msgspec.Struct, frozen=True):
    """`row` counts as Excel does, the heading is row 1; 0 is the file itself."""

    row: int
    column: str
    message: str


class BrokenDelivery(Exception):
    """The delivery cannot be used. `problems` says why, per row and column where it is about cells.

    `good`: how many rows have none and could be kept if an officer says so; 0: the file as a whole is at fault.
    """

    def __init__(self, *problems: RowProblem, good: int = 0) -> None:
        self.problems = problems
        self.good = good
        super().__init__(f"{len(problems)} problems")

    @classmethod
    def whole(cls, message: str) -> BrokenDelivery:
        return cls(RowProblem(0, "", message))


@dataclass(frozen=True)
class Delivery:
    """A delivery that may be taken. `left_out` are the rows an officer left out, as far as it is known whose they are."""

    manifest: Manifest
    data: bytes = field(repr=False)
    rows: int
    left_out: Sequence[Identity] = field(default=(), repr=False)

    @property
    def records(self) -> Iterator[RegistryRecord]:
        """Every good record in the order of the file, read anew: they are never all in memory."""
        for record, wrong in table_rows(self.manifest, io.BytesIO(self.data)):
            if not wrong:
                yield record


def read_manifest(sent: bytes | Mapping[str, Any]) -> Manifest:
    """Raises BrokenDelivery for anything but a complete manifest."""
    if isinstance(sent, bytes):
        try:
            sent = msgspec.json.decode(sent.removeprefix(codecs.BOM_UTF8), type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BrokenDelivery.whole("清单不是 JSON 文件，请按说明里的样子重新制作") from None
    try:
        manifest = decode(Manifest, sent)
    except Invalid as wrong:
        raise BrokenDelivery(*(RowProblem(0, f.field, f"清单：{f.message}") for f in wrong.fields)) from None
    if manifest.part > manifest.parts:
        raise BrokenDelivery(
            RowProblem(0, "part", f"清单：一共 {manifest.parts} 份，没有第 {manifest.part} 份")
        )
    if not manifest.areas and not manifest.batch:
        raise BrokenDelivery(
            RowProblem(0, "areas", "清单：要写明数据包括的地区；答复我们的核对批次的，写明批次")
        )
    return manifest


def read(manifest: Manifest, data: bytes, *, keep_good: bool = False) -> Delivery:
    """Check the whole table. Raises BrokenDelivery with every problem found (at most `SHOWN_PROBLEMS`).

    `keep_good`: faulty rows are left out instead, as long as there are not too many and some are good.
    """
    if len(data) > AT_ONCE.size:
        raise BrokenDelivery.whole(f"文件超过 {AT_ONCE.size // 1024 // 1024} MB，请分段上传，或分地区交付")
    if manifest.rows > AT_ONCE.rows:
        raise BrokenDelivery.whole(too_many(AT_ONCE))
    if hashlib.sha256(data).hexdigest() != manifest.sha256:
        raise BrokenDelivery.whole("文件与清单的校验值不一致，可能没有传完，请重新发送")
    good, faulty, problems = _checked(manifest, io.BytesIO(data), AT_ONCE)
    few = len(faulty) <= most_left_out(manifest)
    if few and (wrong := miscounted(manifest, good + len(faulty))):
        raise BrokenDelivery(wrong, *problems)
    if problems and not (keep_good and good and few):
        raise BrokenDelivery(*problems, good=good if few else 0)
    return Delivery(manifest, data, good, tuple(faulty))


def check(manifest: Manifest, file: BinaryIO) -> None:
    """The same for a file of any size, before it is sent. Raises BrokenDelivery."""
    if size_of(file) > IN_PIECES.size:
        raise BrokenDelivery.whole(f"文件超过 {IN_PIECES.size // 1024**3} GB，请分地区交付")
    good, faulty, problems = _checked(manifest, file, IN_PIECES)
    wrong = miscounted(manifest, good + len(faulty)) if not problems else None
    if wrong or problems:
        raise BrokenDelivery(*([wrong] if wrong else problems))


def most_left_out(manifest: Manifest) -> int:
    return max(MOST_LEFT_OUT, manifest.rows // 100)


def miscounted(manifest: Manifest, found: int) -> RowProblem | None:
    if found == manifest.rows:
        return None
    return RowProblem(0, "", f"清单说有 {manifest.rows} 行，文件里有 {found} 行，请重新发送")


def _checked(
    manifest: Manifest, file: BinaryIO, limits: Limits
) -> tuple[int, list[Identity], list[RowProblem]]:
    """How many rows are good, whose the others are, and what is wrong with them; given up where it is too much."""
    good = 0
    faulty: list[Identity] = []
    problems: list[RowProblem] = []
    for record, wrong in table_rows(manifest, file, limits=limits):
        if wrong:
            faulty.append(record.identity)
            problems += wrong[: SHOWN_PROBLEMS - len(problems)]
        else:
            good += 1
        if len(faulty) > most_left_out(manifest):
            break
    return good, faulty, problems


def table_rows(
    manifest: Manifest, file: BinaryIO, *, limits: Limits = AT_ONCE, after: int = 0
) -> Iterator[tuple[RegistryRecord, list[RowProblem]]]:
    """Every filled row with what is wrong with it, one after another; the first `after` of them are passed over unread.

    Raises BrokenDelivery for the file or its heading, and where it has more rows than `limits` allow.
    """
    filled = 0
    try:
        table = rows(manifest.format, file, limits)
        keys = _headings(manifest.source, next(table, []))
        for number, cells in enumerate(table, 2):
            if not any(_filled(cell) for cell in cells):
                continue
            filled += 1
            if filled > limits.rows:
                raise Unreadable(too_many(limits))
            if filled > after:
                yield _record(manifest.source, keys, cells, number)
    except Unreadable as wrong:
        raise BrokenDelivery.whole(str(wrong)) from None


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
