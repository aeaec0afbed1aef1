"""The administrative tree, province to village, from a CSV `code,name,level,parent_code` (12 digits; plain or .gz).

Codes and names are the state's; they are shared by all tenants. Importing again corrects names and adds what is new;
nothing is removed, because cases point at areas that may since have been merged.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypinyin import Style, lazy_pinyin, load_phrases_dict

from core.storage.database import Transaction
from core.tenancy.strict import ConfigProblem, refuse, unknown_name

LEVELS = {"province": 2, "prefecture": 4, "district": 6, "township": 9, "village": 12}
"""How many digits of the code say something at a level."""
LABELS = {
    "province": "省",
    "prefecture": "市州",
    "district": "区县",
    "township": "乡镇街道",
    "village": "村社区",
}
HEADING = ["code", "name", "level", "parent_code"]
load_phrases_dict({"崆峒": [["kōng"], ["tóng"]]})  # the library reads 峒 as dòng

_CODE = re.compile(r"[0-9]{12}")
_AT_ONCE = 5000
_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    name: str
    level: str
    parent_code: str | None

    @property
    def sort_key(self) -> str:
        """Pinyin: the database cannot sort Chinese."""
        return sort_key(self.name)


def sort_key(name: str) -> str:
    """A name as it sorts: `崆峒区` → `kong tong qu`."""
    return " ".join(lazy_pinyin(name, style=Style.NORMAL)).lower()


def read_areas(file: Path) -> tuple[Area, ...]:
    """All areas of a file. Raises Invalid naming line and column of everything wrong (the first 50)."""
    if not file.is_file():
        refuse("区划文件", [ConfigProblem(file.name, "", f"没有这个文件：{file}")])
    raw = file.read_bytes()
    text = (gzip.decompress(raw) if file.suffix == ".gz" else raw).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or rows[0] != HEADING:
        refuse("区划文件", [ConfigProblem(file.name, "第 1 行", f"表头应为 {','.join(HEADING)}")])
    areas, problems = [], []
    known: set[str] = set()
    for number, row in enumerate(rows[1:], start=2):
        wrong = list(_wrong(row, known))
        problems += [ConfigProblem(file.name, f"第 {number} 行", text) for text in wrong]
        if not wrong:
            known.add(row[0])
            areas.append(Area(row[0], row[1], row[2], row[3] or None))
        if len(problems) >= _MOST_PROBLEMS:
            break
    refuse("区划文件", problems, "改正后重新导入，已导入的没有变。")
    return tuple(areas)


def _wrong(row: Sequence[str], known: set[str]) -> Iterator[str]:
    """What is wrong with one line; parents come before their children."""
    if len(row) != len(HEADING):
        yield f"应有 {len(HEADING)} 列，实有 {len(row)} 列"
        return
    code, name, level, parent = row
    if not _CODE.fullmatch(code):
        yield f"代码“{code}”应为 12 位数字"
        return
    if code in known:
        yield f"代码“{code}”重复了"
    if not name.strip():
        yield "名称是空的"
    if level not in LEVELS:
        yield f"没有“{level}”这一级{unknown_name(level, LEVELS)}"
        return
    if code[LEVELS[level] :].strip("0"):
        yield f"代码“{code}”不像{LABELS[level]}的代码，{LEVELS[level]} 位以后应全是 0"
    if level == "province":
        if parent:
            yield "省没有上级，parent_code 应为空"
    elif parent not in known:
        yield f"上级“{parent}”没有写在它前面"


async def load_areas(tx: Transaction, areas: Iterable[Area]) -> Counter[str]:
    """Add areas and correct names; how many there were by level."""
    listed = list(areas)
    for start in range(0, len(listed), _AT_ONCE):
        part = listed[start : start + _AT_ONCE]
        await tx.execute(
            """INSERT INTO area (code, name, level, parent_code, sort_key)
               SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
               ON CONFLICT (code) DO UPDATE
               SET name = excluded.name, level = excluded.level, parent_code = excluded.parent_code,
                   sort_key = excluded.sort_key""",
            [a.code for a in part],
            [a.name for a in part],
            [a.level for a in part],
            [a.parent_code for a in part],
            [a.sort_key for a in part],
        )
    return Counter(area.level for area in listed)
