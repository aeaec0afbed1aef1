"""Findings are told to the household, which may explain; each is then cleared or upheld by a person (57号 18).

verification_notice --contest_finding--> recheck --complete_recheck--> assessed | verification_notice
verification_notice --uphold_uncontested--> assessed, with a proposal to deny; only the district denies
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from core.kernel.stage import Action, Blocked, Outcome, Record, Records, StageType, View
from core.problems import FieldError, Invalid
from core.stages.fields import Form, Papers, Reason
from core.stages.findings import (
    REASON_CODES,
    FindingResolution,
    ReasonCode,
    findings_of,
    open_findings,
)

CONTEST_DAYS = 5
"""Calendar days to answer after the notice was served, unless the stage's `contest_days` says otherwise."""


class ServedBy(StrEnum):
    IN_PERSON = "in_person"
    FAMILY = "family"
    POST = "post"
    SMS = "sms"


SERVED_BY = {
    ServedBy.IN_PERSON: "当面送达",
    ServedBy.FAMILY: "成年家属签收",
    ServedBy.POST: "邮寄",
    ServedBy.SMS: "短信通知并电话确认",
}


class ServeForm(Form, frozen=True):
    served_by: Annotated[ServedBy, Meta(title="送达方式", extra={"labels": SERVED_BY})]
    receipt: Annotated[Papers, Meta(title="签收回执", extra={"widget": "photos"})] = ()


class ContestForm(Form, frozen=True):
    explanation: Annotated[
        str, Meta(title="您的说明", description="请写明实际情况，例如车辆什么时候卖给了谁", min_length=4, max_length=2000,
                  extra={"widget": "textarea"})
    ]  # fmt: skip
    papers: Papers = ()


class UpholdForm(Form, frozen=True):
    reason: Reason


class ResolveForm(Form, frozen=True):
    finding: Annotated[str, Meta(title="疑点", extra={"widget": "finding"})]
    status: Annotated[
        Literal["cleared", "upheld"],
        Meta(title="处理结果", extra={"labels": {"cleared": "排除", "upheld": "属实"}}),
    ]
    code: Annotated[ReasonCode, Meta(title="原因", extra={"labels": REASON_CODES})]
    reason: Reason
    papers: Papers = ()


class CompleteRecheckForm(Form, frozen=True):
    """Nothing to fill in: the resolutions say it all."""


class VerificationNotice(Record, frozen=True):
    """`findings` are the ids told of; `answer_by` the last day to explain."""

    findings: tuple[str, ...]
    served_by: str
    answer_by: date
    receipt: tuple[str, ...] = ()


class Contest(Record, frozen=True):
    explanation: str
    papers: tuple[str, ...] = ()


def standing_notice(records: Records) -> VerificationNotice | None:
    return records.last(VerificationNotice)


def serve(view: View, form: ServeForm) -> Outcome:
    days = int(view.stage.params.get("contest_days", CONTEST_DAYS))
    told = tuple(f.suspicion.id for f in open_findings(view))
    notice = VerificationNotice(told, form.served_by, view.today + timedelta(days=days), form.receipt)
    return Outcome(records=(notice,), basis=f"告知核对疑点 {len(told)} 项", evidence=form.receipt)


def served(view: View) -> Blocked | None:
    if standing_notice(view.records):
        return None
    return Blocked("还没有把疑点告知申请家庭。", "57号 18", "请先办理“送达核对告知书”")


def answer_time_over(view: View) -> Blocked | None:
    missing = served(view)
    if missing:
        return missing
    notice = standing_notice(view.records)
    assert notice is not None
    if view.today > notice.answer_by:
        return None
    return Blocked(f"申请家庭可以说明到 {notice.answer_by}，期满没有说明的才能认定。", "57号 18")


def contest(view: View, form: ContestForm) -> Outcome:
    return Outcome(
        "contested",
        (Contest(form.explanation, form.papers),),
        basis="申请家庭提出说明，转入复查",
        evidence=form.papers,
    )


def uphold_uncontested(view: View, form: UpholdForm) -> Outcome:
    upheld = tuple(
        FindingResolution(f.suspicion.id, "upheld", ReasonCode.UNCONTESTED, form.reason)
        for f in open_findings(view)
    )
    return Outcome("upheld", upheld, basis=f"告知后无异议，{len(upheld)} 项疑点认定属实")


def resolve(view: View, form: ResolveForm) -> Outcome:
    known = {f.suspicion.id: f for f in findings_of(view)}
    if form.finding not in known:
        raise Invalid("没有这个疑点", fields=(FieldError("finding", "请从列表里选择疑点"),))
    if form.status == "cleared" and not form.papers:
        raise Invalid(
            "排除疑点要有凭证", fields=(FieldError("papers", "请上传证明材料的照片，例如卖车协议"),)
        )
    resolution = FindingResolution(form.finding, form.status, form.code, form.reason, form.papers)
    verb = "排除" if form.status == "cleared" else "属实"
    return Outcome(
        records=(resolution,),
        basis=f"疑点“{known[form.finding].suspicion.kind.label}”{verb}：{REASON_CODES[form.code]}",
        evidence=form.papers,
    )


def something_resolved(view: View) -> Blocked | None:
    contested = view.records.last_filed(Contest)
    last = view.records.last_filed(FindingResolution)
    if last is not None and (contested is None or last.seq > contested.seq):
        return None
    return Blocked("还没有处理任何一项疑点。", "57号 18", "请先逐项“处理疑点”并写明理由")


def complete_recheck(view: View, _: CompleteRecheckForm) -> Outcome:
    left = len(open_findings(view))
    if left:
        return Outcome("suspected", basis=f"复查后还有 {left} 项疑点未排除，再次告知")
    return Outcome("resolved", basis="复查完毕，疑点逐项有结论")


VERIFICATION_NOTICE = StageType(
    "verification_notice",
    "核对告知",
    (
        Action("serve_verification_notice", "送达核对告知书", serve, ServeForm, primary=True),
        Action(
            "contest_finding", "说明情况、申请复查", contest, ContestForm, ("contested",), served, party=True,
        ),
        Action(
            "uphold_uncontested", "无异议，认定属实", uphold_uncontested, UpholdForm, ("upheld",), answer_time_over,
            duty="review", consequence="疑点按属实认定，带着不予确认的建议送审；只有区级可以作出决定。",
        ),
    ),
    (VerificationNotice, Contest),
)  # fmt: skip

RECHECK = StageType(
    "recheck",
    "复查",
    (
        Action("resolve_finding", "处理疑点", resolve, ResolveForm, duty="verify", primary=True),
        Action(
            "complete_recheck", "复查完毕", complete_recheck, CompleteRecheckForm, ("resolved", "suspected"),
            something_resolved, duty="verify",
        ),
    ),
    (FindingResolution,),
)  # fmt: skip
