"""The district's decision: sample visits where they are due, then confirm, deny with reasons, or send back (57号 20-21).

    reported --send_to_spot_check--> spot_check --record_spot_check--> spot_check
    reported | spot_check --confirm--> confirmed
                          --deny--> denied                    never for a household on the rolls: that takes a hearing
                          --open_hearing--> hearing           (SAL 48)
                          --return_case--> assessed or investigating, with a reason

Relative-registered cases and cases with a complaint must be visited; that is not a setting.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from core.kernel.clockwork import StopClock
from core.kernel.stage import Action, Blocked, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid
from core.registry.benefits import next_month
from core.stages.calculation import Proposal, proposal_of
from core.stages.context import case_subject
from core.stages.fields import Account, Form, Notes, Photos, Reason
from core.stages.findings import open_findings, upheld_findings
from core.stages.investigation import verified
from core.stages.posting import answered_in_full, posting_ended

MUST_VISIT = {"relative_flag": "近亲属备案", "complaint": "有投诉举报", "drawn": "随机抽中"}

SAMPLED = "sampled"
"""A round's mark: its sample has been drawn."""

RETURN_TO = {"assessed": "乡镇重新提出意见", "investigating": "重新调查"}


class SpotCheckForm(Form, frozen=True):
    second_checker: Annotated[
        Account,
        Meta(
            title="另一名抽查人员",
            description="须两人以上，与本户无近亲属关系",
            extra={"office": "may:record_spot_check"},
        ),
    ]
    agrees: Annotated[
        bool, Meta(title="与上报情况是否一致", extra={"labels": {"true": "一致", "false": "不一致"}})
    ]
    findings: Annotated[
        str, Meta(title="抽查情况", min_length=4, max_length=2000, extra={"widget": "textarea"})
    ]
    photos: Annotated[Photos, Meta(title="抽查照片", min_length=1, extra={"widget": "photos"})]


class ConfirmForm(Form, frozen=True):
    notes: Notes = ""


class DenyForm(Form, frozen=True):
    reason: Annotated[Reason, Meta(title="不予确认的理由", description="会写进送达申请家庭的通知书")]


class ReturnForm(Form, frozen=True):
    to: Annotated[Literal["assessed", "investigating"], Meta(title="退回到", extra={"labels": RETURN_TO})]
    reason: Reason


class OpenHearingForm(Form, frozen=True):
    reason: Annotated[Reason, Meta(title="拟减少或停发的理由")]


class ToSpotCheckForm(Form, frozen=True):
    notes: Notes = ""


class DrawnForm(Form, frozen=True):
    """Filled in by the round's draw alone."""

    draw: str = ""


class SpotCheck(Record, frozen=True):
    second_checker: UUID
    agrees: bool
    findings: str
    photos: tuple[str, ...] = ()


class SpotCheckOrder(Record, frozen=True):
    causes: tuple[str, ...]
    notes: str = ""


class Confirmation(Record, frozen=True):
    """The decision. `amount` is yuan per month for the household, from `from_month` on."""

    category: str
    mode: str
    amount: Decimal
    persons: int
    from_month: date
    notes: str = ""


class Denial(Record, frozen=True):
    reason: str
    grounds: tuple[str, ...] = ()


class Return(Record, frozen=True):
    to: str
    reason: str


class ProposedChange(Record, frozen=True):
    """Why a household on the rolls is to receive less or nothing: what the hearing is about.

    `without` are members whose share alone is meant (57号 34); `persons` then says how many are left, else None.
    """

    reason: str
    amount: Decimal
    category: str = ""
    persons: int | None = None
    without: tuple[UUID, ...] = ()


def must_visit(view: View) -> tuple[str, ...]:
    return tuple(label for mark, label in MUST_VISIT.items() if mark in view.process.marks)


def spot_checked(view: View) -> Blocked | None:
    """A due sample visit is on file, made since the case was last reported, and agrees with it."""
    causes = must_visit(view)
    check = view.records.last_filed(SpotCheck)
    ordered = view.records.last_filed(SpotCheckOrder)
    if check is None or (ordered is not None and ordered.seq > check.seq):
        if not causes and ordered is None:
            return None
        why = "、".join(causes) or "已决定抽查"
        return Blocked(f"这一户必须先入户抽查（{why}）。", "57号 20", "请先“送抽查”，由两名区级人员入户")
    assert isinstance(check.record, SpotCheck)
    if check.record.agrees:
        return None
    return Blocked("抽查与上报不一致，不能直接确认。", "57号 20", "请退回乡镇核实，或不予确认")


def posted_clean(view: View) -> Blocked | None:
    """The posting ended without objection; or, where nothing is posted again, the objection was answered and time is up."""
    if posting_ended(view.records) or answered_in_full(view.records, view.today):
        return None
    return Blocked("公示还没有期满。", "57号 19", "请等公示期满；有异议的先答复")


def sampled(view: View) -> Blocked | None:
    """In a round nothing is decided before the draw: whoever knows the decisions could bend the sample."""
    if view.parent is None or SAMPLED in view.parent.marks:
        return None
    return Blocked("本村还没有随机抽样，抽样之前不能作决定。", "抽样规则", "请先在整村看板“随机抽样”")


def entitled(view: View) -> Blocked | None:
    proposal = proposal_of(view.records)
    if proposal is None:
        return Blocked("还没有收入核算结果。", "57号 20", "请退回乡镇补做核算")
    if upheld_findings(view):
        return Blocked("有疑点经认定属实，不符合财产条件，不能确认。", "57号 14", "请“不予确认”，或退回复核")
    if not proposal.eligible:
        return Blocked(
            f"按核算不符合条件：{proposal.summary}", "57号 20", "请“不予确认”，认为有误的退回重新核算"
        )
    return None


def nothing_open(view: View) -> Blocked | None:
    if open_findings(view):
        return Blocked("还有核对疑点没有结论。", "57号 18", "请退回处理疑点")
    return None


def reduces(view: View, proposal: Proposal | None) -> bool:
    running = case_subject(view).running
    return running is not None and (
        proposal is None or not proposal.eligible or proposal.amount < running.amount
    )


def not_below(view: View) -> Blocked | None:
    if not reduces(view, proposal_of(view.records)):
        return None
    return Blocked("这户正在享受低保，减少待遇要先听取意见。", "社会救助法 48", "请转入“听取意见”")


def confirmable(view: View) -> Blocked | None:
    checks = (sampled, nothing_open, entitled, verified, posted_clean, spot_checked, not_below)
    return next((found for check in checks if (found := check(view))), None)


def deniable(view: View) -> Blocked | None:
    if case_subject(view).running is not None:
        return Blocked("这户正在享受低保，停发要先听取意见。", "社会救助法 48", "请转入“听取意见”")
    return sampled(view) or nothing_open(view) or _visit_first(view)


def _visit_first(view: View) -> Blocked | None:
    found = spot_checked(view)
    return found if found and view.records.last(SpotCheck) is None else None


def hearing_due(view: View) -> Blocked | None:
    if case_subject(view).running is None:
        return Blocked("这户没有在享受低保，不需要听取意见。", "社会救助法 48")
    return sampled(view) or nothing_open(view)


def send_to_spot_check(view: View, form: ToSpotCheckForm) -> Outcome:
    causes = must_visit(view)
    return Outcome(
        "spot_check",
        (SpotCheckOrder(causes, form.notes),),
        basis="送入户抽查：" + ("、".join(causes) or "区级决定"),
    )


def record_spot_check(view: View, form: SpotCheckForm) -> Outcome:
    if form.second_checker == view.actor.account_id:
        raise Invalid(
            "抽查须两人以上", fields=(FieldError("second_checker", "请选择另一名抽查人员，不能是您本人"),)
        )
    check = SpotCheck(form.second_checker, form.agrees, form.findings, form.photos)
    return Outcome(
        records=(check,), basis="入户抽查，" + ("情况一致" if form.agrees else "情况不一致"), evidence=form.photos,
        co_actors=(form.second_checker,),
    )  # fmt: skip


def confirm(view: View, form: ConfirmForm) -> Outcome:
    proposal = proposal_of(view.records)
    assert proposal is not None
    decision = Confirmation(
        proposal.category,
        proposal.mode,
        proposal.amount,
        proposal.persons,
        next_month(view.today),
        form.notes,
    )
    return Outcome("confirmed", (decision,), (StopClock(),), basis=f"确认：{proposal.summary}")


def deny(view: View, form: DenyForm) -> Outcome:
    proposal = proposal_of(view.records)
    grounds = [proposal.summary] if proposal else []
    grounds += [f"{f.suspicion.kind.label}：经认定属实" for f in upheld_findings(view)]
    denial = Denial(form.reason, tuple(grounds))
    return Outcome("denied", (denial,), (StopClock(),), basis="不予确认，书面说明理由")


def return_case(view: View, form: ReturnForm) -> Outcome:
    to = "returned" if form.to == "assessed" else "reinvestigate"
    if to not in view.stage.next:
        raise Invalid("不能退回到这里", fields=(FieldError("to", "本区流程里不能退回到这里，请选择另一项"),))
    return Outcome(to, (Return(form.to, form.reason),), basis=f"退回：{RETURN_TO[form.to]}")


def open_hearing(view: View, form: OpenHearingForm) -> Outcome:
    proposal = proposal_of(view.records)
    eligible = proposal is not None and proposal.eligible and not upheld_findings(view)
    amount = proposal.amount if proposal and eligible else Decimal(0)
    change = ProposedChange(form.reason, amount, proposal.category if proposal and eligible else "")
    return Outcome("hearing", (change,), basis="拟减少或停发，先听取意见")


def draw_case(_: View, form: DrawnForm) -> Outcome:
    return Outcome(add_marks=frozenset({"drawn"}), basis=f"随机抽中（{form.draw}）")


CONFIRM = Action(
    "confirm", "确认", confirm, ConfirmForm, ("confirmed",), confirmable, duty="confirm", primary=True, asks_first=True,
    consequence="从下月起按核算结果发放，通知申请家庭并公布。",
)  # fmt: skip
DENY = Action(
    "deny", "不予确认", deny, DenyForm, ("denied",), deniable, duty="confirm", asks_first=True,
    consequence="出具不予确认通知书，3 个工作日内送达；申请家庭可以申请行政复议或提起诉讼。",
)  # fmt: skip
HEARING = Action(
    "open_hearing", "转入听取意见", open_hearing, OpenHearingForm, ("hearing",), hearing_due, duty="confirm", asks_first=True,
    consequence="待遇先照发不变；听取意见之后才能作出减少或停发的决定。",
)  # fmt: skip
RETURN = Action(
    "return_case", "退回", return_case, ReturnForm, ("returned", "reinvestigate"), sampled, duty="confirm",
    consequence="连同理由退回，原有材料和意见都保留。",
)  # fmt: skip

DISTRICT_REVIEW = StageType(
    "district_review",
    "区级审核",
    (
        CONFIRM, DENY, HEARING, RETURN,
        Action("send_to_spot_check", "送抽查", send_to_spot_check, ToSpotCheckForm, ("spot_check",), sampled),
        Action("draw_case", "列入抽样", draw_case, DrawnForm),
    ),
    (Confirmation, Denial, Return, ProposedChange, SpotCheckOrder),
)  # fmt: skip

SPOT_CHECK = StageType(
    "spot_check",
    "入户抽查",
    (
        Action(
            "record_spot_check", "记录抽查", record_spot_check, SpotCheckForm, duty="spot_check", primary=True,
        ),
        CONFIRM, DENY, HEARING, RETURN,
    ),
    (SpotCheck,),
)  # fmt: skip
