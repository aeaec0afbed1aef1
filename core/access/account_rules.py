"""What an account may be called and which roles may stand together on it. Pure; the sentences are what people read."""

from __future__ import annotations

import re

from core.access.credentials import normal_phone
from core.access.roles import ADMINISTRATORS, PARTY_ROLES, ROLES, listed, role_label
from core.problems import Blocked, FieldError, Invalid

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")


def allowed_username(username: str) -> str:
    """Raises Invalid at `username`."""
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "账号名不能用。",
            fields=(
                FieldError("username", "3 到 40 个字符：字母、数字、点、横线、下划线，以字母或数字开头"),
            ),
        )
    return username


def allowed_phone(phone: str) -> str:
    """ "" for none. Raises Invalid at `phone`."""
    return normal_phone(phone) if phone.strip() else ""


def allowed_role(role: str) -> None:
    """Raises Invalid at `role` for what is no role, or is the platform's own."""
    if role not in ROLES or role == "service":
        raise Invalid(
            "没有这个岗位。", fields=(FieldError("role", f"可用：{listed(ROLES - {'service'}, len(ROLES))}"),)
        )


def apart(role: str, here: frozenset[str], elsewhere: frozenset[str]) -> Blocked | None:
    """Whether `role` may join the roles `here` on the account and `elsewhere` on the person's other accounts.

    An administrator's role stands alone on its account; on another account the person may only be an applicant.
    """
    here, elsewhere = here - {role}, elsewhere - PARTY_ROLES
    if role in ADMINISTRATORS:
        clash = here | (elsewhere - {role})
    elif role in PARTY_ROLES:
        clash = here & ADMINISTRATORS
    else:
        clash = (here | elsewhere) & ADMINISTRATORS
    if not clash:
        return None
    two = f"这个人已经是{listed(clash)}，不能再担任{role_label(role)}"
    return Blocked(
        f"{two}：系统、安全、审计三员由三个人担任，也不办业务。",
        "三员分立（GB/T 22239）",
        "请另选一人，或先撤销原来的岗位",
    )
