"""A leaflet says what the rules say, and nothing that is no longer so; a list in Excel is taken whole or with its errors."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.problems import Invalid
from core.publicity import sheet
from core.publicity.coverage import Household
from core.publicity.leaflet import leaflet, script, spoken
from core.rules.parameters import ParameterSet, RuleBook
from core.tenancy.settings import TenantSettings
from core.web.workbook import workbook
from tests.builders.casework import p1_rules

SETTINGS = TenantSettings(name="崆峒区", office_name="崆峒区民政局", supervision_phone="0933-8210000")
TODAY = date(2026, 9, 7)
STEPS = ("张榜公示：在村里公示 7 天。",)


def rules() -> ParameterSet:
    return msgspec.convert({"sets": p1_rules()}, RuleBook, strict=False).at(TODAY)


def text_of(parameters: ParameterSet) -> str:
    return script(leaflet("崆峒镇水桥村", SETTINGS, parameters, STEPS, TODAY))


def test_a_leaflet_names_standard_amounts_steps_days_and_phone() -> None:
    said = text_of(rules())
    for word in (
        "5,580 元",
        "465 元",
        "62 元",
        "50,000 元以上",
        "公示 7 天",
        "30 个工作日",
        "0933-8210000",
        "水桥村",
    ):
        assert word in said, word


@given(st.decimals(min_value=1000, max_value=20000, places=2))
def test_a_new_standard_is_said_as_soon_as_it_is_in_force(standard: Decimal) -> None:
    said = text_of(msgspec.structs.replace(rules(), standard=standard))
    assert f"{standard:,.2f}".removesuffix(".00") in said
    assert standard == 5580 or "5,580 元" not in said


def test_a_villages_dates_to_come_are_said_and_those_past_are_not() -> None:
    plan = (("逐户入户", date(2026, 9, 30)), ("受理申请", date(2026, 9, 20)), ("动员大会", date(2026, 9, 1)))
    said = script(leaflet("水桥村", SETTINGS, rules(), STEPS, TODAY, plan))
    assert said.index("受理申请：到 2026 年 9 月 20 日。") < said.index("逐户入户：到 2026 年 9 月 30 日。")
    assert "动员大会：到" not in said
    assert "以后随时可以到乡镇民政办申请" in said
    assert "本村的日程" not in text_of(rules()), "no round, no dates"


def test_what_is_read_out_has_nothing_that_cannot_be_spoken() -> None:
    assert not re.search(r"[（）()<>{}\[\]]", text_of(rules()))


HOUSEHOLDS = [
    Household(uuid4(), "一组", "马德福", "", None),
    Household(uuid4(), "二组", "李秀", "visit", TODAY),
]


def test_what_is_exported_can_be_filled_in_and_brought_back() -> None:
    book = workbook("名单", sheet.HEADS, sheet.rows_of(HOUSEHOLDS))
    taken = sheet.read(book).households
    assert [(h.group_name, h.head, h.how, h.told_on) for h in taken] == [
        ("一组", "马德福", "", None), ("二组", "李秀", "visit", TODAY),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("一组", "马", "", "", None)], "第 2 行“户主”"),
        ([("一组", "马德福", "", "", None), ("一组", "李秀", "", "听说", None)], "第 3 行“告知方式”"),
        ([("一组", "马德福", "620802195001010011", "", None)], "第 2 行“区分”"),
        ([("一组", "马德福", "", "入户", "上周")], "第 2 行“日期”"),
        ([], "没有家庭"),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column(
    rows: list[tuple[str, str, str, str, None]], told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        sheet.read(workbook("名单", sheet.HEADS, rows))
    assert told in "".join(e.message for e in refused.value.fields)


def test_what_is_no_workbook_or_lacks_the_columns_is_told() -> None:
    for data, told in ((b"PK not a workbook", "Excel"), (workbook("x", ("姓名",), [("马德福",)]), "户主")):
        with pytest.raises(Invalid) as refused:
            sheet.read(data)
        assert told in refused.value.fields[0].message


def test_the_loudspeaker_says_the_address_sign_by_sign_and_twice() -> None:
    said = spoken("https://dibao.Kongtong.gov.cn/d/620802/")
    assert said == "d i b a o 点 k o n g t o n g 点 g o v 点 c n 斜杠 d 斜杠 六 二 零 八 零 二"
    read_out = script(leaflet("崆峒镇水桥村", SETTINGS, rules(), STEPS, TODAY), "http://dibao.cn/d/620802")
    assert read_out.count("d i b a o 点 c n 斜杠 d 斜杠 六 二 零 八 零 二") == 2
    assert "http" not in read_out
    assert "://" not in read_out
