"""What pages and API show of a case's verification, for somebody who may see it; every look is logged (SAL 70(6))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from core.sdk import Actor, Call, NotFound, Platform, Process, Records, Situation, Transaction
from core.sdk.household import Application, HomeVisit
from core.sdk.verification import (
    Assets,
    HouseholdFacts,
    Result,
    Source,
    SourceResult,
    Suspicion,
    VerificationReportForm,
)
from plugins.big_data_check import access_log, filing, store
from plugins.big_data_check.comparison import Row, Sides, rows_of
from plugins.big_data_check.decisions import Decision, Issue, decisions_of, issues_of
from plugins.big_data_check.hits import open_hits
from plugins.big_data_check.opening import permission_of
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.signatures import people_of
from plugins.big_data_check.sources import Channel
from plugins.big_data_check.store import STATE_LABELS, Query, Request
from plugins.big_data_check.vocabulary import shown

LOOKED, COMPARED, PRINTED = "查看核对结果", "对照申报、入户和部门数据", "查看核对报告"


class RecordView(msgspec.Struct, frozen=True):
    """One registry record in words. `note` says what the identity rests on."""

    fields: tuple[tuple[str, str], ...]
    note: str


class QueryView(msgspec.Struct, frozen=True):
    """One person at one source. `channel`, `answered_by` and `delivery_id`: who answered, and from which batch file."""

    id: UUID
    person_id: UUID
    person: str
    source: Source
    source_label: str
    result: Result
    result_label: str
    silent: bool
    needs_note: bool
    as_of: date | None
    reason: str
    note: str
    attempts: int
    asked_at: datetime | None
    answered_at: datetime | None
    records: tuple[RecordView, ...] = ()
    channel: str = ""
    channel_label: str = ""
    answered_by: str = ""
    delivery_id: UUID | None = None


class ReportView(msgspec.Struct, frozen=True):
    """A report of a request. `filed` tells whether it lies on the case file yet; `version` goes up with every word on its findings."""

    number: str
    made_at: datetime
    filed: bool
    findings: tuple[Suspicion, ...]
    unanswered: int
    as_of: date
    valid_until: date
    conclusion: str
    version: int = 1


class RequestView(msgspec.Struct, frozen=True):
    id: UUID
    number: int
    state: str
    state_label: str
    authorisation: str
    purpose: str
    asked_at: datetime
    next_at: datetime | None
    open_findings: int
    results: tuple[QueryView, ...]
    reports: tuple[ReportView, ...]


class CaseView(msgspec.Struct, frozen=True):
    """All requests of a case, the newest first.

    `authorised_until`: the first day's end on which a signature runs out; `unsigned`: who may not be asked about, and why;
    `decisions`: what was made of its findings.
    """

    case_id: UUID
    number: str
    title: str
    area_code: str
    requests: tuple[RequestView, ...]
    authorised_until: date | None = None
    unsigned: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()


async def case_for(
    tx: Transaction, platform: Platform, actor: Actor, process_id: UUID, permission: Permission
) -> Situation:
    """The case, when the actor may see its verification: by role and area, and not as a relative.

    Raises NotFound (none of theirs to see), Refused.
    """
    situation = await platform.situation(tx, process_id, actor=actor)
    process = situation.view.process
    if process.kind != "case":
        raise NotFound("没有找到这件事项")
    blocked = platform.may(actor, permission, process.area_code) or situation.recused
    if blocked is not None:
        raise blocked.refused()
    return situation


async def case_view(
    tx: Transaction,
    platform: Platform,
    call: Call,
    process_id: UUID,
    permission: Permission = Permission.VIEW,
) -> CaseView:
    """Raises NotFound, Refused."""
    situation = await case_for(tx, platform, call.actor, process_id, permission)
    process, names = situation.view.process, names_of(situation)
    requests = await store.of_process(tx, process_id)
    views = tuple(
        [await _request(tx, platform, request, names, situation.view.records) for request in requests]
    )
    await log_look(tx, call, process, requests[0].id if requests else None, LOOKED)
    signed = permission_of(situation, situation.view.today)
    unsigned = tuple((names.get(r.person_id, "—"), r.reason) for r in signed.refused)
    return CaseView(
        process.id, process.number, process.title, process.area_code, views,
        min(signed.until.values(), default=None), unsigned, tuple(decisions_of(situation.view.records).values()),
    )  # fmt: skip


async def log_look(tx: Transaction, call: Call, process: Process, request_id: UUID | None, what: str) -> None:
    entry = access_log.Entry(
        "looked", what, process.id, request_id, outcome=process.number, actor_id=call.actor.account_id
    )
    await access_log.write(tx, call.context.now, [entry])


def names_of(situation: Situation) -> dict[UUID, str]:
    return {p.person_id: p.name + ("（赡养人）" if p.supporter else "") for p in people_of(situation.view)}


@dataclass(frozen=True, slots=True)
class Issued:
    """A report in the version asked for, and which is the newest."""

    request: Request
    report: filing.Report
    form: VerificationReportForm
    issue: Issue
    newest: int


async def issued(tx: Transaction, platform: Platform, situation: Situation, call: Call) -> Issued:
    """The report and version the address names, or the newest of either. Raises NotFound."""
    number, version = call.query.get("number", ""), call.query.get("version", "")
    for request in await store.of_process(tx, situation.view.process.id):
        for report in await filing.reports(tx, request.id):
            if number not in ("", report.number):
                continue
            form = filing.form_of(platform, report)
            issues = issues_of({f.id for f in form.findings}, report.made_at, situation.view.records)
            found = next((i for i in issues if str(i.version) == version), None if version else issues[-1])
            if found is None:
                raise NotFound("这份核对报告没有这一版")
            return Issued(request, report, form, found, issues[-1].version)
    raise NotFound("这一件还没有核对报告")


async def comparison(
    tx: Transaction, platform: Platform, situation: Situation, call: Call
) -> tuple[Row, ...]:
    """Declared, archived, visited and registry values of a case side by side; the look is logged."""
    request = await store.latest(tx, situation.view.process.id)
    await log_look(tx, call, situation.view.process, request.id if request else None, COMPARED)
    return await compared(tx, platform, situation)


async def compared(tx: Transaction, platform: Platform, situation: Situation) -> tuple[Row, ...]:
    """The same for the platform's own eyes: nobody is shown it."""
    records = situation.view.records
    application, visit = records.last(Application), records.last(HomeVisit)
    request = await store.latest(tx, situation.view.process.id)
    results: tuple[SourceResult, ...] = ()
    if request is not None:
        members = {p.person_id for p in people_of(situation.view) if not p.supporter}
        found = filing.all_results(platform, await store.queries(tx, request.id))
        results = tuple(r for r in found if r.person_id in members)
    declared = application.facts if application else None
    visited = visit.facts if visit else None
    return rows_of(
        Sides(
            declared, await _earlier_file(tx, platform, situation.view.process), visited, results,
            visit.differences if visit else (), names_of(situation), marked_archived(visited or declared),
        )
    )  # fmt: skip


async def _earlier_file(tx: Transaction, platform: Platform, process: Process) -> HouseholdFacts | None:
    """The household as its case before this one last knew it; None where there was none."""
    earlier: UUID | None = await tx.fetchval(
        """SELECT id FROM process WHERE tenant_id = $1 AND kind = 'case' AND subject_id = $2 AND id <> $3
           AND opened_at < $4 ORDER BY opened_at DESC LIMIT 1""",
        tx.tenant,
        process.subject_id,
        process.id,
        process.opened_at,
    )
    return filing.facts_of(await platform.situation(tx, earlier)) if earlier else None


def marked_archived(facts: HouseholdFacts | None) -> Assets:
    """What the file says to come from the archive. A total of deposits comes from there only when each of them does."""
    if facts is None:
        return Assets()
    parts = {
        name: tuple(
            item for item in getattr(facts.assets, name) if item.provenance.source.value == "archived"
        )
        for name in facts.assets.__struct_fields__
    }
    if len(parts["deposits"]) < len(facts.assets.deposits):
        parts["deposits"] = ()
    return Assets(**parts)


async def _request(
    tx: Transaction, platform: Platform, request: Request, names: Mapping[UUID, str], records: Records
) -> RequestView:
    queries = await store.queries(tx, request.id)
    reports = await filing.reports(tx, request.id)
    return RequestView(
        request.id, request.number, request.state, STATE_LABELS[request.state], request.authorisation, request.purpose,
        request.asked_at, request.next_at, request.open_findings,
        tuple(_query(q, names.get(q.person_id, "—"), open_hits(platform, q)) for q in queries),
        tuple(_report(report, filing.form_of(platform, report), records) for report in reports),
    )  # fmt: skip


def _query(q: Query, name: str, hits: Sequence[SourceResult]) -> QueryView:
    return QueryView(
        q.id, q.person_id, name, q.source, q.source.label, q.result, q.result.label, q.silent, q.needs_note, q.as_of,
        q.reason, q.note, q.attempts, q.asked_at, q.answered_at,
        tuple(RecordView(shown(q.source, hit.values), hit.note) for hit in hits),
        q.channel, Channel(q.channel).label if q.channel else "", q.answered_by, q.delivery_id,
    )  # fmt: skip


def _report(report: filing.Report, form: VerificationReportForm, records: Records) -> ReportView:
    version = issues_of({f.id for f in form.findings}, report.made_at, records)[-1].version
    return ReportView(
        report.number, report.made_at, report.filed_seq is not None, form.findings, report.unanswered, form.as_of,
        form.valid_until, form.conclusion, version,
    )  # fmt: skip
