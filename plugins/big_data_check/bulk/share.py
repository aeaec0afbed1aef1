"""What a district tells its province of a re-check, and what the province keeps of it: counts, never a person or a case.

district: a run goes on ─▶ hand_up ─▶ job "bulk_share" at the province ─▶ one row per district and run
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.sdk import Job, Platform, PluginContext, Transaction, platform_of
from plugins.big_data_check.bulk import store
from plugins.big_data_check.bulk.progress import percent_of
from plugins.big_data_check.bulk.store import OPEN, RunRow, State

JOB = "bulk_share"


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one district's re-check stands. `kinds`: alerts by kind; `unchecked`: sources or groups that were left out."""

    run_id: UUID
    state: State
    asked_at: datetime
    told_at: datetime
    finished_at: datetime | None
    step: str
    done: int
    total: int
    seconds_left: float | None
    persons: int
    rows: int
    unchecked: int
    kinds: dict[str, int]
    filed: int
    waiting: int
    failed: int
    district: str = ""

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def percent(self) -> int:
        """Of one that ended, 100: there is nothing more to come."""
        return percent_of(self.state, self.done, self.total)

    @property
    def alerts(self) -> int:
        return sum(self.kinds.values())


async def hand_up(tx: Transaction, platform: Platform, run: RunRow, now: datetime) -> None:
    """Tell the province, where there is one, how a run of this district stands."""
    by_state = (await store.counts(tx, [run.id]))[run.id]
    share = Share(
        run.id, run.state, run.asked_at, now, run.finished_at, run.step, run.done, run.total, run.seconds_left,
        run.persons, run.rows, len(run.problems), await _kinds(tx, run.id), by_state.get("filed", 0),
        by_state.get("waiting", 0), by_state.get("failed", 0),
    )  # fmt: skip
    payload: dict[str, Any] = msgspec.to_builtins(share)
    await platform.hand_up(tx, JOB, payload, key=f"{run.id}:{now.isoformat()}")


async def _kinds(tx: Transaction, run_id: UUID) -> dict[str, int]:
    rows = await tx.fetch(
        """SELECT kind, count(*) AS n FROM big_data_check_bulk_alert
           WHERE tenant_id = $1 AND run_id = $2 AND state NOT IN ('known', 'dropped') GROUP BY kind ORDER BY kind""",
        tx.tenant,
        run_id,
    )
    return {row["kind"]: row["n"] for row in rows}


async def run_share(context: PluginContext, payload: Mapping[str, Any]) -> None:
    """At the province: keep it, unless something later came before."""
    share = msgspec.convert(dict(payload), Share, strict=False)
    async with platform_of(context).transaction() as tx:
        await _keep(tx, share)


async def _keep(tx: Transaction, share: Share) -> None:
    columns = [name for name in Share.__struct_fields__ if name not in ("district", "run_id")]
    values = msgspec.structs.asdict(share) | {"kinds": msgspec.json.encode(share.kinds).decode()}
    marks = ", ".join(f"${n}" for n in range(4, len(columns) + 4))
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns)
    await tx.execute(
        f"""INSERT INTO big_data_check_share AS s (tenant_id, district, run_id, {", ".join(columns)})
            VALUES ($1, $2, $3, {marks})
            ON CONFLICT (tenant_id, district, run_id) DO UPDATE SET {changed} WHERE s.told_at <= excluded.told_at""",  # noqa: S608
        tx.tenant,
        share.district,
        share.run_id,
        *(values[name] for name in columns),
    )


async def since(tx: Transaction, begin: datetime, end: datetime) -> dict[str, Share]:
    """By district, the newest re-check asked for in [begin, end)."""
    rows = await tx.fetch(
        f"""SELECT DISTINCT ON (district) {", ".join(Share.__struct_fields__)} FROM big_data_check_share
            WHERE tenant_id = $1 AND asked_at >= $2 AND asked_at < $3 ORDER BY district, asked_at DESC, run_id""",  # noqa: S608
        tx.tenant,
        begin,
        end,
    )
    return {row["district"]: _share(row) for row in rows}


def _share(row: Any) -> Share:
    return Share(**{**dict(row), "kinds": msgspec.json.decode(row["kinds"], type=dict[str, int])})


JOBS = (Job(JOB, run_share),)
