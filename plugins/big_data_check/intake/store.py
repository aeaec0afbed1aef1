"""Files in pieces as stored. Every function works inside the caller's transaction and its tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.sdk import NotFound, Platform, Transaction
from core.sdk.verification import Source
from plugins.big_data_check.batch_file import Manifest, RowProblem
from plugins.big_data_check.heartbeat import beat

State = Literal["receiving", "queued", "checking", "deciding", "taken", "refused", "cancelled"]
STATES: dict[str, str] = {
    "receiving": "正在上传", "queued": "等待检查", "checking": "正在检查", "deciding": "等您决定", "taken": "已导入",
    "refused": "没有导入", "cancelled": "已停止",
}  # fmt: skip
OPEN = ("receiving", "queued", "checking", "deciding")
KEPT_PROBLEMS = 2000
"""So many are kept one by one; of the others it is counted which column they are in."""


class Report(msgspec.Struct):
    """What is wrong with a file. `columns`: how many rows are wrong in each column, all of them counted."""

    problems: list[RowProblem] = []
    columns: dict[str, int] = {}

    def add(self, wrong: Sequence[RowProblem]) -> None:
        self.problems += wrong[: max(0, KEPT_PROBLEMS - len(self.problems))]
        counted = Counter(self.columns)
        counted.update(column for _, column in dict.fromkeys((p.row, p.column or "整行") for p in wrong))
        self.columns = dict(counted)


class IntakeRow(msgspec.Struct, frozen=True):
    """One file. `size` and `received` in bytes, `done` of `manifest.rows` rows looked at; `seconds_left` by the pace so far."""

    id: UUID
    source: Source
    as_of: date
    manifest: Manifest
    signature: str
    size: int
    received: int
    pieces: int
    made_at: datetime
    made_by: UUID
    seen_at: datetime
    finished_at: datetime | None
    state: State
    step: str
    done: int
    seconds_left: float | None
    good: int
    faulty: int
    unknown: int
    stop: bool
    reason: str
    why: str
    sender: str
    requests: int
    cleared: bool

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def label(self) -> str:
        return STATES[self.state]

    @property
    def percent(self) -> int:
        """Of the upload while it is on its way, of the rows after that."""
        done, total = (
            (self.received, self.size) if self.state == "receiving" else (self.done, self.manifest.rows)
        )
        return min(100, done * 100 // total) if total else 0


_COLUMNS = ", ".join(IntakeRow.__struct_fields__)


async def add(tx: Transaction, intake: IntakeRow) -> None:
    values = msgspec.structs.asdict(intake) | {
        "source": intake.source.value,
        "manifest": intake.manifest.canonical().decode(),
    }
    marks = ", ".join(f"${n}" for n in range(2, len(values) + 2))
    await tx.execute(
        f"INSERT INTO big_data_check_intake (tenant_id, {_COLUMNS}) VALUES ($1, {marks})",  # noqa: S608
        tx.tenant,
        *(values[name] for name in IntakeRow.__struct_fields__),
    )


async def load(tx: Transaction, intake_id: UUID, *, lock: bool = False) -> IntakeRow:
    row = await tx.fetchrow(
        f"""SELECT {_COLUMNS} FROM big_data_check_intake WHERE tenant_id = $1 AND id = $2
            {"FOR UPDATE" if lock else ""}""",  # noqa: S608
        tx.tenant,
        intake_id,
    )
    if row is None:
        raise NotFound("没有找到这份文件")
    return _intake(row)


async def listed(tx: Transaction, limit: int = 20) -> list[IntakeRow]:
    """Those not taken, the newest first: what was taken stands among the deliveries."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM big_data_check_intake WHERE tenant_id = $1 AND state <> 'taken'
            ORDER BY made_at DESC, id LIMIT $2""",  # noqa: S608
        tx.tenant,
        limit,
    )
    return [_intake(row) for row in rows]


async def to_decide(tx: Transaction) -> list[IntakeRow]:
    """Files with wrong rows that wait for an officer's word, the longest waiting first."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM big_data_check_intake WHERE tenant_id = $1 AND state = 'deciding'
            ORDER BY seen_at, id LIMIT 20""",  # noqa: S608
        tx.tenant,
    )
    return [_intake(row) for row in rows]


async def tell(tx: Transaction, intake_id: UUID, now: datetime, **columns: Any) -> bool:
    """Keep where a file stands, and that somebody is at it; whether it is to stop."""
    return bool(await beat(tx, "big_data_check_intake", intake_id, now, columns))


async def report_of(tx: Transaction, platform: Platform, intake_id: UUID) -> Report:
    sealed = await tx.fetchval(
        "SELECT sealed FROM big_data_check_intake WHERE tenant_id = $1 AND id = $2", tx.tenant, intake_id
    )
    return (
        msgspec.json.decode(platform.unseal(bytes(sealed), intake_id.bytes), type=Report)
        if sealed
        else Report()
    )


def sealed_report(platform: Platform, intake_id: UUID, report: Report) -> bytes:
    return platform.seal(msgspec.json.encode(report), intake_id.bytes)


async def add_piece(tx: Transaction, intake_id: UUID, place: int, object_sha256: str, sha256: bytes) -> None:
    await tx.execute(
        """INSERT INTO big_data_check_piece (tenant_id, intake_id, place, object_sha256, sha256)
           VALUES ($1, $2, $3, $4, $5)""",
        tx.tenant,
        intake_id,
        place,
        object_sha256,
        sha256,
    )


async def pieces(tx: Transaction, intake_id: UUID) -> list[tuple[str, bytes]]:
    """In order: the object's name, and the keyed digest of what is in it."""
    rows = await tx.fetch(
        """SELECT object_sha256, sha256 FROM big_data_check_piece WHERE tenant_id = $1 AND intake_id = $2
           ORDER BY place""",
        tx.tenant,
        intake_id,
    )
    return [(row["object_sha256"], bytes(row["sha256"])) for row in rows]


async def left_behind(tx: Transaction, stuck: datetime, abandoned: datetime) -> tuple[list[UUID], list[UUID]]:
    """Files nobody works on though somebody should, and files nobody has touched for long."""
    rows = await tx.fetch(
        """SELECT id, state IN ('queued', 'checking') OR (state IN ('refused', 'cancelled') AND NOT cleared) AS work
           FROM big_data_check_intake
           WHERE tenant_id = $1 AND ((state IN ('queued', 'checking') AND seen_at < $2)
                 OR (state IN ('refused', 'cancelled') AND NOT cleared AND seen_at < $2)
                 OR (state IN ('receiving', 'deciding') AND seen_at < $3))""",
        tx.tenant,
        stuck,
        abandoned,
    )
    return [row["id"] for row in rows if row["work"]], [row["id"] for row in rows if not row["work"]]


async def outdated(tx: Transaction, oldest: date) -> list[UUID]:
    """Taken files whose pieces are still kept though their data no longer answers."""
    rows = await tx.fetch(
        """SELECT id FROM big_data_check_intake
           WHERE tenant_id = $1 AND state = 'taken' AND NOT cleared AND as_of < $2""",
        tx.tenant,
        oldest,
    )
    return [row["id"] for row in rows]


ABANDONED = timedelta(days=14)


def _intake(row: Any) -> IntakeRow:
    fields = dict(row)
    fields["source"] = Source(fields["source"])
    fields["manifest"] = msgspec.json.decode(fields["manifest"], type=Manifest)
    return IntakeRow(**fields)
