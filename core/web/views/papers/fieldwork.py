"""What is written at the household's door: the home-visit survey and the spot check."""

from __future__ import annotations

from core.documents.papers import Section, SheetPaper
from core.stages.district_review import SpotCheck, must_visit
from core.stages.home_visit import HomeVisit
from core.stages.investigation import NeighbourInquiry
from core.web.views.papers.dossier import Dossier, photos, rows
from core.web.views.papers.household import circumstances


def visit(dossier: Dossier) -> SheetPaper | None:
    """The survey of two or more investigators; both sides sign (57号 16)."""
    view = dossier.view
    record = view.records.last(HomeVisit)
    if record is None:
        return None
    differences = tuple((d.field, d.declared, d.archived, d.visited, d.reason) for d in record.differences)
    inquiries = tuple(
        ("、".join(i.neighbours), i.notes, dossier.by(i)) for i in view.records.all(NeighbourInquiry)
    )
    return dossier.sheet(
        record, "入户调查表",
        Section(rows=rows(
            ("调查人", dossier.by(record)), ("另一名调查人", dossier.name(record.second_investigator)),
            ("在场家庭成员", record.interviewee), ("入户照片", photos(len(record.photos))),
            ("签字的调查表", photos(len(record.signatures))), ("说明", record.notes),
        )),
        *circumstances(dossier, record.facts, view.today),
        Section(title="与申报、档案不一致之处", heads=("项目", "申报", "档案", "入户所见", "处理意见"), lines=differences),
        Section(title="邻里访问", heads=("走访的邻里", "了解到的情况", "访问人"), lines=inquiries),
        signers=("调查人", "调查人", "被调查家庭成员（签名或按手印）", "村（居）委会在场人员"), sealed=False,
    )  # fmt: skip


def spot_check(dossier: Dossier) -> SheetPaper | None:
    view = dossier.view
    record = view.records.last(SpotCheck)
    if record is None:
        return None
    return dossier.sheet(
        record, "入户抽查表",
        Section(rows=rows(
            ("抽查原因", "、".join(must_visit(view)) or "区级决定"), ("抽查人", dossier.by(record)),
            ("另一名抽查人", dossier.name(record.second_checker)),
            ("与上报是否一致", "一致" if record.agrees else "不一致"), ("抽查照片", photos(len(record.photos))),
        )),
        Section(title="抽查情况", sentences=(record.findings,)),
        signers=("抽查人", "抽查人", "家庭成员（签名或按手印）"),
    )  # fmt: skip
