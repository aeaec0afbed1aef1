"""What a district may set for its panel, and what it may not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.sdk import Invalid, decode, describe
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
    with pytest.raises(ValueError, match="要先列出可选的理由"):
        PanelConfig(ask_reason="disagree", reasons=())


def test_every_setting_has_a_chinese_title_for_the_form() -> None:
    assert [spec.name for spec in describe(PanelConfig) if spec.title.isascii()] == []


def test_settings_survive_being_stored() -> None:
    config = PanelConfig(size_min=11, pass_share="1/2", pass_more_than=True)
    assert msgspec.json.decode(msgspec.json.encode(config), type=PanelConfig) == config
