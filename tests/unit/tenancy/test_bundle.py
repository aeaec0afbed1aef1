"""Reading a bundle's folder: its form, every mistake at once, and values replaced from outside."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from core.problems import Invalid
from core.tenancy.bundle import read_bundle, with_values
from tests.builders.bundles import TENANTS, write_bundle

DISTRICT = """
name = "某区"
spot_check_percent = 12.50
[bundle]
code = "620802"
kind = "district"
extends = "62"
"""
PROVINCE = """
name = "某省"
[bundle]
code = "62"
kind = "province"
"""


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read_bundle(folder)
    return [f"{f.field}：{f.message}" for f in refused.value.fields]


def test_a_district_that_extends_needs_one_file_only(tmp_path: Path) -> None:
    found = read_bundle(write_bundle(tmp_path / "b", tenant=DISTRICT))
    assert (found.head.code, found.head.extends, found.name) == ("620802", "62", "某区")
    assert found.own == {
        "tenant": {"name": "某区", "spot_check_percent": Decimal("12.50")},
        "roles": [],
        "templates": {},
    }


def test_numbers_stay_exact_and_dates_become_text(tmp_path: Path) -> None:
    rules = "[[sets]]\neffective_from = 2026-01-01\nstandard = 0.1\n"
    found = read_bundle(write_bundle(tmp_path / "b", tenant=DISTRICT, rules=rules))
    assert found.own["rules"] == {"sets": [{"effective_from": "2026-01-01", "standard": Decimal("0.1")}]}


def test_a_province_needs_procedure_and_rules(tmp_path: Path) -> None:
    assert mistakes(write_bundle(tmp_path / "b", tenant=PROVINCE)) == [
        "procedure.toml：缺少这个文件",
        "rules.toml：缺少这个文件",
    ]


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    tenant = DISTRICT + 'extend = "62"\n[locked]\n"tenant.x" = { minimun = 3 }\n'
    folder = write_bundle(
        tmp_path / "b", tenant=tenant, rules="a = = 1", roles_csv="role,object,action,effect\nclerk, case\n",
        **{"rule.toml": ""},
    )  # fmt: skip
    found = mistakes(folder)
    assert found[0] == "rule.toml：配置包里没有这种文件，是不是“rules.toml”？"
    assert "tenant.toml：bundle.extend：没有这一项，是不是“extends”？" in found
    assert "tenant.toml：locked.tenant.x.minimun：没有这一项，是不是“minimum”？" in found
    assert any(line.startswith("rules.toml：TOML 写法不对") and "line 1" in line for line in found)
    assert "roles.csv：第 2 行：“clerk, case”应为四项：岗位, 对象, 动作, allow|deny" in found


@pytest.mark.parametrize(
    ("tenant", "sentence"),
    [
        (DISTRICT.replace("620802", "6208"), "bundle.code"),
        (DISTRICT.replace('"620802"', '"62"'), "district 的代码是 6 位，写的是“62”"),
        (DISTRICT.replace('extends = "62"', 'extends = "61"'), "620802 不属于 61"),
        (DISTRICT + '[locked]\n"tenant.a" = { exact = 1 }', "只有省级配置可以锁定"),
        (DISTRICT.replace('extends = "62"', 'drop = ["rules"]'), "不需要去掉什么"),
        (DISTRICT.replace("district", "county"), "可用：district、province"),
        ("", "文件是空的"),
    ],
)
def test_a_head_that_makes_no_sense_is_refused(tmp_path: Path, tenant: str, sentence: str) -> None:
    assert any(sentence in line for line in mistakes(write_bundle(tmp_path / "b", tenant=tenant)))


@pytest.mark.parametrize(
    ("locked", "sentence"),
    [
        ('"settings.a" = { minimum = 1 }', "要写明是哪个文件的哪一项"),
        ('"tenant" = { minimum = 1 }', "要写明是哪个文件的哪一项"),
        ('"tenant.a" = { law = "57号" }', "至少写 minimum、maximum、exact、superset 之一"),
    ],
)
def test_a_lock_that_locks_nothing_is_refused(tmp_path: Path, locked: str, sentence: str) -> None:
    folder = write_bundle(
        tmp_path / "b", tenant=f"{PROVINCE}[locked]\n{locked}\n", procedure="a = 1", rules="a = 1"
    )
    assert sentence in mistakes(folder)[0]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "nowhere") == [f"{tmp_path / 'nowhere'}：没有这个文件夹"]


def test_templates_are_texts_by_name(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "b", tenant=DISTRICT)
    write_bundle(folder / "templates", **{"notice.txt": "您好"})
    (folder / "templates" / "logo.png").write_bytes(b"\x89PNG\xff")
    assert mistakes(folder) == ["templates/logo.png：模板要是 UTF-8 文本文件"]
    (folder / "templates" / "logo.png").unlink()
    assert read_bundle(folder).own["templates"] == {"notice.txt": "您好"}


def test_single_values_are_replaced_without_touching_the_files() -> None:
    bundle = read_bundle(TENANTS / "620802-kongtong")
    changed = with_values(bundle, {"tenant.plugins.big_data_check.platform.url": "http://127.0.0.1:9"})
    assert changed.own["tenant"]["plugins"]["big_data_check"]["platform"] == {
        "url": "http://127.0.0.1:9",
        "key_id": "620802",
    }
    assert bundle.own["tenant"]["plugins"]["big_data_check"]["platform"]["url"].startswith("https://")
