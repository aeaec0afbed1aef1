"""The verification report as PDF: each version made once, kept in the object store and held there until it runs out.

What is on paper is what lies on the case file, number, validity and QR code with it, and what had become of each finding. A word
on a finding makes a new version; who scans an old one reads that there is a newer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import msgspec

from core.sdk import Call, File, Platform, Transaction, local_date, platform_of
from core.sdk.documents import Paper, Row, qr_svg, typeset
from core.sdk.verification import SourceResult, Suspicion, VerificationReportForm
from plugins.big_data_check.decisions import Decision, Issue
from plugins.big_data_check.permissions import Permission
from plugins.big_data_check.reading import PRINTED, Issued, case_for, issued, log_look, names_of
from plugins.big_data_check.store import Request
from plugins.big_data_check.vocabulary import shown

LEGAL = (
    "本报告只用于本次社会救助审核确认。疑点须告知申请人并听取说明（民发〔2021〕57号第十八条），不得直接作为不予确认的决定。"
    "没有答复或没有数据的来源，不能视为没有。"
)
OPEN = "还没有处理"


class FindingLine(msgspec.Struct, frozen=True):
    kind: str
    text: str
    rule: str
    became: str


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
    """The report and version named in the address, or the newest. Raises NotFound, Refused; every print is a look and logged."""
    platform, case_id = platform_of(call.context), call.path["case_id"]
    async with platform.transaction() as tx:
        situation = await case_for(tx, platform, call.actor, case_id, Permission.VIEW)
        process = situation.view.process
        found = await issued(tx, platform, situation, call)
        await log_look(tx, call, process, found.request.id, PRINTED)
        area = await platform.area_name(tx, process.area_code)
        posts = await platform.posts(tx, {d.by for d in found.issue.decided.values()}, process.area_code)
        sha256 = await _printed(tx, found)
    pdf = sha256 and await platform.read(sha256)
    if not pdf:
        at = f"{call.origin}{call.here}/cases/{case_id}/report?number={found.report.number}&version={found.issue.version}"
        paper = paper_of(
            found.request, found.form, names_of(situation), found.issue, posts, applicant=process.title, area=area,
            office=platform.office.name, qr=qr_svg(at),
        )  # fmt: skip
        pdf = await typeset(paper, found.issue.at or found.report.made_at)
        await _keep(platform, found, pdf)
    return File(pdf, "application/pdf", f"{found.report.number}.pdf")


def paper_of(
    request: Request, form: VerificationReportForm, names: Mapping[UUID, str], issue: Issue, posts: Mapping[UUID, str], *,
    applicant: str, area: str, office: str, qr: str = "",
) -> ReportPaper:  # fmt: skip
    """`posts`: the office of whoever decided a finding; the paper names nobody of the staff. Pure."""
    issued_on = local_date(issue.at or form.queried_at)
    head = (
        Row(label="申请人", text=applicant), Row(label="地区", text=area),
        Row(label="受理编号", text=request.case_number), Row(label="核对授权书", text=form.authorisation_number),
        Row(label="查询时间", text=_day(local_date(form.queried_at))), Row(label="用途", text=request.purpose),
        Row(label="数据截至", text=_day(form.as_of)), Row(label="有效期至", text=_day(form.valid_until)),
        Row(label="版次", text=_version(issue)), Row(label="疑点处理", text=_tally(form, issue)),
    )  # fmt: skip
    return ReportPaper(
        title="家庭经济状况核对报告", office=office, dated=_day(issued_on), number=form.number, qr=qr,
        head=head, findings=tuple(_finding(f, issue.decided.get(f.id), posts) for f in form.findings),
        conclusion=form.conclusion, people=tuple(_people(form.results, names)),
    )  # fmt: skip


def _version(issue: Issue) -> str:
    """A later version is no fresher than the data in it: the report's last day stays."""
    if issue.at is None:
        return "第 1 版"
    return f"第 {issue.version} 版（{_day(local_date(issue.at))}疑点有新的认定，以前的版本作废，有效期不变）"


def _tally(form: VerificationReportForm, issue: Issue) -> str:
    states = Counter(d.status for f in form.findings if (d := issue.decided.get(f.id)))
    left = len(form.findings) - states.total()
    said = ((states["cleared"], "排除"), (states["upheld"], "属实"), (left, "没有处理"))
    return "，".join(f"{what} {n} 项" for n, what in said if n) or "没有疑点"


def _finding(finding: Suspicion, decision: Decision | None, posts: Mapping[UUID, str]) -> FindingLine:
    if decision is None:
        return FindingLine(finding.kind.label, finding.item, finding.rule, OPEN)
    who, when = posts.get(decision.by) or "经办人", _day(local_date(decision.at))
    said = f"{decision.label}：{decision.cause}。{decision.reason}（{who}，{when}）"
    return FindingLine(finding.kind.label, finding.item, finding.rule, said)


async def _printed(tx: Transaction, found: Issued) -> str:
    """Where this version lies in the object store; empty: it was not printed yet."""
    sha256: str | None = await tx.fetchval(
        "SELECT pdf_sha256 FROM big_data_check_paper WHERE tenant_id = $1 AND report_id = $2 AND version = $3",
        tx.tenant,
        found.report.id,
        found.issue.version,
    )
    return sha256 or ""


async def _keep(platform: Platform, found: Issued, pdf: bytes) -> None:
    """The first print of a version stays: held as long as the report is valid, where the object store can hold."""
    sha256 = await platform.keep(pdf, "application/pdf")
    await platform.hold(sha256, datetime.combine(found.form.valid_until, time.max, UTC))
    async with platform.transaction() as tx:
        await tx.execute(
            """INSERT INTO big_data_check_paper (tenant_id, report_id, version, pdf_sha256) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING""",
            tx.tenant,
            found.report.id,
            found.issue.version,
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
