"""The papers of a formation: notice and nomination form before, announcement and member list after, kin to declare on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from core.sdk import Conflict, OfficeFacts
from plugins.women_panel.formation.answers import FormationAnswer, NomineeLine
from plugins.women_panel.names import day_cn
from plugins.women_panel.sheets import PanelSheet, Section, Signed, table

Build = Callable[[FormationAnswer], tuple[str, tuple[Section, ...], tuple[Signed, ...], str]]
BLANK = "　"


def paper_of(kind: str, found: FormationAnswer, office: OfficeFacts, today: date, qr: str) -> PanelSheet:
    """One of `PAPERS`, filled. Raises Conflict where what it says is not on file yet."""
    title, sections, signatures, note = PAPERS[kind](found)
    phone = f"监督电话：{office.phone}。" if office.phone else ""
    return PanelSheet(
        title=title, office=office.name, dated=day_cn(today), number=found.number, qr=qr, area=found.village,
        sections=sections, signatures=signatures, note=note + phone,
    )  # fmt: skip


def _notice(found: FormationAnswer) -> tuple[str, tuple[Section, ...], tuple[Signed, ...], str]:
    notice = found.notice
    if notice is None:
        raise Conflict("还没有发布推选公告。", hint="请先在整村看板“发布推选公告”")
    who, sort = "妇女" if found.women_only else "村民", "" if found.forming or not found.vacancies else "补选"
    sentences = (
        f"{'小组有成员退出、没有候补，现补选成员。' if sort else ''}为公开、公平、公正地评议农村最低生活保障家庭，我村推选妇女评议小组。现将有关事项公告如下。",
        f"一、名额：{notice.seats} 人。成员应是本村公道正派、熟悉村情、热心公益的{who}。",
        f"二、普通村民至少占 {found.ordinary_share}；{'、'.join(found.excluded_posts)}不参加小组。",
        f"三、提名：村民可以提名，也可以自荐，到 {day_cn(notice.nominate_until)} 截止；被提名人本人同意的，列为候选人。",
        f"四、推选会：{day_cn(notice.held_on)}，在{notice.place}，无记名投票，得票多的当选。",
        "五、乡镇、村民小组和没有申请低保的村民代表到场监督。小组的评议结果供参考，低保由区里审核确认。",
    )
    return (
        f"{sort or '推选'}妇女评议小组{'成员' if sort else ''}公告",
        (Section(sentences=sentences),),
        (),
        "",
    )


def _nomination(found: FormationAnswer) -> tuple[str, tuple[Section, ...], tuple[Signed, ...], str]:
    heads = [
        ("序号", 1),
        ("被提名人", 3),
        ("性别", 1),
        ("村民小组", 2),
        ("现任职务（没有的空着）", 4),
        ("提名人", 3),
        ("本人同意（签字）", 3),
    ]
    rows = [(str(n), *[BLANK] * (len(heads) - 1)) for n in range(1, 13)]
    asked = Section(
        sentences=(f"普通村民至少占 {found.ordinary_share}；{'、'.join(found.excluded_posts)}不参加小组。",)
    )
    return (
        "妇女评议小组成员提名表",
        (asked, table("", heads, rows, tall=True)),
        (Signed("登记人", ""), Signed("监督员", "")),
        "",
    )


def _announcement(found: FormationAnswer) -> tuple[str, tuple[Section, ...], tuple[Signed, ...], str]:
    meeting = found.meeting
    if meeting is None:
        raise Conflict("还没有登记推选结果。", hint="请先在整村看板“登记推选结果”")
    sentence = (
        f"{day_cn(meeting.held_on)}在{meeting.place}召开推选会，应到 {meeting.entitled} 人，实到 {meeting.attended} 人，"
        f"发出选票 {meeting.issued} 张，有效选票 {meeting.valid} 张。主持人 {meeting.chair}；监票、计票 {meeting.tellers}。"
        "结果如下，如有异议请向监督员或乡镇反映。"
    )
    parts = [Section(sentences=(sentence,))]
    for standing, heading in (("elected", "当选成员"), ("substitute", "候补成员（按顺序递补）")):
        rows = [(str(n.place), n.name, n.group_name or "—", str(n.votes)) for n in _standing(found, standing)]
        if rows:
            parts.append(table(heading, [("顺序", 1), ("姓名", 3), ("村民小组", 3), ("得票", 2)], rows))
    if found.watchers:
        watchers = [(w.name, w.kind or "—") for w in found.watchers]
        parts.append(table("监督员", [("姓名", 3), ("来自", 5)], watchers))
    return "妇女评议小组推选结果公布", tuple(parts), (), ""


def _members(found: FormationAnswer) -> tuple[str, tuple[Section, ...], tuple[Signed, ...], str]:
    if not found.members:
        raise Conflict("还没有登记评议小组。", hint="请先在整村看板“登记评议小组”")
    rows = [
        (str(n), m.name, "已申报" if m.declared else "未申报", BLANK) for n, m in enumerate(found.members, 1)
    ]
    parts = [table("成员", [("序号", 1), ("姓名", 3), ("亲属申报", 2), ("签字", 4)], rows, tall=True)]
    if found.substitutes:
        followers = [(str(n), name) for n, name in enumerate(found.substitutes, 1)]
        parts.append(table("候补成员", [("顺序", 1), ("姓名", 9)], followers))
    if found.watchers:
        watchers = [(w.name, w.kind or "—", BLANK) for w in found.watchers]
        parts.append(table("监督员", [("姓名", 3), ("来自", 3), ("签字", 4)], watchers, tall=True))
    if found.changes:
        changes = [(c.member, c.why, c.stepped_in or "没有候补") for c in found.changes]
        parts.append(table("变动", [("退出", 3), ("原因", 4), ("递补", 3)], changes))
    term = f"任期到 {day_cn(found.term_ends)}。" if found.term_ends else ""
    return "妇女评议小组成员名单", tuple(parts), (), term


def _kinship(found: FormationAnswer) -> tuple[str, tuple[Section, ...], tuple[Signed, ...], str]:
    sentences = (
        "我是妇女评议小组成员。下面是我和本轮申请、在册家庭的近亲属关系（配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、"
        "孙子女、外孙子女，以及区里规定的其他亲属）。没有的，在第一行写“没有”。评议这些家庭时，我按规定回避。",
    )
    heads = [("申请人", 3), ("我是他（她）的", 4), ("说明", 5)]
    rows = [(BLANK, BLANK, BLANK) for _ in range(8)]
    return (
        "评议小组成员亲属关系申报表", (Section(sentences=sentences), table("", heads, rows, tall=True)),
        (Signed("申报人", ""), Signed("日期", "")), "",
    )  # fmt: skip


def _standing(found: FormationAnswer, standing: str) -> list[NomineeLine]:
    return [n for n in found.nominees if n.standing == standing]


PAPERS: Mapping[str, Build] = {
    "notice": _notice,
    "nomination": _nomination,
    "announcement": _announcement,
    "members": _members,
    "kinship": _kinship,
}
"""Kind in the address, and what builds it."""
