"""Nothing is reduced or ended before the recipient was heard (SAL 48); then reasons in writing, or a grace period.

hearing --record_hearing--> hearing --decide_reduction--> active
                                    --decide_grace--> grace --end_grace--> terminated
                                    --decide_termination--> terminated
                                    --keep_benefit--> active
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.clockwork import DueOn, StopClock
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.registry.benefits import next_month
from core.rules.exits import explain, grace_refused, grace_schedule
from core.stages.calculation import calculation_of, proposal_of
from core.stages.context import case_subject, district
from core.stages.district_review import ProposedChange
from core.stages.fields import Form, Notes, Papers, Reason
from core.stages.outcome_notices import REMEDIES, PutOnRolls, TakeOffRolls, long_term
from core.stages.periodic_review import in_place_of_earlier, review_clock
from core.stages.public_list import PostingKind, TakeDown


class HearingForm(Form, frozen=True):
    present: Annotated[str, Meta(title="到场的家庭成员", min_length=2, max_length=100)]
    said: Annotated[
        str, Meta(title="家庭的意见", description="照原话记", min_length=2, max_length=3000,
                  extra={"widget": "textarea"})
    ]  # fmt: skip
    signed: Annotated[Papers, Meta(title="签字的听取意见记录", min_length=1, extra={"widget": "photos"})]


class DecideForm(Form, frozen=True):
    reason: Annotated[Reason, Meta(title="理由", description="会写进送达的决定书")]


class EndGraceForm(Form, frozen=True):
    notes: Notes = ""


class Hearing(Record, frozen=True):
    held_on: date
    present: str
    said: str
    signed: tuple[str, ...]


class ReductionDecision(Record, frozen=True):
    """`without`: members whose share alone was stopped, until they take work (57号 34)."""

    amount: Decimal
    category: str
    from_month: date
    reason: str
    remedies: str = REMEDIES
    without: tuple[UUID, ...] = ()


class GraceDecision(Record, frozen=True):
    """The frozen amount is paid through `last_month`; nothing from `ends_from` on."""

    amount: Decimal
    first_month: date
    last_month: date
    ends_from: date
    total: Decimal
    reason: str
    remedies: str = REMEDIES


class TerminationDecision(Record, frozen=True):
    from_month: date
    reason: str
    remedies: str = REMEDIES
    marginal_suggested: bool = False


class KeepDecision(Record, frozen=True):
    reason: str


def heard(view: View) -> Blocked | None:
    """A hearing held since the change was proposed."""
    proposed, hearing = view.records.last_filed(ProposedChange), view.records.last_filed(Hearing)
    if hearing is not None and (proposed is None or hearing.seq > proposed.seq):
        return None
    return Blocked(
        "还没有听取这户的意见，不能减少或停发。", "社会救助法 48", "请先“记录听取意见”，由家庭成员签字"
    )


def _change(view: View) -> ProposedChange:
    change = view.records.last(ProposedChange)
    assert change is not None
    return change


def reducible(view: View) -> Blocked | None:
    if heard(view):
        return heard(view)
    if _change(view).amount > 0:
        return None
    return Blocked("按核算已不符合条件，不是减少。", "57号 32", "请选择渐退或停发")


def stoppable(view: View) -> Blocked | None:
    if heard(view):
        return heard(view)
    if _change(view).amount == 0:
        return None
    return Blocked("按核算仍然符合条件，不能停发。", "57号 32", "请选择减少，或维持")


def graceable(view: View) -> Blocked | None:
    if stoppable(view):
        return stoppable(view)
    calculation = calculation_of(view.records)
    why = "还没有核算结果。"
    if calculation is not None:
        file = calculation.file
        why = grace_refused(file.worksheet, file.facts, file.findings, file.parameters)
    return Blocked(why, "57号 33") if why else None


def record_hearing(view: View, form: HearingForm) -> Outcome:
    return Outcome(
        records=(Hearing(view.today, form.present, form.said, form.signed),), basis="已听取家庭意见",
        evidence=form.signed,
    )  # fmt: skip


def decide_reduction(view: View, form: DecideForm) -> Outcome:
    change, running = _change(view), case_subject(view).running
    assert running is not None
    month, proposal = next_month(view.today), proposal_of(view.records)
    persons = change.persons or (proposal.persons if proposal else running.persons)
    listed = long_term(view, change.category, change.amount, persons)
    return Outcome(
        "reduced",
        (ReductionDecision(change.amount, change.category, month, form.reason, without=change.without),),
        (
            PutOnRolls(change.category, running.mode, change.amount, persons, month), *listed, StopClock(),
            review_clock(view), *in_place_of_earlier(view),
        ),
        basis=f"自 {month:%Y-%m} 起每月 {change.amount} 元",
    )  # fmt: skip


def decide_grace(view: View, form: DecideForm) -> Outcome:
    running = case_subject(view).running
    assert running is not None
    grace = grace_schedule(view.today, running.amount, district(view).parameters(view.today).grace)
    decision = GraceDecision(
        grace.monthly, grace.months[0], grace.months[-1], grace.ends_on, grace.total, form.reason
    )
    effects = (TakeOffRolls(grace.ends_on), StopClock(), DueOn(grace.ends_on))
    return Outcome("grace", (decision,), effects, basis=explain(grace))


def decide_termination(view: View, form: DecideForm) -> Outcome:
    month = next_month(view.today)
    calculation = calculation_of(view.records)
    marginal = bool(calculation and calculation.file.decision.marginal)
    return Outcome(
        "terminated",
        (TerminationDecision(month, form.reason, marginal_suggested=marginal),),
        (TakeOffRolls(month), TakeDown(PostingKind.LONG_TERM), StopClock(), *in_place_of_earlier(view)),
        basis=f"自 {month:%Y-%m} 起停发，书面说明理由",
    )


def keep_benefit(view: View, form: DecideForm) -> Outcome:
    running = case_subject(view).running
    listed = long_term(view, running.category, running.amount, running.persons) if running else ()
    return Outcome(
        "kept", (KeepDecision(form.reason),), (*listed, StopClock(), review_clock(view), *in_place_of_earlier(view)),
        basis="听取意见后维持原待遇",
    )  # fmt: skip


def grace_over(view: View) -> Blocked | None:
    decision = view.records.last(GraceDecision)
    if decision is None or view.today >= decision.ends_from:
        return None
    return Blocked(f"渐退期到 {decision.last_month:%Y年%m月}，{decision.ends_from} 起才能办结。", "57号 33")


def end_grace(view: View, form: EndGraceForm) -> Outcome:
    decision = view.records.last(GraceDecision)
    assert decision is not None
    record = TerminationDecision(decision.ends_from, form.notes or "渐退期满", marginal_suggested=True)
    return Outcome(
        "ended",
        (record,),
        (TakeDown(PostingKind.LONG_TERM),),
        basis=f"渐退期满，自 {decision.ends_from} 起停发",
    )


HEARING = StageType(
    "hearing",
    "听取意见",
    (
        Action("record_hearing", "记录听取意见", record_hearing, HearingForm, primary=True),
        Action(
            "decide_reduction", "决定减少", decide_reduction, DecideForm, ("reduced",), reducible, duty="confirm",
            consequence="从下月起按新的金额发放，书面说明理由并告知救济途径。",
        ),
        Action(
            "decide_grace", "决定渐退", decide_grace, DecideForm, ("grace",), graceable, duty="confirm",
            consequence="渐退期内按原金额发放，期满停发。",
        ),
        Action(
            "decide_termination", "决定停发", decide_termination, DecideForm, ("terminated",), stoppable,
            duty="confirm", consequence="从下月起停发，书面说明理由并告知救济途径。",
        ),
        Action("keep_benefit", "维持原待遇", keep_benefit, DecideForm, ("kept",), heard, duty="confirm"),
    ),
    (Hearing, ReductionDecision, GraceDecision, TerminationDecision, KeepDecision),
)  # fmt: skip

GRACE = StageType(
    "grace",
    "渐退期",
    (
        Action(
            "end_grace", "渐退期满，停发", end_grace, EndGraceForm, ("ended",), grace_over, duty="confirm",
            primary=True, consequence="待遇已按决定停发；通知家庭并撤下公示。",
        ),
    ),
    due_label="渐退期满，办理停发",
)  # fmt: skip
