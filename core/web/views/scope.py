"""Which processes a person may see at all, as SQL: by the areas of their grants, or because they are their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.kernel.gate import PARTY_ROLES
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.access.authorizer import Actor

VISIBLE = """(EXISTS (SELECT FROM unnest($2::text[]) AS mine (area) WHERE starts_with(p.area_code, mine.area))
              OR p.opened_by = $3
              OR EXISTS (SELECT FROM household_member m WHERE m.tenant_id = p.tenant_id
                         AND m.household_id = p.subject_id AND m.person_id = $4))"""
"""Condition on `process p`; parameters $1–$4 are `visible_to(...)`."""


def significant(area_code: str) -> str:
    """The part of a 12-digit area code that covers what lies below it: district 6, township 9, village 12 digits."""
    if area_code.endswith("0" * 10):
        return area_code[:2]
    if area_code.endswith("0" * 6):
        return area_code[:6]
    return area_code[:9] if area_code.endswith("000") else area_code


def visible_to(tx: Transaction, actor: Actor) -> list[Any]:
    """The parameters of VISIBLE. Household roles give no areas: they see only what is theirs."""
    areas = {significant(g.area_code) for g in actor.grants if g.role not in PARTY_ROLES}
    return [tx.tenant, sorted(areas), actor.account_id, actor.person_id or UUID(int=0)]


async def area_names(tx: Transaction, codes: set[str]) -> dict[str, str]:
    """Names such as `崆峒镇水桥村`: township and village together."""
    wanted = codes | {code[:9] + "000" for code in codes}
    rows = await tx.fetch("SELECT code, name FROM area WHERE code = ANY($1)", sorted(wanted))
    own = {row["code"]: row["name"] for row in rows}
    return {code: _full(code, own) for code in codes}


def _full(code: str, own: dict[str, str]) -> str:
    name, township = own.get(code, code), own.get(code[:9] + "000", "")
    return name if code.endswith("000") else f"{township}{name}"


async def account_names(tx: Transaction, ids: set[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch(
        "SELECT id, name FROM account WHERE tenant_id = $1 AND id = ANY($2)", tx.tenant, list(ids)
    )
    return {row["id"]: row["name"] for row in rows}
