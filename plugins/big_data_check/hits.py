"""The records a query found, sealed with it: opened only for a report, a page that may show them, or the findings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from core.sdk import Platform
from core.sdk.verification import SourceResult
from plugins.big_data_check.store import Query


def seal_hits(platform: Platform, query_id: UUID, hits: Sequence[SourceResult]) -> bytes:
    return platform.seal(msgspec.json.encode(hits), query_id.bytes)


def open_hits(platform: Platform, query: Query) -> tuple[SourceResult, ...]:
    """The records a query found. Raises ValueError when they were changed in the database."""
    if query.sealed is None:
        return ()
    return msgspec.json.decode(platform.unseal(query.sealed, query.id.bytes), type=tuple[SourceResult, ...])
