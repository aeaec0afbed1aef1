"""What a person may see in lists, as SQL: by the permission to view, or because it is their own. Names of places and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.access.areas import outermost
from core.access.areas import significant as covering
from core.storage.database import Transaction

if TYPE_CHECKING:
    from core.access.areas import Areas
    from core.access.authorizer import Actor, Authorizer

NOBODY = UUID(int=0)


_AREAS = """EXISTS (SELECT FROM unnest(${a}::text[]) AS w (area) WHERE starts_with(p.area_code, w.area))
            AND NOT EXISTS (SELECT FROM unnest(${b}::text[]) AS o (area) WHERE starts_with(p.area_code, o.area))"""
_CASES, _ROUNDS = _AREAS.format(a=2, b=3), _AREAS.format(a=4, b=5)
VISIBLE = f"""((p.kind = 'case' AND {_CASES}) OR (p.kind = 'round' AND {_ROUNDS})
              OR p.opened_by = $6
              OR EXISTS (SELECT FROM household_member m WHERE m.tenant_id = p.tenant_id
                         AND m.household_id = p.subject_id AND m.person_id = $7))"""
"""Condition on `process p`; parameters $1–$7 are `visible_to(...)`. Says the same as the kernel of one process."""


def significant(area_code: str) -> str:
    """The part of a 12-digit area code that covers what lies below it: district 6, township 9, village 12 digits."""
    if area_code.endswith("0" * 10):
        return area_code[:2]
    if area_code.endswith("0" * 6):
        return area_code[:6]
    return area_code[:9] if area_code.endswith("000") else area_code


def visible_to(tx: Transaction, authorizer: Authorizer, actor: Actor) -> list[Any]:
    """The parameters of VISIBLE. Who brought an application for somebody else sees it; otherwise it takes a permission."""
    helper = any(grant.role == "helper" for grant in actor.grants)
    cases = authorizer.areas_where(actor, "case", "view").parameters
    rounds = authorizer.areas_where(actor, "round", "view").parameters
    return [tx.tenant, *cases, *rounds, actor.account_id if helper else NOBODY, actor.person_id or NOBODY]


def within(areas: Areas, wanted: str) -> list[str]:
    """The prefixes of `areas`, narrowed to one area (12 digits or its significant part; empty: all of them)."""
    if not wanted:
        return list(areas.within)
    prefix = covering(wanted)
    narrowed = [
        prefix if prefix.startswith(w) else w
        for w in areas.within
        if prefix.startswith(w) or w.startswith(prefix)
    ]
    return list(outermost(narrowed))


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
