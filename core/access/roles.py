"""The roles there are, as people call them, and which of them must not meet in one person.

A role is always held for an area (`Grant`). Roles are plain strings in data and policy; this is the list of them.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """In the order of the procedure."""

    APPLICANT = "applicant"
    HELPER = "helper"
    VILLAGE_CLERK = "village_clerk"
    PANEL_MEMBER = "panel_member"
    PANEL_HOST = "panel_host"
    OBSERVER = "observer"
    VISITOR = "visitor"
    TOWNSHIP_CLERK = "township_clerk"
    TOWNSHIP_REVIEWER = "township_reviewer"
    VERIFICATION_OFFICER = "verification_officer"
    DISTRICT_OFFICER = "district_officer"
    SPOT_CHECKER = "spot_checker"
    CONFIRMING_OFFICER = "confirming_officer"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    PROVINCE_OPERATOR = "province_operator"
    SERVICE = "service"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


_LABELS = {
    Role.APPLICANT: "申请人",
    Role.HELPER: "代办人",
    Role.VILLAGE_CLERK: "村级经办人",
    Role.PANEL_MEMBER: "评议小组成员",
    Role.PANEL_HOST: "评议主持人",
    Role.OBSERVER: "监督员",
    Role.VISITOR: "入户调查员",
    Role.TOWNSHIP_CLERK: "乡镇经办人",
    Role.TOWNSHIP_REVIEWER: "乡镇审核人",
    Role.VERIFICATION_OFFICER: "核对人员",
    Role.DISTRICT_OFFICER: "区级经办人",
    Role.SPOT_CHECKER: "抽查人员",
    Role.CONFIRMING_OFFICER: "区级确认人",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
    Role.PROVINCE_OPERATOR: "省级管理员",
    Role.SERVICE: "系统",
}

ROLES = frozenset(str(role) for role in Role)

PARTY_ROLES = frozenset({"applicant", "helper"})
"""The household's own side: they act on their own case only."""

ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
"""三员分立: three different people, and none of them handles cases."""

VILLAGE_ROLES = frozenset({"village_clerk", "panel_member", "panel_host", "observer", "visitor"})
"""They assist and advise; the township reviews and the district decides (57号 2)."""


def role_label(role: str) -> str:
    """A role as people call it; an unknown one as it is."""
    return Role(role).label if role in ROLES else role


def listed(roles: frozenset[str], most: int = 4) -> str:
    """People's roles in the order of the procedure: `乡镇经办人、区级经办人`; many are cut short with `等`."""
    known = [role.label for role in Role if role in roles and role is not Role.SERVICE]
    names = [*known, *sorted(roles - ROLES)]
    return "、".join(names[:most]) + ("等岗位" if len(names) > most else "")
