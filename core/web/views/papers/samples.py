"""Every official form filled in for a household that does not exist: what Word templates may name, and their preview.

A sample has every label its form can have. What a form shows and its sample lacks, no template could name: tests compare
the samples with the papers of cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from core.documents.papers import (
    NoticePaper,
    Paper,
    PostingLine,
    PostingPaper,
    Row,
    Section,
    SheetLine,
    SheetPaper,
    WorksheetPaper,
)
from core.documents.word.vocabulary import Vocabulary, vocabulary_of
from core.kernel.forms import describe
from core.rules.assets import Assets
from core.stages.outcome_notices import REMEDIES
from core.web.views.papers.applying import AUTHORISATION, PLEDGE
from core.web.views.papers.dossier import rows
from core.web.views.papers.payroll import ROLL_HEADS

_OFFICE, _DATED, _NUMBER, _NAME = "某某县民政局", "2026年9月10日", "620000-2026-000001", "王某某"
_ENDED = "最低生活保障申请终止办理通知书"
_HEADS = Section(rows=rows(
    ("申请人", _NAME), ("身份证号", "620000********0011"), ("地区", "某某镇某某村一组"), ("家庭人口", "3 人"),
))  # fmt: skip


def _notice(title: str, sentence: str, reason: str = "", *pairs: tuple[str, str]) -> NoticePaper:
    return NoticePaper(
        title=title, office=_OFFICE, dated=_DATED, number=_NUMBER, addressee=_NAME, sentences=(sentence,),
        rows=rows(*pairs), reasons=(reason or "（理由和依据）",), remedies=REMEDIES,
    )  # fmt: skip


def _sheet(title: str, *sections: Section) -> SheetPaper:
    return SheetPaper(title=title, office=_OFFICE, dated=_DATED, number=_NUMBER, sections=(_HEADS, *sections))


def _filled(title: str, *heads: str) -> Section:
    return Section(title=title, heads=heads, lines=(tuple(f"（{head}）" for head in heads),))


def _circumstances() -> tuple[Section, ...]:
    assets = []
    for spec in describe(Assets):
        columns = [f.title for f in spec.nested if f.title and f.widget not in ("group", "rows", "json")]
        assets.append(_filled(f"财产：{spec.title}", *columns))
    return (
        _filled("家庭成员", "姓名", "关系", "年龄", "居住情况", "劳动能力", "残疾", "在校", "重病"),
        _filled("收入", "种类", "谁的", "怎么算的", "金额"), _filled("可扣减的支出", "种类", "谁的", "票据", "金额"),
        _filled("土地", "面积", "用途", "作物", "每亩年租金"),
        _filled("赡养（抚养、扶养）义务人", "姓名", "关系", "赡养谁", "同意核对"), *assets,
    )  # fmt: skip


def _review() -> SheetPaper:
    who = "李某，2026年9月1日"
    return _sheet(
        "最低生活保障审核确认表",
        Section(title="收入核算", rows=rows(
            ("结果", "符合条件，二类，每月 1,326.00 元"), ("家庭年收入", "7,200.00 元"), ("人均年收入", "2,400.00 元"),
            ("人均收入占标准", "0.4301"), ("人均劳动系数", "0.5"), ("按补差计算的月金额", "795.00 元"))),
        Section(title="民主评议", rows=rows(("结果", "通过"), ("计票", "同意 8，不同意 1，弃权 0；到会 9 人，需 6 票"))),
        Section(title="经济状况核对", rows=rows(
            ("报告编号", "HD-000001"), ("数据截至", "2026年8月20日"), ("有效期至", "2027年2月20日"), ("疑点", "没有")),
            heads=("疑点", "结论"), lines=(("车辆", "已排除"),)),
        Section(title="乡镇初审意见", rows=rows(
            ("意见", "拟予确认"), ("类别", "二类"), ("每月金额", "1,326.00 元"), ("审核人", who), ("理由", "（理由）"))),
        Section(title="公示", rows=rows(
            ("公示时间", "2026年9月1日至2026年9月8日"), ("公示地点", "村务公开栏"), ("结束", "2026年9月9日"), ("异议", "0 件"))),
        Section(title="区级审核确认意见", rows=rows(
            ("入户抽查", f"情况一致（{who}）"), ("确认意见", f"予以确认（{who}）"), ("类别", "二类"), ("保障人数", "3 人"),
            ("每月金额", "1,326.00 元"), ("从何时起", "2026年10月"), ("理由", "（不予确认的理由）"))),
    )  # fmt: skip


def _visit() -> SheetPaper:
    return _sheet(
        "入户调查表",
        Section(rows=rows(
            ("调查人", "李某，2026年9月1日"), ("另一名调查人", "赵某"), ("在场家庭成员", _NAME), ("入户照片", "2 份，存电子档案"),
            ("签字的调查表", "1 份，存电子档案"), ("说明", "（说明）"))),
        *_circumstances(), _filled("与申报、档案不一致之处", "项目", "申报", "档案", "入户所见", "处理意见"),
        _filled("邻里访问", "走访的邻里", "了解到的情况", "访问人"),
    )  # fmt: skip


def _worksheet() -> WorksheetPaper:
    return WorksheetPaper(
        title="家庭收入核算书", office=_OFFICE, dated=_DATED, number=_NUMBER,
        heads=(Row(label="申请人", text=_NAME), Row(label="地区", text="某某镇某某村"),
               Row(label="核算期", text="2025年9月1日至2026年8月31日"), Row(label="参数", text="2026 年第 1 版")),
        members=((_NAME, "本人", "46", "0.5", "慢性病"),),
        lines=(SheetLine(label="工资", formula="1,500 × 8", law="57号 13", amount="12,000.00"),),
        steps=("家庭年收入：12,000.00 − 2,400.00 = 9,600.00 元",), result="符合条件，三类，每月 356.00 元",
        reasons=("人均年收入低于标准（57号 5）",),
    )  # fmt: skip


def _papers() -> dict[str, Paper]:
    return {
        "application": _sheet(
            "最低生活保障申请书", Section(title="申请理由", sentences=("（申请理由）",)), *_circumstances(),
            Section(title="材料", rows=rows(("随申请提交", "2 份，存电子档案")))),
        "pledge": _sheet("家庭诚信承诺书", Section(sentences=PLEDGE)),
        "authorisation": _sheet(
            "家庭经济状况核对授权书", Section(rows=rows(("授权书编号", "SQ-000001"))), Section(sentences=AUTHORISATION),
            _filled("授权人", "姓名", "签署日期", "签署人", "签名或按手印　　　　")),
        "acceptance": _notice("最低生活保障申请受理通知书", "您家的申请，材料齐全，已于2026年9月1日受理。"),
        "supplement": _notice("一次性补充材料通知书", "您家的申请还缺少下列材料。", "缺少的材料"),
        "lapse": _notice(_ENDED, "期满没有补齐材料，终止办理。"),
        "non_cooperation": _notice(_ENDED, "因不配合调查核实，终止办理。"),
        "relatives": _sheet(
            "近亲属备案登记表", Section(
                title="申报", heads=("家庭成员", "关系", "近亲属", "属于", "职务"), lines=((_NAME, "兄弟姐妹", "王某", "经办人员", "干事"),),
                sentences=("（没有近亲属时的声明）",)), Section(title="比对所得", sentences=("（比对所得）",))),
        "visit": _visit(),
        "verification": _notice("家庭经济状况核对告知书", "核对中发现下列情况需要您说明。这只是疑点，不是决定。", "车辆：甘L00000"),
        "worksheet": _worksheet(),
        "review": _review(),
        "spot_check": _sheet(
            "入户抽查表", Section(rows=rows(
                ("抽查原因", "近亲属备案"), ("抽查人", "李某，2026年9月1日"), ("另一名抽查人", "赵某"), ("与上报是否一致", "一致"),
                ("抽查照片", "2 份，存电子档案"))), Section(title="抽查情况", sentences=("（抽查情况）",))),
        "confirmation": _notice(
            "最低生活保障确认通知书", "您家的申请，经审核符合条件，予以确认。", "", ("保障人数", "3 人"), ("类别", "二类"),
            ("每月金额", "1,326.00 元"), ("从何时起", "2026年10月")),
        "denial": _notice("不予确认最低生活保障通知书", "您家的申请，经调查审核，不符合条件，决定不予确认。"),
        "increase": _notice(
            "提高最低生活保障待遇通知书", "您家的最低生活保障金自2026年10月起提高，每月发放 1,326.00 元。", "", ("保障人数", "3 人"),
            ("类别", "二类"), ("每月金额", "1,326.00 元（原来每月 890.00 元）"), ("从何时起", "2026年10月")),
        "reduction": _notice("调整最低生活保障待遇决定书", "决定自2026年10月起，每月发放 890.00 元。"),
        "grace": _notice("最低生活保障渐退决定书", "您家收入已超过标准，自2026年10月至2027年3月仍每月发放。"),
        "termination": _notice("停发最低生活保障决定书", "决定自2026年10月起停发最低生活保障。"),
        "grace_sheet": _sheet(
            "渐退期审批表", Section(rows=rows(
                ("家庭人均年收入", "6,080.00 元"), ("低保标准", "5,580.00 元/年"), ("渐退期", "2026年10月至2027年3月"),
                ("每月金额", "1,326.00 元"), ("合计", "7,956.00 元"), ("停发", "自2027年4月起"), ("决定人", "李某"), ("理由", "（理由）"))),
            Section(title="家庭的意见", sentences=("（听取的意见）",))),
        "posting": PostingPaper(
            title="农村最低生活保障公示", office=_OFFICE, dated=_DATED, area="某某镇某某村", sentence="拟将以下家庭纳入最低生活保障，现予公示。",
            lines=(PostingLine(applicant=_NAME, group_name="一组", persons=3, amount="1,326.00", category="二类"),),
            phone="0930-0000000", objection="公示期内如有异议，请向村委会、乡镇民政办反映。"),
        "payroll": SheetPaper(
            title="最低生活保障金发放花名册", office=_OFFICE, dated=_DATED, number="F620000-202610-20261008", sections=(
                Section(rows=rows(("地区", "某某镇"), ("户数", "1 户"), ("人数", "3 人"), ("合计", "1,326.00 元"))),
                Section(heads=ROLL_HEADS, lines=(("1", "某某镇某某村", _NAME, "3", "二类", "1,326.00", ""),)))),
    }  # fmt: skip


SAMPLES: Mapping[str, Paper] = _papers()
"""By the kind that stands in a paper's address, in the order of the process."""

LABELS: Mapping[str, str] = {
    kind: paper.title for kind, paper in SAMPLES.items()
} | {"lapse": f"{_ENDED}（材料没有补齐）", "non_cooperation": f"{_ENDED}（不配合核实）"}  # fmt: skip


@cache
def vocabulary(kind: str) -> Vocabulary:
    """What a template of this form may name. Raises KeyError for a form there is none of."""
    return vocabulary_of(SAMPLES[kind])
