"""The middle of a village round: visits, comprehensive appraisal, township review, verification.

Each step opens its cases' stages and ends when none is left in them (the procedure's `opens` and `clears`). A dispute
sends the village back to the visits, or the township's review back to the appraisal; what was done stays on file.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.stage import Action, Outcome, Record, StageType, View
from core.stages.context import round_subject
from core.stages.fields import Account, Form, Notes, Papers, Reason
from core.stages.public_list import PostingKind, TakeDown
from core.stages.round_opening import RoundNote

DISPUTED = "disputed"
"""The outcome of sending a round back, and the step under which its reason is noted."""

LABELS = {
    "complete_visits": "入户完毕",
    "complete_appraisal": "综合评议完毕",
    "complete_review": "乡镇审核完毕",
    "complete_verification": "核对完毕",
}


class StepForm(Form, frozen=True):
    notes: Notes = ""


class ReopenForm(Form, frozen=True):
    reason: Reason


class AppraisalForm(Form, frozen=True):
    notes: Annotated[
        str, Meta(title="综合评议意见", min_length=4, max_length=3000, extra={"widget": "textarea"})
    ]
    present: Annotated[int, Meta(title="参加人数", ge=3, le=500, extra={"unit": "人"})]
    minutes: Annotated[Papers, Meta(title="签字的会议记录", min_length=1, extra={"widget": "photos"})]
    observers: Annotated[
        tuple[Account, ...], Meta(title="在场的监督员", max_length=20, extra={"office": "role:observer"})
    ] = ()


class ComprehensiveAppraisal(Record, frozen=True):
    """The wider group's opinion, and the cases in which ballot and worksheet disagreed when it met."""

    notes: str
    present: int
    minutes: tuple[str, ...]
    variances: tuple[str, ...] = ()
    observers: tuple[UUID, ...] = ()


def step(action: str) -> Action:
    """The action that closes one step of the round."""

    def done(_: View, form: StepForm) -> Outcome:
        return Outcome("completed", (RoundNote(action, form.notes),), basis=LABELS[action])

    return Action(action, LABELS[action], done, StepForm, ("completed",), primary=True)


def complete_appraisal(view: View, form: AppraisalForm) -> Outcome:
    differ = tuple(c.number for c in round_subject(view).cases if c.variance)
    record = ComprehensiveAppraisal(form.notes, form.present, form.minutes, differ, form.observers)
    return Outcome(
        "completed",
        (record,),
        basis=f"综合评议完毕，评议与核算不一致 {len(differ)} 户",
        evidence=form.minutes,
    )


def reopen(_: View, form: ReopenForm) -> Outcome:
    """Back to an earlier step; a village list that hangs comes down."""
    return Outcome(
        DISPUTED, (RoundNote(DISPUTED, form.reason),), (TakeDown(PostingKind.VILLAGE_LIST),),
        basis="有争议，退回前面的环节",
    )  # fmt: skip


REOPEN = Action(
    "reopen", "退回", reopen, ReopenForm, ("disputed",),
    consequence="全村退回前面的环节重新办理；已有的记录都保留。",
)  # fmt: skip

VISITS = StageType("visits", "逐户入户", (step("complete_visits"), REOPEN), kind="round")
COMPREHENSIVE = StageType(
    "comprehensive_appraisal",
    "综合评议",
    (
        Action(
            "complete_appraisal",
            "综合评议完毕",
            complete_appraisal,
            AppraisalForm,
            ("completed",),
            primary=True,
            asks_first=True,
        ),
        REOPEN,
    ),
    (ComprehensiveAppraisal,),
    kind="round",
)
TOWNSHIP_REVIEW = StageType("township_review", "乡镇审核", (step("complete_review"), REOPEN), kind="round")
VERIFICATION_STEP = StageType(
    "verification_step", "信息核查", (step("complete_verification"), REOPEN), kind="round"
)
