"""What no policy line may do, whoever writes it: the law's division of tasks and the administrators' separation.

Checked when a line is read, so that a district cannot grant its way around the statute.
"""

from __future__ import annotations

from core.access.permissions import CONSEQUENCES, PROCESSES
from core.access.roles import ADMINISTRATORS, PARTY_ROLES, VILLAGE_ROLES, role_label

REVIEWS = frozenset({"give_opinion", "answer_objection", "uphold_uncontested", "conclude_review"})
DECISIONS = frozenset(
    {
        "confirm", "deny", "open_hearing", "decide_reduction", "decide_grace", "decide_termination", "keep_benefit",
        "end_grace", "end_without_hearing",
    }
)  # fmt: skip
DECIDERS = frozenset({"confirming_officer", "district_officer", "township_reviewer"})
"""The district confirms, or a township to which the province has delegated it (社会救助法 5)."""

SEALED = frozenset({"province_operator"})
"""Sees aggregate figures; looking into a district needs a role of that district, granted for a time, with a reason."""

ADMIN_OBJECTS = {
    ("account", "manage"): frozenset({"system_admin"}),
    ("account", "grant"): frozenset({"security_admin"}),
    ("plugin", "manage"): frozenset({"system_admin"}),
    ("config", "edit"): frozenset({"system_admin"}),
    ("audit", "view"): frozenset({"audit_admin"}),
}
SENSITIVE = frozenset({"view_assets", "view_private"})


def limit_problem(role: str, object_: str, action: str, effect: str, *, own: bool) -> str:
    """Why this line may not stand, or "". `own`: a district's line, which may not touch the platform's own accounts."""
    if own and role == "service":
        return "“service”是平台自己的账号，各区不能改它的权限"
    if effect == "deny":
        return ""
    if object_ in PROCESSES:
        return _process_limit(role, object_, action)
    only = ADMIN_OBJECTS.get((object_, action))
    if only is not None and role not in only:
        return f"这项权限只能给{'、'.join(role_label(r) for r in sorted(only))}（三员分立）"
    return ""


def _process_limit(role: str, object_: str, action: str) -> str:
    name = role_label(role)
    if (object_, action) in CONSEQUENCES:
        return "这一步随整村流程自动发生，不能授予任何岗位"
    if role in ADMINISTRATORS:
        return f"{name}不办业务，不能有个案和整村的权限（三员分立）"
    if role in SEALED:
        return f"{name}只看汇总数，需要查看个案的，由该区临时授权"
    return _case_limit(role, name, action) if object_ == "case" else ""


def _case_limit(role: str, name: str, action: str) -> str:
    if action in DECISIONS and role not in DECIDERS:
        return f"{name}不能作决定：确认由区级（或省里委托的乡镇）作出（社会救助法 5）"
    if role not in VILLAGE_ROLES | PARTY_ROLES:
        return ""
    if action in REVIEWS:
        return f"{name}不能作审核：村级只协助，审核由乡镇作出（57号 2）"
    if action in SENSITIVE:
        return f"{name}不能查看核对结果和敏感信息（个人信息保护法 28）"
    return ""
