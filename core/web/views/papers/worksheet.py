"""The income worksheet on paper: every line with how it was worked out and by which rule."""

from __future__ import annotations

from core.clock import local_date
from core.documents.papers import Row, SheetLine, WorksheetPaper
from core.kernel.stage import View
from core.rules.lines import Line
from core.stages.calculation import Calculation
from core.stages.context import case_subject
from core.web.views.papers.wording import day, money


def worksheet_paper(view: View, area: str) -> WorksheetPaper | None:
    """The latest worksheet, dated on the day it was worked out; None when there is none."""
    filed = view.records.last_filed(Calculation)
    if filed is None:
        return None
    calculation = filed.record
    assert isinstance(calculation, Calculation)
    sheet, decision = calculation.file.worksheet, calculation.file.decision
    result = decision.status.label
    if decision.category:
        result += f"，{decision.category}"
    if decision.amount:
        result += f"，每月 {money(decision.amount)} 元"
    return WorksheetPaper(
        title="家庭收入核算书", number=view.process.number, office="",
        dated=day(local_date(filed.at)),
        heads=(
            Row(label="申请人", text=case_subject(view).household.applicant.person.name),
            Row(label="地区", text=area),
            Row(label="核算期", text=f"{day(sheet.period_from)}至{day(sheet.period_until)}"),
            Row(label="参数", text=sheet.parameters),
        ),
        members=tuple(
            (m.name, m.relation, str(m.age), "—" if m.coefficient is None else str(m.coefficient), m.reason)
            for m in sheet.members
        ),
        lines=tuple(_line(one) for one in sheet.lines),
        steps=tuple(f"{s.label}：{s.formula} = {s.result}" for s in sheet.steps), result=result,
        reasons=tuple(r.text + (f"（{r.law}）" if r.law else "") for r in decision.reasons),
    )  # fmt: skip


def _line(one: Line) -> SheetLine:
    amount = money(one.amount) if one.counted else "不计"
    return SheetLine(label=one.label, formula=one.formula, law=one.law, amount=amount)
