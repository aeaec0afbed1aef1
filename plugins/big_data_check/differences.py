"""What differs on the comparison, each settled with a reason that stands in the case's journal.

open --settle--> settled          by a person, with a verdict and a reason
   ^                  |
   └── the values change: it is open again
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk import Call, Receipt, Records, platform_of
from plugins.big_data_check.comparison import Row
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reading import case_for
from plugins.big_data_check.stages import SETTLE, DifferenceSettled, SettleForm


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the comparison with what was made of it. `digest` tells these values from later ones."""

    row: Row
    digest: str
    settled: DifferenceSettled | None = None
    by: UUID | None = None
    at: datetime | None = None

    @property
    def item(self) -> str:
        return item_of(self.row)

    @property
    def is_open(self) -> bool:
        return self.row.differs and self.settled is None


def item_of(row: Row) -> str:
    """How a difference is named in the journal: no values, and the same while the row is."""
    return "·".join(part for part in (row.topic, row.item, row.whose) if part)


def digest_of(row: Row) -> str:
    return hashlib.sha256(json.dumps(row.values, ensure_ascii=False).encode()).hexdigest()


def lines_of(rows: Iterable[Row], records: Records) -> tuple[Line, ...]:
    """Pure. The last word on an item counts, as long as its values are those it was about."""
    said = {f.record.item: f for f in records.filed if isinstance(f.record, DifferenceSettled)}
    found = []
    for row in rows:
        digest, filed = digest_of(row), said.get(item_of(row))
        record = filed.record if filed else None
        if filed is None or not isinstance(record, DifferenceSettled) or record.values not in ("", digest):
            found.append(Line(row, digest))
        else:
            found.append(Line(row, digest, record, filed.by, filed.at))
    return tuple(found)


def open_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.is_open)


async def settle(call: Call, form: SettleForm) -> Receipt:
    """File the verdict on the case under the officer's name. Raises NotFound, Refused, Invalid, Conflict."""
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        await case_for(tx, platform, call.actor, case_id, Permission.COMPARE)
        return await platform.act(tx, case_id, SETTLE, form, actor=call.actor, key=call.idempotency_key)
