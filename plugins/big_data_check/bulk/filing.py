"""From alerts to reviews: one review per case, opened by the plugin's own service; whatever comes of it is a person's.

active ──start_review (数据预警)──▶ reviewing. A case in the middle of something else waits for the next run; what lies on
its file as a finding already is not brought up again. The note names kinds only: no person, no item, no amount.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pyarrow.parquet as pq

from core.sdk import Platform, PluginContext, Situation, Transaction
from core.sdk import Problem as Refusal
from core.sdk.verification import VerificationReport
from plugins.big_data_check.bulk import store
from plugins.big_data_check.bulk.store import KINDS, AlertRow, AlertState

START = "start_review"
ACTIVE = "active"
ASK_PERSON = "请按规定入户了解、重新核算；具体登记信息由核对人员在“信息核对”里查看"


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of alerts.parquet. `mark` is the keyed digest it is known again by; `item` is never stored or shown."""

    case_id: UUID
    person_id: UUID | None
    area_code: str
    kind: str
    item: str
    namesake: bool
    mark: bytes

    @property
    def finding(self) -> str:
        """The key `core.rules` gives a finding on the same thing. Deposits have one too, but may have grown since."""
        if self.kind == "payroll":
            return f"payroll:{str(self.person_id).upper()}:{self.item}"
        return f"{self.kind}:{self.item}"


def read(platform: Platform, path: Path) -> Iterator[tuple[UUID, list[Alert]]]:
    """By case, in the file's order."""
    rows = pq.read_table(path).to_pylist()
    alerts = (
        _alert(platform, row) for row in sorted(rows, key=lambda r: (r["case_id"], r["kind"], r["key"]))
    )
    for case_id, some in groupby(alerts, key=lambda a: a.case_id):
        yield case_id, list(some)


async def file_all(
    context: PluginContext, platform: Platform, run_id: UUID, path: Path
) -> AsyncIterator[int]:
    """One transaction for each case, so that one that cannot be filed holds up nobody; yields how many cases are done."""
    by_case: dict[UUID, list[Alert]] = {}
    async with platform.transaction() as tx:
        for row in await store.waiting(tx):
            by_case.setdefault(row["process_id"], []).append(
                Alert(
                    row["process_id"],
                    row["person_id"],
                    row["area_code"],
                    row["kind"],
                    "",
                    row["namesake"],
                    bytes(row["mark"]),
                )
            )
    for case_id, alerts in read(platform, path):
        by_case.setdefault(case_id, []).extend(alerts)
    for done, (case_id, alerts) in enumerate(by_case.items(), 1):
        try:
            async with platform.transaction() as tx:
                await _file(tx, context, platform, run_id, case_id, alerts)
        except Refusal as refused:
            async with platform.transaction() as tx:
                await _keep(tx, context, run_id, alerts, "failed", refused.detail)
        yield done


async def _file(
    tx: Transaction,
    context: PluginContext,
    platform: Platform,
    run_id: UUID,
    case_id: UUID,
    alerts: Sequence[Alert],
) -> None:
    before = await store.said(tx, [a.mark for a in alerts])
    news = list({a.mark: a for a in alerts if a.mark not in before}.values())
    if not news:
        return
    situation = await platform.situation(tx, case_id, lock=True)
    on_file = _findings_on_file(situation)
    known = [a for a in news if a.finding in on_file]
    await _keep(tx, context, run_id, known, "known", "卷宗的核对报告里已有这一项")
    open_ones = [a for a in news if a not in known]
    if not open_ones:
        return
    view = situation.view
    if view.process.state != ACTIVE:
        why = f"这一件正在“{view.stage.label}”，回到“在保”后提请"
        await _keep(tx, context, run_id, open_ones, "waiting", why)
        return
    form = {
        "cause": "death" if all(a.kind == "death" for a in open_ones) else "alert",
        "notes": note(open_ones),
    }
    receipt = await platform.act(tx, case_id, START, form, key=f"bulk {run_id}")
    await _keep(tx, context, run_id, open_ones, "filed", "", receipt.seq)


def note(alerts: Sequence[Alert]) -> str:
    """What the review is about, safe for everybody who may see the case."""
    numbers: dict[str, int] = {}
    for alert in alerts:
        numbers[alert.kind] = numbers.get(alert.kind, 0) + 1
    told = "、".join(f"{KINDS[kind]}（{n}项）" for kind, n in sorted(numbers.items()))
    unsure = (
        "；其中有只是姓名、出生日期和地区相同的，是不是本人要先核实"
        if any(a.namesake for a in alerts)
        else ""
    )
    return f"批量复核发现登记信息有变化：{told}{unsure}。这是线索，不是结论；{ASK_PERSON}。"


def _findings_on_file(situation: Situation) -> frozenset[str]:
    filed = situation.view.records.all(VerificationReport)
    return frozenset(suspicion.id for one in filed for suspicion in one.report.findings)


async def _keep(
    tx: Transaction,
    context: PluginContext,
    run_id: UUID,
    alerts: Sequence[Alert],
    state: AlertState,
    reason: str,
    seq: int | None = None,
) -> None:
    for a in alerts:
        row = AlertRow(
            uuid5(a.case_id, a.mark.hex()), run_id, a.case_id, "", a.area_code, a.kind, a.namesake, state, reason,
            context.now,
        )  # fmt: skip
        await store.keep_alert(tx, row, a.person_id, a.mark, seq)


def _alert(platform: Platform, row: Mapping[str, Any]) -> Alert:
    person = row["person_id"]
    return Alert(
        UUID(row["case_id"]), UUID(person) if person else None, row["area_code"], row["kind"], row["item"],
        row["namesake"], platform.fingerprint("bulk", row["key"]),
    )  # fmt: skip
