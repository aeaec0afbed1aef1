"""Cells as departments write them: what is unmistakable is taken, everything else is named by column."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registry.verification import Source
from plugins.big_data_check.vocabulary import FIELDS, IDENTITY, key_of, normalise, shown


def read(source: Source, **cells: object) -> tuple[dict[str, str], list[str]]:
    values, problems = normalise(FIELDS[source], cells)
    return values, [f"{p.column}：{p.message}" for p in problems]


def test_a_vehicle_is_read_in_words_and_in_codes() -> None:
    values, problems = read(
        Source.VEHICLES, reference="甘L12345", kind="汽车", value="62,000 元".replace(" ", ""),
        disability_aid="否", first_registered="2018年3月1日", insured_until=datetime(2026, 1, 1), inspected_until="20251231",
    )  # fmt: skip
    assert problems == []
    assert values == {
        "reference": "甘L12345", "kind": "car", "value": "62000.00", "disability_aid": "no",
        "first_registered": "2018-03-01", "insured_until": "2026-01-01", "inspected_until": "2025-12-31",
    }  # fmt: skip
    assert dict(shown(Source.VEHICLES, values))["车辆类型"] == "汽车"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"reference": "", "kind": "汽车"}, "号牌号码：不能为空"),
        ({"reference": "甘L1", "kind": "飞机"}, "车辆类型：只能是"),
        ({"reference": "甘L1", "kind": "car", "value": "六万"}, "评估价值：请填数字"),
        ({"reference": "甘L1", "kind": "car", "value": "1e20"}, "评估价值：数字不在合理范围"),
        ({"reference": "甘L1", "kind": "car", "value": "49999.995"}, "评估价值：金额最多两位小数"),
        ({"reference": "甘L1", "kind": "car", "insured_until": "2026-02-30"}, "交强险有效期止：没有这一天"),
        ({"reference": "甘L1", "kind": "car", "insured_until": "明年"}, "交强险有效期止：请写成"),
        ({"reference": "甘L1", "kind": "car", "disability_aid": "也许"}, "残疾人代步车：请填"),
    ],
)
def test_a_cell_that_cannot_be_meant_is_named_by_column(cells: dict[str, object], said: str) -> None:
    _, problems = read(Source.VEHICLES, **cells)
    assert len(problems) == 1
    assert said in problems[0]


@given(st.floats(0, 1_000_000).map(lambda x: round(x, 2)))
def test_amounts_of_spreadsheets_keep_their_fen(value: float) -> None:
    values, problems = read(Source.DEPOSITS, institution="信用社", balance=value)
    assert problems == []
    assert values["balance"] == f"{value:.2f}"


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_every_way_of_writing_a_date_gives_the_same_day(day: date) -> None:
    ways = (
        day,
        f"{day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
    )
    found = {read(Source.MARRIAGE, status="已婚", registered_on=way)[0]["registered_on"] for way in ways}
    assert found == {day.isoformat()}


def test_headings_are_known_by_code_and_by_chinese_name() -> None:
    assert key_of(" 公民身份号码 ", IDENTITY) == "id_number"
    assert key_of("name", IDENTITY) == "name"
    assert key_of("手机号", IDENTITY) is None
