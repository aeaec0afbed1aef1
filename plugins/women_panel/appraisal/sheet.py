"""The minutes of a comprehensive appraisal on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from core.sdk import CHINA, OfficeFacts
from plugins.women_panel.appraisal.weighing import STANCES, AppraisalAnswer, WeighedLine
from plugins.women_panel.names import day_cn
from plugins.women_panel.sheets import PanelSheet, Section, Signed, table


def appraisal_sheet(
    found: AppraisalAnswer,
    notes: str,
    office: OfficeFacts,
    signed: Mapping[UUID, datetime],
    today: date,
    qr: str,
    *,
    draft: bool,
) -> PanelSheet:
    hidden = any(line.hidden for line in found.lines)
    ending = "（草稿）" if draft else "（节录）" if hidden else ""
    opening = (
        f"{found.opened} 在{found.place}召开第 {found.number} 次综合评议，参加 {len(found.participants)} 人。"
        f"逐户综合收入、劳动能力和民主评议结果，提出意见。评议与核算不一致 {found.variances} 户。"
    )
    sections = [
        Section(sentences=(opening, *((f"综合意见：{notes}",) if notes else ()))),
        table(
            "逐户意见",
            [("申请人、编号", 5), ("人口", 2), ("家庭年收入", 4), ("劳动系数", 2), ("民主评议", 4), ("意见", 3), ("理由", 7)],
            (_row(line) for line in found.lines),
        ),
    ]  # fmt: skip
    recused = [
        (line.applicant, "、".join(line.recused)) for line in found.lines if line.recused and not line.hidden
    ]
    if recused:
        sections.append(table("回避", [("申请人", 3), ("回避的人", 7)], recused))
    variances = [(line.applicant, line.variance) for line in found.lines if line.variance]
    if variances:
        sections.append(table("评议与核算不一致", [("申请人", 3), ("说明", 9)], variances))
    lines = tuple(Signed(t.role, t.name, _signed(signed, t.account_id)) for t in found.participants)
    return PanelSheet(
        title=f"综合评议记录{ending}", office=office.name, dated=day_cn(today),
        number=f"{found.round_number}-Z{found.number}", qr=qr, area=found.village, sections=tuple(sections),
        signatures=lines, note=f"意见供参考，不作为决定。本记录内容的 SHA-256：{found.digest}。",
    )  # fmt: skip


def _row(line: WeighedLine) -> tuple[str, ...]:
    who = f"{line.applicant}\n{line.number}"
    if line.hidden:
        return (who, "", "", "", "", "", "您回避这一户")
    vote = f"{line.ballot}\n{line.agree}–{line.disagree}–{line.abstain}" if line.ballot else "—"
    return (
        who, str(line.persons or "—"), line.total or "—", line.labour_index or "—", vote,
        STANCES[line.stance] if line.stance else "—", line.reason,
    )  # fmt: skip


def _signed(signed: Mapping[UUID, datetime], account: UUID | None) -> str:
    if account is None or account not in signed:
        return ""
    return f"{signed[account].astimezone(CHINA):%Y-%m-%d %H:%M} 手机签名"
