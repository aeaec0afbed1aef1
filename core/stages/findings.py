"""Suspected items of verification and how each was resolved. A finding is never a decision (83号; PIPL 24).

open --resolve--> cleared | upheld         by a person, with a reason; the last word counts
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.kernel.stage import Record, Records, View
from core.registry.verification import FindingKind, Result, SourceResult, Suspicion, VerificationReportForm
from core.rules import five_haves
from core.rules.five_haves_columns import FiveHave
from core.stages.context import district
from core.stages.home_visit import HomeVisit

Status = Literal["open", "cleared", "upheld"]


class ReasonCode(StrEnum):
    """Why a suspicion was cleared or upheld."""

    SOLD_NOT_TRANSFERRED = "sold_not_transferred"
    DORMANT_ENTITY = "dormant_entity"
    PASS_THROUGH_DEPOSIT = "pass_through_deposit"  # noqa: S105 - a reason, no secret
    NAMESAKE = "namesake"
    DISABILITY_AID = "disability_aid"
    RESETTLEMENT_HOUSING = "resettlement_housing"
    REGISTRY_ERROR = "registry_error"
    CONFIRMED = "confirmed"
    UNCONTESTED = "uncontested"
    OTHER = "other"


REASON_CODES = {
    ReasonCode.SOLD_NOT_TRANSFERRED: "车辆已卖、未过户",
    ReasonCode.DORMANT_ENTITY: "企业已停业、未注销",
    ReasonCode.PASS_THROUGH_DEPOSIT: "过账资金，不属于本人",
    ReasonCode.NAMESAKE: "同名他人",
    ReasonCode.DISABILITY_AID: "残疾人代步车",
    ReasonCode.RESETTLEMENT_HOUSING: "安置房、政策性住房",
    ReasonCode.REGISTRY_ERROR: "登记信息有误",
    ReasonCode.CONFIRMED: "查证属实",
    ReasonCode.UNCONTESTED: "告知后无异议",
    ReasonCode.OTHER: "其他（见理由）",
}


class VerificationReport(Record, frozen=True):
    report: VerificationReportForm


class FindingResolution(Record, frozen=True):
    finding: str
    status: Literal["cleared", "upheld"]
    code: str
    reason: str
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicion with where it stands now."""

    suspicion: Suspicion
    status: Status = "open"
    resolution: FindingResolution | None = None

    @property
    def id(self) -> str:
        return self.suspicion.id


def report_of(records: Records) -> VerificationReportForm | None:
    filed = records.last(VerificationReport)
    return filed.report if filed else None


def findings_of(view: View) -> tuple[Finding, ...]:
    """What the latest report and the visited assets raise, each with its last resolution."""
    resolved = {r.finding: r for r in view.records.all(FindingResolution)}
    return tuple(
        Finding(s, resolved[s.id].status, resolved[s.id]) if s.id in resolved else Finding(s)
        for s in _raised(view).values()
    )


def _raised(view: View) -> dict[str, Suspicion]:
    raised: dict[str, Suspicion] = {}
    visit, report = view.records.last(HomeVisit), report_of(view.records)
    if visit is not None:
        parameters = district(view).parameters(view.process.accepted_on or view.today)
        for s in five_haves.findings_of(visit.facts, parameters):
            raised[s.key] = suspicion_of(s)
    for reported in report.findings if report else ():
        raised[reported.id] = reported
    return raised


def suspicion_of(raised: five_haves.Suspicion) -> Suspicion:
    """The rules' suspicion in the vocabulary of a report."""
    return Suspicion(
        raised.key,
        FindingKind(raised.kind.value),
        raised.text,
        raised.person_id,
        raised.value,
        rule=raised.law,
    )


def rule_findings(view: View) -> tuple[five_haves.Finding, ...]:
    """The findings as the rules take them for the decision file."""
    return tuple(
        five_haves.Finding(
            five_haves.Suspicion(
                f.id,
                FiveHave(f.suspicion.kind.value),
                f.suspicion.item,
                f.suspicion.value,
                f.suspicion.person_id,
            ),
            five_haves.FindingStatus(f.status),
            f.resolution.reason if f.resolution else "",
        )
        for f in findings_of(view)
    )


def open_findings(view: View) -> tuple[Finding, ...]:
    return tuple(f for f in findings_of(view) if f.status == "open")


def upheld_findings(view: View) -> tuple[Finding, ...]:
    return tuple(f for f in findings_of(view) if f.status == "upheld")


def unanswered(report: VerificationReportForm) -> tuple[SourceResult, ...]:
    """Results that keep a case from being confirmed: sources that have not answered, `no_data` without a note."""
    return tuple(
        r
        for r in report.results
        if r.result is Result.UNAVAILABLE or (r.result is Result.NO_DATA and not r.note.strip())
    )
