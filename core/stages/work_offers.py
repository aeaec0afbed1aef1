"""Work offered to members who are able to work, and the share of whoever refuses it three times (57号 34).

active | reviewing --record_work_offer--> stays           each offer with its evidence; who refused, and whether with reason
reviewing --propose_member_stop--> hearing                after the third refusal in a row; that member's share alone

A share stopped this way stays out of every later amount until the member has taken work.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.stage import Action, Blocked, Outcome, Record, Records, View
from core.problems import FieldError, Invalid
from core.rules.exits import Entitlement, without_share_of
from core.rules.work_offers import THREE, Answer, Offered, in_a_row, refusing, still_without
from core.stages.calculation import Proposal, calculation_of, proposal_of
from core.stages.context import case_subject
from core.stages.district_review import ProposedChange
from core.stages.fields import Form, Papers, Reason
from core.stages.hearing import ReductionDecision

ANSWERS = {answer: answer.label for answer in Answer}
LAW = "57号 34"


class OfferForm(Form, frozen=True):
    member: Annotated[UUID, Meta(title="介绍给谁", extra={"widget": "member"})]
    offered_on: Annotated[date, Meta(title="介绍日期")]
    job: Annotated[
        str,
        Meta(title="介绍的工作", description="单位、岗位、地点、工资", min_length=4, max_length=500,
             extra={"widget": "textarea"}),
    ]  # fmt: skip
    suitable: Annotated[
        str,
        Meta(title="为什么适合本人", description="与健康状况、劳动能力怎么相适应", min_length=4, max_length=500,
             extra={"widget": "textarea"}),
    ]  # fmt: skip
    answer: Annotated[Answer, Meta(title="本人答复", extra={"labels": ANSWERS})]
    papers: Annotated[
        Papers, Meta(title="介绍信、签字的答复等凭证", min_length=1, extra={"widget": "photos"})
    ]
    said: Annotated[
        str, Meta(title="本人说的理由", description="照原话记", max_length=1000, extra={"widget": "textarea"})
    ] = ""
    offered_by: Annotated[str, Meta(title="介绍的部门", min_length=2, max_length=100)] = "人社部门"


class MemberStopForm(Form, frozen=True):
    member: Annotated[UUID, Meta(title="哪位成员", extra={"widget": "member"})]
    reason: Reason


class WorkOffer(Record, frozen=True):
    member: UUID
    offered_on: date
    offered_by: str
    job: str
    suitable: str
    answer: Answer
    said: str
    papers: tuple[str, ...]


def offers(records: Records) -> tuple[Offered, ...]:
    return tuple(Offered(o.member, o.answer) for o in records.all(WorkOffer))


def stopped(records: Records) -> frozenset[UUID]:
    """Members whose share has been stopped, and who have taken no work since."""
    without: frozenset[UUID] = frozenset()
    for filed in records.filed:
        record = filed.record
        if isinstance(record, ReductionDecision):
            without |= frozenset(record.without)
        elif isinstance(record, WorkOffer):
            without = still_without(without, (Offered(record.member, record.answer),))
    return without


def payable(records: Records, also_without: frozenset[UUID] = frozenset()) -> Proposal | None:
    """What the worksheet gives, less the shares of those who refused work."""
    proposal, calculation = proposal_of(records), calculation_of(records)
    leave_out = stopped(records) | also_without
    if proposal is None or calculation is None or not proposal.eligible or not leave_out:
        return proposal
    decision = calculation.file.decision
    left = without_share_of(
        Entitlement(proposal.category, proposal.amount, proposal.persons), decision, frozenset(leave_out)
    )
    return replace(
        proposal, amount=left.amount, persons=left.persons, eligible=left.persons > 0,
        category=proposal.category if left.persons else "",
    )  # fmt: skip


def record_work_offer(view: View, form: OfferForm) -> Outcome:
    errors = tuple(_wrong(view, form))
    if errors:
        raise Invalid("这次介绍工作还不能登记", fields=errors)
    record = WorkOffer(**{name: getattr(form, name) for name in WorkOffer.__struct_fields__})
    row = in_a_row((*offers(view.records), Offered(form.member, form.answer)), form.member)
    basis = f"介绍工作：{form.answer.label}" + (f"，连续第 {row} 次" if row else "")
    return Outcome(records=(record,), basis=basis, evidence=form.papers)


def _wrong(view: View, form: OfferForm) -> list[FieldError]:
    found = []
    if form.member not in case_subject(view).household.person_ids:
        found.append(FieldError("member", "这个人不是本户成员"))
    elif form.member not in _able(view):
        found.append(FieldError("member", "核算认定这名成员没有劳动能力，不能要求就业（57号 34）"))
    if form.offered_on > view.today:
        found.append(FieldError("offered_on", "介绍日期不能在今天之后"))
    if form.answer is not Answer.TAKEN and len(form.said.strip()) < 2:
        found.append(FieldError("said", "没有接受的，请写明本人说的理由"))
    return found


def _able(view: View) -> frozenset[UUID]:
    calculation = calculation_of(view.records)
    members = calculation.file.worksheet.members if calculation else ()
    return frozenset(m.person_id for m in members if m.counted and m.coefficient)


def third_refused(view: View) -> Blocked | None:
    """Somebody has refused three times in a row, and the worksheet still says what is paid now."""
    if not refusing(offers(view.records)) - stopped(view.records):
        return Blocked(f"没有成员连续 {THREE} 次无正当理由拒绝介绍的工作。", LAW, "每次介绍都要登记并附凭证")
    proposal, running = payable(view.records), case_subject(view).running
    if proposal is None or running is None or proposal.amount != running.amount:
        return Blocked(
            "核算的金额与现在发放的不一致，分不出这名成员的一份。", LAW, "请先重新核算、提出复核意见"
        )
    return None


def propose_member_stop(view: View, form: MemberStopForm) -> Outcome:
    if form.member not in refusing(offers(view.records)) - stopped(view.records):
        raise Invalid(
            "不能停发这名成员的一份",
            fields=(FieldError("member", f"这名成员没有连续 {THREE} 次无正当理由拒绝介绍的工作（57号 34）"),),
        )
    left = payable(view.records, frozenset({form.member}))
    assert left is not None
    change = ProposedChange(form.reason, left.amount, left.category, left.persons, (form.member,))
    return Outcome("proposed", (change,), basis="连续 3 次拒绝介绍的工作，拟停发本人的一份，先听取意见")


OFFER = Action(
    "record_work_offer", "登记介绍工作", record_work_offer, OfferForm,
    help="无正当理由连续 3 次拒绝适合本人的工作，才能提出减发或停发本人的一份（57号 34）",
)  # fmt: skip
MEMBER_STOP = Action(
    "propose_member_stop", "拟停发本人的一份", propose_member_stop, MemberStopForm, ("proposed",), third_refused,
    duty="review", consequence="只涉及这名成员的一份，家里其他人的不变；先听取意见才能决定。",
)  # fmt: skip
