"""Complaints in numbers, without a name or a place smaller than asked for: received, answered in time, overdue, satisfied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from core.clock import CHINA
from core.complaints.routing import About
from core.storage.database import Transaction


class AboutLine(msgspec.Struct, frozen=True):
    """One kind of complaint. `in_time`: first answered by the day set when it came, until 24:00 in China, whoever answered
    in the end; `overdue`: still unanswered after that day (after the review's, where one was asked). `satisfied` of `rated`: those who called the answer satisfactory, or nearly so."""

    label: str
    received: int
    open: int
    overdue: int
    answered: int
    in_time: int
    founded: int
    rated: int
    satisfied: int


class ComplaintFigures(msgspec.Struct, frozen=True):
    year: int
    lines: tuple[AboutLine, ...]
    total: AboutLine


async def figures(tx: Transaction, today: date, areas: Sequence[str]) -> ComplaintFigures:
    """Of the year so far, in the areas whose prefixes are given."""
    rows = await tx.fetch(
        """SELECT about, count(*) AS received, count(*) FILTER (WHERE state = 'open') AS open,
                  count(*) FILTER (WHERE state = 'open'
                      AND CASE WHEN coalesce(first_answered_at, answered_at) IS NULL
                      THEN coalesce(first_due, due) ELSE due END < $2) AS overdue,
                  count(*) FILTER (WHERE state = 'answered') AS answered,
                  count(*) FILTER (WHERE state = 'answered' AND coalesce(first_answered_at, answered_at)
                      < (coalesce(first_due, due) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') AS in_time,
                  count(*) FILTER (WHERE outcome IN ('founded', 'partly')) AS founded,
                  count(rating) AS rated, count(*) FILTER (WHERE rating >= 2) AS satisfied
           FROM complaint WHERE tenant_id = $1 AND received_at >= $3
             AND EXISTS (SELECT FROM unnest($4::text[]) AS w (area) WHERE starts_with(area_code, w.area))
           GROUP BY about""",
        tx.tenant,
        today,
        datetime(today.year, 1, 1, tzinfo=CHINA),
        list(areas),
    )
    by_about = {row["about"]: row for row in rows}
    lines = tuple(
        AboutLine(about.label, *(by_about[about.value][name] for name in _COUNTED))
        for about in About
        if about.value in by_about
    )
    sums = [sum(getattr(line, name) for line in lines) for name in _COUNTED]
    return ComplaintFigures(today.year, lines, AboutLine("合计", *sums))


_COUNTED = tuple(f for f in AboutLine.__struct_fields__ if f != "label")
