"""The minutes on paper: every element of them, as one sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.sdk import CHINA, OfficeFacts
from plugins.women_panel.agendas import STATES
from plugins.women_panel.minutes.content import Content, MinutesHousehold
from plugins.women_panel.sheets import PanelSheet, Section, Signed, table


@dataclass(frozen=True, slots=True)
class Signs:
    """Who signed this very content and when, why somebody did not, and photographs of what was signed on paper (SHA-256)."""

    signed: Mapping[UUID, datetime]
    unsigned: Mapping[UUID, str] = field(default_factory=dict)
    papers: tuple[str, ...] = ()

    def of(self, account: UUID) -> str:
        """What stands behind a name; nothing where there is a line for the pen."""
        if account in self.signed:
            return f"{self.signed[account].astimezone(CHINA):%Y-%m-%d %H:%M} 手机签名"
        return f"没有签名：{self.unsigned[account]}" if account in self.unsigned else ""


def minutes_sheet(
    content: Content,
    office: OfficeFacts,
    signs: Signs,
    *,
    dated: str,
    draft: bool,
    digest: str,
    qr: str = "",
) -> PanelSheet:
    """The others find a line for the pen. `digest` is of the whole content, also on an extract of it: what people signed."""
    hidden = any(h.hidden for h in content.households)
    ending = "（草稿）" if draft else "（节录）" if hidden else ""
    sections = [
        Section(sentences=_opening(content)),
        table("到会情况", [("", 2), ("人数", 1), ("姓名", 7)], _people(content)),
        table(
            "逐户评议", [("次序", 2), ("申请人、编号", 7), ("小组−回避=应到", 4), ("实到／法定", 3), ("同意（需）", 3),
                     ("不同意", 2), ("弃权", 2), ("结果", 4)],
            (_line(place, h) for place, h in enumerate(content.households, 1)),
        ),
        *_more(content),
    ]  # fmt: skip
    lines = tuple(Signed(role, name, signs.of(account)) for account, role, name in content.signers)
    return PanelSheet(
        title=f"民主评议会议记录{ending}", office=office.name, dated=dated, number=content.number, qr=qr,
        area=content.village, sections=tuple(sections), signatures=lines, note=_note(content, signs.papers, digest),
    )  # fmt: skip


def _opening(content: Content) -> tuple[str, ...]:
    return (
        f"第 {content.session} 次评议会，{content.opened} 开始，{content.closed or '尚未'} 结束，主持人 {content.host}。",
        f"表决规则：{content.rule}。无记名投票，评议结果供参考，不作为决定（社会救助法第五条、第四十四条）。",
    )


def _people(content: Content) -> list[tuple[str, ...]]:
    groups = [("到会成员", content.present), ("中途离会的成员", content.left), ("未到会成员", content.absent), ("退出的成员", content.removed),
              ("监督员", content.observers)]  # fmt: skip
    return [
        (label, str(len(names)), "、".join(names) or "—")
        for label, names in groups
        if names or label not in ("退出的成员", "中途离会的成员")
    ]


def _line(place: int, h: MinutesHousehold) -> tuple[str, ...]:
    who = f"{h.title}\n{h.number}"
    if h.hidden:
        return (str(place), who, "", "", "", "", "", "您回避这一户")
    if not h.result:
        return (str(place), who, "", "", "", "", "", STATES[h.state])
    said = h.result + (f"，均分 {h.mean}" if h.mean else "") + ("，纸质票" if h.on_paper else "")
    return (
        str(place), who, f"{h.roster}−{h.roster - h.eligible}={h.eligible}", f"{h.present}／{h.quorum}",
        f"{h.agree}（{h.needed}）" if h.needed else str(h.agree), str(h.disagree), str(h.abstain), said,
    )  # fmt: skip


def _more(content: Content) -> list[Section]:
    """Recusals, repeated votes, reasons, comings and goings, pauses and notes; only where there are any."""
    shown = [(place, h) for place, h in enumerate(content.households, 1) if not h.hidden]
    parts = (
        table("回避", [("次序", 1), ("申请人", 2), ("回避的成员", 6)],
              ((str(p), h.title, "、".join(h.recused)) for p, h in shown if h.recused)),
        table("重新投票", [("次序", 1), ("申请人", 2), ("说明", 6)],
              ((str(p), h.title, f"第 {h.attempts} 次投票有效，以前的票作废") for p, h in shown if h.attempts > 1)),
        table("说明的理由", [("次序", 1), ("申请人", 2), ("理由（人数）", 6)],
              ((str(p), h.title, "；".join(f"{reason}（{n}）" for reason, n in h.reasons.items())) for p, h in shown if h.reasons)),
        table("纸票清点", [("次序", 1), ("申请人", 2), ("收回的纸票；清点、录入的人", 6)],
              ((str(p), h.title, slips_in_words(h)) for p, h in shown if h.entered)),
        table("纸票重新清点", [("时间", 3), ("经手人", 2), ("", 8)], ((n.at, n.who, n.text) for n in content.recounts)),
        table("到会、离席", [("时间", 3), ("姓名", 2), ("", 4)], ((n.at, n.who, n.text) for n in content.arrivals)),
        table("暂停、继续", [("时间", 3), ("经手人", 2), ("", 4)], ((n.at, n.who, n.text) for n in content.pauses)),
        table("监督员和主持人的意见", [("时间", 3), ("姓名", 2), ("意见", 8)], ((n.at, n.who, n.text) for n in content.notes)),
        table("投票记录的校验值（SHA-256）", [("次序", 1), ("编号", 3), ("校验值", 8)],
              ((str(p), h.number, f"{h.record[:32]}\n{h.record[32:]}") for p, h in shown if h.record)),
    )  # fmt: skip
    return [part for part in parts if part.rows]


def slips_in_words(h: MinutesHousehold) -> str:
    """What was in the box, so that it can be counted again, and who counted it."""
    valid = h.agree + h.disagree + h.abstain
    return f"收回 {valid + h.spoilt} 张：有效 {valid} 张，废票 {h.spoilt} 张；{'、'.join(h.entered)}"


def _note(content: Content, papers: tuple[str, ...], digest: str) -> str:
    sheets = f"纸质签到表 {len(content.sheets)} 张附卷。" if content.sheets else ""
    signed = f"纸上签字的记录 {len(papers)} 张附卷（SHA-256 {'、'.join(papers)}）。" if papers else ""
    return (
        f"{sheets}{signed}评议次序按随机种子 {content.seed} 与各户编号的 SHA-256 从小到大排定，任何人可以重算。"
        f"会议记录全文的 SHA-256：{digest}。"
    )
