"""How dates and money stand on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def day(value: date | None) -> str:
    """`2026年9月10日`; nothing for None."""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""


def month(value: date) -> str:
    """`2026年9月`."""
    return f"{value.year}年{value.month}月"


def money(value: Decimal | None) -> str:
    """`1,055.00`, yuan; a dash where nothing is known."""
    return "—" if value is None else f"{value:,.2f}"


def yes(value: bool) -> str:
    return "是" if value else "否"
