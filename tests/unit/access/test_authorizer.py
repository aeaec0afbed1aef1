"""Role and area: whether, why not, and where."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.areas import covers, outermost, significant
from core.access.authorizer import Actor, Authorizer, FixedPolicies, Grant
from core.access.policy import Compiled, PolicyLine, compile_policy

TENANT = UUID(int=620802)
VILLAGE, NEXT_VILLAGE = "620802001001", "620802001002"
TOWNSHIP, OTHER_TOWNSHIP = "620802001000", "620802002000"
DISTRICT = "620802000000"


def somebody(*grants: tuple[str, str], is_service: bool = False) -> Actor:
    return Actor(TENANT, UUID(int=1), "王芳", tuple(Grant(*g) for g in grants), is_service=is_service)


@pytest.fixture(scope="module")
def authorizer() -> Authorizer:
    return Authorizer(FixedPolicies.core())


def reason(authorizer: Authorizer, actor: Actor, action: str, area: str, object_: str = "case") -> str:
    blocked = authorizer.may(actor, object_, action, area)
    return blocked.reason if blocked else ""


def test_a_township_clerk_accepts_in_the_villages_of_the_township(authorizer: Authorizer) -> None:
    clerk = somebody(("township_clerk", TOWNSHIP))
    assert authorizer.may(clerk, "case", "accept", VILLAGE) is None
    assert authorizer.may(clerk, "case", "accept", TOWNSHIP) is None


def test_outside_ones_area_the_refusal_says_so(authorizer: Authorizer) -> None:
    clerk = somebody(("township_clerk", TOWNSHIP))
    said = reason(authorizer, clerk, "accept", "620802002001")
    assert said == "您是乡镇经办人，可以办理这一步，但这里不在您的辖区内。"


def test_the_refusal_names_whose_task_it_is_and_what_one_is(authorizer: Authorizer) -> None:
    blocked = authorizer.may(somebody(("village_clerk", VILLAGE)), "case", "accept", VILLAGE)
    assert blocked is not None
    assert blocked.reason == "这一步由乡镇经办人办理，您的岗位是村级经办人。"
    assert blocked.hint == "请转给乡镇经办人"
    assert blocked.refused().detail == blocked.reason


def test_what_is_no_step_is_called_a_function(authorizer: Authorizer) -> None:
    said = reason(authorizer, somebody(("village_clerk", VILLAGE)), "manage", VILLAGE, "plugin")
    assert said == "这项功能由系统管理员办理，您的岗位是村级经办人。"


def test_an_account_without_grants_is_sent_to_the_security_administrator(authorizer: Authorizer) -> None:
    blocked = authorizer.may(somebody(), "case", "view", VILLAGE)
    assert blocked is not None
    assert blocked.reason == "您的账号还没有分配岗位和辖区。"
    assert "安全管理员" in blocked.hint


def test_a_step_that_follows_from_the_round_is_nobodys(authorizer: Authorizer) -> None:
    officer = somebody(("district_officer", DISTRICT), ("confirming_officer", DISTRICT))
    assert "自动完成" in reason(authorizer, officer, "draw_case", VILLAGE)


def test_many_roles_are_cut_short(authorizer: Authorizer) -> None:
    said = reason(authorizer, somebody(("applicant", VILLAGE)), "view", VILLAGE)
    assert said == "这一步由村级经办人、评议小组成员、评议主持人、监督员等岗位办理，您的岗位是申请人。"


def test_a_step_no_role_holds_says_so(authorizer: Authorizer) -> None:
    said = reason(authorizer, somebody(("township_clerk", TOWNSHIP)), "form_panel", VILLAGE, "round")
    assert said == "本区还没有岗位可以办理这一步。"


def test_a_denied_role_outweighs_an_allowed_one() -> None:
    policy = compile_policy(
        [
            PolicyLine("visitor", "case", "accept", "deny"),
            PolicyLine("township_clerk", "case", "accept", "allow"),
        ]
    )
    actor = somebody(("township_clerk", TOWNSHIP), ("visitor", VILLAGE))
    authorizer = Authorizer(FixedPolicies(policy))
    assert reason(authorizer, actor, "accept", VILLAGE) == "按本区规定，入户调查员不能办理这一步。"
    assert authorizer.may(actor, "case", "accept", NEXT_VILLAGE) is None


def test_a_service_acts_in_its_whole_tenant_and_only_as_a_service(authorizer: Authorizer) -> None:
    service = somebody(is_service=True)
    assert authorizer.may(service, "case", "file_verification_report", VILLAGE) is None
    assert authorizer.may(service, "case", "confirm", VILLAGE) is not None
    assert VILLAGE in authorizer.areas_where(service, "case", "view")


class Missing:
    default = compile_policy([PolicyLine("township_clerk", "case", "accept", "allow")])

    def of(self, tenant: UUID) -> Compiled | None:
        return None


def test_without_the_districts_policy_nobody_may_anything() -> None:
    authorizer = Authorizer(Missing())
    actor = somebody(("township_clerk", TOWNSHIP))
    assert reason(authorizer, actor, "accept", VILLAGE) == "本区的岗位权限正在载入，这一步暂时不能办。"
    assert VILLAGE not in authorizer.areas_where(actor, "case", "accept")


def test_the_procedure_check_can_ask_whether_anybody_may(authorizer: Authorizer) -> None:
    assert authorizer.anybody(None, "case", "accept")
    assert not authorizer.anybody(TENANT, "case", "draw_case")


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("620000000000", "62"),
        (DISTRICT, "620802"),
        (TOWNSHIP, "620802001"),
        (VILLAGE, VILLAGE),
        ("620802", "620802"),
    ],
)
def test_an_area_covers_what_starts_with_its_significant_digits(code: str, prefix: str) -> None:
    assert significant(code) == prefix


@pytest.mark.parametrize("code", ["", "6", "62080200100１", "6208020010011", "abc"])
def test_what_is_no_area_code_covers_nothing(code: str) -> None:
    with pytest.raises(ValueError, match="not an area code"):
        significant(code)


areas = st.sampled_from(
    [
        VILLAGE,
        NEXT_VILLAGE,
        TOWNSHIP,
        OTHER_TOWNSHIP,
        "620802002001",
        DISTRICT,
        "620803001001",
        "620000000000",
    ]
)
roles = st.sampled_from(["village_clerk", "township_clerk", "observer"])
grants = st.lists(st.tuples(roles, areas), max_size=5)
effects = st.sampled_from(["allow", "deny"])
policies = st.lists(st.builds(PolicyLine, roles, st.just("case"), st.just("view"), effects), max_size=4)


@given(policies, grants, areas)
def test_the_filter_and_the_question_always_agree(
    policy: list[PolicyLine], held: list[tuple[str, str]], area: str
) -> None:
    authorizer, actor = Authorizer(FixedPolicies(compile_policy(policy))), somebody(*held)
    allowed = authorizer.may(actor, "case", "view", area) is None
    assert (area in authorizer.areas_where(actor, "case", "view")) is allowed


@given(st.lists(areas.map(significant)), areas)
def test_leaving_out_covered_areas_changes_nothing(prefixes: list[str], area: str) -> None:
    kept = outermost(prefixes)
    assert area.startswith(tuple(prefixes)) == area.startswith(kept)
    assert not any(a != b and a.startswith(b) for a in kept for b in kept)


@given(areas, areas, areas)
def test_covering_goes_on_downwards(a: str, b: str, c: str) -> None:
    if covers(a, b) and covers(b, c):
        assert covers(a, c)
