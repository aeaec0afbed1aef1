"""Postings come down by themselves: when their period is over, and when the household no longer receives (PIPL 25, 28)."""

from __future__ import annotations

from datetime import date

from core.stages.public_list import PostingKind
from core.storage.database import Transaction


async def take_down_over(tx: Transaction, today: date) -> int:
    """Take down, in the transaction's tenant, what should hang no longer; returns how many postings came down."""
    over = await tx.fetch(
        """UPDATE posting SET taken_down_on = $2
           WHERE tenant_id = $1 AND taken_down_on IS NULL AND ends_on < $2 RETURNING id""",
        tx.tenant,
        today,
    )
    left = await tx.fetch(
        """UPDATE posting p SET taken_down_on = $2
           FROM process c
           WHERE p.tenant_id = $1 AND p.kind = $3 AND p.taken_down_on IS NULL
             AND c.tenant_id = p.tenant_id AND c.id = p.process_id AND c.kind = 'case'
             AND EXISTS (SELECT FROM benefit b WHERE b.tenant_id = p.tenant_id AND b.household_id = c.subject_id)
             AND NOT EXISTS (SELECT FROM benefit b WHERE b.tenant_id = p.tenant_id AND b.household_id = c.subject_id
                             AND (b.until_month IS NULL OR b.until_month > $2))
           RETURNING p.id""",
        tx.tenant,
        today,
        PostingKind.LONG_TERM.value,
    )
    return len(over) + len(left)
