"""The payment roll of a month: who is paid how much, for the office that pays. Money only; no case detail.

Its number says which areas, month and day it was drawn up for, so that whoever scans it can have it checked against what was issued.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from core.documents.papers import Row, Section, SheetPaper
from core.web.views.papers.genuine import seal_over
from core.web.views.papers.wording import day, money, month
from core.web.views.rolls import RollsPage

if TYPE_CHECKING:
    from core.storage.crypto import FieldCipher

_NUMBER = re.compile(r"F([0-9]{2,12}(?:\.[0-9]{2,12})*)-([0-9]{6})-([0-9]{8})")
_MOST_AREAS = 20

ROLL_HEADS = ("序号", "村（居）", "申请人", "人数", "类别", "金额（元）", "备注　　")


@dataclass(frozen=True)
class RollNumber:
    """`F620802001-202610-20261008`: the areas' significant digits, the month paid, the day drawn up."""

    areas: tuple[str, ...]
    month: date
    drawn_up: date

    def __str__(self) -> str:
        return f"F{'.'.join(self.areas)}-{self.month:%Y%m}-{self.drawn_up:%Y%m%d}"


def roll_number(areas: Sequence[str], paid: date, today: date) -> RollNumber:
    return RollNumber(tuple(areas), paid.replace(day=1), today)


def read_number(text: str) -> RollNumber | None:
    """None for what no roll of ours is called."""
    found = _NUMBER.fullmatch(text)
    if found is None or found[1].count(".") >= _MOST_AREAS:
        return None
    try:
        paid, drawn_up = datetime.strptime(found[2], "%Y%m"), datetime.strptime(found[3], "%Y%m%d")
    except ValueError:
        return None
    return RollNumber(tuple(found[1].split(".")), paid.date(), drawn_up.date())


def payment_roll(page: RollsPage, office: str, area: str, number: RollNumber) -> SheetPaper:
    """Every household paid in the month, by village and name, with the sum; dated on the day it is drawn up. Amounts are yuan."""
    paid = [r for r in page.rows if r.amount is not None]
    lines = tuple(
        (str(n), r.area, r.applicant, str(r.persons), r.category, money(r.amount), "")
        for n, r in enumerate(paid, 1)
    )
    return SheetPaper(
        title=f"最低生活保障金发放花名册（{month(page.month)}）", office=office, dated=day(number.drawn_up), number=str(number),
        sections=(
            Section(rows=(Row(label="地区", text=area), *figures(page))),
            Section(heads=ROLL_HEADS, lines=lines),
        ),
        signers=("制表人", "审核人", "负责人"),
    )  # fmt: skip


def figures(page: RollsPage) -> tuple[Row, ...]:
    """What the roll sums up to, and may be said of it to whoever holds it."""
    paid = [r for r in page.rows if r.amount is not None]
    total = sum((r.amount for r in paid if r.amount is not None), Decimal(0))
    return (
        Row(label="户数", text=f"{len(paid)} 户"), Row(label="人数", text=f"{sum(r.persons for r in paid)} 人"),
        Row(label="合计", text=f"{money(total)} 元"),
    )  # fmt: skip


def subject_of_roll(number: RollNumber) -> str:
    """What every roll of a month and of the same areas has in common, whenever it was drawn up."""
    return f"payroll:{'.'.join(number.areas)}:{number.month:%Y%m}"


def content_of_roll(cipher: FieldCipher, tenant: UUID, roll: SheetPaper) -> bytes:
    """A keyed digest of every line and sum: another for a roll that was corrected since."""
    return cipher.blind_index(tenant, "payroll", msgspec.json.encode(roll.sections).decode())


def seal_of_roll(cipher: FieldCipher, tenant: UUID, roll: SheetPaper) -> str:
    """Over number, title, office, day and everything in it: a roll corrected since has another seal."""
    content = content_of_roll(cipher, tenant, roll).hex()
    return seal_over(cipher, tenant, "payroll", roll.title, roll.number, roll.office, roll.dated, content)
