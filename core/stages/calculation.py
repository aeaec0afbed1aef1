"""The income worksheet and what it comes to, as a decision file on the case: recomputable and printable years later.

Assessed is what the investigators found; registry values come in only with the clerk's reason. The proposal is the
file's, never typed in by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from core.kernel.stage import Action, Blocked, Outcome, Record, Records, StageType, View
from core.problems import FieldError, Invalid
from core.rules.decision import Decision, Status, VarianceAlert, variance_alert
from core.rules.decision_file import DecisionFile, compile_file
from core.rules.facts import HouseholdFacts
from core.rules.facts_checks import demand_sound
from core.stages.ballot import ballot_of
from core.stages.context import district
from core.stages.fields import Form
from core.stages.findings import FindingResolution, VerificationReport, open_findings, rule_findings
from core.stages.home_visit import HomeVisit
from core.stages.signed import without_taken_back


class WorksheetForm(Form, frozen=True):
    facts: Annotated[
        HouseholdFacts | None,
        Meta(
            title="更正家庭情况",
            description="下面是入户所见，不用更正的不要动；按核对结果更正的改在这里，并写明理由",
            extra={"widget": "folded"},
        ),
    ] = None
    reason: Annotated[str, Meta(title="更正理由", max_length=1000, extra={"widget": "textarea"})] = ""


class Calculation(Record, frozen=True):
    file: DecisionFile
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the latest decision file proposes. `settled`: neither suspended nor blocked; amounts are yuan per month."""

    settled: bool
    eligible: bool
    category: str
    mode: str
    amount: Decimal
    persons: int
    marginal: bool
    summary: str


def calculation_of(records: Records) -> Calculation | None:
    return records.last(Calculation)


def proposal_of(records: Records) -> Proposal | None:
    calculation = calculation_of(records)
    if calculation is None:
        return None
    decision = calculation.file.decision
    return Proposal(
        decision.status in (Status.ELIGIBLE, Status.INELIGIBLE),
        decision.eligible,
        decision.category,
        decision.mode.value,
        decision.amount,
        decision.persons,
        decision.marginal,
        summary_of(decision),
    )


def summary_of(decision: Decision) -> str:
    """The decision in a few words, without anything personal: what goes into the journal."""
    if decision.eligible:
        return (
            f"{decision.status.label}，{decision.category}，{decision.persons} 人，每月 {decision.amount} 元"
        )
    return decision.status.label + ("，属低保边缘" if decision.marginal else "")


def variance_of(view: View) -> VarianceAlert | None:
    """Ballot and worksheet disagree: an alert to explain, never a decision."""
    calculation, ballot = calculation_of(view.records), ballot_of(view.records)
    if calculation is None or ballot is None or ballot.result == "no_quorum":
        return None
    return variance_alert(
        ballot.result == "passed",
        calculation.file.worksheet,
        calculation.file.parameters,
        finding_open=bool(open_findings(view)),
    )


def assessed_facts(view: View) -> HouseholdFacts | None:
    visit = view.records.last(HomeVisit)
    return without_taken_back(view, visit.facts) if visit else None


def visited(view: View) -> Blocked | None:
    if assessed_facts(view):
        return None
    return Blocked("没有入户调查，不能核算。", "57号 16", "请先完成入户调查")


def as_found(view: View) -> dict[str, object]:
    """What the form starts with, so that a correction changes one value and nobody types a household in again."""
    found = assessed_facts(view)
    return {"facts": msgspec.to_builtins(found)} if found else {}


def prepare(view: View, form: WorksheetForm) -> Outcome:
    found = assessed_facts(view)
    assert found is not None
    if form.facts is not None and form.facts != found and not form.reason.strip():
        raise Invalid("更正要写明理由", fields=(FieldError("reason", "请写明根据什么更正了入户所见"),))
    day = view.process.accepted_on or view.today
    if form.facts is not None:
        demand_sound(form.facts, day)
    parameters = district(view).parameters(day)
    file = compile_file(
        without_taken_back(view, form.facts) if form.facts else found, rule_findings(view), parameters, day
    )
    return Outcome(records=(Calculation(file, form.reason),), basis=f"收入核算：{summary_of(file.decision)}")


def up_to_date(view: View) -> Blocked | None:
    """The worksheet rests on the latest visit, report and resolutions."""
    calculation = view.records.last_filed(Calculation)
    if calculation is None:
        return Blocked("还没有核算收入。", "57号 13", "请先由经办人“核算收入”")
    for kind, what in (
        (HomeVisit, "入户调查"),
        (VerificationReport, "核对报告"),
        (FindingResolution, "疑点结论"),
    ):
        newer = view.records.last_filed(kind)
        if newer is not None and newer.seq > calculation.seq:
            return Blocked(f"核算之后又有新的{what}，结果可能已变。", "57号 13", "请重新“核算收入”")
    return None


CALCULATION = StageType(
    "calculation",
    "收入核算",
    (
        Action(
            "prepare_worksheet", "核算收入", prepare, WorksheetForm, guard=visited, primary=True, always=True,
            prefill=as_found,
        ),
    ),
    (Calculation,),
)  # fmt: skip
