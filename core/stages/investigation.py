"""Investigation: the home visit by two or more, neighbours, documents, and economic verification, side by side.

    investigating --complete_investigation--> what comes next, or verification_notice when findings are open
    investigating --record_non_cooperation--> non_cooperation

What must be there before it is complete stands in the stage's `requires`: "home_visit", "verification" (57号 15-17).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.clockwork import EndTask, StartTask
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.registry.verification import VerificationReportForm
from core.stages.application import Application
from core.stages.context import case_subject
from core.stages.fields import Form, Notes, Papers, Reason, Sentence
from core.stages.findings import VerificationReport, open_findings, report_of, unanswered
from core.stages.home_visit import HomeVisit, VisitForm, record_visit, visited
from core.stages.signed import names_taken_back, not_to_be_verified, signed_persons, taken_back

REQUIRES = ("home_visit", "verification")

VERIFICATION = "verification"
"""The task that runs beside the stage from the request until the centre has begun."""

START_WITHIN = 3
"""Working days from the request until verification must have begun (57号 17); the law's, no district's to change."""

TASKS = {VERIFICATION: "启动信息核对"}
"""What tasks with a deadline of their own are called."""


class InquiryForm(Form, frozen=True):
    neighbours: Annotated[tuple[Sentence, ...], Meta(title="走访的邻里", min_length=1, max_length=10)]
    notes: Annotated[Reason, Meta(title="了解到的情况")]


class DocumentRequestForm(Form, frozen=True):
    addressee: Annotated[str, Meta(title="发函对象", min_length=2, max_length=100)]
    question: Annotated[Reason, Meta(title="请求证明的内容")]


class RequestVerificationForm(Form, frozen=True):
    notes: Notes = ""


class StartVerificationForm(Form, frozen=True):
    notes: Notes = ""


class NonCooperationForm(Form, frozen=True):
    reason: Reason
    papers: Annotated[Papers, Meta(title="通知和拒绝配合的凭证", min_length=1, extra={"widget": "photos"})]


class CompleteForm(Form, frozen=True):
    notes: Notes = ""


class NeighbourInquiry(Record, frozen=True):
    neighbours: tuple[str, ...]
    notes: str


class DocumentRequest(Record, frozen=True):
    addressee: str
    question: str


class VerificationRequest(Record, frozen=True):
    """`authorisation` is the number of the signed authorisation the queries rest on."""

    authorisation: str
    persons: tuple[UUID, ...]
    requested_at: datetime
    notes: str = ""


class VerificationStart(Record, frozen=True):
    """The verification centre has begun to ask its sources."""

    started_on: date
    notes: str = ""


class NonCooperation(Record, frozen=True):
    reason: str
    papers: tuple[str, ...]


class InvestigationEnd(Record, frozen=True):
    ended_on: date
    notes: str = ""


def record_inquiry(_: View, form: InquiryForm) -> Outcome:
    return Outcome(
        records=(NeighbourInquiry(form.neighbours, form.notes),), basis=f"走访邻里 {len(form.neighbours)} 户"
    )


def record_document_request(_: View, form: DocumentRequestForm) -> Outcome:
    return Outcome(records=(DocumentRequest(form.addressee, form.question),), basis="信函索证")


def authorised(view: View) -> Blocked | None:
    signed = signed_persons(view)
    if names := names_taken_back(view):
        return Blocked(
            f"{names}撤回了核对授权，不能再查询。",
            "个人信息保护法 15",
            "本人愿意重新签授权书以后再提请；撤回以前查到的仍然有效",
        )
    missing = [m.person.name for m in case_subject(view).household.members if m.person.id not in signed]
    if not missing:
        return None
    return Blocked(
        f"{'、'.join(missing)}还没有签署核对授权书，不能查询。",
        "57号 10",
        "后来加入的成员也要签；未成年人和无行为能力人由监护人签署",
    )


def verification_due(view: View) -> Blocked | None:
    """Where a district verifies after the township's review, it asks then: the stage's `requires` says so."""
    if "verification" in view.stage.params.get("requires", REQUIRES):
        return authorised(view)
    return Blocked("本区在乡镇审核之后再核对，这时还不用提请。", "核对次序", "到“信息核查”环节再提请")


def asked_before(view: View) -> Blocked | None:
    return requested(view) or authorised(view)


def request_verification(view: View, form: RequestVerificationForm) -> Outcome:
    application = view.records.last(Application)
    assert application is not None
    gone = taken_back(view)
    persons = tuple(person for person in signed_persons(view) if person not in gone)
    request = VerificationRequest(application.authorisation, persons, view.now, form.notes)
    return Outcome(
        records=(request,), effects=(StartTask(VERIFICATION, START_WITHIN),),
        basis=f"提请经济状况核对，{START_WITHIN} 个工作日内启动",
    )  # fmt: skip


def not_begun(view: View) -> Blocked | None:
    """Asked for, and not begun or reported on since."""
    missing = requested(view)
    if missing:
        return missing
    if view.process.task == VERIFICATION:
        return None
    return Blocked("这次核对已经启动。", "57号 17")


def start_verification(view: View, form: StartVerificationForm) -> Outcome:
    return Outcome(
        records=(VerificationStart(view.today, form.notes),),
        effects=(EndTask(VERIFICATION),),
        basis="启动信息核对",
    )


def requested(view: View) -> Blocked | None:
    if view.records.last(VerificationRequest):
        return None
    return Blocked("还没有提请核对。", "57号 17", "请先由乡镇经办人“提请核对”")


def file_report(view: View, form: VerificationReportForm) -> Outcome:
    allowed = signed_persons(view)
    strangers = [n for n, r in enumerate(form.results) if r.person_id not in allowed]
    if strangers:
        raise Invalid(
            "报告里有未授权查询的人员",
            fields=tuple(FieldError(f"results.{n}.person_id", "这个人没有签署核对授权书") for n in strangers),
        )
    waiting = len({r.source for r in unanswered(form)})
    basis = f"核对报告 {form.number}：疑点 {len(form.findings)} 项" + (
        f"，{waiting} 个来源未答复或待说明" if waiting else ""
    )
    return Outcome(records=(VerificationReport(form),), effects=(EndTask(VERIFICATION),), basis=basis)


def complete(view: View, form: CompleteForm) -> Outcome:
    to = "suspected" if open_findings(view) else "completed"
    basis = "调查完毕，有核对疑点待说明" if to == "suspected" else "调查完毕"
    return Outcome(to, (InvestigationEnd(view.today, form.notes),), basis=basis)


def verified(view: View) -> Blocked | None:
    """Verification is in: every source has answered, `no_data` explained, and the report is still valid."""
    if held := not_to_be_verified(view):
        return held
    report = report_of(view.records)
    if report is None:
        return Blocked("核对报告还没有出来。", "57号 17", "请等待核对中心回复，或联系核对人员")
    waiting = unanswered(report)
    if waiting:
        sources = "、".join(dict.fromkeys(r.source.label for r in waiting))
        return Blocked(
            f"核对还不完整：{sources}。未答复的来源不能当作“没有”。",
            "57号 17",
            "请等来源答复后重新出具报告；来源无数据的，由核对人员写明说明",
        )
    if view.today > report.valid_until:
        return Blocked(f"核对报告已于 {report.valid_until} 过期。", "57号 17", "请重新提请核对")
    return None


def all_there(view: View) -> Blocked | None:
    requires = view.stage.params.get("requires", REQUIRES)
    checks = {"home_visit": visited, "verification": verified}
    return next((found for name in requires if (found := checks[name](view))), None)


REQUEST = Action(
    "request_verification", "提请核对", request_verification, RequestVerificationForm, guard=verification_due,
)  # fmt: skip
BEGIN = Action(
    "start_verification", "启动核对", start_verification, StartVerificationForm, guard=not_begun, duty="verify",
    always=True,
)  # fmt: skip
REPORT = Action(
    "file_verification_report", "提交核对报告", file_report, VerificationReportForm, guard=requested, duty="verify",
    always=True,
)  # fmt: skip

INVESTIGATION = StageType(
    "investigation",
    "调查核对",
    (
        Action("record_visit", "记录入户调查", record_visit, VisitForm, duty="investigate", primary=True),
        REQUEST,
        Action("record_neighbour_inquiry", "记录邻里访问", record_inquiry, InquiryForm, duty="investigate"),
        Action("record_document_request", "信函索证", record_document_request, DocumentRequestForm, duty="investigate"),
        BEGIN,
        REPORT,
        Action(
            "complete_investigation", "调查完毕", complete, CompleteForm, ("completed", "suspected"), all_there,
            primary=True,
        ),
        Action(
            "record_non_cooperation", "不配合，终止", lambda _, form: Outcome(
                "non_cooperation", (NonCooperation(form.reason, form.papers),), basis="拒不配合调查，终止办理",
                evidence=form.papers,
            ),
            NonCooperationForm, ("non_cooperation",), duty="review",
            consequence="这份申请因不配合调查终止，书面告知申请家庭。",
        ),
    ),
    (
        HomeVisit, NeighbourInquiry, DocumentRequest, VerificationRequest, VerificationStart, VerificationReport,
        NonCooperation, InvestigationEnd,
    ),
)  # fmt: skip

VERIFICATION_REPORTS = StageType(
    "verification_reports",
    "核对报告",
    (replace(REQUEST, label="重新提请核对", guard=asked_before), BEGIN, REPORT),
    (VerificationRequest, VerificationStart, VerificationReport),
)
"""For `everywhere`: a source that answers late, or a report that ran out, when the case has moved on meanwhile."""
