"""The access log as people read it: events in words, accounts by name, cases by number."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.access.access_log import Event
from core.access.masking import Sensitive
from core.access.roles import ROLES, role_label
from core.clock import CHINA
from core.storage.database import Transaction
from core.web.views.scope import account_names, area_names

PAGE_SIZE = 100

EVENTS = {
    Event.SIGNED_IN.value: "登录",
    Event.SIGN_IN_FAILED.value: "登录失败",
    Event.LOCKED.value: "账号锁定",
    Event.SIGNED_OUT.value: "退出",
    Event.CODE_SENT.value: "发送验证码",
    Event.PASSWORD_CHANGED.value: "修改密码",
    Event.PASSWORD_RESET.value: "重置密码",
    Event.SECOND_FACTOR_SET.value: "设置动态验证码",
    Event.SECOND_FACTOR_REMOVED.value: "解除动态验证码",
    Event.RECOVERY_CODE_USED.value: "用恢复码登录",
    Event.RECOVERY_CODES_RENEWED.value: "重新生成恢复码",
    Event.RECEIPT_REISSUED.value: "补发申请回执",
    Event.LINKED.value: "关联统一身份",
    Event.UNLINKED.value: "解除统一身份",
    Event.ACCOUNT_CREATED.value: "新建账号",
    Event.ACCOUNT_DISABLED.value: "停用账号",
    Event.ACCOUNT_ENABLED.value: "恢复账号",
    Event.GRANTED.value: "分配岗位",
    Event.REVOKED.value: "撤销岗位",
    Event.POLICY_CHANGED.value: "修改权限",
    Event.LOOKED.value: "查看敏感信息",
}


class LogQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters, as they stand in the address."""

    event: Annotated[str, Meta(title="事件", max_length=40)] = ""
    day: Annotated[date | None, Meta(title="日期")] = None
    page: Annotated[int, Meta(title="页", ge=1, le=10_000)] = 1


class LogLine(msgspec.Struct, frozen=True):
    """`about` is the account or the case it was done to; `details` say role and area, or what was looked at and why."""

    at: datetime
    event: str
    who: str
    about: str
    details: str
    address: str


class LogPage(msgspec.Struct, frozen=True):
    rows: tuple[LogLine, ...]
    total: int
    page: int
    pages: int


_WHERE = """tenant_id = $1 AND ($2 = '' OR event = $2)
            AND ($3::timestamptz IS NULL OR (at >= $3 AND at < $3 + interval '1 day'))"""


async def log_page(tx: Transaction, wanted: LogQuery) -> LogPage:
    """Newest first."""
    since = datetime.combine(wanted.day, time(), CHINA) if wanted.day else None
    values = (tx.tenant, wanted.event, since)
    total = await tx.fetchval(f"SELECT count(*) FROM access_log WHERE {_WHERE}", *values)  # noqa: S608
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(wanted.page, pages)
    rows = await tx.fetch(
        f"""SELECT at, event, account_id, target_id, process_id, purpose, fields, address, note FROM access_log
            WHERE {_WHERE} ORDER BY at DESC, id LIMIT {PAGE_SIZE} OFFSET {(page - 1) * PAGE_SIZE}""",  # noqa: S608
        *values,
    )
    people = {row[key] for row in rows for key in ("account_id", "target_id") if row[key]}
    names = await account_names(tx, people)
    numbers = await _numbers(tx, {row["process_id"] for row in rows if row["process_id"]})
    areas = await area_names(tx, {a for row in rows for __, a in [_role_and_area(row["note"])] if a})
    lines = tuple(
        LogLine(
            row["at"], EVENTS.get(row["event"], row["event"]), names.get(row["account_id"], "—"),
            numbers.get(row["process_id"], "") or names.get(row["target_id"], ""),
            _details(row["note"], row["fields"], row["purpose"], areas), row["address"] or "",
        )
        for row in rows
    )  # fmt: skip
    return LogPage(lines, total, page, pages)


def _role_and_area(note: str | None) -> tuple[str, str]:
    """`township_clerk 620802001000 until 2026-10-01` as kept by grants."""
    parts = (note or "").split()
    return (parts[0], parts[1]) if len(parts) >= 2 and parts[0] in ROLES else ("", "")


def _details(note: str | None, fields: list[str], purpose: str, areas: dict[str, str]) -> str:
    role, area = _role_and_area(note)
    said = []
    if role:
        until = (note or "").partition(" until ")[2]
        said.append(f"{role_label(role)}，{areas.get(area, area)}" + (f"，至 {until}" if until else ""))
    if fields:
        labels = {s.value: s.label for s in Sensitive}
        said.append("、".join(labels.get(f, f) for f in fields))
    if purpose:
        said.append(f"用途：{purpose}")
    return "；".join(said)


async def _numbers(tx: Transaction, ids: set[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch(
        "SELECT id, number FROM process WHERE tenant_id = $1 AND id = ANY($2)", tx.tenant, list(ids)
    )
    return {row["id"]: row["number"] for row in rows}
