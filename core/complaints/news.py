"""A complaint was answered, or went a level up: whoever left a mobile phone is told that there is news, and of which number.

    note ─▶ job (ids only) ─▶ the complainant's phone, unsealed in the worker alone ─▶ a channel of the district

Nothing is said of whom or what it is about, nor that it is a complaint: a phone is read by others, too.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from core.clock import CHINA, system_clock
from core.storage.database import Transaction
from core.storage.outbox import enqueue

JOB = "complaint_news"
KINDS = frozenset({"answered", "raised", "overdue"})
"""What is news to the complainant; what they do themselves (rating, asking for a review) is not."""
EVENING, MORNING = time(21), time(8)


def words(number: str) -> str:
    return f"您的 {number} 号事项有了新进展，请凭回执上的查询码查看；回执丢了的，可以当面申请补发。除退订外请勿回复本短信。"


async def queue(tx: Transaction, complaint_id: UUID, seq: int, kind: str, at: datetime) -> None:
    """In the transaction of what happened. `at` is by the installation's clock; nobody is woken for it."""
    if kind not in KINDS:
        return
    payload = {"tenant": str(tx.tenant), "complaint": str(complaint_id), "seq": seq}
    wait = till_morning(at)
    await enqueue(tx, JOB, payload, at=system_clock() + wait if wait else None, key=f"{complaint_id}:{seq}")


def till_morning(at: datetime) -> timedelta:
    """How long to wait for eight o'clock, when it is night."""
    here = at.astimezone(CHINA)
    if MORNING <= here.time() < EVENING:
        return timedelta()
    opens = datetime.combine(here.date(), MORNING, CHINA)
    return (opens if opens > here else opens + timedelta(days=1)) - here
