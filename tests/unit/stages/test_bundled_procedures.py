"""The bundles of the project: each is valid, holds the edges of domain B1 and B2, and can't be bent against the law."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from core.kernel.procedure import ProcedureSet, ProcedureSpec
from core.rules.parameters import RuleBook
from core.tenancy.inheritance import weakened
from core.tenancy.settings import TenantSettings
from tests.builders.bundles import BUNDLES, DISTRICTS, PROVINCE, baseline, problems_of, resolved
from tests.builders.households import p1

KONGTONG, LINGTAI, LONGXI = DISTRICTS
BEFORE_DECISION = frozenset(
    [
        "draft",
        "submitted",
        "supplement",
        "accepted",
        "investigating",
        "verification_notice",
        "recheck",
        "assessed",
        "posted",
        "objected",
        "reassessed",
        "reported",
        "spot_check",
    ]
)

# Domain B1: state → states that may follow. `withdrawn` and the panel are asked separately.
B1 = {
    "draft": {"submitted"},
    "submitted": {"accepted", "supplement"},
    "supplement": {"submitted", "lapsed"},
    "accepted": {"investigating"},
    "investigating": {"assessed", "verification_notice", "non_cooperation"},
    "verification_notice": {"recheck", "assessed"},
    "recheck": {"assessed", "verification_notice"},
    "assessed": {"posted", "investigating", "verification_notice"},
    "posted": {"reported", "objected"},
    "objected": {"reassessed"},
    "reported": {"spot_check", "confirmed", "denied", "hearing", "assessed", "investigating"},
    "spot_check": {"confirmed", "denied", "hearing", "assessed", "investigating"},
    "confirmed": {"active"},
    "denied": {"refused"},
    "active": {"reviewing"},
    "reviewing": {"active", "hearing", "terminated"},
    "hearing": {"active", "grace", "terminated"},
    "grace": {"terminated"},
}
# Domain B2: R0 to R12 and the ways back.
B2 = {
    "prepared": {"mobilised"},
    "mobilised": {"applications_open"},
    "applications_open": {"panel_forming"},
    "panel_forming": {"panel_meeting"},
    "panel_meeting": {"visits", "panel_forming"},
    "visits": {"comprehensive"},
    "comprehensive": {"village_posting", "visits"},
    "village_posting": {"township_review", "visits"},
    "township_review": {"verification", "comprehensive"},
    "verification": {"second_posting"},
    "second_posting": {"final_review"},
    "final_review": {"published"},
    "published": set(),
}


def procedures(name: str) -> ProcedureSet:
    return msgspec.convert(resolved(name)["procedure"], ProcedureSet)


def edges(spec: ProcedureSpec, state: str) -> set[str]:
    return set(spec.stages[state].next.values()) - {"withdrawn"}


def rounds(name: str) -> tuple[ProcedureSpec, ProcedureSpec]:
    """The round's procedure and that of its cases."""
    found = procedures(name)
    return found.procedures[found.round or ""], found.procedures[found.in_round or ""]


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


@pytest.mark.parametrize("name", BUNDLES)
def test_every_bundle_is_valid(name: str) -> None:
    assert [str(problem) for problem in problems_of(resolved(name))] == []


def test_the_individual_procedure_has_the_edges_of_b1() -> None:
    spec = procedures(PROVINCE).procedures["application"]
    assert {state: edges(spec, state) for state in B1} == B1
    assert edges(spec, "reassessed") == {"posted", "investigating", "verification_notice"}


def test_a_case_in_a_round_is_verified_between_the_opinion_and_the_posting() -> None:
    spec = procedures(PROVINCE).procedures["village_case"]
    assert edges(spec, "assessed") == {"verifying", "investigating", "verification_notice"}
    assert edges(spec, "verifying") == {"posted", "verification_notice", "investigating"}
    assert {s: edges(spec, s) for s in B1 if s != "assessed"} == {
        s: to for s, to in B1.items() if s != "assessed"
    }
    assert spec.stages["investigating"].params == {"requires": ["home_visit"]}
    assert spec.stages["verifying"].params == {"requires": ["verification"]}


def test_the_village_round_has_the_edges_of_b2() -> None:
    spec, _ = rounds(KONGTONG)
    assert {state: edges(spec, state) for state in spec.stages} == B2


@pytest.mark.parametrize("name", BUNDLES)
def test_an_application_can_be_withdrawn_until_the_decision_and_not_after(name: str) -> None:
    for spec in procedures(name).procedures.values():
        if spec.kind == "case":
            able = {state for state, stage in spec.stages.items() if "withdrawn" in stage.next}
            assert able == BEFORE_DECISION | (spec.stages.keys() & {"verifying", "appraisal"})


@pytest.mark.parametrize("name", BUNDLES)
def test_nothing_is_reduced_or_stopped_without_a_hearing(name: str) -> None:
    for spec in procedures(name).procedures.values():
        if spec.kind == "case":
            into = {
                s for s, stage in spec.stages.items() if {"terminated", "grace"} & set(stage.next.values())
            }
            assert into == {"hearing", "grace", "reviewing"}
            assert spec.stages["reviewing"].next["ended_without_hearing"] == "terminated"


@pytest.mark.parametrize("name", [KONGTONG, LONGXI])
def test_every_open_stage_of_a_case_is_opened_by_some_step_of_its_round(name: str) -> None:
    spec, case = rounds(name)
    opened = {state for stage in spec.stages.values() for state in stage.opens}
    assert {s for s, stage in case.stages.items() if stage.next} - opened == set()


@pytest.mark.parametrize("name", [KONGTONG, LONGXI])
def test_a_round_waits_only_for_cases_that_can_be_worked_on_meanwhile(name: str) -> None:
    spec, _ = rounds(name)
    assert {s: set(stage.clears) - set(stage.opens) for s, stage in spec.stages.items()} == {
        state: set() for state in spec.stages
    }


@pytest.mark.parametrize("name", [KONGTONG, LONGXI])
def test_a_published_round_leaves_no_case_behind_and_lets_the_rolls_live_on(name: str) -> None:
    spec, case = rounds(name)
    after = {"active", "reviewing", "hearing", "grace"}
    assert set(spec.stages["published"].opens) == after
    cleared = {state for stage in spec.stages.values() for state in stage.clears}
    assert {s for s, stage in case.stages.items() if stage.next} - cleared == after


def test_the_round_holds_a_case_until_its_turn() -> None:
    spec, _ = rounds(KONGTONG)
    opens = {state: set(stage.opens) for state, stage in spec.stages.items()}
    assert opens["applications_open"] == {"draft", "submitted", "supplement", "accepted"}
    assert "investigating" in opens["visits"]
    assert not any("assessed" in opens[s] for s in ("visits", "comprehensive", "village_posting"))
    assert "assessed" in opens["township_review"]
    assert "verifying" not in opens["township_review"]
    assert {"verifying", "verification_notice", "recheck"} <= opens["verification"]
    assert not any("reported" in opens[s] for s in opens if s != "final_review")


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


def test_the_first_district_is_judged_by_parameter_set_p1() -> None:
    (one,) = msgspec.convert(resolved(KONGTONG)["rules"], RuleBook).sets
    assert msgspec.structs.replace(one, source="") == msgspec.structs.replace(p1(), source="")
    panel = resolved(KONGTONG)["tenant"]["plugins"]["women_panel"]
    assert (panel["size_min"], panel["size_max"], panel["quorum"], panel["pass_share"]) == (
        11,
        11,
        "2/3",
        "2/3",
    )


@pytest.mark.parametrize("name", DISTRICTS)
def test_no_district_is_weaker_than_the_provinces_locks(name: str) -> None:
    assert weakened(resolved(name), baseline().locks) == []


Sections = dict[str, Any]


def _rules(sections: Sections) -> dict[str, Any]:
    found: dict[str, Any] = sections["rules"]["sets"][0]
    return found


def _five(part: str) -> Callable[[Sections], Any]:
    return lambda sections: _rules(sections)["five_haves"][part]


VARIANTS: dict[str, Callable[[Sections], Any]] = {
    "benefit": lambda s: (_rules(s)["mode"], len(_rules(s).get("tiers", ()))),
    "vehicle": _five("vehicle"),
    "deposits": _five("deposits"),
    "housing": _five("housing"),
    "business": _five("entity"),
    "payroll": _five("payroll"),
    "imputed wage": lambda s: _rules(s)["income"]["imputed_wage"]["rule"],
    "crops": lambda s: [(c["code"], c["per_mu"]) for c in _rules(s)["income"]["crops"]],
    "support": lambda s: _rules(s).get("support"),
    "panel": lambda s: s["tenant"]["plugins"]["women_panel"],
    "spot check": lambda s: s["tenant"]["spot_check_percent"],
}


@pytest.mark.parametrize("row", VARIANTS)
def test_three_districts_differ_wherever_districts_may(row: str) -> None:
    seen = [VARIANTS[row](resolved(name)) for name in DISTRICTS]
    assert [seen.count(value) for value in seen] == [1, 1, 1]


def test_districts_differ_in_order_posting_and_who_confirms() -> None:
    kongtong, lingtai, longxi = (procedures(name) for name in DISTRICTS)
    assert lingtai.round is None
    assert lingtai.procedures.keys() == {"application"}
    assert edges(lingtai.procedures["application"], "investigating") >= {"appraisal"}
    assert edges(lingtai.procedures["application"], "appraisal") == {"assessed"}
    assert "village_posting" not in {s.type for s in longxi.procedures["longxi_round"].stages.values()}
    order = list(longxi.procedures["longxi_round"].stages)
    assert order.index("visits") < order.index("panel_meeting")
    posted_again = [
        p.procedures["application"].stages["reassessed"].next["proposed"] for p in (kongtong, lingtai, longxi)
    ]
    assert posted_again == ["posted", "reported", "reported"]
    settings = [msgspec.convert(resolved(name)["tenant"], TenantSettings) for name in DISTRICTS]
    assert [s.total_working_days for s in settings] == [30, 30, 20]
    assert [s.delegated for s in settings] == [False, False, True]
    assert [s.long_term_posting for s in settings] == [True, False, True]
    assert ["sms_notice" in s.plugins for s in settings] == [True, True, False]
    assert "township_reviewer, case, confirm, allow" in resolved(LONGXI)["roles"]
