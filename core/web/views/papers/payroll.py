"""The payment roll of a month: who is paid how much, for the office that pays. Money only; no case detail."""

from __future__ import annotations

from decimal import Decimal

from core.documents.papers import Row, Section, SheetPaper
from core.web.views.papers.wording import day, money, month
from core.web.views.rolls import RollsPage


def payment_roll(page: RollsPage, office: str, area: str) -> SheetPaper:
    """Every household paid in the month, by village and name, with the sum. Amounts are yuan."""
    paid = [r for r in page.rows if r.amount is not None]
    lines = tuple(
        (str(n), r.area, r.applicant, str(r.persons), r.category, money(r.amount), "")
        for n, r in enumerate(paid, 1)
    )
    total = sum((r.amount for r in paid if r.amount is not None), Decimal(0))
    persons = sum(r.persons for r in paid)
    heads = ("序号", "村（居）", "申请人", "人数", "类别", "金额（元）", "备注　　")
    return SheetPaper(
        title=f"最低生活保障金发放花名册（{month(page.month)}）", office=office, dated=day(page.month),
        sections=(
            Section(rows=(
                Row(label="地区", text=area), Row(label="户数", text=f"{len(paid)} 户"),
                Row(label="人数", text=f"{persons} 人"), Row(label="合计", text=f"{money(total)} 元"),
            )),
            Section(heads=heads, lines=lines),
        ),
        signers=("制表人", "审核人", "负责人"),
    )  # fmt: skip
