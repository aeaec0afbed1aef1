"""What a meeting without phones needs on paper: the sheet its members sign in on, and a household's slips to cut apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.sdk import Call, Conflict, OfficeFacts, Reply, local_date
from core.sdk.documents import Paper, pdf
from plugins.women_panel import agendas, answers, paper, printing, records
from plugins.women_panel.answers import MemberLine
from plugins.women_panel.formation.filed import PanelFormation
from plugins.women_panel.names import day_cn, name_of
from plugins.women_panel.permissions import PanelAction
from plugins.women_panel.records import Session
from plugins.women_panel.scene import Scene
from plugins.women_panel.sessions import a_round
from plugins.women_panel.sheets import PanelSheet, Section, table

CHOICES = ("同意", "不同意", "弃权")
BLANK = "　"


class SlipPaper(Paper, frozen=True, kw_only=True):
    """`count` slips, all alike. For score forms `criteria` are the lines to score; otherwise empty."""

    form = Path(__file__).parent.parent / "forms" / "slips.typ"
    area: str
    meeting: str
    household: str
    choices: tuple[str, ...]
    criteria: tuple[str, ...]
    how: str
    count: int


async def attendance_pdf(call: Call) -> Reply:
    """Members and observers of a session by name, each with a line to sign."""
    scene = Scene.of(call)
    async with scene.platform.transaction() as tx:
        found = await answers.session_answer(scene, tx, call.path["session_id"])
        session = await records.session(tx, found.id)
        scene.demand(PanelAction.HOST, session.area_code)
        round_ = await a_round(scene, tx, session.round_id)
        panel = round_.view.records.last(PanelFormation)
        watching = panel.observers if panel else ()
        known = await scene.platform.colleagues(tx, watching)
        area = await scene.platform.area_name(tx, session.area_code)
    watchers = [name_of(known, account) for account in watching]
    sheet = attendance_sheet(session, area, found.members, watchers, scene.platform.office)
    return await printing.printed(call, scene, "attendance", sheet)


def attendance_sheet(
    session: Session, area: str, members: Sequence[MemberLine], watchers: Sequence[str], office: OfficeFacts
) -> PanelSheet:
    """Two columns for the pen: the name, and when. Members who left the panel are not on it."""
    heads = [("序号", 1), ("姓名", 3), ("签到（本人签字）", 5), ("时间", 2)]
    seated = [m.name for m in members if not m.removed]

    def lines(names: Sequence[str]) -> list[tuple[str, ...]]:
        return [(str(n), name, BLANK, BLANK) for n, name in enumerate(names, 1)]

    opened = day_cn(local_date(session.opened_at))
    parts: list[Section] = [
        Section(sentences=(f"第 {session.number} 次评议会，{opened}。请本人签字，不代签。",)),
        table("小组成员", heads, lines(seated), tall=True),
        table("监督员", heads, lines(watchers), tall=True),
    ]
    return PanelSheet(
        title="民主评议会签到表", office=office.name, dated=opened, area=area, stamp=False,
        sections=tuple(part for part in parts if part.rows or part.sentences),
        note="签好以后拍照，在主持人页面“纸上签了到”里保存。",
    )  # fmt: skip


async def slips_pdf(call: Call) -> Reply:
    """As many slips of a household as members are here who vote on it. Raises Conflict where it is not voted on by paper."""
    scene, session_id, case_id = Scene.of(call), call.path["session_id"], call.path["case_id"]
    async with scene.platform.transaction() as tx:
        session = await records.session(tx, session_id)
        scene.demand(PanelAction.HOST, session.area_code)
        entry = await agendas.entry(tx, session_id, case_id)
        if not entry.on_paper or entry.state != "open":
            raise Conflict("这一户现在不投纸票。", hint="要投纸票的，请先在主持人页面对这一户点“改投纸票”")
        count = len((await paper.room_of(tx, session, entry)).present)
        case = await scene.platform.process(tx, case_id)
        area = await scene.platform.area_name(tx, session.area_code)
    if not count:
        raise Conflict("还没有能对这一户投票的成员签到。", hint="请先签到，再打印纸票")
    return await pdf(
        _slips(session, entry, (case.title, case.number), area, scene.platform.office, count), scene.now
    )


def _slips(
    session: Session,
    entry: agendas.Entry,
    household: tuple[str, str],
    area: str,
    office: OfficeFacts,
    count: int,
) -> SlipPaper:
    form, opened = session.rules.form, day_cn(local_date(session.opened_at))
    how = "在一个方框里画“√”，只画一个；不写名字，不写别的字，折好放进票箱。"
    if form is not None:
        how = f"每一项打 {form.least} 到 {form.most} 分，填整数，每一项都要填；不写名字，折好放进票箱。"
    return SlipPaper(
        title="民主评议表决票" if form is None else "民主评议打分表", office=office.name, dated=opened,
        number=household[1], area=area, meeting=f"第 {session.number} 次评议会　{opened}　{paper.mark_of(entry)}", household=household[0],
        choices=CHOICES, criteria=tuple(c.name for c in form.criteria) if form else (), how=how, count=count,
    )  # fmt: skip
