"""The township clerk's completeness check, and the one notice of what is missing.

    submitted --accept--> accepted          the statutory clock starts (57号 22)
    submitted --request_supplement--> supplement --supply--> submitted | --lapse--> lapsed

Missing items are told once, all together (57号 10); what verification can find must not be asked for (SAL 62).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.kernel.clockwork import StartClock
from core.kernel.stage import Action, Blocked, Effect, Outcome, Record, StageType, View
from core.problems import FieldError, Invalid, Refused
from core.registry.elsewhere import Elsewhere
from core.stages.context import case_subject, district
from core.stages.fields import Form, Notes, Papers, Sentence

LOOKED_UP = (
    "房产",
    "车辆",
    "行驶证",
    "存款",
    "银行流水",
    "户口",
    "婚姻",
    "工商",
    "纳税",
    "社保",
    "公积金",
    "残疾证",
)
"""What the office can look up itself, and so may not demand (SAL 62)."""


@dataclass(frozen=True, slots=True)
class ConfirmMembers(Effect):
    """Whom the household named itself goes into the register; who applied by phone is bound to the applicant."""


class AcceptForm(Form, frozen=True):
    notes: Notes = ""


class SupplementForm(Form, frozen=True):
    items: Annotated[
        tuple[Sentence, ...],
        Meta(
            title="缺少的材料",
            description="一次写全，每行一项；能通过核对查到的（房产、车辆、存款等）不得要求提供",
            min_length=1,
            max_length=20,
        ),
    ]
    new_facts: Annotated[
        str,
        Meta(
            title="新情况",
            description="已经通知过一次的，除非出现新情况，不得再次要求补充",
            max_length=500,
            extra={"widget": "textarea"},
        ),
    ] = ""


class SupplyForm(Form, frozen=True):
    papers: Papers = ()
    notes: Notes = ""


class LapseForm(Form, frozen=True):
    notes: Notes = ""


class Acceptance(Record, frozen=True):
    """The receipt handed to the household. `working_days` is the total the office has from that day."""

    working_days: int
    notes: str = ""
    identity_checked: tuple[str, ...] = ()
    """Members the household had named by itself, whose papers the clerk has seen."""


class SupplementNotice(Record, frozen=True):
    items: tuple[str, ...]
    new_facts: str = ""


class Supplement(Record, frozen=True):
    papers: tuple[str, ...]
    notes: str = ""


class Lapse(Record, frozen=True):
    notes: str = ""


_ELSEWHERE = (
    (
        "receiving",
        "正在外县区享受低保",
        "请打电话和那边民政局核对是不是同一个人；确实搬来了的，请那边先停发，停发后这里当天就能受理",
    ),
    (
        "applying",
        "在外县区有一件申请正在办理",
        "请和申请人、那边民政局核实以哪一件为准，那边撤回或办结后，这里当天就能受理",
    ),
)


def not_receiving_elsewhere(view: View) -> Blocked | None:
    subject = case_subject(view)
    if subject.duplicates:
        return Blocked(
            f"{'、'.join(subject.duplicates)}已在另一户享受低保，不能重复受理。",
            "57号 7",
            "请先核实家庭成员，确需变更的先在原家庭办理成员变更",
        )
    if subject.applying:
        named = "、".join(f"{name}（{number}）" for name, number in subject.applying)
        return Blocked(
            f"{named}另有一件申请正在办理，同一个人不能重复受理。",
            "57号 7",
            "请和申请人核实以哪一件为准，另一件由申请人撤回后再受理这一件",
        )
    return standing_elsewhere(subject.elsewhere)


def standing_elsewhere(found: Sequence[Elsewhere]) -> Blocked | None:
    """Why an application is not accepted whose members receive, or apply, in another district of the province."""
    for kind, words, hint in _ELSEWHERE:
        named = "、".join(f"{one.name}（{one.district}）" for one in found if one.kind == kind)
        if named:
            return Blocked(f"{named}{words}，同一个人不能重复受理。", "57号 7", hint)
    return None


def accept(view: View, form: AcceptForm) -> Outcome:
    days = district(view).settings.total_working_days
    return Outcome(
        "accepted",
        (Acceptance(days, form.notes, case_subject(view).claimed),),
        (StartClock(days), ConfirmMembers()),
        basis=f"材料齐全，受理，{days} 个工作日内办结",
    )


def request_supplement(view: View, form: SupplementForm) -> Outcome:
    if view.records.last(SupplementNotice) and not form.new_facts.strip():
        raise Refused(
            "已经发过一次补充材料通知，没有新情况不得再次要求。",
            source="57号 10",
            hint="确有新情况的，请在“新情况”处写明",
        )
    errors = tuple(
        FieldError(
            f"items.{n}", f"“{word}”可以通过核对查到，不得要求申请人提供（社会救助法第62条），请删去这一项"
        )
        for n, item in enumerate(form.items)
        for word in LOOKED_UP
        if word in item
    )
    if errors:
        raise Invalid("有不该让申请人提供的材料", fields=errors)
    return Outcome("supplement", (SupplementNotice(form.items, form.new_facts),), basis="一次性告知补充材料")


def supply(view: View, form: SupplyForm) -> Outcome:
    return Outcome(
        "submitted", (Supplement(form.papers, form.notes),), basis="申请家庭已补充材料", evidence=form.papers
    )


def overdue(view: View) -> Blocked | None:
    due = view.process.stage_due
    if due is not None and view.today > due:
        return None
    return Blocked(f"补充材料的期限到 {due or '（未设）'}，期满未补的才能终止办理。", "57号 10")


def lapse(view: View, form: LapseForm) -> Outcome:
    return Outcome("lapsed", (Lapse(form.notes),), basis="逾期未补充材料")


ACCEPTANCE = StageType(
    "acceptance",
    "受理",
    (
        Action(
            "accept", "受理", accept, AcceptForm, ("accepted",), not_receiving_elsewhere, primary=True,
            consequence="向申请家庭出具受理通知，法定办理期限从今天起算。家庭自己在手机上填的成员，受理就表示身份证件已经核对。",
        ),
        Action(
            "request_supplement", "一次性告知补充材料", request_supplement, SupplementForm, ("supplement",),
            consequence="向申请家庭发出补充材料通知，同一件只能通知一次。",
        ),
    ),
    (Acceptance, SupplementNotice),
)  # fmt: skip

SUPPLEMENT = StageType(
    "supplement",
    "补充材料",
    (
        Action("supply", "提交补充材料", supply, SupplyForm, ("submitted",), party=True, primary=True),
        Action(
            "lapse", "逾期终止", lapse, LapseForm, ("lapsed",), overdue,
            consequence="这份申请按未补充材料终止，申请家庭可以重新申请。",
        ),
    ),
    (Supplement, Lapse),
)  # fmt: skip
