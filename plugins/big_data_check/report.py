"""The verification report: everything every source said, what is suspected, and a conclusion that never says "passed".

A report with a silent source is filed all the same, saying so; when the source has answered, a new one follows under
the same request with the next number. Pure.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.sdk import local_date
from core.sdk.verification import Result, SourceResult, Suspicion, VerificationReportForm


@dataclass(frozen=True, slots=True)
class Heading:
    """`number` is unique in the district; `authorisation` is that of the case file; `valid_months` by the rules."""

    number: str
    authorisation: str
    queried_at: datetime
    valid_months: int


def number_of(case_number: str, request: int, attempt: int) -> str:
    """HD-<case>-<n-th request of the case>, and `.n` for every further asking of silent sources."""
    return f"HD-{case_number}-{request}" + (f".{attempt}" if attempt > 1 else "")


def build(
    heading: Heading, results: Sequence[SourceResult], findings: Sequence[Suspicion]
) -> VerificationReportForm:
    """`as_of` is the oldest answer's: nothing in the report is older than it says."""
    queried_on = local_date(heading.queried_at)
    return VerificationReportForm(
        number=heading.number,
        authorisation_number=heading.authorisation,
        queried_at=heading.queried_at,
        as_of=min((r.as_of for r in results if r.as_of is not None), default=queried_on),
        valid_until=months_later(queried_on, heading.valid_months),
        results=tuple(results),
        findings=tuple(findings),
        conclusion=conclusion(results, findings),
    )


def conclusion(results: Sequence[SourceResult], findings: Sequence[Suspicion]) -> str:
    """Counts and names, no amounts: the conclusion is the part that is read aloud."""
    parts = []
    if findings:
        kinds = "、".join(dict.fromkeys(f.kind.label for f in findings))
        parts.append(f"发现疑点 {len(findings)} 项（{kinds}），须告知申请人并听取说明。")
    silent = _labels(results, Result.UNAVAILABLE)
    if silent:
        parts.append(f"{silent}还没有答复，不能视为没有，系统会再次查询。")
    unknown = _labels(r for r in results if not r.note.strip() and r.result is Result.NO_DATA)
    if unknown:
        parts.append(f"{unknown}没有数据，须由核对人员写明了解到的情况。")
    if not parts:
        return "已答复的来源中没有发现疑点。"
    if not findings:
        parts.insert(0, "已答复的来源中暂未发现疑点。")
    return "".join(parts)


def months_later(day: date, months: int) -> date:
    """The same day so many months on, or that month's last."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _labels(results: Iterable[SourceResult], only: Result | None = None) -> str:
    return "、".join(dict.fromkeys(r.source.label for r in results if only is None or r.result is only))
