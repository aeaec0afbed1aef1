"""Written notices to a household, each from the record it tells of: what was decided, why, what can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from core.clock import local_date
from core.documents.papers import NoticePaper, Row
from core.kernel.stage import Record, View
from core.stages.acceptance import Acceptance, Lapse, SupplementNotice
from core.stages.context import case_subject, district
from core.stages.district_review import Confirmation, Denial
from core.stages.findings import findings_of
from core.stages.hearing import GraceDecision, ReductionDecision, TerminationDecision
from core.stages.investigation import NonCooperation
from core.stages.outcome_notices import REMEDIES
from core.stages.verification_notice import VerificationNotice
from core.web.views.papers.wording import day, money, month


def notices(view: View) -> dict[str, NoticePaper]:
    """The written notices that can be printed now, by kind; the latest of each."""
    found = {kind: make(view) for kind, make in _NOTICES.items()}
    return {kind: paper for kind, paper in found.items() if paper is not None}


def _notice(view: View, record: Record, title: str, *sentences: str, **more: object) -> NoticePaper:
    """Dated on the day of the act it tells of, whenever it is printed."""
    filed = next(f for f in view.records.filed if f.record is record)
    return NoticePaper(
        title=title, number=view.process.number, office=district(view).settings.office_name,
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
    record = view.records.last(Confirmation)
    if record is None:
        return None
    rows = [Row(label="保障人数", text=f"{record.persons} 人")]
    if record.category:
        rows.append(Row(label="类别", text=record.category))
    rows += [
        Row(label="每月金额", text=f"{money(record.amount)} 元"),
        Row(label="从何时起", text=f"{record.from_month.year}年{record.from_month.month}月"),
    ]
    return _notice(
        view, record, "最低生活保障确认通知书", "您家的最低生活保障申请，经审核符合条件，予以确认。", rows=tuple(rows),
    )  # fmt: skip


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


_NOTICES: dict[str, Callable[[View], NoticePaper | None]] = {
    "acceptance": _acceptance,
    "supplement": _supplement,
    "lapse": _lapse,
    "non_cooperation": _non_cooperation,
    "verification": _verification,
    "confirmation": _confirmation,
    "denial": _denial,
    "reduction": _reduction,
    "grace": _grace,
    "termination": _termination,
}

KINDS = frozenset(_NOTICES)
"""Every written notice there is."""
