"""A configuration can't be bent against the law: every attempt is refused in a sentence that names the article."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.builders.bundles import DISTRICTS, PROVINCE, problems_of, resolved

KONGTONG, LINGTAI, LONGXI = DISTRICTS


def altered(name: str, key: str, value: Any) -> dict[str, Any]:
    """A configuration with one value of it replaced, or (None) taken out."""
    sections = copy.deepcopy(resolved(name))
    *path, last = key.split(".")
    table = sections
    for step in path:
        table = table[step]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return sections


APPLICATION = "procedure.procedures.application"


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("stages.accepted.next.started", "assessed", "没有调查核对不得确认，请接上“调查核对”环节（57号 28）"),
        ("stages.investigating.next.completed", "posted", "没有乡镇审核不得确认，请接上“审核”环节（57号 18）"),
        ("stages.assessed.next.proposed", "reported", "没有公示不得确认，请接上“公示”环节（57号 19）"),
        ("stages.posted.next.ended_clean", "confirmed", "没有区级审核不得确认，请接上“区级审核”环节（57号 20）"),
        ("stages.posted.next.ended_clean", "spot_check", "公示期满报区级审核（57号 20）"),
        ("stages.posted.next.objected", "reported", "有异议必须先处理（57号 19）"),
        ("stages.draft.next.submitted", "accepted", "没有受理不得确认，请接上“受理”环节（57号 9）"),
        ("stages.investigating.next.suspected", "assessed", "有疑点必须先告知申请家庭（57号 18）"),
        ("stages.recheck.next.suspected", "assessed", "复查后仍有疑点的必须再次告知（57号 18）"),
        ("stages.assessed.next.suspected", "investigating", "有疑点必须先告知申请家庭（57号 18）"),
        ("stages.reported.next.confirmed", "active", "没有确认公布不得发放，请接上“公布”环节（57号 24）"),
        ("stages.reported.next.denied", "refused", "不予确认必须书面送达（57号 21）"),
        ("stages.spot_check.next.hearing", "terminated", "减少或停发之前必须听取意见（社会救助法 48）"),
        ("stages.reviewing.next.proposed", "terminated", "减少或停发之前必须听取意见（社会救助法 48）"),
        ("stages.hearing.next.grace", "terminated", "渐退必须进入“渐退期”环节（57号 33）"),
        ("stages.accepted.deadline.working_days", 4, "受理后要及时开始调查，最多 3 个工作日（57号 15）"),
        ("stages.accepted.deadline", None, "受理后要及时开始调查，最多 3 个工作日（57号 15）"),
        ("stages.reported.deadline.working_days", 15, "最多 10 个工作日（57号 20）"),
        ("stages.spot_check.deadline.continues", False, None),
        ("stages.denied.deadline", None, "不予确认的要及时书面告知，最多 3 个工作日（57号 21）"),
        ("initial", "accepted", "没有申请不得纳入，请接上“申请”环节（57号 28）"),
    ],
)  # fmt: skip
def test_the_law_cannot_be_configured_away(key: str, value: Any, sentence: str | None) -> None:
    said = [str(p) for p in problems_of(altered(PROVINCE, f"{APPLICATION}.{key}", value))]
    if sentence is None:
        assert said == []
    else:
        assert any(
            line.startswith("procedure.toml：procedures.application") and sentence in line for line in said
        )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("stages.verification.next.completed", "final_review", "区级终审之前必须公示 7 天（57号 19）"),
        ("stages.comprehensive.next.completed", "second_posting", "审核公示之前必须有乡镇审核（57号 19）"),
        ("stages.second_posting.next.completed", "published", "从“prepared”出发永远走不到这个环节"),
        ("stages.visits.opens", ["investigation"], "没有“investigation”这个环节，是不是“investigating”？"),
    ],
)
def test_a_round_cannot_leave_out_what_the_law_demands(key: str, value: Any, sentence: str) -> None:
    said = [
        str(p) for p in problems_of(altered(KONGTONG, f"procedure.procedures.village_round.{key}", value))
    ]
    assert any(sentence in line for line in said)


def test_a_round_without_the_districts_decision_is_refused() -> None:
    sections = altered(KONGTONG, "procedure.procedures.village_round.stages.final_review", None)
    stages = sections["procedure"]["procedures"]["village_round"]["stages"]
    stages["second_posting"]["next"]["completed"] = "published"
    assert any("整村认定要有区级终审" in str(p) for p in problems_of(sections))


def test_a_round_needs_its_plugin() -> None:
    said = [str(p) for p in problems_of(altered(KONGTONG, "tenant.plugins.women_panel", None))]
    assert any("没有“panel_formation”这种环节类型（插件未启用？）" in line for line in said)


def test_a_plugins_setting_is_checked_by_its_own_type() -> None:
    said = [str(p) for p in problems_of(altered(KONGTONG, "tenant.plugins.women_panel.sizemin", 9))]
    assert said == ["tenant.toml：plugins.women_panel.sizemin：没有这一项，是不是“size_min”？"]


def test_an_unknown_plugin_is_named_with_what_is_installed() -> None:
    (said,) = [str(p) for p in problems_of(altered(LINGTAI, "tenant.plugins.sms_notices", {}))]
    assert said == "tenant.toml：plugins.sms_notices：没有安装“sms_notices”这个插件，是不是“sms_notice”？"


def test_a_step_nobody_may_take_is_refused() -> None:
    sections = altered(LONGXI, "roles", ["township_reviewer, case, give_opinion, deny"])
    said = [str(p) for p in problems_of(sections)]
    assert (
        "procedure.toml：procedures.application.stages.reassessed：没有任何角色有权把它办下去，"
        "请授予其中之一的权限：give_opinion、send_back" not in said
    )
    nobody = ["township_reviewer, case, give_opinion, deny", "township_reviewer, case, send_back, deny"]
    said = [str(p) for p in problems_of(altered(LONGXI, "roles", nobody))]
    assert any("stages.assessed：没有任何角色有权把它办下去" in line for line in said)


def test_a_policy_line_that_gives_the_village_a_decision_is_refused() -> None:
    (said,) = problems_of(altered(KONGTONG, "roles", ["village_clerk, case, confirm, allow"]))
    assert said.file == "roles.csv"
    assert "不能作决定" in said.message


def test_names_of_procedures_must_exist_and_fit() -> None:
    said = [str(p) for p in problems_of(altered(KONGTONG, "procedure.individual", "aplication"))]
    assert said == ["procedure.toml：individual：没有“aplication”这个流程，是不是“application”？"]
    said = [str(p) for p in problems_of(altered(KONGTONG, "procedure.round", "village_case"))]
    assert "procedure.toml：round：“village_case”是 case 流程，这里要写 round 流程" in said
    said = [str(p) for p in problems_of(altered(KONGTONG, "procedure.in_round", None))]
    assert any("round 和 in_round 要写就一起写" in line for line in said)


def test_rules_are_checked_with_the_rest() -> None:
    sections = copy.deepcopy(resolved(LONGXI))
    sections["rules"]["sets"][0]["tiers"][-1]["ratio"] = "< 0.9"
    assert any("最后一类必须写 < 1" in str(p) for p in problems_of(sections))
