"""Messages as officers look for them: of their areas, by state and notice, page by page; and the figures of an area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk import Actor, Platform, Transaction
from plugins.sms_notice.permissions import SmsAction

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `state` and `notice` empty: all of them."""

    state: str = ""
    notice: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One message in the list: nothing of the phone or the text."""

    id: UUID
    process_id: UUID
    number: str
    title: str
    notice: str
    state: str
    detail: str
    attempts: int
    resends: int
    created_at: datetime
    not_before: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of lines; `counts` by state over everything the officer may see."""

    rows: Sequence[Line]
    counts: Mapping[str, int]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // A_PAGE))


def prefix(area_code: str) -> str:
    """The part of an area code that covers what lies below it: district 6, township 9, village 12 digits."""
    if area_code.endswith("0" * 6):
        return area_code[:6]
    return area_code[:9] if area_code.endswith("000") else area_code


def reach(platform: Platform, actor: Actor) -> list[str]:
    """Prefixes of the areas whose messages this person may see."""
    areas = {grant.area_code for grant in actor.grants}
    return sorted(prefix(area) for area in areas if platform.may(actor, SmsAction.VIEW, area) is None)


async def listing(tx: Transaction, areas: Sequence[str], wanted: Wanted) -> Listing:
    """The wanted page, newest first."""
    counts = {
        row["state"]: row["n"]
        for row in await tx.fetch(
            """SELECT state, count(*) AS n FROM sms_notice_message
               WHERE tenant_id = $1 AND process_id IS NOT NULL
                 AND EXISTS (SELECT FROM unnest($2::text[]) AS p WHERE starts_with(area_code, p))
                 AND ($3 = '' OR notice = $3)
               GROUP BY state""",
            *(tx.tenant, list(areas), wanted.notice),
        )
    }
    rows = await tx.fetch(
        """SELECT m.id, m.process_id, p.number, p.title, m.notice, m.state, m.detail, m.attempts, m.resends, m.created_at,
                  m.not_before, m.ended_at
           FROM sms_notice_message m JOIN process p ON p.tenant_id = m.tenant_id AND p.id = m.process_id
           WHERE m.tenant_id = $1
             AND EXISTS (SELECT FROM unnest($2::text[]) AS a WHERE starts_with(m.area_code, a))
             AND ($3 = '' OR m.state = $3) AND ($4 = '' OR m.notice = $4)
           ORDER BY m.created_at DESC, m.id LIMIT $5 OFFSET $6""",
        *(tx.tenant, list(areas), wanted.state, wanted.notice, A_PAGE, (wanted.page - 1) * A_PAGE),
    )
    total = counts.get(wanted.state, 0) if wanted.state else sum(counts.values())
    return Listing([Line(**row) for row in rows], counts, total, wanted.page)


async def undelivered(tx: Transaction, area_code: str, since: datetime) -> int:
    """Notices that did not reach the household since then, for one reason or another."""
    found: int = await tx.fetchval(
        """SELECT count(*) FROM sms_notice_message
           WHERE tenant_id = $1 AND process_id IS NOT NULL AND state IN ('failed', 'refused') AND created_at >= $2 AND starts_with(area_code, $3)""",
        *(tx.tenant, since, prefix(area_code)),
    )
    return found
