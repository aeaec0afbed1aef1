"""What can be done at any open stage: complaints, a longer total with a reason, an override of recusal, reported change.

any open stage --stay-->                    an override is the district's alone, reasoned, and stands in the journal
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from core.kernel.clockwork import ExtendClock
from core.kernel.deadline import EXTENDED_TOTAL, ExtensionReason
from core.kernel.stage import Action, Blocked, Effect, Outcome, Record, StageType, View
from core.stages.fields import Account, Form, Papers, Reason


class Channel(StrEnum):
    ONLINE = "online"
    PHONE = "phone"
    IN_PERSON = "in_person"
    LETTER = "letter"


CAUSES = {reason: reason.label for reason in ExtensionReason if reason is not ExtensionReason.OBJECTION}
CHANNELS = {
    Channel.ONLINE: "网上",
    Channel.PHONE: "电话",
    Channel.IN_PERSON: "当面",
    Channel.LETTER: "信件",
}


TellersPhone = Annotated[
    str,
    Meta(
        title="反映人的手机号", description="可以不写；写了的，有了答复发短信告诉本人",
        pattern="^(1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8})?$",
        extra={"widget": "phone", "message": "请填写 11 位手机号，或带区号的固定电话"},
    ),
]  # fmt: skip


class OverrideForm(Form, frozen=True):
    account: Annotated[Account, Meta(title="准予参加的人员", extra={"office": "known"})]
    reason: Reason


class ExtendForm(Form, frozen=True):
    cause: Annotated[ExtensionReason, Meta(title="延长事由", extra={"labels": CAUSES})]
    reason: Reason


class ComplaintForm(Form, frozen=True):
    channel: Annotated[Channel, Meta(title="渠道", extra={"labels": CHANNELS})]
    content: Annotated[
        str, Meta(title="反映的问题", min_length=4, max_length=2000, extra={"widget": "textarea"})
    ]
    reporter: Annotated[
        str, Meta(title="反映人", description="可以不写（匿名）；写了的逐件答复，对外保密", max_length=50)
    ] = ""
    phone: TellersPhone = ""
    papers: Papers = ()


class NoteForm(Form, frozen=True):
    """Filled in by the register alone."""

    number: Annotated[str, Meta(title="编号", max_length=40)]
    outcome: Annotated[str, Meta(title="核查结果", max_length=20)] = ""


class RecusalOverride(Record, frozen=True):
    account: UUID
    reason: str


class Extension(Record, frozen=True):
    cause: str
    reason: str


class Complaint(Record, frozen=True):
    """That there is a complaint. What it says and who made it lie in the register, for those who answer it (57号 37).

    Files from before the register have `content` and `reporter` here.
    """

    channel: str
    content: str = ""
    reporter: str = ""
    papers: tuple[str, ...] = ()
    number: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class EnterComplaint(Effect):
    """Told to a clerk on the case: into the register of complaints. `about` is "household" or "posting"."""

    about: str
    channel: str
    content: str
    name: str
    phone: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerObjections(Effect):
    """The objections to the case's posting are answered: whoever made them reads this with their receipt."""

    reply: str
    well_founded: bool


def unnamed(text: str, name: str, phone: str) -> str:
    """What somebody told, as others may read it: without the name and phone they gave. As long as before."""
    for own in filter(lambda own: len(own) > 1, (name.strip(), phone)):
        text = text.replace(own, "某" * len(own))
    return text


def override_recusal(view: View, form: OverrideForm) -> Outcome:
    return Outcome(records=(RecusalOverride(form.account, form.reason),), basis=f"准予例外：{form.reason}")


def clock_runs(view: View) -> Blocked | None:
    return (
        None if view.process.accepted_on else Blocked("还没有受理，办理期限尚未起算，不需要延长。", "57号 22")
    )


def extend_deadline(view: View, form: ExtendForm) -> Outcome:
    return Outcome(
        records=(Extension(form.cause, form.reason),),
        effects=(ExtendClock(EXTENDED_TOTAL),),
        basis=f"延长至 {EXTENDED_TOTAL} 个工作日：{form.cause.label}",
    )


def register_complaint(view: View, form: ComplaintForm) -> Outcome:
    return Outcome(
        records=(Complaint(form.channel),),
        effects=(
            EnterComplaint("household", form.channel, form.content, form.reporter, form.phone, form.papers),
        ),
        add_marks=frozenset({"complaint"}),
        basis=f"登记投诉举报（{CHANNELS[form.channel]}）",
    )


def note_complaint(view: View, form: NoteForm) -> Outcome:
    """From the register: there is a complaint about this household, or it was answered."""
    what = "投诉举报已经核查答复" if form.outcome else "收到投诉举报，由投诉举报登记另行核查"
    return Outcome(
        records=(Complaint("", number=form.number, outcome=form.outcome),),
        add_marks=frozenset({"complaint"}),
        basis=f"{what}（{form.number}）",
    )


SUPERVISION = StageType(
    "supervision",
    "监督",
    (
        Action(
            "register_complaint", "登记投诉举报", register_complaint, ComplaintForm, always=True,
            help="有投诉的家庭，区级必须入户抽查（57号 20）",
        ),
        Action("note_complaint", "记入投诉举报", note_complaint, NoteForm, always=True),
        Action(
            "extend_deadline", "延长办理期限", extend_deadline, ExtendForm, guard=clock_runs, always=True,
            consequence="总期限从受理之日起延长到 45 个工作日，并写明事由。",
        ),
        Action(
            "override_recusal", "准予例外参加", override_recusal, OverrideForm, always=True,
            consequence="这名人员尽管是近亲属，仍可在这一户办理；理由写入记录，任何人都查得到。",
        ),
    ),
    (RecusalOverride, Extension, Complaint),
)  # fmt: skip
