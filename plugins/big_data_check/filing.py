"""From what the sources said to a report on the case file: findings by the district's rules, the next number, one act.

A report is made when there is something new to say. A case that cannot take one now (its stage does not offer it) gets it
at its next step: until then `filed_seq` is empty, and "confirm" is vetoed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from core.sdk import Actor, Conflict, Platform, PluginContext, Refused, Situation, Transaction
from core.sdk.household import Application, HomeVisit, district, signed_persons
from core.sdk.verification import (
    HouseholdFacts,
    ParameterSet,
    Result,
    SourceResult,
    VerificationReport,
    VerificationReportForm,
    open_findings,
)
from plugins.big_data_check import store
from plugins.big_data_check.answers import results_of
from plugins.big_data_check.findings import suspicions
from plugins.big_data_check.hits import open_hits
from plugins.big_data_check.report import Heading, build, number_of
from plugins.big_data_check.store import Query, Request

ACTION = "file_verification_report"


@dataclass(frozen=True, slots=True)
class Report:
    """A report as stored. `filed_seq` is the case's journal row; None: the case has not taken it yet."""

    id: UUID
    request_id: UUID
    attempt: int
    number: str
    made_at: datetime
    made_by: UUID | None
    filed_seq: int | None
    findings: int
    unanswered: int
    digest: bytes
    sealed: bytes


_COLUMNS = ", ".join(Report.__dataclass_fields__)


def _report(row: Any) -> Report:
    fields = dict(row)
    fields["digest"], fields["sealed"] = bytes(fields["digest"]), bytes(fields["sealed"])
    return Report(**fields)


async def reports(tx: Transaction, request_id: UUID) -> list[Report]:
    """Every report of a request, the newest first."""
    rows = await tx.fetch(
        f"""SELECT {_COLUMNS} FROM big_data_check_report WHERE tenant_id = $1 AND request_id = $2
            ORDER BY attempt DESC""",  # noqa: S608
        tx.tenant,
        request_id,
    )
    return [_report(row) for row in rows]


def form_of(platform: Platform, report: Report) -> VerificationReportForm:
    return msgspec.json.decode(platform.unseal(report.sealed, report.id.bytes), type=VerificationReportForm)


def all_results(platform: Platform, queries: Sequence[Query]) -> tuple[SourceResult, ...]:
    """What a report says of every person and source, in the household's and the sources' order."""
    return tuple(r for q in queries for r in results_of(q, open_hits(platform, q)))


def facts_of(situation: Situation) -> HouseholdFacts | None:
    """The household as last known: what the investigators found, else what it declared."""
    visit = situation.view.records.last(HomeVisit)
    application = situation.view.records.last(Application)
    return visit.facts if visit else application.facts if application else None


def parameters_of(situation: Situation) -> ParameterSet:
    view = situation.view
    return district(view).parameters(view.process.accepted_on or view.today)


async def by_hand(tx: Transaction, situation: Situation, request: Request) -> bool:
    """Whether an officer has filed a report of their own since: looked up by hand, it takes the place of asking."""
    last = situation.view.records.last_filed(VerificationReport)
    if last is None or last.seq <= request.seq:
        return False
    return last.seq not in {r.filed_seq for r in await reports(tx, request.id)}


async def report_news(
    tx: Transaction,
    context: PluginContext,
    platform: Platform,
    request: Request,
    *,
    actor: Actor | None = None,
) -> Report | None:
    """Make and file the next report, when there is something the last one does not say. `actor`: the officer who asked.

    Raises Refused when the officer may not (recusal, duties); the service's refusals leave the report waiting.
    """
    situation = await platform.situation(tx, request.process_id, actor=actor, lock=True)
    if await by_hand(tx, situation, request):
        await store.close(tx, request.process_id)
        return None
    facts = facts_of(situation)
    queries = await store.queries(tx, request.id)
    if facts is None:
        return None
    form = _form(platform, request, situation, facts, queries, context.now)
    digest = platform.fingerprint("report", _said(form))
    earlier = await reports(tx, request.id)
    if earlier and earlier[0].digest == digest:
        return await file_waiting(tx, platform, request, actor=actor)
    attempt = earlier[0].attempt + 1 if earlier else 1
    number = number_of(request.case_number, request.number, attempt)
    form = msgspec.structs.replace(form, number=number)
    report_id = uuid5(request.id, f"report {attempt}")
    report = Report(
        report_id, request.id, attempt, number, context.now, actor.account_id if actor else None, None,
        len(form.findings), sum(q.silent or q.needs_note for q in queries), digest,
        platform.seal(msgspec.json.encode(form), report_id.bytes),
    )  # fmt: skip
    await _add(tx, report)
    await _file(tx, platform, request, report, actor)
    return report


async def file_waiting(
    tx: Transaction, platform: Platform, request: Request, *, actor: Actor | None = None
) -> Report | None:
    """File the newest report again if the case has not taken it; an older one is never filed after a newer."""
    newest = next(iter(await reports(tx, request.id)), None)
    if newest is None or newest.filed_seq is not None:
        return None
    return newest if await _file(tx, platform, request, newest, actor) else None


async def refresh_findings(tx: Transaction, platform: Platform, request: Request) -> None:
    """How many findings of the case are open, for lists and figures."""
    situation = await platform.situation(tx, request.process_id)
    await store.set_findings(tx, request.id, len(open_findings(situation.view)))


def _form(
    platform: Platform, request: Request, situation: Situation, facts: HouseholdFacts, queries: Sequence[Query],
    now: datetime,
) -> VerificationReportForm:  # fmt: skip
    signed = signed_persons(situation.view)
    results = tuple(r for r in all_results(platform, queries) if r.person_id in signed)
    parameters = parameters_of(situation)
    found = suspicions(facts, results, parameters, situation.view.today)
    heading = Heading("-", request.authorisation, _queried_at(queries, now), parameters.verification_months)
    return build(heading, results, found)


def _queried_at(queries: Sequence[Query], now: datetime) -> datetime:
    """When the oldest answer in it was asked for: a report is not fresher than its oldest part."""
    return min(
        (q.asked_at for q in queries if q.asked_at and q.result is not Result.UNAVAILABLE), default=now
    )


def _said(form: VerificationReportForm) -> str:
    """What a report says, apart from why a source is silent: another excuse is no news."""
    results = [
        msgspec.structs.replace(r, note="") if r.result is Result.UNAVAILABLE else r for r in form.results
    ]
    return msgspec.json.encode((results, form.findings)).decode()


async def _add(tx: Transaction, report: Report) -> None:
    names = list(Report.__dataclass_fields__)
    marks = ", ".join(f"${n}" for n in range(2, len(names) + 2))
    await tx.execute(
        f"INSERT INTO big_data_check_report (tenant_id, {_COLUMNS}) VALUES ($1, {marks})",  # noqa: S608
        tx.tenant,
        *(getattr(report, name) for name in names),
    )


async def _file(
    tx: Transaction, platform: Platform, request: Request, report: Report, actor: Actor | None
) -> bool:
    form = form_of(platform, report)
    try:
        async with tx.savepoint():
            receipt = await platform.act(
                tx, request.process_id, ACTION, form, actor=actor, key=f"verification {report.number}"
            )
    except Conflict:
        return False
    except Refused:
        if actor is not None:
            raise
        return False
    await tx.execute(
        "UPDATE big_data_check_report SET filed_seq = $3 WHERE tenant_id = $1 AND id = $2",
        tx.tenant,
        report.id,
        receipt.seq,
    )
    await refresh_findings(tx, platform, request)
    return True
