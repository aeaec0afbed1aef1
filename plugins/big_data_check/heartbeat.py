"""That somebody is at a long piece of work, and where it stands: one row of `seen_at`, `stop` and whatever columns it has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core.sdk import Transaction

Table = Literal["big_data_check_bulk_run", "big_data_check_intake"]


async def beat(
    tx: Transaction,
    table: Table,
    row_id: UUID,
    now: datetime,
    columns: dict[str, Any],
    states: Sequence[str] = (),
) -> bool | None:
    """Keep the columns and the time; whether somebody asked for it to stop. `states`: only while it is in one of these,
    None and nothing kept when it is not (any more)."""
    changed = "".join(f", {name} = ${place}" for place, name in enumerate(columns, 5))
    stop: bool | None = await tx.fetchval(
        f"""UPDATE {table} SET seen_at = $3{changed}
            WHERE tenant_id = $1 AND id = $2 AND (cardinality($4::text[]) = 0 OR state = ANY($4)) RETURNING stop""",  # noqa: S608
        tx.tenant, row_id, now, list(states), *columns.values(),
    )  # fmt: skip
    return stop
