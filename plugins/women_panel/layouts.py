"""What of the panel's papers a district may lay out its own way, each with a sample as our own builders fill it in.

Slips are not among them: all are alike, and nothing may tell one from another.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from core.sdk import OfficeFacts
from core.sdk.documents import PrintedForm
from plugins.women_panel.answers import MemberLine
from plugins.women_panel.appraisal.sheet import appraisal_sheet
from plugins.women_panel.appraisal.weighing import AppraisalAnswer, Taker, WeighedLine
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.formation.answers import (
    FormationAnswer,
    Meeting,
    NomineeLine,
    NoticeLine,
    PanelChangeLine,
    Sitting,
    Watcher,
)
from plugins.women_panel.formation.papers import PAPERS, paper_of
from plugins.women_panel.meeting.papers import attendance_sheet
from plugins.women_panel.minutes.content import Content, MinutesHousehold, Noted
from plugins.women_panel.minutes.sheet import Signs, minutes_sheet
from plugins.women_panel.records import Session
from plugins.women_panel.sheets import PanelSheet

_DAY, _DATED, _NUMBER, _VILLAGE = date(2026, 9, 10), "2026年9月10日", "620000-2026-000001", "某某镇某某村"
_OFFICE, _NOBODY = OfficeFacts("某某县民政局", "0930-0000000"), UUID(int=0)
_NOTED = (Noted("2026-09-10 19:00", "李某某", "（说明）"),)


def _minutes() -> PanelSheet:
    household = MinutesHousehold(
        case_id=_NOBODY, number=_NUMBER, title="王某某家庭", state="closed", recused=("赵某某",), attempts=2, on_paper=True,
        voted=8, result="通过", roster=11, eligible=10, quorum=7, present=8, needed=6, agree=7, disagree=1, abstain=0,
        reasons={"情况属实": 2}, record="0" * 64, entered=("李某某", "张某某"),
    )  # fmt: skip
    content = Content(
        number=f"{_NUMBER}-1", village=_VILLAGE, session=1, opened="2026-09-10 19:00", closed="2026-09-10 21:00", host="李某某",
        rule="到会超过三分之二，同意超过到会的三分之二", seed="0" * 16, present=("张某某",), left=("周某某",), absent=("吴某某",),
        removed=("郑某某",), observers=("冯某某",), households=(household,), arrivals=_NOTED, pauses=_NOTED, notes=_NOTED,
        recounts=_NOTED, sheets=("0" * 64,), signers=((_NOBODY, "评议小组成员", "张某某"),),
    )  # fmt: skip
    return minutes_sheet(
        content, _OFFICE, Signs({}, {}, ("0" * 64,)), dated=_DATED, draft=False, digest="0" * 64
    )


def _appraisal() -> PanelSheet:
    line = WeighedLine(
        case_id=_NOBODY, number=_NUMBER, applicant="王某某", persons=3, total="7,200.00", per_capita="2,400.00",
        standard="5,580.00", labour_index="0.5", eligible=True, ballot="通过", agree=7, disagree=1,
        variance="评议与核算不一致", stance="include", reason="（理由）", recused=("赵某某",),
    )  # fmt: skip
    found = AppraisalAnswer(
        id=_NOBODY, round_id=_NOBODY, round_number=_NUMBER, village=_VILLAGE, number=1, place="村委会", opened=_DATED,
        at_stage=True, may_lead=True, participants=(Taker("李某某", "主持人", None),), lines=(line,), digest="0" * 64,
    )  # fmt: skip
    return appraisal_sheet(found, "（综合意见）", _OFFICE, {}, _DAY, "", draft=False)


def _attendance() -> PanelSheet:
    opened = datetime(2026, 9, 10, 11, tzinfo=UTC)
    session = Session(
        _NOBODY, _NOBODY, 1, "620000000000", "open", "0" * 16, PanelConfig(), opened, _NOBODY, None
    )
    return attendance_sheet(
        session, _VILLAGE, [MemberLine(_NOBODY, "张某某", True, False)], ["冯某某"], _OFFICE
    )


def _formation() -> FormationAnswer:
    elected = NomineeLine(
        "张某某", "一组", (), "王某某", "女", "同意", True, standing="elected", place=1, votes=60
    )
    follows = NomineeLine(
        "孙某某", "二组", (), "王某某", "女", "同意", True, standing="substitute", place=1, votes=20
    )
    return FormationAnswer(
        round_id=_NOBODY, number=_NUMBER, village=_VILLAGE, state="", size_min=9, size_max=15, ordinary_share="三分之二",
        ordinary_needed=6, excluded_posts=("村“两委”成员",), notice=NoticeLine(_DAY, "村委会", _DAY, 9),
        nominees=(elected, follows), meeting=Meeting(_DAY, "村委会", "李某某", "赵某某、钱某某", 9, 100, 80, 80, 78),
        watchers=(Watcher(_NOBODY, "冯某某", "乡镇"),), relations=(), members=(Sitting(_NOBODY, "张某某", True),),
        substitutes=("孙某某",), changes=(PanelChangeLine("周某某", "外出务工", "孙某某"),), formed_on=_DAY, term_ends=_DAY,
        short=False, women_only=True, vacancies=0, forming=True, announced=True, waiting=False, silent=(), goes_on=False,
    )  # fmt: skip


FORMS = (
    *(PrintedForm(kind, paper_of(kind, _formation(), _OFFICE, _DAY, "")) for kind in PAPERS),
    PrintedForm("attendance", _attendance()),
    PrintedForm("minutes", _minutes()),
    PrintedForm("appraisal", _appraisal()),
)
