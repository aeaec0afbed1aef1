"""What differs on the comparison, each settled with a reason that stands in the case's journal.

open --settle--> settled          by a person, with a verdict and a reason
   ^                  |
   └── the values change: it is open again

What a person has decided elsewhere with a reason is not asked for twice: a finding that was cleared or upheld, and what the
investigators noted together with why the visited value stands. While one is open nobody gives an opinion or confirms.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk import Call, Conflict, FieldError, Invalid, Receipt, Records, platform_of
from core.sdk.household import HomeVisit
from core.sdk.verification import FindingKind
from plugins.big_data_check.comparison import NOTED, Row
from plugins.big_data_check.decisions import Decision, decisions_of
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reading import case_for, compared
from plugins.big_data_check.stages import SETTLE, DifferenceSettled, SettleForm


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the comparison with what was made of it. `digest` tells these values from later ones."""

    row: Row
    digest: str
    settled: DifferenceSettled | None = None
    by: UUID | None = None
    at: datetime | None = None
    elsewhere: str = ""
    """The reason, where a finding or the visit's own notes hold it."""
    decision: Decision | None = None
    """What was made of the finding on it."""

    @property
    def item(self) -> str:
        return item_of(self.row)

    @property
    def is_open(self) -> bool:
        return self.row.differs and self.settled is None and not self.elsewhere


def item_of(row: Row) -> str:
    """How a difference is named in the journal: no values, and the same while the row is."""
    return "·".join(part for part in (row.topic, row.item, row.whose) if part)


def digest_of(row: Row) -> str:
    return hashlib.sha256(json.dumps(row.values, ensure_ascii=False).encode()).hexdigest()


def lines_of(rows: Iterable[Row], records: Records) -> tuple[Line, ...]:
    """Pure. The last word on an item counts, as long as its values are those it was about."""
    said = {f.record.item: f for f in records.filed if isinstance(f.record, DifferenceSettled)}
    decided = _decided_elsewhere(records)
    found = []
    for row in rows:
        digest, filed = digest_of(row), said.get(item_of(row))
        record = filed.record if filed else None
        if filed is None or not isinstance(record, DifferenceSettled) or record.values != digest:
            found.append(_elsewhere(row, digest, decided(row)))
        else:
            found.append(Line(row, digest, record, filed.by, filed.at))
    return tuple(found)


_FINDINGS = {
    "车辆、农机": FindingKind.VEHICLE, "房屋": FindingKind.HOUSING, "市场主体": FindingKind.ENTITY,
    "稳定就业": FindingKind.PAYROLL, "存款和金融资产": FindingKind.DEPOSITS,
}  # fmt: skip
"""What a row of this topic raises a finding of."""


def _elsewhere(row: Row, digest: str, decided: Decision | str) -> Line:
    if isinstance(decided, str):
        return Line(row, digest, elsewhere=decided)
    return Line(row, digest, None, decided.by, decided.at, decided.reason, decided)


def _decided_elsewhere(records: Records) -> Callable[[Row], Decision | str]:
    """What somebody made of a row outside the comparison: of a finding, or a reason noted at the visit; empty where nobody did."""
    findings = decisions_of(records)
    visit = records.last(HomeVisit)
    noted = {d.field: d.reason.strip() for d in (visit.differences if visit else ())}

    def decided(row: Row) -> Decision | str:
        if row.topic == NOTED:
            return noted.get(row.item, "")
        kind = _FINDINGS.get(row.topic)
        if kind is None:
            return ""
        end = f":{row.item}"
        return next(
            (
                decision
                for finding, decision in findings.items()
                if finding == kind.value or (finding.startswith(f"{kind.value}:") and finding.endswith(end))
            ),
            "",
        )

    return decided


def open_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.is_open)


async def settle(call: Call, form: SettleForm) -> Receipt:
    """File the verdict on the case under the officer's name, on the values as they stand. Raises NotFound, Refused, Invalid, Conflict."""
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        situation = await case_for(tx, platform, call.actor, case_id, Permission.COMPARE)
        row = next((r for r in await compared(tx, platform, situation) if item_of(r) == form.item), None)
        if row is None or not row.differs:
            wrong = FieldError("item", "对照里没有这一处不一致，请刷新后再看")
            raise Invalid("没有写入卷宗", fields=(wrong,))
        if digest_of(row) != form.values:
            raise Conflict("这一项的数值刚刚变了，没有写入卷宗", hint="请刷新后看清新的数值，再写明理由")
        return await platform.act(tx, case_id, SETTLE, form, actor=call.actor, key=call.idempotency_key)
