"""The verification officers' list: every newest request of a case, what is silent or blank in it; and two figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from core.sdk import Actor, Platform, Transaction
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.store import STATE_LABELS

PAGE = 50
Tab = Literal["open", "silent", "blank", "findings", "all"]
TABS: tuple[tuple[Tab, str], ...] = (
    ("open", "要处理的"), ("silent", "有来源未答复"), ("blank", "待写说明"), ("findings", "有疑点"), ("all", "全部"),
)  # fmt: skip


class Line(msgspec.Struct, frozen=True):
    """One case. `silent` and `blank` count queries; `findings` those still open."""

    case_id: UUID
    case_number: str
    title: str
    area_code: str
    area: str
    state: str
    state_label: str
    asked_at: datetime
    next_at: datetime | None
    silent: int
    blank: int
    findings: int
    unfiled: bool


class Listing(msgspec.Struct, frozen=True):
    rows: tuple[Line, ...]
    total: int
    page: int
    pages: int


_NEWEST = """
    SELECT r.*, coalesce(q.silent, 0) AS silent, coalesce(q.blank, 0) AS blank,
           EXISTS (SELECT FROM big_data_check_report p WHERE p.tenant_id = $1 AND p.request_id = r.id
                   AND p.filed_seq IS NULL AND NOT EXISTS
                   (SELECT FROM big_data_check_report l WHERE l.tenant_id = $1 AND l.request_id = r.id
                    AND l.attempt > p.attempt)) AS unfiled
    FROM big_data_check_request r
    LEFT JOIN (SELECT request_id, count(*) FILTER (WHERE state <> 'answered') AS silent,
                      count(*) FILTER (WHERE result = 'no_data' AND note = '') AS blank
               FROM big_data_check_query WHERE tenant_id = $1 GROUP BY request_id) q ON q.request_id = r.id
    WHERE r.tenant_id = $1 AND r.area_code = ANY($2) AND r.state <> 'closed'
"""

_WANTED: dict[str, str] = {
    "open": "silent > 0 OR blank > 0 OR open_findings > 0 OR unfiled",
    "silent": "silent > 0",
    "blank": "blank > 0",
    "findings": "open_findings > 0",
    "all": "true",
}


async def areas_seen(tx: Transaction, platform: Platform, actor: Actor) -> list[str]:
    """The villages with requests whose verification this person may see."""
    rows = await tx.fetch(
        "SELECT DISTINCT area_code FROM big_data_check_request WHERE tenant_id = $1 ORDER BY area_code",
        tx.tenant,
    )
    return [r["area_code"] for r in rows if platform.may(actor, Permission.VIEW, r["area_code"]) is None]


async def listing(tx: Transaction, platform: Platform, actor: Actor, tab: str, page: int) -> Listing:
    """The oldest first: whoever waits longest is next."""
    areas = await areas_seen(tx, platform, actor)
    wanted = _WANTED.get(tab, _WANTED["open"])
    total: int = await tx.fetchval(
        f"SELECT count(*) FROM ({_NEWEST}) n WHERE {wanted}",  # noqa: S608
        tx.tenant,
        areas,
    )
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    rows = await tx.fetch(
        f"""SELECT * FROM ({_NEWEST}) n WHERE {wanted} ORDER BY asked_at, case_number
            LIMIT {PAGE} OFFSET {(page - 1) * PAGE}""",  # noqa: S608
        tx.tenant,
        areas,
    )
    names = await platform.area_names(tx, (r["area_code"] for r in rows))
    lines = tuple(
        Line(
            r["process_id"], r["case_number"], r["title"], r["area_code"], names[r["area_code"]], r["state"],
            STATE_LABELS[r["state"]], r["asked_at"], r["next_at"], r["silent"], r["blank"], r["open_findings"],
            r["unfiled"],
        )
        for r in rows
    )  # fmt: skip
    return Listing(lines, total, page, pages)


async def figures(tx: Transaction, prefix: str) -> tuple[int, int]:
    """Open findings, and queries whose source is silent, of an area (its significant digits)."""
    row = await tx.fetchrow(
        """SELECT coalesce(sum(r.open_findings), 0)::int AS findings,
                  coalesce(sum((SELECT count(*) FROM big_data_check_query q WHERE q.tenant_id = $1
                                AND q.request_id = r.id AND q.state <> 'answered')), 0)::int AS silent
           FROM big_data_check_request r
           WHERE r.tenant_id = $1 AND r.state <> 'closed' AND starts_with(r.area_code, $2)""",
        tx.tenant,
        prefix,
    )
    assert row is not None
    return row["findings"], row["silent"]


async def silent_sources(tx: Transaction) -> Sequence[str]:
    """Sources nobody gets an answer from at present: their circuit is open."""
    rows = await tx.fetch(
        """SELECT source FROM big_data_check_circuit WHERE tenant_id = $1 AND open_until IS NOT NULL ORDER BY source""",
        tx.tenant,
    )
    return [row["source"] for row in rows]
