"""What offices sign: near-relative registration, the review and confirmation sheet, the grace-exit sheet."""

from __future__ import annotations

from collections.abc import Iterator

from core.documents.papers import Row, Section, SheetPaper
from core.stages.assessment import OPINIONS, InitialOpinion
from core.stages.ballot import BALLOT_LABELS, ballot_of
from core.stages.calculation import Calculation, summary_of
from core.stages.district_review import Confirmation, Denial, SpotCheck
from core.stages.findings import findings_of, report_of
from core.stages.hearing import GraceDecision, Hearing
from core.stages.posting import Objection, PostingEnd, PostingStart
from core.stages.relatives import OFFICES, RELATIONS, RelativeDeclaration, RelativeRegistration
from core.web.views.papers.dossier import Dossier, rows
from core.web.views.papers.wording import day, money, month


def relatives(dossier: Dossier) -> SheetPaper | None:
    """Near relatives of staff and of the village committee, registered separately (57号 11)."""
    view = dossier.view
    record = view.records.last(RelativeDeclaration)
    if record is None:
        return None
    lines = tuple(
        (dossier.name(r.member), RELATIONS[r.relation], r.relative, OFFICES[r.office], r.position)
        for r in record.relatives
    )
    found = view.records.last(RelativeRegistration)
    return dossier.sheet(
        record, "近亲属备案登记表",
        Section(title="申报", heads=("家庭成员", "关系", "近亲属", "属于", "职务"), lines=lines,
                sentences=() if lines else ("声明没有近亲属是经办人员、村（居）委会成员或评议小组成员。",)),
        Section(title="比对所得", sentences=tuple(found.lines) if found else ()),
        signers=("申请人（签名或按手印）", "经办人"),
    )  # fmt: skip


def review(dossier: Dossier) -> SheetPaper | None:
    """Everything the decision rests on, one level after the other, on one sheet (57号 18–21)."""
    record = dossier.view.records.last(InitialOpinion)
    if record is None:
        return None
    return dossier.sheet(
        record, "最低生活保障审核确认表", *_findings(dossier), *_township(dossier, record), *_posting(dossier),
        *_district(dossier), signers=("乡镇审核人", "乡镇负责人", "区级审核人", "区级负责人"),
    )  # fmt: skip


def _findings(dossier: Dossier) -> Iterator[Section]:
    view = dossier.view
    calculation, ballot, report = (
        view.records.last(Calculation),
        ballot_of(view.records),
        report_of(view.records),
    )
    if calculation is not None:
        steps = calculation.file.worksheet.steps
        yield Section(
            title="收入核算",
            rows=(
                Row(label="结果", text=summary_of(calculation.file.decision)),
                *(Row(label=s.label, text=s.result) for s in steps),
            ),
        )
    if ballot is not None:
        needed = f"，需 {ballot.needed} 票" if ballot.needed else "，按平均分"
        counted = f"同意 {ballot.agree}，不同意 {ballot.disagree}，弃权 {ballot.abstain}；到会 {ballot.present} 人{needed}"
        yield Section(
            title="民主评议（供参考，不作决定）",
            rows=rows(("结果", BALLOT_LABELS[ballot.result]), ("计票", counted)),
        )
    if report is not None:
        lines = tuple(
            (f.suspicion.kind.label, {"open": "待说明", "cleared": "已排除", "upheld": "属实"}[f.status])
            for f in findings_of(view)
        )
        yield Section(
            title="经济状况核对", heads=("疑点", "结论") if lines else (), lines=lines,
            rows=rows(("报告编号", report.number), ("数据截至", day(report.as_of)), ("有效期至", day(report.valid_until)),
                      ("疑点", "" if lines else "没有")),
        )  # fmt: skip


def _township(dossier: Dossier, record: InitialOpinion) -> Iterator[Section]:
    yield Section(
        title="乡镇初审意见",
        rows=rows(
            ("意见", OPINIONS[record.opinion]), ("类别", record.category), ("每月金额", f"{money(record.amount)} 元"),
            ("审核人", dossier.by(record)), ("理由", record.reason),
        ),
    )  # fmt: skip


def _posting(dossier: Dossier) -> Iterator[Section]:
    records = dossier.view.records
    started, ended = records.last(PostingStart), records.last(PostingEnd)
    if started is not None:
        yield Section(
            title="公示",
            rows=rows(
                ("公示时间", f"{day(started.starts_on)}至{day(started.ends_on)}"), ("公示地点", started.places),
                ("结束", day(ended.ended_on) if ended else ""), ("异议", f"{len(records.all(Objection))} 件"),
            ),
        )  # fmt: skip


def _district(dossier: Dossier) -> Iterator[Section]:
    records = dossier.view.records
    check, confirmed, denied = records.last(SpotCheck), records.last(Confirmation), records.last(Denial)
    said: list[tuple[str, str]] = []
    if check is not None:
        said.append(("入户抽查", f"{'情况一致' if check.agrees else '情况不一致'}（{dossier.by(check)}）"))
    if confirmed is not None:
        said += [
            ("确认意见", f"予以确认（{dossier.by(confirmed)}）"), ("类别", confirmed.category), ("保障人数", f"{confirmed.persons} 人"),
            ("每月金额", f"{money(confirmed.amount)} 元"), ("从何时起", month(confirmed.from_month)),
        ]  # fmt: skip
    if denied is not None:
        said += [("确认意见", f"不予确认（{dossier.by(denied)}）"), ("理由", denied.reason)]
    yield Section(title="区级审核确认意见", rows=rows(*said))


def grace(dossier: Dossier) -> SheetPaper | None:
    """How a household leaves with time to stand on its own feet (57号 33)."""
    view = dossier.view
    record, hearing = view.records.last(GraceDecision), view.records.last(Hearing)
    if record is None:
        return None
    calculation = view.records.last(Calculation)
    totals = calculation.file.worksheet.totals if calculation else None
    return dossier.sheet(
        record, "渐退期审批表",
        Section(rows=rows(
            ("家庭人均年收入", f"{money(totals.per_capita)} 元" if totals else ""),
            ("低保标准", f"{money(totals.standard)} 元/年" if totals else ""),
            ("渐退期", f"{month(record.first_month)}至{month(record.last_month)}"),
            ("每月金额", f"{money(record.amount)} 元"), ("合计", f"{money(record.total)} 元"),
            ("停发", f"自{month(record.ends_from)}起"), ("决定人", dossier.by(record)), ("理由", record.reason),
        )),
        Section(title="家庭的意见", sentences=(f"{day(hearing.held_on)}，{hearing.present}：{hearing.said}",) if hearing else ()),
        signers=("经办人", "区级负责人", "家庭成员（签名或按手印）"),
    )  # fmt: skip
