"""Written notices to a household, each from the record it tells of: what was decided, why, what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from core.clock import local_date
from core.documents.papers import NoticePaper, Row
from core.kernel.stage import Record, View
from core.stages.acceptance import Acceptance, Lapse, SupplementNotice
from core.stages.context import case_subject
from core.stages.district_review import Confirmation, Denial
from core.stages.findings import findings_of
from core.stages.hearing import GraceDecision, ReductionDecision, TerminationDecision
from core.stages.investigation import NonCooperation
from core.stages.monitoring import EndedWithoutHearing, ReviewConclusion, WayOut
from core.stages.outcome_notices import REMEDIES
from core.stages.verification_notice import VerificationNotice
from core.web.views.overview import month_before
from core.web.views.papers.wording import day, money, month


def notices(view: View) -> dict[str, NoticePaper]:
    """The written notices that can be printed now, by kind; the latest of each."""
    found = {kind: make(view) for kind, make in _NOTICES.items()}
    return {kind: paper for kind, paper in found.items() if paper is not None}


def _notice(view: View, record: Record, title: str, *sentences: str, **more: object) -> NoticePaper:
    """Dated on the day of the act it tells of, whenever it is printed; who issues it is said by its kind (`issuing`)."""
    filed = next(f for f in view.records.filed if f.record is record)
    return NoticePaper(
        title=title, number=view.process.number, office="",
        dated=day(local_date(filed.at)),
        addressee=case_subject(view).household.applicant.person.name, sentences=sentences, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _acceptance(view: View) -> NoticePaper | None:
    record, accepted = view.records.last(Acceptance), view.process.accepted_on
    if record is None or accepted is None:
        return None
    due = f"，最迟于 {day(view.process.total_due)} 前办结" if view.process.total_due else ""
    return _notice(
        view, record, "最低生活保障申请受理通知书",
        f"您家的最低生活保障申请，材料齐全，已于{day(accepted)}受理。我们将入户调查、核对家庭经济状况，"
        f"自受理之日起 {record.working_days} 个工作日内办结{due}。",
    )  # fmt: skip


def _supplement(view: View) -> NoticePaper | None:
    record = view.records.last(SupplementNotice)
    if record is None:
        return None
    due = view.process.stage_due if view.stage.type == "supplement" else None
    until = f"请于{day(due)}前补齐。" if due else "请尽快补齐。"
    return _notice(
        view, record, "一次性补充材料通知书", f"您家的最低生活保障申请还缺少下列材料，一次性告知如下，{until}",
        reasons=record.items,
    )  # fmt: skip


def _verification(view: View) -> NoticePaper | None:
    record = view.records.last(VerificationNotice)
    if record is None:
        return None
    told = set(record.findings)
    items = tuple(f"{f.suspicion.kind.label}：{f.suspicion.item}" for f in findings_of(view) if f.id in told)
    return _notice(
        view, record, "家庭经济状况核对告知书",
        f"核对中发现下列情况需要您说明。这只是疑点，不是决定。请于{day(record.answer_by)}前说明并提供凭证，可以申请复查。",
        reasons=items,
    )  # fmt: skip


def _confirmation(view: View) -> NoticePaper | None:
    """Of the decision on the application; what a review raises later has a notice of its own."""
    raised = _raised(view)
    found = [f for f in view.records.filed if isinstance(f.record, Confirmation) and f.seq not in raised]
    if not found:
        return None
    record = found[-1].record
    assert isinstance(record, Confirmation)
    return _notice(
        view, record, "最低生活保障确认通知书", "您家的最低生活保障申请，经审核符合条件，予以确认。", rows=_paid(record),
    )  # fmt: skip


def _raised(view: View) -> dict[int, ReviewConclusion]:
    """Reviews that raised the allowance, by the step that did."""
    concluded = ((f.seq, f.record) for f in view.records.filed if isinstance(f.record, ReviewConclusion))
    return {seq: record for seq, record in concluded if record.outcome == "increase"}


def _paid(record: Confirmation, before: Decimal | None = None) -> tuple[Row, ...]:
    was = f"（原来每月 {money(before)} 元）" if before is not None else ""
    return (
        Row(label="保障人数", text=f"{record.persons} 人"),
        *((Row(label="类别", text=record.category),) if record.category else ()),
        Row(label="每月金额", text=f"{money(record.amount)} 元{was}"),
        Row(label="从何时起", text=month(record.from_month)),
    )


def _increase(view: View) -> NoticePaper | None:
    """A review found that the household is to get more (57号 31: 增发)."""
    raised = _raised(view)
    found = [f for f in view.records.filed if isinstance(f.record, Confirmation) and f.seq in raised]
    if not found:
        return None
    record = found[-1].record
    assert isinstance(record, Confirmation)
    return _notice(
        view, record, "提高最低生活保障待遇通知书",
        f"经复核，您家的最低生活保障金自{month(record.from_month)}起提高，每月发放 {money(record.amount)} 元。",
        rows=_paid(record, _amount_before(view, found[-1].seq)), reasons=(raised[found[-1].seq].reason,),
        remedies=REMEDIES,
    )  # fmt: skip


def _amount_before(view: View, seq: int) -> Decimal | None:
    """What was decided before that step; None: nothing on this case."""
    decided = [
        f.record.amount
        for f in view.records.filed
        if f.seq < seq and isinstance(f.record, Confirmation | ReductionDecision)
    ]
    return decided[-1] if decided else None


def _denial(view: View) -> NoticePaper | None:
    record = view.records.last(Denial)
    if record is None:
        return None
    return _notice(
        view, record, "不予确认最低生活保障通知书", "您家的最低生活保障申请，经调查审核，不符合条件，决定不予确认。",
        reasons=(record.reason, *record.grounds), remedies=REMEDIES,
    )  # fmt: skip


def _lapse(view: View) -> NoticePaper | None:
    record, told = view.records.last(Lapse), view.records.last(SupplementNotice)
    if record is None:
        return None
    missing = told.items if told else ()
    return _notice(
        view, record, "最低生活保障申请终止办理通知书",
        "您家的最低生活保障申请，期满没有补齐一次性告知的材料，终止办理。材料齐备后可以随时重新申请。",
        reasons=(*(f"缺少：{item}" for item in missing), *((record.notes,) if record.notes else ())),
        remedies=REMEDIES,
    )  # fmt: skip


def _non_cooperation(view: View) -> NoticePaper | None:
    record = view.records.last(NonCooperation)
    if record is None:
        return None
    return _notice(
        view, record, "最低生活保障申请终止办理通知书",
        "您家的最低生活保障申请，因不配合调查核实，终止办理。愿意配合的可以随时重新申请。",
        reasons=(record.reason,), remedies=REMEDIES,
    )  # fmt: skip


def _reduction(view: View) -> NoticePaper | None:
    record = view.records.last(ReductionDecision)
    if record is None:
        return None
    return _notice(
        view, record, "调整最低生活保障待遇决定书",
        f"经复核并听取您家的意见，决定自{month(record.from_month)}起，每月发放 {money(record.amount)} 元。",
        reasons=(record.reason,), remedies=record.remedies,
    )  # fmt: skip


def _grace(view: View) -> NoticePaper | None:
    record = view.records.last(GraceDecision)
    if record is None:
        return None
    return _notice(
        view, record, "最低生活保障渐退决定书",
        f"经复核并听取您家的意见，您家收入已超过标准。自{month(record.first_month)}至{month(record.last_month)}，"
        f"仍每月发放 {money(record.amount)} 元，共 {money(record.total)} 元；自{month(record.ends_from)}起停发。",
        reasons=(record.reason,), remedies=record.remedies,
    )  # fmt: skip


def _termination(view: View) -> NoticePaper | None:
    """However it ended last: decided after a hearing, by the last member's death, or by a signed waiver (SAL 48)."""
    heard, unheard = (
        view.records.last_filed(TerminationDecision),
        view.records.last_filed(EndedWithoutHearing),
    )
    if unheard is not None and (heard is None or unheard.seq > heard.seq):
        ended = unheard.record
        assert isinstance(ended, EndedWithoutHearing)
        return _after_death(view, ended) if ended.way == WayOut.DEATH else _after_waiver(view, ended)
    record = view.records.last(TerminationDecision)
    if record is None:
        return None
    advice = (
        ("您家可以登记为低保边缘家庭，仍可申请医疗、教育等专项救助。",) if record.marginal_suggested else ()
    )
    return _notice(
        view, record, "停发最低生活保障决定书",
        f"经复核并听取您家的意见，决定自{month(record.from_month)}起停发最低生活保障。", *advice,
        reasons=(record.reason,), remedies=record.remedies,
    )  # fmt: skip


def _after_death(view: View, record: EndedWithoutHearing) -> NoticePaper:
    """To those who are left: it says so, and asks nothing of the dead."""
    name = case_subject(view).household.applicant.person.name
    paper = _notice(
        view, record, "终止最低生活保障通知书",
        f"{name}已经去世，户内没有其他共同生活的成员。我们向您表示慰问。",
        f"该户的最低生活保障金发放到{month(month_before(record.from_month))}，自{month(record.from_month)}起不再发放。"
        "办理后事有困难的，可以到乡镇民政办询问临时救助。",
        reasons=("户内最后一名成员去世，凭死亡证明办理（社会救助法 48）", *_noted(record)), remedies=REMEDIES,
    )  # fmt: skip
    return msgspec.structs.replace(paper, addressee=f"{name}的亲属")


def _after_waiver(view: View, record: EndedWithoutHearing) -> NoticePaper:
    return _notice(
        view, record, "终止最低生活保障通知书",
        f"按您家签字的退出书，您家自愿退出最低生活保障，自{month(record.from_month)}起不再发放。",
        "退出是您家自己的决定，不影响以后：生活有困难的，可以随时重新申请，也可以申请临时救助和其他专项救助。",
        reasons=("本人签字自愿退出，凭签字的退出书办理（社会救助法 48）", *_noted(record)), remedies=REMEDIES,
    )  # fmt: skip


def _noted(record: EndedWithoutHearing) -> tuple[str, ...]:
    return (record.notes,) if record.notes else ()


_NOTICES: dict[str, Callable[[View], NoticePaper | None]] = {
    "acceptance": _acceptance,
    "supplement": _supplement,
    "lapse": _lapse,
    "non_cooperation": _non_cooperation,
    "verification": _verification,
    "confirmation": _confirmation,
    "denial": _denial,
    "increase": _increase,
    "reduction": _reduction,
    "grace": _grace,
    "termination": _termination,
}

KINDS = frozenset(_NOTICES)
"""Every written notice there is."""
