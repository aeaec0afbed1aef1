"""Reading configuration: every mistake at once, with file, key, what is allowed and what was meant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from core.problems import Invalid
from core.tenancy.strict import ConfigProblem, read, refuse


class Crop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    yuan: Annotated[Decimal, Meta(title="每亩")] = Decimal(0)


class Farm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: Annotated[int, Meta(title="面积", description="不超过 30", ge=1, le=30)]
    kind: Literal["wet", "dry"] = "dry"
    crops: Annotated[tuple[Crop, ...], Meta(title="作物", max_length=2)] = ()
    opened: date | None = None
    seconds: float = 1.0
    by_year: dict[str, Crop] = {}

    def __post_init__(self) -> None:
        if self.kind == "wet" and self.size > 20:
            raise ValueError("水田不超过 20")


def said(raw: object) -> list[str]:
    value, problems = read(Farm, raw, "farm.toml")
    assert (value is None) is bool(problems)
    return [str(problem) for problem in problems]


def test_what_is_right_is_read_exactly() -> None:
    raw = {
        "size": 3, "crops": [{"name": "小麦", "yuan": Decimal("0.10")}], "opened": "2026-01-02", "seconds": Decimal("0.5"),
    }  # fmt: skip
    farm, problems = read(Farm, raw, "farm.toml")
    assert problems == []
    assert farm == Farm(3, crops=(Crop("小麦", Decimal("0.10")),), opened=date(2026, 1, 2), seconds=0.5)


def test_an_unknown_key_is_told_with_what_was_probably_meant() -> None:
    assert said({"size": 3, "croops": []}) == ["farm.toml：croops：没有这一项，是不是“crops”？"]


def test_an_unknown_key_unlike_any_other_lists_what_is_allowed() -> None:
    assert said({"size": 3, "xyz": 1}) == [
        "farm.toml：xyz：没有这一项，可用：by_year、crops、kind、opened、seconds、size"
    ]


def test_all_mistakes_are_told_at_once_at_their_dotted_keys() -> None:
    raw = {
        "size": 31,
        "kind": "dri",
        "crops": [{"yuan": "viel"}, {"name": "玉米", "yuna": 3}],
        "opened": "2026-02-30",
        "by_year": {"2026": {"name": 5}},
    }
    assert said(raw) == [
        "farm.toml：size：“31”不能用，不能大于 30（面积：不超过 30）",
        "farm.toml：kind：“dri”不能用，是不是“dry”？",
        "farm.toml：crops.0.name：缺少这一项",
        "farm.toml：crops.0.yuan：“viel”不能用，这里要写数字",
        "farm.toml：crops.1.yuna：没有这一项，是不是“yuan”？",
        "farm.toml：opened：“2026-02-30”不能用，这里要写日期，例如 2026-01-01",
        "farm.toml：by_year.2026.name：“5”不能用，这里要写文字（加引号）",
    ]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({}, "size：缺少这一项（面积）"),
        ({"size": "3"}, "size：“3”不能用，这里要写整数"),
        ({"size": True}, "size：“True”不能用，这里要写整数"),
        ({"size": 3, "crops": {}}, "crops：这里要写一列，用方括号，例如 [ … ]"),
        ({"size": 3, "crops": ["小麦"]}, "crops.0：这里要写一段（表），里面是若干项"),
        ({"size": 3, "crops": [{"name": "a"}] * 3}, "crops：最多写 2 项"),
        ({"size": 25, "kind": "wet"}, "水田不超过 20"),
    ],
)
def test_what_can_be_wrong_is_said_in_a_sentence(raw: object, sentence: str) -> None:
    assert said(raw) == [f"farm.toml：{sentence}"]


def test_a_file_that_is_no_table_is_refused() -> None:
    assert said([]) == ["farm.toml：这里要写一段（表），里面是若干项"]


def test_refusing_carries_every_problem_and_nothing_happens_without_one() -> None:
    refuse("配置包", [])
    with pytest.raises(Invalid, match="有 2 处要改") as refused:
        refuse("配置包", [ConfigProblem("a.toml", "x", "不对"), ConfigProblem("b.toml", "", "没有")])
    assert [f.field for f in refused.value.fields] == ["a.toml：x", "b.toml"]
