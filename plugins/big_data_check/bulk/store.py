"""Runs and alerts as stored. Every function works inside the caller's transaction and its tenant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.sdk import Conflict, NotFound, Transaction
from plugins.big_data_check.bulk.progress import percent_of
from plugins.big_data_check.bulk.standing import Said
from plugins.big_data_check.heartbeat import beat

State = Literal["queued", "gathering", "computing", "filing", "done", "failed", "cancelled"]
AlertState = Literal["filed", "known", "waiting", "failed", "dropped"]
STATES: dict[str, str] = {
    "queued": "排队中", "gathering": "正在取人员和数据", "computing": "正在核对", "filing": "正在提请复核",
    "done": "已完成", "failed": "没有完成", "cancelled": "已停止",
}  # fmt: skip
OPEN = ("queued", "gathering", "computing", "filing")
ALERT_STATES = {
    "filed": "已提请复核",
    "known": "卷宗里已有",
    "waiting": "等这一件办完",
    "failed": "没有提请成",
    "dropped": "不再提请",
}
KINDS = {
    "death": "成员登记死亡", "moved": "户籍迁出", "vehicle": "车辆或大型农机具", "entity": "市场主体", "job": "新的就业单位",
    "payroll": "财政供养等稳定就业", "housing": "商品房或商铺", "deposits": "存款和金融资产", "income": "登记收入达到低保标准",
}  # fmt: skip


class Problem(msgspec.Struct, frozen=True):
    """What could not be checked, and why. `where` is a source or the rolls."""

    where: str
    count: int
    why: str


class RunRow(msgspec.Struct, frozen=True):
    """One re-check. `done` of `total` of the part it is in; `seconds_left` by the pace so far."""

    id: UUID
    state: State
    cause: str
    asked_at: datetime
    asked_by: UUID | None
    seen_at: datetime
    finished_at: datetime | None
    step: str
    done: int
    total: int
    seconds_left: float | None
    stop: bool
    persons: int
    rows: int
    problems: tuple[Problem, ...] = ()

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def percent(self) -> int:
        return percent_of(self.state, self.done, self.total)


class AlertRow(msgspec.Struct, frozen=True):
    """Something for a person to look at. No name and no value: these are on the case, for those who may see them."""

    id: UUID
    run_id: UUID
    process_id: UUID
    case_number: str
    area_code: str
    kind: str
    namesake: bool
    state: AlertState
    reason: str
    at: datetime


_RUN = ", ".join(RunRow.__struct_fields__)


async def open_run(tx: Transaction, run_id: UUID, cause: str, by: UUID | None, now: datetime) -> None:
    """Raises Conflict while another is not finished."""
    added = await tx.fetchval(
        """INSERT INTO big_data_check_bulk_run (tenant_id, id, state, cause, asked_at, asked_by, seen_at)
           VALUES ($1, $2, 'queued', $3, $4, $5, $4) ON CONFLICT DO NOTHING RETURNING true""",
        tx.tenant,
        run_id,
        cause,
        now,
        by,
    )
    if not added:
        raise Conflict("上一次批量复核还没有结束", hint="请等它完成，或先停止它")


async def load(tx: Transaction, run_id: UUID, *, lock: bool = False) -> RunRow:
    row = await tx.fetchrow(
        f"""SELECT {_RUN} FROM big_data_check_bulk_run WHERE tenant_id = $1 AND id = $2
            {"FOR UPDATE" if lock else ""}""",  # noqa: S608
        tx.tenant,
        run_id,
    )
    if row is None:
        raise NotFound("没有找到这次批量复核")
    return _run(row)


async def runs(tx: Transaction, limit: int = 100) -> list[RunRow]:
    rows = await tx.fetch(
        f"""SELECT {_RUN} FROM big_data_check_bulk_run WHERE tenant_id = $1
            ORDER BY asked_at DESC, id LIMIT $2""",  # noqa: S608
        tx.tenant,
        limit,
    )
    return [_run(row) for row in rows]


async def tell(tx: Transaction, run_id: UUID, now: datetime, **columns: Any) -> bool | None:
    """Keep where a run stands, and that somebody is at it; whether it is to stop. None: it has ended, and stays so."""
    told = {name: _plain(value) for name, value in columns.items()}
    return await beat(tx, "big_data_check_bulk_run", run_id, now, told, OPEN)


async def stop(tx: Transaction, run_id: UUID) -> None:
    await tx.execute(
        "UPDATE big_data_check_bulk_run SET stop = true WHERE tenant_id = $1 AND id = $2", tx.tenant, run_id
    )


async def keep_alert(
    tx: Transaction, alert: AlertRow, person_id: UUID | None, mark: bytes, sources: int, seq: int | None
) -> None:
    """Said once while it lasts: one that waited or failed before is brought up to date, what became a review stays as it is."""
    await tx.execute(
        """INSERT INTO big_data_check_bulk_alert AS a
               (tenant_id, id, run_id, process_id, person_id, area_code, kind, namesake, mark, sources, state, reason, seq, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
           ON CONFLICT (tenant_id, mark) WHERE over_at IS NULL DO UPDATE SET run_id = excluded.run_id,
               state = excluded.state, reason = excluded.reason, seq = excluded.seq, at = excluded.at,
               sources = excluded.sources
           WHERE a.state IN ('waiting', 'failed')""",
        tx.tenant,
        alert.id,
        alert.run_id,
        alert.process_id,
        person_id,
        alert.area_code,
        alert.kind,
        alert.namesake,
        mark,
        sources,
        alert.state,
        alert.reason,
        seq,
        alert.at,
    )


async def said(tx: Transaction, marks: Sequence[bytes] | None = None) -> list[Said]:
    """What was said before and is not over; of `marks` only, where they are given."""
    rows = await tx.fetch(
        """SELECT id, process_id, person_id, area_code, kind, namesake, state, mark, sources
           FROM big_data_check_bulk_alert
           WHERE tenant_id = $1 AND over_at IS NULL AND ($2::bytea[] IS NULL OR mark = ANY($2)) ORDER BY process_id, id""",
        tx.tenant,
        marks,
    )
    return [
        Said(
            row["id"], row["process_id"], row["person_id"], row["area_code"], row["kind"], row["namesake"], row["state"],
            bytes(row["mark"]), row["sources"],
        )
        for row in rows
    ]  # fmt: skip


async def close(tx: Transaction, ids: Sequence[UUID], run_id: UUID, why: str, now: datetime) -> None:
    """These are over: their marks may come up again. What still waited is dropped in this run, for this reason."""
    await tx.execute(
        """UPDATE big_data_check_bulk_alert SET over_at = $3,
               reason = CASE WHEN state IN ('waiting', 'failed') THEN $4 ELSE reason END,
               run_id = CASE WHEN state IN ('waiting', 'failed') THEN $5 ELSE run_id END,
               state = CASE WHEN state IN ('waiting', 'failed') THEN 'dropped' ELSE state END
           WHERE tenant_id = $1 AND id = ANY($2) AND over_at IS NULL""",
        tx.tenant,
        list(ids),
        now,
        why,
        run_id,
    )


async def wait_on(tx: Transaction, ids: Sequence[UUID], run_id: UUID, why: str) -> None:
    """These go on waiting, in this run, for this reason."""
    await tx.execute(
        """UPDATE big_data_check_bulk_alert SET state = 'waiting', reason = $3, run_id = $4
           WHERE tenant_id = $1 AND id = ANY($2) AND over_at IS NULL AND state IN ('waiting', 'failed')""",
        tx.tenant,
        list(ids),
        why,
        run_id,
    )


async def failed(
    tx: Transaction, areas: Sequence[str], without: Collection[UUID] = ()
) -> list[tuple[UUID, int]]:
    """Runs with alerts that became no review, and how many of them, in areas whose codes begin so; the newest run first.

    `without`: cases whose alerts are not counted.
    """
    rows = await tx.fetch(
        """SELECT a.run_id, count(*) AS n FROM big_data_check_bulk_alert a
           JOIN big_data_check_bulk_run r ON r.tenant_id = a.tenant_id AND r.id = a.run_id
           WHERE a.tenant_id = $1 AND a.state = 'failed'
             AND EXISTS (SELECT FROM unnest($2::text[]) s WHERE starts_with(a.area_code, s))
             AND a.process_id <> ALL($3::uuid[])
           GROUP BY a.run_id, r.asked_at ORDER BY r.asked_at DESC LIMIT 3""",
        tx.tenant,
        list(areas),
        list(without),
    )
    return [(row["run_id"], row["n"]) for row in rows]


async def alerts_of(
    tx: Transaction,
    run_id: UUID,
    areas: Sequence[str] = ("",),
    limit: int = 5000,
    without: Collection[UUID] = (),
) -> list[AlertRow]:
    """By area and case; `areas` are the codes (or their beginnings) somebody may see, `without` cases they may not."""
    rows = await tx.fetch(
        """SELECT a.id, a.run_id, a.process_id, p.number AS case_number, a.area_code, a.kind, a.namesake, a.state,
                  a.reason, a.at
           FROM big_data_check_bulk_alert a JOIN process p ON p.tenant_id = a.tenant_id AND p.id = a.process_id
           WHERE a.tenant_id = $1 AND a.run_id = $2
             AND EXISTS (SELECT FROM unnest($3::text[]) s WHERE starts_with(a.area_code, s))
             AND a.process_id <> ALL($5::uuid[])
           ORDER BY a.area_code, p.number, a.kind, a.id LIMIT $4""",
        tx.tenant,
        run_id,
        list(areas),
        limit,
        list(without),
    )
    return [AlertRow(**dict(row)) for row in rows]


async def counts(
    tx: Transaction, run_ids: Sequence[UUID], without: Collection[UUID] = ()
) -> dict[UUID, dict[str, int]]:
    """How many alerts of each state the runs came to, but for those of some cases."""
    rows = await tx.fetch(
        """SELECT run_id, state, count(*) AS n FROM big_data_check_bulk_alert
           WHERE tenant_id = $1 AND run_id = ANY($2) AND process_id <> ALL($3::uuid[]) GROUP BY run_id, state""",
        tx.tenant,
        list(run_ids),
        list(without),
    )
    found: dict[UUID, dict[str, int]] = {run_id: {} for run_id in run_ids}
    for row in rows:
        found[row["run_id"]][row["state"]] = row["n"]
    return found


async def stuck(tx: Transaction, since: datetime) -> list[UUID]:
    """Runs nobody has been at since: their worker died."""
    rows = await tx.fetch(
        f"""SELECT id FROM big_data_check_bulk_run WHERE tenant_id = $1 AND state IN {OPEN} AND seen_at < $2""",  # noqa: S608
        tx.tenant,
        since,
    )
    return [row["id"] for row in rows]


async def open_ones(tx: Transaction) -> set[UUID]:
    rows = await tx.fetch(
        f"SELECT id FROM big_data_check_bulk_run WHERE tenant_id = $1 AND state IN {OPEN}",  # noqa: S608
        tx.tenant,
    )
    return {row["id"] for row in rows}


def _run(row: Any) -> RunRow:
    fields = dict(row)
    fields["problems"] = msgspec.json.decode(fields["problems"], type=tuple[Problem, ...])
    return RunRow(**fields)


def _plain(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, tuple | list) else value
