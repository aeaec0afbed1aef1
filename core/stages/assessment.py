"""The township's reasoned opinion, by somebody who did not investigate; the legal initial opinion (57号 18-19).

assessed --give_opinion--> posted (or what the procedure names)
         --send_back--> investigating | appraisal | verification_notice, with a reason
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.stages.calculation import proposal_of, up_to_date, variance_of
from core.stages.fields import Form, Reason
from core.stages.findings import open_findings, upheld_findings
from core.stages.home_visit import visited

Opinion = Literal["approve", "deny"]
OPINIONS = {"approve": "建议确认", "deny": "建议不予确认"}
SEND_BACK = {"returned": "重新调查", "reappraise": "重新评议", "suspected": "先告知核对疑点"}


class OpinionForm(Form, frozen=True):
    opinion: Annotated[Opinion, Meta(title="初审意见", extra={"labels": OPINIONS})]
    reason: Reason


class SendBackForm(Form, frozen=True):
    to: Annotated[
        Literal["returned", "reappraise", "suspected"], Meta(title="退回到", extra={"labels": SEND_BACK})
    ]
    reason: Reason


class InitialOpinion(Record, frozen=True):
    """`amount` and `category` as proposed by the worksheet at that time."""

    opinion: Opinion
    reason: str
    amount: Decimal
    category: str = ""
    variance: bool = False


class SentBack(Record, frozen=True):
    to: str
    reason: str


def ready(view: View) -> Blocked | None:
    if open_findings(view):
        return Blocked("还有核对疑点没有结论，不能提出意见。", "57号 18", "请先办完核对告知和复查")
    return visited(view) or up_to_date(view) or settled(view)


def settled(view: View) -> Blocked | None:
    proposal = proposal_of(view.records)
    if proposal is not None and proposal.settled:
        return None
    what = proposal.summary if proposal else "还没有核算"
    return Blocked(f"{what}，不能提出意见。", "57号 18", "请补齐资料或办完疑点后重新“核算收入”")


def give_opinion(view: View, form: OpinionForm) -> Outcome:
    proposal = proposal_of(view.records)
    assert proposal is not None
    supported = proposal.eligible and not upheld_findings(view)
    if (form.opinion == "approve") is not supported:
        wrong = f"核算和核对的结果是“{proposal.summary}”，意见要与它一致；认为核算有误的请退回重新调查或核算"
        raise Invalid("初审意见与核算不符", fields=(FieldError("opinion", wrong),))
    differs = variance_of(view) is not None
    opinion = InitialOpinion(form.opinion, form.reason, proposal.amount, proposal.category, differs)
    alert = "；与民主评议结果不一致，请留意" if differs else ""
    return Outcome(
        "proposed", (opinion,), basis=f"初审意见：{OPINIONS[form.opinion]}，{proposal.summary}{alert}"
    )


def send_back(view: View, form: SendBackForm) -> Outcome:
    if form.to not in view.stage.next:
        able = "、".join(text for to, text in SEND_BACK.items() if to in view.stage.next)
        raise Invalid("不能退回到这里", fields=(FieldError("to", f"本区流程里可以退回的是：{able}"),))
    if form.to == "suspected" and not open_findings(view):
        raise Invalid("没有要告知的疑点", fields=(FieldError("to", "核对疑点都已有结论，请选择别的"),))
    return Outcome(form.to, (SentBack(form.to, form.reason),), basis=f"退回：{SEND_BACK[form.to]}")


ASSESSMENT = StageType(
    "assessment",
    "审核",
    (
        Action(
            "give_opinion", "提出初审意见", give_opinion, OpinionForm, ("proposed",), ready, duty="review",
            primary=True, consequence="这是法定的初审意见，接着在村里公示。",
        ),
        Action(
            "send_back", "退回", send_back, SendBackForm, ("returned", "reappraise", "suspected"), duty="review",
            always=True, consequence="连同理由退回，原有材料都保留。",
        ),
    ),
    (InitialOpinion, SentBack),
)  # fmt: skip
