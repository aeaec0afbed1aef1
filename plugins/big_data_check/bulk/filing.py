"""From alerts to reviews: one review per case, opened by the plugin's own service; whatever comes of it is a person's.

active ──start_review (数据预警)──▶ reviewing. A case in the middle of something else waits for the next run; what lies on
its file as a finding already is not brought up again; what is gone, or nobody may look at any more, is dropped (`standing`). The note (`wording`) names kinds only: no person, no item, no amount.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pyarrow.parquet as pq

from core.sdk import NotFound, Platform, PluginContext, Situation, Transaction, local_date
from core.sdk import Problem as Refusal
from core.sdk.verification import VerificationReport
from plugins.big_data_check.bulk import compared as compared_in
from plugins.big_data_check.bulk import store
from plugins.big_data_check.bulk.standing import OVER, WHY, Absence, Compared, Fate, Said, fate, is_news
from plugins.big_data_check.bulk.store import AlertRow, AlertState
from plugins.big_data_check.bulk.wording import Dates, dates_of, note
from plugins.big_data_check.opening import permission_of
from plugins.big_data_check.signatures import people_of

log = logging.getLogger(__name__)

START = "start_review"
ACTIVE = "active"
AGAIN = ("waiting", "failed")
"""States of alerts that became no review yet."""


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


@dataclass(frozen=True, slots=True)
class Review:
    """What stands of what was said before (with its fate), and what came up now: by case, to be filed."""

    compared: Compared
    fates: Sequence[tuple[Said, Fate]]
    by_case: Mapping[UUID, Sequence[Alert]]
    dates: Dates


async def weigh(context: PluginContext, platform: Platform, folder: Path) -> Review:
    """Nothing is written yet: a run that is stopped on the way leaves everything as it was."""
    compared = await asyncio.to_thread(compared_in.read, platform, folder)
    by_case: dict[UUID, list[Alert]] = {}
    async with platform.transaction() as tx:
        fates = [
            (said, fate(said, compared, await _absence(tx, platform, said, compared, context)))
            for said in await store.said(tx)
        ]
    for said, what in fates:
        if what == "stands" and said.state in AGAIN:
            case_id = compared.case_of(said)
            by_case.setdefault(case_id, []).append(
                Alert(case_id, said.person_id, said.area_code, said.kind, "", said.namesake, said.mark)
            )
    for alert in await asyncio.to_thread(_found, platform, folder):
        by_case.setdefault(alert.case_id, []).append(alert)
    return Review(compared, fates, by_case, await asyncio.to_thread(dates_of, folder))


async def _absence(
    tx: Transaction, platform: Platform, said: Said, compared: Compared, context: PluginContext
) -> Absence | None:
    if compared.has(said):
        return None
    try:
        situation = await platform.situation(tx, said.case_id)
    except NotFound:
        return "ended"
    if situation.view.process.ended:
        return "ended"
    if said.person_id is not None and said.person_id not in {p.person_id for p in people_of(situation.view)}:
        return "left"
    may = permission_of(situation, local_date(context.now)).may
    signed = bool(may) if said.person_id is None else said.person_id in may
    return "off_rolls" if signed else "unsigned"


def _found(platform: Platform, folder: Path) -> list[Alert]:
    """What came up in this run, by case; an employer only where it is a new one."""
    path = folder / "alerts.parquet"
    if not path.exists():
        return []
    rows = sorted(pq.read_table(path).to_pylist(), key=lambda r: (r["case_id"], r["kind"], r["key"]))
    before = compared_in.before(folder)
    if before is not None:
        jobs = {row["person_id"] for row in rows if row["kind"] == "job"}
        told = compared_in.employers(folder, jobs) if jobs else {}
        rows = [r for r in rows if r["kind"] != "job" or _is_new(platform, r, told, before)]
    return [_alert(platform, row) for row in rows]


def _is_new(
    platform: Platform,
    row: Mapping[str, Any],
    told: Mapping[tuple[str, str], int],
    before: Mapping[bytes, int],
) -> bool:
    person = platform.fingerprint(compared_in.PERSON, row["person_id"])
    return is_news(told.get((row["person_id"], row["item"]), 0), before.get(person))


async def file_all(
    context: PluginContext, platform: Platform, run_id: UUID, review: Review
) -> AsyncIterator[int]:
    """One transaction for each case, so that one that cannot be filed holds up nobody; yields how many cases are done.

    Raises only what keeping an alert raises: what cannot even be kept must not count as said.
    """
    for done, (case_id, alerts) in enumerate(review.by_case.items(), 1):
        case = _Case(context, platform, run_id, case_id, review.compared, review.dates)
        try:
            async with platform.transaction() as tx:
                await case.file(tx, alerts)
        except Refusal as refused:
            await case.failed(alerts, "，".join(part for part in (refused.detail, refused.hint) if part))
        except Exception as wrong:
            error = type(wrong).__name__
            log.error("alerts of case %s were not filed: %s", case_id, error)  # its message may quote values
            await case.failed(
                alerts, f"系统出错（错误类型 {error}），下次批量复核再提请；还是这样，请告诉系统管理员"
            )
        yield done


async def settle(context: PluginContext, platform: Platform, run_id: UUID, review: Review) -> None:
    """When all is filed: what is over may come up again, what waited for nothing is dropped."""
    by_fate: dict[Fate, list[Said]] = {}
    for said, what in review.fates:
        by_fate.setdefault(what, []).append(said)
    async with platform.transaction() as tx:
        for what, some in by_fate.items():
            if what in OVER:
                await store.close(tx, [s.id for s in some], run_id, WHY[what], context.now)
            elif what == "unsigned":
                unheard = [s.id for s in some if s.state in AGAIN]
                await store.close(tx, unheard, run_id, WHY[what], context.now)
            elif what == "not_compared":
                await store.wait_on(tx, [s.id for s in some if s.state in AGAIN], run_id, WHY[what])


@dataclass(frozen=True, slots=True)
class _Case:
    context: PluginContext
    platform: Platform
    run_id: UUID
    case_id: UUID
    compared: Compared
    dates: Dates

    async def file(self, tx: Transaction, alerts: Sequence[Alert]) -> None:
        news = await self._news(tx, alerts)
        if not news:
            return
        situation = await self.platform.situation(tx, self.case_id, lock=True)
        news = await self._still_signed(tx, situation, news)
        on_file = _findings_on_file(situation)
        known = [a for a in news if a.finding in on_file]
        await self._keep(tx, known, "known", "卷宗的核对报告里已有这一项")
        open_ones = [a for a in news if a not in known]
        if not open_ones:
            return
        view = situation.view
        if view.process.state != ACTIVE:
            why = f"这一件正在“{view.stage.label}”，回到“在保”后提请"
            await self._keep(tx, open_ones, "waiting", why)
            return
        form = {
            "cause": "death" if all(a.kind == "death" for a in open_ones) else "alert",
            "notes": self._note(open_ones),
        }
        receipt = await self.platform.act(tx, self.case_id, START, form, key=f"bulk {self.run_id}")
        await self._keep(tx, open_ones, "filed", "", receipt.seq)

    def _note(self, alerts: Sequence[Alert]) -> str:
        """What the review is about, safe for everybody who may see the case."""
        kinds = [(a.kind, self.compared.bits(a.person_id, a.case_id)) for a in alerts]
        return note(kinds, self.dates, alerts[0].area_code, unsure=any(a.namesake for a in alerts))

    async def _still_signed(
        self, tx: Transaction, situation: Situation, news: Sequence[Alert]
    ) -> list[Alert]:
        """Who withdrew while the registries were compared is not brought up, nor what was worked out with their data."""
        may = permission_of(situation, local_date(self.context.now)).may
        gone = {p.person_id for p in people_of(situation.view)} & self.compared.persons.keys() - may.keys()
        kept = [a for a in news if not gone or (a.person_id is not None and a.person_id not in gone)]
        marks = [a.mark for a in news if a not in kept]
        unheard = [s.id for s in await store.said(tx, marks) if s.state in AGAIN] if marks else []
        await store.close(tx, unheard, self.run_id, WHY["unsigned"], self.context.now)
        return kept

    async def failed(self, alerts: Sequence[Alert], why: str) -> None:
        async with self.platform.transaction() as tx:
            await self._keep(tx, await self._news(tx, alerts), "failed", why)

    async def _news(self, tx: Transaction, alerts: Sequence[Alert]) -> list[Alert]:
        """What no review of this case is about yet. What was said on another case is over with it."""
        before = await store.said(tx, [a.mark for a in alerts])
        elsewhere = [s.id for s in before if s.case_id != self.case_id]
        await store.close(tx, elsewhere, self.run_id, "改由这户现在的卷宗提请", self.context.now)
        said = {s.mark for s in before if s.case_id == self.case_id and s.state not in AGAIN}
        return list({a.mark: a for a in alerts if a.mark not in said}.values())

    async def _keep(
        self, tx: Transaction, alerts: Sequence[Alert], state: AlertState, reason: str, seq: int | None = None
    ) -> None:
        for a in alerts:
            row = AlertRow(
                uuid5(a.case_id, f"{a.mark.hex()} {self.run_id}"), self.run_id, a.case_id, "", a.area_code, a.kind,
                a.namesake, state, reason, self.context.now,
            )  # fmt: skip
            sources = self.compared.bits(a.person_id, a.case_id)
            await store.keep_alert(tx, row, a.person_id, a.mark, sources, seq)


def _findings_on_file(situation: Situation) -> frozenset[str]:
    filed = situation.view.records.all(VerificationReport)
    return frozenset(suspicion.id for one in filed for suspicion in one.report.findings)


def _alert(platform: Platform, row: Mapping[str, Any]) -> Alert:
    person = row["person_id"]
    return Alert(
        UUID(row["case_id"]), UUID(person) if person else None, row["area_code"], row["kind"], row["item"],
        row["namesake"], platform.fingerprint(compared_in.MARK, row["key"]),
    )  # fmt: skip
