"""The administrative tree: Gansu's own file is whole, and a wrong line is told with its number."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.problems import Invalid
from core.tenancy.areas import LEVELS, read_areas, sort_key
from tests.builders.bundles import TENANTS

HEAD = "code,name,level,parent_code\n"
PROVINCE = "620000000000,甘肃省,province,\n"


def test_the_tree_of_gansu_is_whole() -> None:
    areas = read_areas(TENANTS / "areas" / "62.csv.gz")
    counted = Counter(area.level for area in areas)
    assert counted == {"province": 1, "prefecture": 14, "district": 88, "township": 1403, "village": 17718}
    by_code = {area.code: area for area in areas}
    for area in areas:
        if area.parent_code is not None:
            digits = LEVELS[by_code[area.parent_code].level]
            assert area.code.startswith(area.parent_code[:digits])


def test_a_name_sorts_by_its_pinyin() -> None:
    assert sort_key("崆峒区") == "kong tong qu"
    assert sorted(["庄浪县", "崆峒区", "泾川县"], key=sort_key) == ["泾川县", "崆峒区", "庄浪县"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("62080,某区,district,620000000000", "代码“62080”应为 12 位数字"),
        ("620802000000,,district,620000000000", "名称是空的"),
        ("620802000000,某区,distric,620000000000", "没有“distric”这一级，是不是“district”？"),
        ("620802001000,某区,district,620000000000", "6 位以后应全是 0"),
        ("620802000000,某区,district,610000000000", "上级“610000000000”没有写在它前面"),
        ("630000000000,青海省,province,620000000000", "省没有上级"),
        ("620000000000,甘肃省,province,", "代码“620000000000”重复了"),
        ("620802000000,某区", "应有 4 列，实有 2 列"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(tmp_path: Path, line: str, sentence: str) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(HEAD + PROVINCE + line + "\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_areas(file)
    assert refused.value.fields[0].field == "areas.csv：第 3 行"
    assert sentence in refused.value.fields[0].message


def test_a_file_with_another_heading_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("名称,代码\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_areas(file)
    assert "表头应为 code,name,level,parent_code" in refused.value.fields[0].message
