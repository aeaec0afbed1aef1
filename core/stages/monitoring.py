"""As long as the allowance lasts: changes reported by anybody, periodic review, and what a review may propose.

active --start_review--> reviewing --conclude_review--> active (keep, increase) | hearing (reduce, stop)
reviewing --end_without_hearing--> terminated       only the last member's death, or a signed waiver (SAL 48)
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from core.kernel.clockwork import DueOn
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.registry.benefits import next_month
from core.stages.calculation import Calculation
from core.stages.context import case_subject
from core.stages.district_review import Confirmation, ProposedChange
from core.stages.fields import Form, Notes, Papers, Reason
from core.stages.findings import open_findings
from core.stages.outcome_notices import PutOnRolls, TakeOffRolls, long_term
from core.stages.periodic_review import SUPERSEDED, SupersededForm, review_clock
from core.stages.public_list import PostingKind, TakeDown
from core.stages.work_offers import MEMBER_STOP, OFFER, WorkOffer, payable


class ChangeKind(StrEnum):
    INCOME_UP = "income_up"
    EMPLOYED = "employed"
    ILLNESS = "illness"
    SCHOOLING = "schooling"
    DISASTER = "disaster"
    BIRTH = "birth"
    DEATH = "death"
    MOVED = "moved"
    OTHER = "other"


CHANGES = {
    ChangeKind.INCOME_UP: "收入增加",
    ChangeKind.EMPLOYED: "新就业",
    ChangeKind.ILLNESS: "家人患病",
    ChangeKind.SCHOOLING: "子女上学",
    ChangeKind.DISASTER: "遭遇灾害",
    ChangeKind.BIRTH: "添人",
    ChangeKind.DEATH: "家人去世",
    ChangeKind.MOVED: "迁走",
    ChangeKind.OTHER: "其他变化",
}


class ReviewCause(StrEnum):
    DUE = "due"
    CHANGE = "change"
    DEATH = "death"
    COMPLAINT = "complaint"
    ALERT = "alert"
    REFUSED_WORK = "refused_work"
    CONSENT = "consent"


CAUSES = {
    ReviewCause.DUE: "到期复核",
    ReviewCause.CHANGE: "家庭变化",
    ReviewCause.DEATH: "成员去世",
    ReviewCause.COMPLAINT: "投诉举报",
    ReviewCause.ALERT: "数据预警",
    ReviewCause.REFUSED_WORK: "拒绝介绍的工作",
    ReviewCause.CONSENT: "撤回核对授权",
}
ReviewOutcome = Literal["keep", "increase", "propose_reduce", "propose_stop"]
OUTCOMES = {"keep": "维持", "increase": "提高", "propose_reduce": "拟减少", "propose_stop": "拟停发"}


class WayOut(StrEnum):
    DEATH = "death"
    WAIVER = "waiver"


WAYS_OUT = {WayOut.DEATH: "最后一名成员去世", WayOut.WAIVER: "本人签字自愿退出"}


class ChangeForm(Form, frozen=True):
    kind: Annotated[ChangeKind, Meta(title="什么变化", extra={"labels": CHANGES})]
    content: Annotated[
        str, Meta(title="具体情况", min_length=2, max_length=1000, extra={"widget": "textarea"})
    ]
    papers: Papers = ()


class StartReviewForm(Form, frozen=True):
    cause: Annotated[ReviewCause, Meta(title="复核原因", extra={"labels": CAUSES})]
    notes: Notes = ""


class ConcludeForm(Form, frozen=True):
    outcome: Annotated[ReviewOutcome, Meta(title="复核意见", extra={"labels": OUTCOMES})]
    reason: Reason


class EndForm(Form, frozen=True):
    way: Annotated[WayOut, Meta(title="情形", extra={"labels": WAYS_OUT})]
    papers: Annotated[Papers, Meta(title="死亡证明或签字的退出书", min_length=1, extra={"widget": "photos"})]
    notes: Notes = ""


class ReportedChange(Record, frozen=True):
    what: str
    content: str
    papers: tuple[str, ...] = ()


class ReviewStart(Record, frozen=True):
    cause: str
    notes: str = ""


class ReviewConclusion(Record, frozen=True):
    outcome: ReviewOutcome
    reason: str


class EndedWithoutHearing(Record, frozen=True):
    way: str
    papers: tuple[str, ...]
    from_month: date
    notes: str = ""


def report_change(_: View, form: ChangeForm) -> Outcome:
    return Outcome(
        records=(ReportedChange(form.kind, form.content, form.papers),),
        add_marks=frozenset({"change_reported"}),
        basis=f"报告家庭变化：{CHANGES[form.kind]}",
        evidence=form.papers,
    )


def superseded(_: View, form: SupersededForm) -> Outcome:
    """What is posted of the household from now on comes from its new case."""
    return Outcome(
        effects=(DueOn(None), TakeDown(PostingKind.LONG_TERM)), add_marks=frozenset({SUPERSEDED}), drop_marks=frozenset({"change_reported"}),
        basis=f"这户已重新认定，今后在 {form.number} 办理",
    )  # fmt: skip


def still_the_one(view: View) -> Blocked | None:
    """Where a household has been confirmed anew, the new case is the one to review."""
    if SUPERSEDED not in view.process.marks:
        return None
    return Blocked("这户已重新认定，复核在新的一件里办理。", "57号 31", "请从这户家庭打开新的一件")


def start_review(_: View, form: StartReviewForm) -> Outcome:
    return Outcome(
        "review", (ReviewStart(form.cause, form.notes),), drop_marks=frozenset({"change_reported"}),
        basis=f"开始复核：{CAUSES[form.cause]}",
    )  # fmt: skip


def recalculated(view: View) -> Blocked | None:
    """The worksheet was worked out again since this review began."""
    if open_findings(view):
        return Blocked("还有核对疑点没有结论，不能提出意见。", "57号 18", "请先逐项“处理疑点”")
    start, calculation = view.records.last_filed(ReviewStart), view.records.last_filed(Calculation)
    if calculation is not None and (start is None or calculation.seq > start.seq):
        return None
    return Blocked("这次复核还没有重新核算。", "57号 31", "请先记录入户情况，再“核算收入”")


def conclude(view: View, form: ConcludeForm) -> Outcome:
    expected = _expected(view)
    if form.outcome not in expected:
        allowed = "、".join(OUTCOMES[o] for o in expected)
        raise Invalid(
            "复核意见与核算不符",
            fields=(
                FieldError("outcome", f"按重新核算的结果，只能是：{allowed}。认为核算有误的请先重新核算"),
            ),
        )
    proposal, running = payable(view.records), case_subject(view).running
    assert proposal is not None
    conclusion = ReviewConclusion(form.outcome, form.reason)
    if form.outcome == "keep":
        return Outcome("keep", (conclusion,), (review_clock(view),), basis="复核：维持")
    if form.outcome == "increase":
        month = next_month(view.today)
        decision = Confirmation(proposal.category, proposal.mode, proposal.amount, proposal.persons, month)
        paid = PutOnRolls(proposal.category, proposal.mode, proposal.amount, proposal.persons, month)
        listed = long_term(view, proposal.category, proposal.amount, proposal.persons)
        return Outcome(
            "increase", (conclusion, decision), (paid, *listed, review_clock(view)),
            basis=f"复核：提高，{proposal.summary}",
        )  # fmt: skip
    change = ProposedChange(
        form.reason, proposal.amount if proposal.eligible else Decimal(0),
        proposal.category if proposal.eligible else "", proposal.persons if proposal.eligible else None,
    )  # fmt: skip
    assert running is not None
    return Outcome("proposed", (conclusion, change), basis=f"复核：{OUTCOMES[form.outcome]}，先听取意见")


def _expected(view: View) -> tuple[ReviewOutcome, ...]:
    """What a review may propose: whatever the new worksheet gives against what is paid now."""
    proposal, running = payable(view.records), case_subject(view).running
    if proposal is None or running is None:
        return ()
    if not proposal.eligible:
        return ("propose_stop",)
    if proposal.amount > running.amount:
        return ("increase",)
    return ("keep",) if proposal.amount == running.amount else ("propose_reduce",)


def end_without_hearing(view: View, form: EndForm) -> Outcome:
    if form.way is WayOut.DEATH and len(case_subject(view).household.members) > 1:
        raise Invalid(
            "不能这样办结",
            fields=(FieldError("way", "户里还有其他成员，要先办理成员变更，再复核"),),
        )
    month = next_month(view.today)
    return Outcome(
        "ended_without_hearing",
        (EndedWithoutHearing(form.way, form.papers, month, form.notes),),
        (TakeOffRolls(month), TakeDown(PostingKind.LONG_TERM)),
        basis=f"{WAYS_OUT[form.way]}，自 {month:%Y-%m} 起停发",
        evidence=form.papers,
    )


ACTIVE = StageType(
    "active",
    "在保",
    (
        Action("report_change", "报告家庭变化", report_change, ChangeForm, party=True),
        Action(
            "start_review",
            "开始复核",
            start_review,
            StartReviewForm,
            ("review",),
            still_the_one,
            primary=True,
        ),
        OFFER,
        Action(SUPERSEDED, "已重新认定", superseded, SupersededForm),
    ),
    (ReportedChange, ReviewStart, WorkOffer),
    due_label="定期核查到期",
)

REVIEWING = StageType(
    "reviewing",
    "复核中",
    (
        Action(
            "conclude_review", "提出复核意见", conclude, ConcludeForm, ("keep", "increase", "proposed"), recalculated,
            duty="review", primary=True,
        ),
        OFFER,
        MEMBER_STOP,
        Action(
            "end_without_hearing", "去世或自愿退出", end_without_hearing, EndForm, ("ended_without_hearing",),
            duty="confirm", consequence="从下月起停发，公示随之撤下。凭证存档。",
        ),
    ),
    (ReviewConclusion, EndedWithoutHearing, WorkOffer),
)  # fmt: skip
