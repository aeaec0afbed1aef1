"""The policy: what its lines may say, that compiled and casbin agree, and who may do what by default."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.access.permissions import CONSEQUENCES, CaseAction, RoundAction, core_permissions
from core.access.policy import (
    EVERY_TENANT,
    PolicyLine,
    compile_policy,
    core_lines,
    enforcer,
    parse,
    plugin_lines,
)
from core.access.policy_limits import DECISIONS
from core.access.roles import ADMINISTRATORS, PARTY_ROLES, ROLES, VILLAGE_ROLES
from core.problems import Invalid
from core.stages.catalogue import STAGES

HERE, THERE = UUID(int=1), UUID(int=2)
KNOWN = core_permissions()

some_roles = st.sampled_from(["village_clerk", "township_clerk", "observer", "confirming_officer"])
some_permissions = st.sampled_from(
    [("case", "accept"), ("case", "confirm"), ("round", "view"), ("round", "accept")]
)
lines = st.builds(
    lambda role, permission, effect, tenant: PolicyLine(role, *permission, effect, tenant),
    some_roles,
    some_permissions,
    st.sampled_from(["allow", "deny"]),
    st.sampled_from([EVERY_TENANT, str(HERE), str(THERE)]),
)


@settings(deadline=None)
@given(st.lists(lines, max_size=12), st.frozensets(some_roles), st.sampled_from([HERE, THERE]))
def test_compiled_and_casbin_always_agree(
    policy: list[PolicyLine], roles: frozenset[str], tenant: UUID
) -> None:
    casbin, compiled = enforcer(policy), compile_policy(policy, tenant)
    for object_, action in [("case", "accept"), ("case", "confirm"), ("round", "view"), ("round", "accept")]:
        theirs = casbin.enforce(tuple(roles), str(tenant), object_, action)
        assert compiled.permits(roles, object_, action) is theirs


def test_compiled_and_casbin_agree_on_every_line_of_the_default_policy() -> None:
    policy = core_lines()
    casbin, compiled = enforcer(policy), compile_policy(policy, HERE)
    for role in sorted(ROLES):
        theirs = {p for p in KNOWN if casbin.enforce((role,), str(HERE), *p)}
        assert {p for p in KNOWN if compiled.permits(frozenset({role}), *p)} == theirs


def test_permission_names_are_the_actions_of_cores_own_stages() -> None:
    steps = {(s.kind or "case", a.name) for s in STAGES if s.owner == "core" for a in s.actions}
    named = {("case", str(a)) for a in CaseAction} | {("round", str(a)) for a in RoundAction}
    seeing = {("case", a) for a in ("open", "view", "view_assets", "view_private")}
    assert named - steps == seeing | {("round", "open"), ("round", "view")}
    assert steps <= named


def test_every_step_has_somebody_who_takes_it_except_those_that_follow_from_the_round() -> None:
    compiled = compile_policy(core_lines())
    assert {p for p in KNOWN if not compiled.anybody(*p)} == CONSEQUENCES


def holders(object_: str, action: str) -> frozenset[str]:
    return compile_policy(core_lines()).holders(object_, action)


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        ("accept", {"township_clerk"}),
        ("record_visit", {"visitor", "township_clerk"}),
        ("give_opinion", {"township_reviewer"}),
        ("answer_objection", {"township_reviewer"}),
        ("file_verification_report", {"verification_officer", "service"}),
        ("resolve_finding", {"verification_officer"}),
        ("confirm", {"confirming_officer"}),
        ("deny", {"confirming_officer"}),
        ("decide_termination", {"confirming_officer"}),
        ("return_case", {"district_officer", "confirming_officer"}),
        ("record_spot_check", {"spot_checker"}),
        ("override_recusal", {"district_officer"}),
        ("draw_case", set()),
    ],
)
def test_a_step_belongs_to_the_office_the_law_gives_it_to(action: str, roles: set[str]) -> None:
    assert holders("case", action) == roles


def test_complaints_are_taken_by_everybody_who_serves() -> None:
    serving = {"village_clerk", "observer", "panel_member", "township_clerk", "district_officer"}
    assert holders("case", "register_complaint") >= serving
    assert holders("case", "record_objection") >= serving


def test_the_panel_and_observers_never_see_assets_or_bank_data() -> None:
    assert not holders("case", "view_assets") & (VILLAGE_ROLES | PARTY_ROLES)
    assert not holders("case", "view_private") & (VILLAGE_ROLES | PARTY_ROLES)


def test_administrators_have_no_rights_over_cases() -> None:
    compiled = compile_policy(core_lines())
    assert not any(compiled.permits(ADMINISTRATORS, o, a) for o, a in KNOWN if o in ("case", "round"))


def test_who_makes_accounts_does_not_give_them_roles() -> None:
    assert holders("account", "manage") == {"system_admin"}
    assert holders("account", "grant") == {"security_admin"}


def own(*rows: str) -> tuple[PolicyLine, ...]:
    return parse("\n".join(rows), "roles.csv", KNOWN, tenant=HERE)


def test_a_districts_deny_outweighs_the_default_allow() -> None:
    policy = [*core_lines(), *own("visitor, case, record_neighbour_inquiry, deny")]
    assert compile_policy(policy, HERE).holders("case", "record_neighbour_inquiry") == {"township_clerk"}
    assert "visitor" in compile_policy(policy, THERE).holders("case", "record_neighbour_inquiry")


def test_heading_comments_and_empty_lines_are_skipped() -> None:
    assert len(own("role,object,action,effect", "", "# 试点期间", "observer,round,view,allow")) == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("visitor, case, confirm, Deny", "“Deny”不是 allow 或 deny（必须小写）"),
        ("visiter, case, view, allow", "没有“visiter”这个岗位，可用：applicant、"),
        ("visitor, case, aprove, allow", "“case”没有“aprove”这个动作，可用：accept、"),
        ("visitor, caze, view, allow", "没有“caze”这个对象，可用：account、"),
        ("visitor, case, view", "每行写“岗位, 对象, 动作, allow|deny”四项"),
        ("visitor, case, confirm, allow", "入户调查员不能作决定"),
        ("panel_member, case, view_assets, allow", "评议小组成员不能查看核对结果和敏感信息"),
        ("village_clerk, case, give_opinion, allow", "村级只协助，审核由乡镇作出（57号 2）"),
        ("audit_admin, case, view, allow", "审计管理员不办业务"),
        ("province_operator, case, view, allow", "由该区临时授权"),
        ("system_admin, account, grant, allow", "这项权限只能给安全管理员（三员分立）"),
        ("district_officer, case, draw_case, allow", "随整村流程自动发生"),
        ("service, case, view, deny", "各区不能改它的权限"),
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_what_is_allowed(row: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        own("observer, round, view, allow", row)
    assert refused.value.fields[0].field == "roles.csv:2"
    assert says in refused.value.fields[0].message
    assert "roles.csv:2" in refused.value.detail


def test_every_bad_line_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        own("a, case, view, allow", "observer, round, view, allow", "b, case, view, allow")
    assert [error.field for error in refused.value.fields] == ["roles.csv:1", "roles.csv:3"]


def grants_of(*rows: str, brings: Iterable[tuple[str, str]]) -> tuple[PolicyLine, ...]:
    return plugin_lines("women_panel", rows, brings)


def test_a_plugin_grants_its_own_steps_and_its_own_object() -> None:
    lines = grants_of(
        "township_clerk, round, form_panel, allow",
        "panel_member, panel, vote, allow",
        brings=[("round", "form_panel"), ("panel", "vote")],
    )
    compiled = compile_policy([*core_lines(), *lines])
    assert compiled.holders("round", "form_panel") == {"township_clerk"}
    assert compiled.holders("panel", "vote") == {"panel_member"}


def test_a_plugin_cannot_grant_a_decision_to_the_panel() -> None:
    with pytest.raises(Invalid, match="插件 women_panel:1"):
        grants_of("panel_member, case, confirm, allow", brings=[])


@given(
    st.sampled_from(sorted(DECISIONS)), st.sampled_from(sorted(VILLAGE_ROLES | PARTY_ROLES | ADMINISTRATORS))
)
def test_no_district_can_give_a_decision_to_the_village(action: str, role: str) -> None:
    with pytest.raises(Invalid):
        own(f"{role}, case, {action}, allow")
