"""Looks at personal data a plugin keeps: whoever opens it is in the access log, with the case and what it was for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from core.access import access_log
from core.access.access_log import Event
from core.access.authorizer import Actor
from core.storage.database import Transaction


async def looked(
    tx: Transaction,
    actor: Actor,
    at: datetime,
    purpose: str,
    fields: Iterable[str],
    process: UUID | None = None,
) -> None:
    """In the transaction that reads it, so that nothing is shown that was not logged. `fields` are names, never values."""
    await access_log.record(
        tx,
        at,
        Event.LOOKED,
        account=actor.account_id,
        process=process,
        purpose=purpose,
        fields=sorted(fields),
    )
