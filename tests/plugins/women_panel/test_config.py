"""What a district may set for its panel, and what it may not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.sdk import Invalid, decode, describe
from plugins.women_panel import reasons
from plugins.women_panel.config import PanelConfig


def test_the_defaults_are_parameter_set_p1() -> None:
    config = PanelConfig()
    assert (config.size_min, config.size_max, config.quorum, config.pass_share) == (9, 15, "2/3", "2/3")
    assert (config.basis, config.pass_more_than, config.paper_ballots) == ("present", False, False)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"size_min": 12, "size_max": 9}, "最少人数不能超过"),
        ({"quorum": "3/2"}, "到会比例要在 0 和 1 之间"),
        ({"quorum": "0.67"}, "到会比例"),
        ({"pass_share": "1/3"}, "不能低于半数"),
        ({"pass_share": "1/1", "pass_more_than": True}, "不可能超过全部人数"),
        ({"quorom": "2/3"}, "是不是“quorum”"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode(PanelConfig, wrong)
    assert said in "".join(error.message for error in refused.value.fields)


def test_a_reason_cannot_be_demanded_where_there_are_none() -> None:
    for useless in ((), ("同意：家里有病人",)):
        with pytest.raises(ValueError, match="要先列出不同意的人可以选的理由"):
            PanelConfig(ask_reason="disagree", reasons=useless)


def test_a_reason_may_be_for_one_choice_alone() -> None:
    lines = ("同意：家里有病人", "不同意：家里有车", "弃权：不认识这家", "情况不清楚")
    assert reasons.offered(lines, "agree") == ("家里有病人", "情况不清楚")
    assert reasons.offered(lines, "disagree") == ("家里有车", "情况不清楚")
    assert reasons.offered(lines, "abstain") == ("不认识这家", "情况不清楚")
    assert reasons.offered(lines, "score") == ("情况不清楚",)


def test_a_half_width_colon_does_as_well() -> None:
    lines = ("同意:家里有病人", "不同意: 家里有车", "弃权 ：不认识这家", "同意这句话的人多: 情况不清楚")
    assert reasons.offered(lines, "agree") == ("家里有病人", "同意这句话的人多: 情况不清楚")
    assert reasons.offered(lines, "disagree") == ("家里有车", "同意这句话的人多: 情况不清楚")
    assert reasons.offered(lines, "abstain") == ("不认识这家", "同意这句话的人多: 情况不清楚")
    with pytest.raises(ValueError, match="不能重复"):
        PanelConfig(reasons=("同意：没人管", "不同意:没人管"))


@pytest.mark.parametrize("lines", [("同意：", "家里有车"), ("同意：没人管", "不同意：没人管")])
def test_a_reason_says_something_and_says_it_once(lines: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="不能重复"):
        PanelConfig(reasons=lines)


def test_every_setting_has_a_chinese_title_for_the_form() -> None:
    assert [spec.name for spec in describe(PanelConfig) if spec.title.isascii()] == []


def test_settings_survive_being_stored() -> None:
    config = PanelConfig(size_min=11, pass_share="1/2", pass_more_than=True)
    assert msgspec.json.decode(msgspec.json.encode(config), type=PanelConfig) == config
