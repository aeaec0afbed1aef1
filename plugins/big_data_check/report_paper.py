"""The verification report as PDF: made once, kept in the object store and held there until it runs out; printed again, the same.

What is on paper is what lies on the case file, number, validity and QR code with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import msgspec

from core.sdk import Call, File, NotFound, Platform, Transaction, local_date, platform_of
from core.sdk.documents import Paper, Row, qr_svg, typeset
from core.sdk.verification import SourceResult, VerificationReportForm
from plugins.big_data_check import filing, store
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reading import PRINTED, case_for, log_look, names_of
from plugins.big_data_check.store import Request
from plugins.big_data_check.vocabulary import shown

LEGAL = (
    "本报告只用于本次社会救助审核确认。疑点须告知申请人并听取说明（民发〔2021〕57号第十八条），不得直接作为不予确认的决定。"
    "没有答复或没有数据的来源，不能视为没有。"
)


class FindingLine(msgspec.Struct, frozen=True):
    kind: str
    text: str
    rule: str


class SourceLine(msgspec.Struct, frozen=True):
    source: str
    result: str
    as_of: str
    text: str


class PersonLines(msgspec.Struct, frozen=True):
    name: str
    lines: tuple[SourceLine, ...]


class ReportPaper(Paper, frozen=True, kw_only=True):
    """Everything the form prints."""

    form = Path(__file__).parent / "forms" / "report.typ"
    head: tuple[Row, ...]
    findings: tuple[FindingLine, ...]
    conclusion: str
    people: tuple[PersonLines, ...]
    legal: str = LEGAL


async def print_report(call: Call) -> File:
    """The report named in the address, or the newest. Raises NotFound, Refused; every print is a look and logged."""
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        situation = await case_for(tx, platform, call.actor, case_id, Permission.VIEW)
        process = situation.view.process
        request, report = await _wanted(tx, case_id, call.query.get("number", ""))
        await log_look(tx, call, process, request.id, PRINTED)
        form = filing.form_of(platform, report)
        area = await platform.area_name(tx, process.area_code)
    pdf = report.pdf_sha256 and await platform.read(report.pdf_sha256)
    if not pdf:
        address = f"{call.origin}{call.here}/cases/{case_id}/report?number={report.number}"
        paper = paper_of(
            request, form, names_of(situation), applicant=process.title, area=area, office=platform.office.name,
            qr=qr_svg(address),
        )  # fmt: skip
        pdf = await typeset(paper, report.made_at)
        await _keep(platform, report, form.valid_until, pdf)
    return File(pdf, "application/pdf", f"{report.number}.pdf")


def paper_of(
    request: Request, form: VerificationReportForm, names: Mapping[UUID, str], *, applicant: str, area: str, office: str,
    qr: str = "",
) -> ReportPaper:  # fmt: skip
    """Pure."""
    head = (
        Row(label="申请人", text=applicant), Row(label="地区", text=area),
        Row(label="受理编号", text=request.case_number), Row(label="核对授权书", text=form.authorisation_number),
        Row(label="查询时间", text=_day(local_date(form.queried_at))), Row(label="用途", text=request.purpose),
        Row(label="数据截至", text=_day(form.as_of)), Row(label="有效期至", text=_day(form.valid_until)),
    )  # fmt: skip
    return ReportPaper(
        title="家庭经济状况核对报告", office=office, dated=_day(local_date(form.queried_at)), number=form.number, qr=qr,
        head=head, findings=tuple(FindingLine(f.kind.label, f.item, f.rule) for f in form.findings),
        conclusion=form.conclusion, people=tuple(_people(form.results, names)),
    )  # fmt: skip


async def _wanted(tx: Transaction, process_id: UUID, number: str) -> tuple[Request, filing.Report]:
    for request in await store.of_process(tx, process_id):
        for report in await filing.reports(tx, request.id):
            if number in ("", report.number):
                return request, report
    raise NotFound("这一件还没有核对报告")


async def _keep(platform: Platform, report: filing.Report, until: date, pdf: bytes) -> None:
    """The first print stays: held as long as the report is valid, where the object store can hold."""
    sha256 = await platform.keep(pdf, "application/pdf")
    await platform.hold(sha256, datetime.combine(until, time.max, UTC))
    async with platform.transaction() as tx:
        await tx.execute(
            """UPDATE big_data_check_report SET pdf_sha256 = $3
               WHERE tenant_id = $1 AND id = $2 AND pdf_sha256 = ''""",
            tx.tenant,
            report.id,
            sha256,
        )


def _people(results: Iterable[SourceResult], names: Mapping[UUID, str]) -> Iterable[PersonLines]:
    found: dict[UUID, list[SourceLine]] = {}
    for r in results:
        said = "；".join(f"{label}：{value}" for label, value in shown(r.source, r.values))
        line = SourceLine(
            r.source.label, r.result.label, r.as_of.isoformat() if r.as_of else "—",
            "。".join(part for part in (said, r.note) if part) or "—",
        )  # fmt: skip
        found.setdefault(r.person_id, []).append(line)
    return (PersonLines(names.get(person, "—"), tuple(lines)) for person, lines in found.items())


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
