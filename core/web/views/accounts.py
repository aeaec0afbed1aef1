"""Accounts for those who run them: who there is, what they hold and where. Names and codes, nothing secret."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from core.access.roles import role_label
from core.problems import NotFound
from core.storage.database import Transaction
from core.web.views.scope import area_names

if TYPE_CHECKING:
    from core.web.services import TenantLike

MOST = 200


class AccountQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters of the list, as they stand in the address."""

    q: Annotated[str, Meta(title="姓名或账号名", max_length=40)] = ""
    role: Annotated[str, Meta(title="岗位", max_length=40)] = ""
    status: Annotated[str, Meta(title="状态", pattern="^(active|disabled)?$")] = ""


class GrantLine(msgspec.Struct, frozen=True):
    """A role held for an area; `until` bounds it in time."""

    role: str
    role_label: str
    area_code: str
    area: str
    until: datetime | None = None
    reason: str = ""


class AccountLine(msgspec.Struct, frozen=True):
    id: UUID
    username: str
    name: str
    status: str
    linked: bool
    grants: tuple[GrantLine, ...] = ()
    created_at: datetime | None = None


_COLUMNS = "a.id, a.username, a.name, a.status, a.person_id IS NOT NULL AS linked, a.created_at"


async def accounts(tx: Transaction, wanted: AccountQuery) -> tuple[AccountLine, ...]:
    """By name; at most `MOST`."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM account a
            WHERE a.tenant_id = $1 AND (strpos(a.name, $2) > 0 OR strpos(a.username, $2) > 0)
              AND ($3 = '' OR a.status = $3)
              AND ($4 = '' OR EXISTS (SELECT FROM account_grant g WHERE g.tenant_id = a.tenant_id
                                      AND g.account_id = a.id AND g.role = $4))
            ORDER BY a.name, a.username LIMIT {MOST}""",  # noqa: S608
        tx.tenant,
        wanted.q,
        wanted.status,
        wanted.role,
    )
    return await _lines(tx, rows)


async def account(tx: Transaction, account_id: UUID) -> AccountLine:
    """One of them. Raises NotFound."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM account a WHERE a.tenant_id = $1 AND a.id = $2",  # noqa: S608
        tx.tenant,
        account_id,
    )
    if not rows:
        raise NotFound("没有这个账号")
    return (await _lines(tx, rows))[0]


async def _lines(tx: Transaction, rows: list[Any]) -> tuple[AccountLine, ...]:
    found = [dict(row) for row in rows]
    held = await tx.fetch(
        """SELECT account_id, role, area_code, until, reason FROM account_grant
           WHERE tenant_id = $1 AND account_id = ANY($2) ORDER BY role, area_code""",
        tx.tenant,
        [row["id"] for row in found],
    )
    names = await area_names(tx, {g["area_code"] for g in held})
    grants: dict[UUID, list[GrantLine]] = {}
    for g in held:
        line = GrantLine(
            g["role"],
            role_label(g["role"]),
            g["area_code"],
            names[g["area_code"]],
            g["until"],
            g["reason"] or "",
        )
        grants.setdefault(g["account_id"], []).append(line)
    return tuple(AccountLine(**row, grants=tuple(grants.get(row["id"], ()))) for row in found)


async def places(tx: Transaction, tenant: TenantLike) -> list[tuple[str, str]]:
    """Areas a role may be held for: the district, its townships, its villages; (12-digit code, name)."""
    district = tenant.code.ljust(12, "0")
    rows = await tx.fetch(
        """SELECT a.code, CASE WHEN right(a.code, 3) = '000' THEN a.name ELSE coalesce(t.name, '') || ' ' || a.name END
                  AS name
           FROM area a LEFT JOIN area t ON t.code = a.parent_code
           WHERE starts_with(a.code, $1) AND a.code <> $2 ORDER BY a.code LIMIT 3000""",
        tenant.code[:6].rstrip("0") if tenant.kind == "province" else tenant.code[:6],
        district,
    )
    return [(district, tenant.name), *((row["code"], row["name"]) for row in rows)]
